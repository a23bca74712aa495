from __future__ import annotations

import math
import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.core.ranking import Scores, count, roc
from inspector.reports.charts import MOST_POINTS, loss_chart, right_chart, roc_chart
from inspector.reports.histogram import Group, bins, histogram
from inspector.reports.scales import Scale, around

SCORES = st.lists(st.floats(min_value=0, max_value=1e12), max_size=60)


def group(*scores: float, style: str = "normal") -> Group:
    return Group(style, style, np.array(scores, np.float64))


def drawn(svg: str) -> ET.Element:
    """The drawing, checked: well-formed, told in words, and without a number that is none."""
    assert not re.search(r"\b(nan|inf)\b", svg)
    root = ET.fromstring(svg)  # noqa: S314 - our own
    assert root.findtext("title")
    assert root.findtext("desc")
    return root


@given(scores=SCORES, threshold=st.floats(min_value=1e-9, max_value=1e9))
def test_that_every_score_is_in_one_bar_and_no_bar_mixes_ok_and_ng(scores: list[float], threshold: float) -> None:
    values = np.array(scores)
    chosen = bins(values, threshold)
    assert threshold in chosen.edges
    assert np.all(np.diff(chosen.edges) > 0)
    assert chosen.edges.size < 100
    counts = chosen.count(values)
    assert counts.sum() == values.size
    at = int(np.flatnonzero(chosen.edges == threshold)[0])
    assert counts[at:].sum() == (values > threshold).sum()


@given(scores=SCORES, threshold=st.floats(min_value=1e-9, max_value=1e9))
def test_that_any_scores_can_be_drawn(scores: list[float], threshold: float) -> None:
    svg = histogram([Group("normal", "normal", np.array(scores))], threshold, "mean <squared> error")
    assert bool(svg) == bool(scores)
    if svg:
        drawn(svg)


def axis(*scores: Scores) -> bool:
    return bins(np.concatenate(scores), 2.0).log


def test_that_the_axis_is_logarithmic_only_when_the_range_asks_for_it() -> None:
    near = np.linspace(0.5, 3.0, 200)
    assert not axis(near)
    assert not axis(near, np.array([8.0]))
    assert axis(near, np.array([5000.0]))


def test_that_two_groups_are_shown_as_shares_and_one_as_counts() -> None:
    assert "share of each group" in histogram([group(1, 2), group(3, style="abnormal")], 2.5, "u")
    assert "share of each group" not in histogram([group(1, 2), group(style="abnormal")], 2.5, "u")


def test_that_scores_too_small_for_the_axis_are_told_of() -> None:
    assert "2 lower, in the first bar" in histogram([group(0, 1e-9, 1, 2, 500, 1000)], 2.5, "u")


def test_that_the_roc_is_thin_and_keeps_its_ends_and_its_point() -> None:
    random = np.random.default_rng(2)
    good, bad = random.normal(10, 1, 20_000), random.normal(11, 1, 20_000)
    curve = roc(good, bad)
    assert curve is not None
    svg = roc_chart(curve, count(good, bad, 11.0))
    root = drawn(svg)
    [path] = [each for each in root.iter("path") if each.get("class") == "curve normal"]
    points = [tuple(map(float, point.split())) for point in path.attrib["d"][1:].split(" L")]
    assert len(points) <= MOST_POINTS
    assert points[0] < points[-1]
    assert len([each for each in root.iter("circle") if each.get("class") == "point"]) == 1
    assert len(svg) < 20_000
    xs, ys = np.array(points).T
    area = np.trapezoid(ys.max() - ys, xs) / (np.ptp(xs) * np.ptp(ys))
    assert area == pytest.approx(curve.auroc, abs=1e-3)


def test_that_a_perfect_roc_is_three_points() -> None:
    curve = roc([1, 2, 3], [4, 5])
    assert curve is not None
    [path] = [
        e
        for e in drawn(roc_chart(curve, count([1, 2, 3], [4, 5], 3.5))).iter("path")
        if e.get("class") == "curve normal"
    ]
    assert path.attrib["d"].count("L") == 2


def test_that_curves_break_where_an_epoch_has_no_value() -> None:
    root = drawn(loss_chart({"val_loss": [3.0, 2.0, math.nan, 1.0]}))
    assert len([each for each in root.iter("path") if "curve" in each.get("class", "")]) == 1
    assert len([each for each in root.iter("circle") if "dot" in each.get("class", "")]) == 1


@pytest.mark.parametrize(
    "values", [[], [math.nan, math.nan], [0.0], [5.0, 5.0], [-1.0, 2.0], [1e-8, 1e8], [1.0] * 5000]
)
def test_that_any_curve_can_be_drawn(values: list[float]) -> None:
    svg = loss_chart({"generator": values})
    assert bool(svg) == any(map(math.isfinite, values))
    if svg:
        drawn(svg)
        assert len(svg) < 20_000


def test_that_shares_and_losses_have_charts_of_their_own() -> None:
    curves = {"loss": [1.0, 0.5], "normal_right": [0.5, 1.0]}
    assert "training images" in loss_chart(curves)
    assert "judged right" not in loss_chart(curves)
    assert "training images" not in right_chart(curves)
    assert right_chart({"loss": [1.0]}) == ""


@given(low=st.floats(1e-9, 1e9), factor=st.floats(1.05, 1e12), log=st.booleans())
def test_that_ticks_are_few_and_lie_on_the_axis(low: float, factor: float, log: bool) -> None:  # noqa: FBT001
    scale = Scale(low, low * factor, log)
    ticks = scale.ticks()
    assert 2 <= len(ticks) <= 22
    assert ticks == sorted(set(ticks))
    # Off by less than could be seen: a tick of 0 where the axis begins at a millionth of its length.
    room = 1e-6 * (scale.low if log else scale.high - scale.low)
    assert scale.low - room <= ticks[0]
    assert ticks[-1] <= scale.high * (1 + 1e-6)


@given(st.lists(st.floats(-1e9, 1e9), max_size=5), st.booleans())
def test_that_an_axis_holds_its_values(values: list[float], from_zero: bool) -> None:  # noqa: FBT001
    scale = around(values, from_zero=from_zero)
    assert scale.low < scale.high
    assert all(scale.low <= value <= scale.high for value in values)
