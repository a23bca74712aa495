from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.core.errors import DataError
from inspector.core.intervals import rate_interval
from inspector.detectors.fitted import Calibration, Threshold
from inspector.detectors.threshold import conformal_interval, parse_rule
from inspector.gui.models.bench import BY_HAND, Bench

SCORES = st.lists(st.floats(0, 1e6), min_size=1, max_size=60)
SAVED = Threshold(3.5, 0.1, "mean+3sigma", "as trained")


def bench(normal: list[float], abnormal: list[float] | None = None, saved: Threshold = SAVED) -> Bench:
    bad_scores = np.array(abnormal or [], np.float64)
    return Bench(Calibration(np.array(normal), bad_scores, ("x",) * len(bad_scores)), saved)


def test_that_moving_the_line_changes_the_counts_at_once() -> None:
    one = bench([1, 2, 3], [3, 5])
    assert (one.counts.normal_ng, one.counts.abnormal_ok) == (0, 1)
    one.move(2.5)
    assert (one.counts.normal_ng, one.counts.abnormal_ok) == (1, 0)


def test_that_a_line_moved_is_saved_as_by_hand_and_keeps_the_map_threshold() -> None:
    one = bench([1, 2, 3], [3, 5])
    assert one.threshold == SAVED
    one.move(2.5)
    assert one.changed
    assert (one.threshold.value, one.threshold.rule, one.threshold.map_value) == (2.5, BY_HAND, 0.1)
    assert "3 normal and 2 abnormal" in one.threshold.explanation


def test_that_a_line_cannot_be_moved_to_nothing() -> None:
    one = bench([1, 2, 3])
    one.move(-4)
    assert one.value > 0


def test_that_reverting_goes_back_to_what_is_saved() -> None:
    one = bench([1, 2, 3])
    one.move(1)
    one.revert()
    assert not one.changed
    assert str(one.rule) == "mean+3sigma"


def test_that_a_rule_refused_says_how_many_images_it_takes_and_changes_nothing() -> None:
    one = bench([1, 2, 3])
    rule = parse_rule("far:0.01")
    assert "99" in one.refusal(rule)
    with pytest.raises(DataError):
        one.apply(rule)
    assert not one.changed


def test_that_best_f1_is_refused_without_abnormal_images() -> None:
    assert bench([1, 2, 3]).refusal(parse_rule("best-f1"))
    assert not bench([1, 2, 3], [5]).refusal(parse_rule("best-f1"))


def test_that_a_rule_names_itself_in_what_is_saved() -> None:
    one = bench([1, 2, 3])
    one.apply(parse_rule("percentile:50"))
    assert (one.value, one.threshold.rule) == (2.0, "percentile:50")
    one.accept(one.threshold)
    assert not one.changed


def test_that_a_false_alarm_rate_asked_for_has_its_own_uncertainty() -> None:
    one = bench([float(number) for number in range(1, 41)])
    one.apply(parse_rule("far:0.1"))
    assert one.false_alarms == conformal_interval(0.1, 40)
    one.move(one.value)
    assert one.false_alarms == rate_interval(one.counts.normal_ng, 40)


def test_that_without_abnormal_images_there_are_no_misses_and_no_roc() -> None:
    one = bench([1, 2, 3])
    assert one.misses is None
    assert one.roc is None


def test_that_a_threshold_saved_by_hand_is_read_as_by_hand() -> None:
    assert bench([1, 2], saved=Threshold(1.5, None, BY_HAND, "set by hand")).rule is None


@given(SCORES, st.lists(st.floats(0, 1e6), max_size=60), st.booleans())
def test_that_every_score_is_in_a_bin(normal: list[float], abnormal: list[float], logarithmic: bool) -> None:  # noqa: FBT001
    histogram = bench(normal, abnormal).histogram(logarithmic=logarithmic)
    assert histogram.normal.sum() == len(normal)
    assert histogram.abnormal.sum() == len(abnormal)
    assert (np.diff(histogram.edges) > 0).all()


@given(SCORES, st.floats(1, 1e5))
def test_that_a_place_on_the_logarithmic_axis_is_the_score_it_stands_for(normal: list[float], value: float) -> None:
    one = bench([*normal, 1.0])
    [place] = one.on_axis([value], logarithmic=True)
    assert one.from_axis(float(place), logarithmic=True) == pytest.approx(value)


@given(SCORES)
def test_that_a_step_is_above_zero(normal: list[float]) -> None:
    assert bench(normal).step > 0


def test_that_scores_far_apart_ask_for_a_logarithmic_axis() -> None:
    assert bench([1, 2, 3], [5000]).is_wide
    assert not bench([1, 2, 3], [5]).is_wide
