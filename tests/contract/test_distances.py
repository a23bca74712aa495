"""What metric detectors promise whichever distance judges them: one training, judged by each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from inspector.detectors import load
from inspector.detectors.calibrating import set_threshold
from inspector.detectors.distances import DISTANCES
from inspector.detectors.metric.detector import Metric
from inspector.detectors.metric.doc import DeepOneClass
from inspector.detectors.threshold import DEFAULT_RULE
from tests.contract.detectors import TINY, noisy, trained
from tests.detectors.pictures import bad, goods

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.training, pytest.mark.timeout(300)]

MIXED = [bad(500), noisy((17, 23)), noisy((1, 1)), noisy((64, 40)), *goods(40, first=700)]


METHODS = {one.METHOD: one for one in (Metric, DeepOneClass)}


@pytest.fixture(params=[(method, distance) for method in METHODS for distance in sorted(DISTANCES)], ids="-".join)
def judge(request: pytest.FixtureRequest) -> Metric:
    """The shared training of a method, judged by each distance without training again."""
    name, distance = request.param
    fitted = trained(name).fitted
    detector = METHODS[name](**(TINY[name] | {"distance": distance}))
    detector._fitted = fitted
    normal = np.array([one.score for one in detector.measure(goods(40, first=5000))])
    calibration = replace(fitted.calibration, normal=normal, map_maxima=np.zeros(0))
    golden = np.array([one.score for one in detector.measure(list(fitted.golden.images))])
    detector._fitted = replace(
        fitted,
        calibration=calibration,
        threshold=set_threshold(DEFAULT_RULE, calibration),
        golden=replace(fitted.golden, scores=golden),
    )
    return detector


def test_that_neighbours_and_order_change_no_distance(judge: Metric) -> None:
    together = [one.score for one in judge.measure(MIXED)]
    assert np.isfinite(together).all()
    assert min(together) >= 0
    assert [judge.measure([one])[0].score for one in MIXED] == pytest.approx(together, rel=1e-5)
    assert [one.score for one in judge.measure(MIXED[::-1])][::-1] == pytest.approx(together, rel=1e-5)


def test_that_a_planted_defect_beats_every_normal_image_by_each_distance(judge: Metric) -> None:
    normal = [one.score for one in judge.measure(goods(30, first=1000))]
    for one in judge.measure([bad(number) for number in range(2000, 2005)]):
        assert one.score > max(normal)
        assert one.score > judge.threshold.value


def test_that_the_score_is_among_the_distances_of_the_same_pass(judge: Metric) -> None:
    place = list(DISTANCES).index(judge.options.distance)
    for one in judge.measure(MIXED, ["distances"]):
        assert one.details["distances"].shape == (len(DISTANCES),)
        assert one.details["distances"][place] == one.score


def test_that_a_bundle_judges_the_same_by_each_distance(judge: Metric, tmp_path: Path) -> None:
    judge.save(tmp_path / "bundle")
    again = load(tmp_path / "bundle")
    assert again.unit == DISTANCES[judge.options.distance].UNIT
    assert [one.score for one in again.measure(MIXED)] == pytest.approx(
        [one.score for one in judge.measure(MIXED)], rel=1e-5
    )
