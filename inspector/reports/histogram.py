"""The histogram of the scores, with the threshold on the edge of two bars."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from inspector.reports.plots import Plot
from inspector.reports.scales import Scale
from inspector.reports.wording import images, number, share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inspector.core.ranking import Scores

_FEWEST, _MOST = 16, 60
_TINY = 1e-6
"""The least score with a place of its own on a logarithmic axis, as a share of the greatest."""


@dataclass(frozen=True, slots=True)
class Group:
    """Scores that are shown together.

    Attributes:
        name: what the legend says.
        style: `"normal"`, `"abnormal"`, `"plain"` or `"calibration"`; the last is an outline behind the others.
        scores: at least 0.
    """

    name: str
    style: str
    scores: Scores


@dataclass(frozen=True, slots=True)
class Bins:
    """Equal steps, on the axis as it is drawn; bin `i` holds `edges[i] < score <= edges[i + 1]`.

    Closed above, because `score > threshold` is NG and the threshold is an edge: no bar mixes OK and NG.
    """

    edges: Scores
    log: bool

    def count(self, scores: Scores) -> Scores:
        """How many scores each bin holds; what lies outside counts in the first or last one."""
        places = np.clip(np.searchsorted(self.edges, scores, side="left") - 1, 0, self.edges.size - 2)
        return np.bincount(places, minlength=self.edges.size - 1).astype(np.float64)


def bins(scores: Scores, threshold: float) -> Bins:
    """Choose bins for all scores and the threshold; logarithmic where a linear axis would squash most of them.

    Args:
        scores: of all groups together, at least 0; may be empty.
        threshold: > 0.
    """
    values = np.append(scores, threshold)
    low, high = float(values.min()), float(values.max())
    if high - low < high / 20:
        # All but equal: without room around them every tick would read the same.
        low, high = low - high / 20, high + high / 20
    least = float(values[values > 0].min())
    # Nine of ten scores in the first tenth of the axis, or half in a fiftieth: nobody could see how they lie.
    squashed = np.quantile(values, 0.9) < low + (high - low) / 10 or np.median(values) < high / 50
    log = bool(squashed) and high > 10 * least
    wanted = int(np.clip(2 * math.sqrt(values.size), _FEWEST, _MOST))
    if log:
        low = min(max(least, high * _TINY), threshold)
        step = math.log(high / low) / wanted
        below, above = math.log(threshold / low) / step, math.log(high / threshold) / step
    else:
        low = 0.0 if low < high / 2 else low
        step = (high - low) / wanted or high / wanted
        below, above = (threshold - low) / step, (high - threshold) / step
    steps = step * np.arange(-math.ceil(below - 1e-9) - 1, math.ceil(above - 1e-9) + 2)
    # The step of 0 gives the threshold itself, to the last bit.
    edges = threshold * np.exp(steps) if log else np.unique(np.clip(threshold + steps, 0.0, None))
    return Bins(edges, log)


def histogram(
    groups: Sequence[Group], threshold: float | None, unit: str, *, key: str = "scores", what: str = "score"
) -> str:
    """Draw the groups over the same bins, with the threshold.

    With one group the bars are counts. With more they are shares of each group: twenty bad parts beside two thousand
    good ones would not be seen.

    Args:
        groups: what to draw; those without scores are left out.
        threshold: > 0; None where the numbers have none, such as the terms of a score.
        unit: of the scores.
        key: unlike that of any other plot on the page.
        what: the numbers are.
    """
    groups = [group for group in groups if group.scores.size]
    if not groups:
        return ""
    scores = np.concatenate([group.scores for group in groups])
    chosen = bins(scores, (float(scores.max()) or 1.0) if threshold is None else threshold)
    edges = chosen.edges
    shares = len(groups) > 1
    heights = [chosen.count(group.scores) / (group.scores.size if shares else 1) for group in groups]
    low, high = float(edges[0]), float(edges[-1])
    plot = Plot(
        key=key,
        title="Histogram of the scores" if what == "score" else f"Histogram of the {what}",
        description=_told(groups, threshold),
        x=Scale(low, high, chosen.log),
        y=Scale(0.0, max(float(height.max()) for height in heights) * 1.12),
        height=320,
        top=62,
    )
    if threshold is not None:
        _beyond(plot, threshold)
    lower = sum(int((group.scores < low).sum()) for group in groups)
    axis = f"{what}{f' ({unit})' if unit else ''}{', logarithmic' if chosen.log else ''}"
    plot.axes(
        f"{axis}; {lower:,} lower, in the first bar" if lower else axis,
        "share of each group" if shares else "images",
        y_text=share if shares else number,
        y_ticks=None if shares else [tick for tick in plot.y.ticks(5) if tick == int(tick)],
    )
    for group, height in zip(groups, heights, strict=True):
        _bars(plot, group, edges, height)
    if threshold is not None:
        _line(plot, threshold)
    plot.legend([(f"{group.name} ({group.scores.size:,})", group.style, True) for group in groups], y=14)
    return plot.svg()


def _beyond(plot: Plot, threshold: float) -> None:
    """Shade what is NG."""
    at, top, floor = plot.at_x(threshold), plot.top, plot.height - plot.bottom
    wide = max(0.0, plot.width - plot.right - at)
    plot.parts.append(f'<rect class="beyond" x="{at:.1f}" y="{top}" width="{wide:.1f}" height="{floor - top:.1f}"/>')


def _line(plot: Plot, threshold: float) -> None:
    at, top = plot.at_x(threshold), plot.top
    plot.line(at, top - 8, at, plot.height - plot.bottom, "threshold")
    flips = at > plot.width * 0.7
    text, anchor = f"threshold {number(threshold)}, NG above", "end" if flips else "start"
    plot.text(at - 6 if flips else at + 6, top - 6, text, anchor=anchor, style="threshold-text")


def _bars(plot: Plot, group: Group, edges: Scores, heights: Scores) -> None:
    """Draw one outline around runs of bars, and nothing along the floor where there are none."""
    filled = np.flatnonzero(heights)
    for run in np.split(filled, np.flatnonzero(np.diff(filled) > 1) + 1):
        points = [(float(edges[run[0]]), 0.0)]
        for index in run:
            points += [(float(edges[index]), float(heights[index])), (float(edges[index + 1]), float(heights[index]))]
        points.append((float(edges[run[-1] + 1]), 0.0))
        fill = plot.hatch if group.style == "abnormal" else ""
        plot.path(points, f"area {group.style}", closed=True, fill=fill)


def _told(groups: Sequence[Group], threshold: float | None) -> str:
    parts = []
    for group in groups:
        scores = group.scores
        words = (
            f"{group.name}: {images(scores.size)}, {number(float(scores.min()))} to {number(float(scores.max()))}, "
            f"median {number(float(np.median(scores)))}"
        )
        above = "" if threshold is None else f", {int((scores > threshold).sum()):,} above the threshold"
        parts.append(f"{words}{above}.")
    return " ".join(parts if threshold is None else [f"Threshold {number(threshold)}.", *parts])
