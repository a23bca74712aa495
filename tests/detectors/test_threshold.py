from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.core.errors import DataError, OptionError
from inspector.core.ranking import count
from inspector.detectors.threshold import (
    DEFAULT_RULE,
    MAP_QUANTILE,
    Rule,
    find_map_threshold,
    find_threshold,
    images_needed,
    parse_rule,
)

scores = st.lists(st.one_of(st.floats(1e-30, 1e6), st.integers(0, 3).map(float)), min_size=1, max_size=40)
rules = st.one_of(
    st.builds(Rule, st.just("mean+sigma"), st.floats(0, 1e6)),
    st.builds(Rule, st.just("percentile"), st.floats(1e-9, 100)),
    st.builds(Rule, st.just("far"), st.floats(1e-9, 1 - 1e-9)),
    st.just(Rule("best-f1")),
)


@given(rule=rules)
def test_that_a_rule_survives_being_written(rule: Rule) -> None:
    assert parse_rule(str(rule)) == rule


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("mean+3sigma", DEFAULT_RULE),
        ("mean + 3 sigma", DEFAULT_RULE),
        ("mean+3*sigma", DEFAULT_RULE),
        ("Mean+3σ", DEFAULT_RULE),
        ("mean+2.5", Rule("mean+sigma", 2.5)),
        ("mean+.5sigma", Rule("mean+sigma", 0.5)),
        ("percentile:99.5", Rule("percentile", 99.5)),
        ("percentile=100", Rule("percentile", 100)),
        ("far:0.01", Rule("far", 0.01)),
        ("far:1%", Rule("far", 0.01)),
        (" BEST-F1 ", Rule("best-f1")),
    ],
)
def test_that_rules_are_read_as_people_write_them(text: str, rule: Rule) -> None:
    assert parse_rule(text) == rule


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3",
        "mean",
        "mean+sigma",
        "mean-3sigma",
        "mean+nansigma",
        "mean+" + "9" * 400 + "sigma",
        "percentile:0",
        "percentile:100.1",
        "percentile:",
        "far:0",
        "far:1",
        "far:0." + "0" * 400 + "1",
        "far:100%",
        "far:-0.1",
        "best-f1:1",
        "far:0.01 percentile:3",
    ],
)
def test_that_what_is_no_rule_is_refused_and_shown(text: str) -> None:
    with pytest.raises(OptionError, match=r"^Expected a threshold rule.*Received: ") as caught:
        parse_rule(text)
    assert repr(text) in str(caught.value)


@given(text=st.text(max_size=20))
def test_that_any_text_is_a_rule_or_refused(text: str) -> None:
    try:
        rule = parse_rule(text)
    except OptionError:
        return
    assert parse_rule(str(rule)) == rule


def test_that_mean_and_sigma_are_those_of_the_scores() -> None:
    assert find_threshold(Rule("mean+sigma", 3), [1.0, 3.0]) == pytest.approx(2 + 3 * 1)


def test_that_a_percentile_is_the_one_asked_for() -> None:
    assert find_threshold(Rule("percentile", 90), np.arange(11.0)) == pytest.approx(9)


@given(good=scores, rule=rules)
def test_that_a_threshold_is_always_above_zero_and_finite(good: list[float], rule: Rule) -> None:
    try:
        threshold = find_threshold(rule, good, good)
    except DataError:
        assert rule.name == "far"
        return
    assert 0 < threshold < math.inf


@pytest.mark.parametrize("rule", ["mean+3sigma", "percentile:50", "far:0.5", "best-f1"])
def test_that_a_threshold_over_zeros_is_above_zero(rule: str) -> None:
    assert find_threshold(parse_rule(rule), [0.0] * 9, [0.0]) > 0


@pytest.mark.parametrize("rule", ["mean+3sigma", "percentile:50", "far:0.5", "best-f1"])
def test_that_no_normal_images_are_refused(rule: str) -> None:
    with pytest.raises(DataError, match="normal images"):
        find_threshold(parse_rule(rule), [], [1.0])


def test_that_too_few_images_for_a_false_alarm_rate_are_refused_with_how_many_it_takes() -> None:
    with pytest.raises(DataError, match=r"at least 99 normal images.* there are 31") as caught:
        find_threshold(Rule("far", 0.01), np.arange(31.0))
    assert "0.0312" in str(caught.value)  # 1 / 32: the least that 31 images allow
    assert find_threshold(Rule("far", 1 / 32), np.arange(31.0)) == 30
    assert find_threshold(Rule("far", 0.01), np.arange(99.0)) == 98
    with pytest.raises(DataError):
        find_threshold(Rule("far", 0.01), np.arange(98.0))


@given(needed=st.integers(1, 5000))
def test_that_the_images_said_to_be_needed_are_enough_and_one_less_is_not(needed: int) -> None:
    rate = 1 / (needed + 1)
    assert images_needed(rate) == needed
    find_threshold(Rule("far", rate), np.arange(float(needed)))
    with pytest.raises(DataError):
        find_threshold(Rule("far", rate), np.arange(float(needed - 1)))


@pytest.mark.parametrize(("rate", "n"), [(0.05, 59), (0.1, 37), (0.25, 20), (0.5, 3)])
def test_that_fresh_normal_images_are_called_bad_as_often_as_asked_for(rate: float, n: int) -> None:
    rng = np.random.default_rng(0)
    runs = 4000
    alarms = 0.0
    for _ in range(runs):
        threshold = find_threshold(Rule("far", rate), rng.gamma(2.0, size=n))
        alarms += math.exp(-threshold) * (1 + threshold)  # the chance of a fresh one above it
    rank = math.ceil((n + 1) * (1 - rate) - 1e-9)
    expected = 1 - rank / (n + 1)
    assert expected <= rate + 1e-12
    assert alarms / runs == pytest.approx(expected, abs=0.005)


def test_that_best_f1_lies_between_the_groups() -> None:
    assert find_threshold(Rule("best-f1"), [1.0, 2.0], [4.0, 5.0]) == 3.0


def test_that_best_f1_without_abnormal_images_is_refused() -> None:
    with pytest.raises(DataError, match="abnormal images"):
        find_threshold(Rule("best-f1"), [1.0])


@given(good=scores, bad=scores)
def test_that_no_threshold_has_a_better_f1_than_the_best(good: list[float], bad: list[float]) -> None:
    best = count(good, bad, find_threshold(Rule("best-f1"), good, bad)).f1
    assert best is not None
    for threshold in {0.0, *good, *bad}:
        other = count(good, bad, threshold).f1
        assert other is not None
        assert best >= other - 1e-12


@given(maxima=scores)
def test_that_the_map_threshold_is_a_high_quantile_above_zero(maxima: list[float]) -> None:
    threshold = find_map_threshold(maxima)
    assert threshold > 0
    assert np.sum(np.array(maxima) > threshold) <= 1 + (1 - MAP_QUANTILE) * len(maxima)


@pytest.mark.parametrize("text", ["mean+3sigma", "percentile:99.5", "far:0.01", "best-f1"])
def test_that_a_rule_is_explained_with_the_number_of_images(text: str) -> None:
    said = parse_rule(text).explain(31, 4)
    assert "31 normal images that were not trained on" in said
    assert ("4 abnormal" in said) == (text == "best-f1")
