"""What the benchmark `false-alarms` holds its figures against."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.core.errors import DataError
from inspector.detectors import method
from inspector.detectors.threshold import find_threshold, images_needed, parse_rule
from tests.benchmarks.false_alarms import central, false_alarms
from tests.detectors.pictures import goods


def test_that_false_alarms_are_spread_as_repeating_shows() -> None:
    rng = np.random.default_rng(0)
    rule = parse_rule("far:5%")
    seen = np.zeros(51)
    for _ in range(4000):
        scores = rng.random(39 + 50)
        seen[int((scores[39:] > find_threshold(rule, scores[:39])).sum())] += 1
    expected = false_alarms(0.05, 39, 50)
    assert expected.sum() == pytest.approx(1)
    assert expected @ np.arange(51) == pytest.approx(50 * 0.05)
    assert seen / 4000 == pytest.approx(expected, abs=0.03)


def test_that_many_splits_lie_nearer_to_what_was_asked_for() -> None:
    one, many = central(false_alarms(0.05, 199, 100)), central(false_alarms(0.05, 199, 100, 20))
    assert one[0] < 5 < one[1]
    assert many[0] < 100 < many[1]
    assert (many[1] - many[0]) / 20 < (one[1] - one[0]) / 3


def test_that_31_pictures_do_not_allow_one_per_cent_and_the_message_says_how_many_would() -> None:
    assert images_needed(0.01) == 99
    with pytest.raises(DataError, match=r"takes at least 99 normal images.*there are 31"):
        method("padim")(size=32, threshold="far:1%").fit(goods(31))
    assert method("padim")(size=32, threshold="far:5%").fit(goods(31)).threshold.rule == "far:0.05"
