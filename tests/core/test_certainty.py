from __future__ import annotations

import math

import numpy as np
import pytest

from inspector.core.certainty import Lead, area, lead
from inspector.core.ranking import auroc

RNG = np.random.default_rng(3)


def test_that_the_area_is_that_of_the_roc() -> None:
    normal, abnormal = RNG.integers(0, 9, 30), RNG.integers(3, 12, 20)
    assert area(normal, abnormal).value == pytest.approx(auroc(normal, abnormal))


def test_that_the_interval_holds_the_true_area_about_as_often_as_it_says() -> None:
    # Normal scores one standard deviation apart: the true area is Phi(1 / sqrt 2).
    true = 0.5 * (1 + math.erf(0.5))
    held = 0
    for _ in range(400):
        found = area(RNG.normal(0, 1, 25), RNG.normal(1, 1, 15))
        held += found.low <= true <= found.high
    assert 0.85 <= held / 400 <= 0.96


def test_that_groups_that_do_not_overlap_still_leave_doubt() -> None:
    few, many = area(range(5), range(10, 15)), area(range(100), range(200, 300))
    assert (few.value, few.high) == (1.0, 1.0)
    assert few.low < many.low < 1
    assert few.low == pytest.approx(5 / (5 + 1.6449**2))


def test_that_a_lead_on_the_same_images_is_sharper_than_on_others() -> None:
    normal, abnormal = RNG.normal(0, 1, 40), RNG.normal(1, 1, 40)
    better = (normal, abnormal + 0.1)
    same = lead(better, (normal, abnormal))
    others = lead(better, (normal[:-1], abnormal))
    assert same.difference > 0
    assert same.error < others.error


def test_that_the_error_of_a_lead_is_what_repeating_shows() -> None:
    leads = []
    for _ in range(300):
        noise, odd = RNG.normal(0, 1, 60), RNG.normal(0, 1, 60)
        one = noise[:30], noise[30:] + 1.5
        other = noise[:30] + odd[:30], noise[30:] + odd[30:] + 1.5
        leads.append(lead(one, other))
    spread = float(np.std([found.difference for found in leads]))
    assert float(np.mean([found.error for found in leads])) == pytest.approx(spread, rel=0.2)


def test_that_no_difference_is_none_and_one_without_error_is_sure() -> None:
    assert lead(([0, 1], [2, 3]), ([5, 6], [7, 8])).errors == 0
    assert Lead(0.1, 0).errors == math.inf
    assert lead(([0], [1]), ([1], [0])).errors == pytest.approx(1 / math.hypot(0.5, 0.5))


def test_that_an_empty_group_is_refused() -> None:
    with pytest.raises(ValueError, match="Received: 0 and 1"):
        area([], [1])
