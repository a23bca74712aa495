"""The report's line charts: training curves by epoch, and the ROC."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from inspector.reports.plots import Plot
from inspector.reports.scales import Scale, around
from inspector.reports.wording import area, number, share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from inspector.core.ranking import Counts, Roc

MOST_POINTS = 500
"""More points than this in one line only make the file bigger."""

_NAMES = {
    "loss": "training images",
    "val_loss": "held-out images",
    "normal_right": "normal judged right",
    "abnormal_right": "abnormal judged right",
}
_STYLES = {"loss": "normal", "val_loss": "second", "normal_right": "normal", "abnormal_right": "abnormal dashed"}
_OTHERS = ("third", "fourth", "normal", "second")
_TRACES = ("normal", "second", "third", "fourth")

MOST_TRACES = len(_TRACES)
"""Curves in one picture that can be told apart."""


def loss_chart(curves: Mapping[str, Sequence[float]]) -> str:
    """Draw every curve that is not a share of images judged right; empty when there is none."""
    chosen = {name: values for name, values in curves.items() if not name.endswith("_right") and _finite(values)}
    if not chosen:
        return ""
    values = [value for curve in chosen.values() for value in _finite(curve)]
    low, high = min(values), max(values)
    log = low > 0 and high / low > 30  # noqa: PLR2004 - beyond this the later epochs lie flat on the floor
    y = Scale(low * 0.9, high * 1.1, log=True) if log else around(values, from_zero=low >= 0)
    return _curves(chosen, y, f"loss{', logarithmic' if log else ''}", key="loss", title="Loss by epoch")


def right_chart(curves: Mapping[str, Sequence[float]]) -> str:
    """Draw the shares of normal and of abnormal images judged right; empty when there are none."""
    chosen = {name: values for name, values in curves.items() if name.endswith("_right") and _finite(values)}
    if not chosen:
        return ""
    title = "Share of images judged right, by epoch"
    return _curves(chosen, Scale(0.0, 1.0), "judged right", key="right", title=title)


def _curves(curves: Mapping[str, Sequence[float]], y: Scale, y_label: str, *, key: str, title: str) -> str:
    epochs = max(len(values) for values in curves.values())
    told = " ".join(f"{_name(name)}: {_told(values, key)}." for name, values in curves.items())
    plot = Plot(key=key, title=title, description=told, x=Scale(1, max(epochs, 2)), y=y, width=540, height=260)
    ticks = sorted({round(tick) for tick in plot.x.ticks()} - {0} | {1})
    plot.axes("epoch", y_label, y_text=share if key == "right" else number, x_ticks=ticks if epochs > 1 else [1])
    others = iter(_OTHERS * len(curves))
    styles = {name: _STYLES.get(name) or next(others) for name in curves}
    for name, values in curves.items():
        _curve(plot, values, styles[name])
    plot.legend([(_name(name), style, False) for name, style in styles.items()])
    return plot.svg()


def _curve(plot: Plot, values: Sequence[float], style: str) -> None:
    """Draw one curve, broken where a value is missing; a value alone between missing ones is a dot."""
    run: list[tuple[float, float]] = []
    for index in [*_thinned(len(values)), None]:
        if index is not None and math.isfinite(values[index]):
            run.append((index + 1.0, float(values[index])))
            continue
        if len(run) == 1:
            plot.dot(*run[0], f"dot {style}")
        elif run:
            plot.path(run, f"curve {style}")
        run = []


def roc_chart(curve: Roc, counts: Counts) -> str:
    """Draw the ROC, with the point where the threshold stands."""
    false, hit = _corners(curve.false_alarm_rate, curve.hit_rate)
    alarms, missed = counts.false_alarm_rate or 0.0, counts.miss_rate or 0.0
    told = f"AUROC {area(curve.auroc)}. At the threshold {share(alarms)} false alarms and {share(1 - missed)} found."
    plot = Plot(
        key="roc", title="ROC: abnormal images found against false alarms", description=told,
        x=Scale(0.0, 1.0), y=Scale(0.0, 1.0), width=400, height=380, top=34, right=24,
    )  # fmt: skip
    plot.axes("false alarms (share of normal images)", "found (share of abnormal images)", x_text=share, y_text=share)
    plot.path([(0, 0), (1, 1)], "chance")
    plot.path(zip(false, hit, strict=True), "curve normal")
    plot.dot(alarms, 1 - missed, "point", 6)
    right = alarms > 0.5  # noqa: PLR2004 - the half with no room for text on its right
    x = plot.at_x(alarms) + (-12 if right else 12)
    y = min(plot.at_y(1 - missed) + 20, plot.height - plot.bottom - 10)
    plot.text(x, y, "at the threshold", anchor="end" if right else "start", style="legend")
    plot.text(plot.at_x(0.97), plot.at_y(0.06), f"AUROC {area(curve.auroc)}", anchor="end", style="strong")
    return plot.svg()


def roc_traces(traces: Sequence[tuple[str, Roc]]) -> str:
    """Draw the ROC of at most `MOST_TRACES` methods, each with its name, in one picture."""
    told = " ".join(f"{name}: AUROC {area(curve.auroc)}." for name, curve in traces)
    plot = Plot(
        key="rocs", title="ROC: abnormal images found against false alarms", description=told,
        x=Scale(0.0, 1.0), y=Scale(0.0, 1.0), width=440, height=380, top=34, right=24,
    )  # fmt: skip
    plot.axes("false alarms (share of normal images)", "found (share of abnormal images)", x_text=share, y_text=share)
    plot.path([(0, 0), (1, 1)], "chance")
    for style, (_, curve) in zip(_TRACES, traces, strict=False):
        plot.path(zip(*_corners(curve.false_alarm_rate, curve.hit_rate), strict=True), f"curve {style}")
    right, floor = plot.at_x(0.97), plot.at_y(0.05)
    for place, (style, (name, curve)) in enumerate(zip(_TRACES, traces, strict=False)):
        y = floor - 18 * (min(len(traces), MOST_TRACES) - 1 - place)
        plot.text(right - 34, y, f"{name}, {area(curve.auroc)}", anchor="end", style="legend")
        plot.line(right - 28, y - 4, right, y - 4, f"curve {style}")
    return plot.svg()


def _corners(false: np.ndarray, hit: np.ndarray) -> tuple[list[float], list[float]]:
    """Leave out the points on straight lines, then all but about `MOST_POINTS`; both ends stay."""
    across, up = np.diff(false), np.diff(hit)
    turns = np.ones(false.size, bool)
    # The cross product of the steps into and out of a point is 0 where the line goes straight on.
    turns[1:-1] = np.abs(across[:-1] * up[1:] - across[1:] * up[:-1]) > 1e-15  # noqa: PLR2004 - below any real step
    kept = np.flatnonzero(turns)
    kept = kept[_thinned(kept.size)]
    return false[kept].tolist(), hit[kept].tolist()


def _thinned(n: int) -> list[int]:
    """Up to `MOST_POINTS` indices below `n`, evenly spread, with the first and the last."""
    return list(range(n)) if n <= MOST_POINTS else np.linspace(0, n - 1, MOST_POINTS).round().astype(int).tolist()


def _finite(values: Sequence[float]) -> list[float]:
    return [float(value) for value in values if math.isfinite(value)]


def _name(name: str) -> str:
    return _NAMES.get(name, name.replace("_", " "))


def _told(values: Sequence[float], key: str) -> str:
    finite, say = _finite(values), share if key == "right" else number
    return f"from {say(finite[0])} to {say(finite[-1])} in {len(values)} epochs"
