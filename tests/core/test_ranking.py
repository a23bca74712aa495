from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, f1_score, roc_auc_score, roc_curve

from inspector.core.ranking import auroc, count, roc

# Few distinct values, so that ties are common; and some far apart.
scores = st.lists(st.one_of(st.integers(0, 5).map(float), st.floats(0, 1e6, width=32)), min_size=1, max_size=30)


@given(good=scores, bad=scores)
def test_that_the_area_is_scikit_learns(good: list[float], bad: list[float]) -> None:
    truth = [0] * len(good) + [1] * len(bad)
    assert auroc(good, bad) == pytest.approx(roc_auc_score(truth, good + bad), abs=1e-12)


@given(good=scores, bad=scores)
def test_that_the_curve_holds_each_corner_of_scikit_learns(good: list[float], bad: list[float]) -> None:
    truth = [0] * len(good) + [1] * len(bad)
    curve = roc(good, bad)
    assert curve is not None
    theirs = roc_curve(truth, good + bad, drop_intermediate=False)
    assert set(zip(theirs[0], theirs[1], strict=True)) <= set(
        zip(curve.false_alarm_rate.tolist(), curve.hit_rate.tolist(), strict=True)
    )
    assert (np.diff(curve.thresholds) < 0).all()


@given(good=scores, bad=scores, threshold=st.floats(0, 10))
def test_that_counts_agree_with_scikit_learn(good: list[float], bad: list[float], threshold: float) -> None:
    truth = np.array([0] * len(good) + [1] * len(bad))
    said = np.array(good + bad) > threshold
    counts = count(good, bad, threshold)
    assert counts.normal_ok + counts.normal_ng == len(good)
    assert counts.abnormal_ng + counts.abnormal_ok == len(bad)
    assert counts.balanced_accuracy == pytest.approx(balanced_accuracy_score(truth, said))
    assert counts.f1 == pytest.approx(f1_score(truth, said, zero_division=0))


@given(good=scores, bad=scores)
def test_that_a_point_of_the_curve_is_what_its_threshold_gives(good: list[float], bad: list[float]) -> None:
    curve = roc(good, bad)
    assert curve is not None
    for threshold, alarms, hits in zip(curve.thresholds, curve.false_alarm_rate, curve.hit_rate, strict=True):
        counts = count(good, bad, float(threshold))
        assert counts.false_alarm_rate == pytest.approx(float(alarms))
        assert counts.miss_rate == pytest.approx(1 - float(hits))


def test_that_a_score_at_the_threshold_is_ok() -> None:
    assert count([1.0], [1.0], 1.0).abnormal_ok == 1


def test_that_there_is_no_figure_without_both_groups() -> None:
    assert roc([], [1.0]) is None
    assert auroc([1.0], []) is None
    none_bad = count([1.0, 3.0], [], 2.0)
    assert (none_bad.false_alarm_rate, none_bad.miss_rate, none_bad.balanced_accuracy, none_bad.f1) == (
        0.5,
        None,
        None,
        None,
    )
    assert count([], [3.0], 2.0).balanced_accuracy is None
