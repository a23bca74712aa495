from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from inspector.history import History
from inspector.history.drift import DAY, Drift, drift_of
from tests.history.records import BEGIN, inspection, record

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.history import Where

MIDNIGHT = BEGIN - BEGIN % DAY
PER_DAY = 60


def days(path: Where, medians: list[float], *, detector: str = "bolts", seed: int = 0) -> None:
    """Each day scores around a median of its own, all OK, with an NG now and then."""
    dice = np.random.default_rng(seed)
    for day, median in enumerate(medians):
        scores = [*dice.uniform(median - 0.1, median + 0.1, PER_DAY), 3.0]
        time = MIDNIGHT + day * DAY
        ones = [inspection(n, float(score), time=time + 60 * n, detector=detector) for n, score in enumerate(scores)]
        record(path, ones, detector=detector)


def drift(path: Where) -> Drift | None:
    with History.open(path) as history:
        return history.drift(MIDNIGHT)


def test_that_scores_that_stay_have_not_moved(path: Where) -> None:
    days(path, [0.5] * 10)
    found = drift(path)
    assert found is not None
    assert found.moved is None
    assert found.since is None
    assert (found.detector, found.compared, found.threshold) == ("bolts", 5, 1.0)
    assert [one.start for one in found.days] == [MIDNIGHT + day * DAY for day in range(10)]
    assert {one.count for one in found.days} == {PER_DAY}  # the NG is none of them
    assert found.first.median == pytest.approx(0.5, abs=0.03)
    assert found.first.lower == pytest.approx(0.45, abs=0.03)
    assert found.first.upper == pytest.approx(0.55, abs=0.03)


@pytest.mark.parametrize("after", [0.7, 0.3])
def test_that_scores_that_move_are_told_with_the_day_it_began(path: Where, after: float) -> None:
    days(path, [0.5] * 6 + [after] * 3)
    found = drift(path)
    assert found is not None
    assert found.moved is not None
    assert found.moved.median == pytest.approx(after, abs=0.03)
    assert found.since == MIDNIGHT + 6 * DAY


def test_that_what_is_over_is_not_told(path: Where) -> None:
    days(path, [0.5] * 4 + [0.8, 0.8, 0.5])
    found = drift(path)
    assert found is not None
    assert found.moved is None


def test_that_only_the_detector_used_last_counts(path: Where) -> None:
    days(path, [0.9] * 4, detector="old")
    days(path, [0.4] * 2, detector="new")
    found = drift(path)
    assert found is not None
    assert found.detector == "new"
    assert len(found.days) == 2
    assert found.moved is None


def test_that_a_day_with_few_inspections_says_nothing(path: Where, tmp_path: Path) -> None:
    record(path, [inspection(n) for n in range(20)])
    assert drift(path) is None
    with History.open(tmp_path / "empty.db") as history:
        assert history.drift() is None


def test_that_quartiles_are_exact_to_half_a_bin() -> None:
    dice = np.random.default_rng(0)
    scores = dice.gamma(3.0, 0.1, 5000)
    places, counts = np.unique((scores / 0.01).astype(int), return_counts=True)
    rows = [(0, int(place), int(count)) for place, count in zip(places, counts, strict=True)]
    found = drift_of("d", rows, begin=0.0, unit=0.01, threshold=1.0)
    assert found is not None
    for share, value in ((0.25, found.first.lower), (0.5, found.first.median), (0.75, found.first.upper)):
        assert value == pytest.approx(float(np.quantile(scores, share)), abs=0.006)
