"""A box plot of what the runs of a benchmark came to, as SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.benchmarks.harness import Figures, Unit

METRIC = "auroc"
"""Metrics that begin so are drawn."""

_LEFT, _WIDE, _HIGH, _TOP, _RIGHT = 330, 520, 24, 48, 24
_TICKS = 5


def boxes(title: str, finished: Sequence[tuple[Unit, Figures]]) -> str:
    """Draw a box for each case, method and metric: quartiles and median, whiskers to the least and greatest run.

    Every run is a dot on its box, since a few runs say little as quartiles.

    Args:
        title: stands above.
        finished: units with what they measured; metrics that do not begin with `METRIC` are left out.
    """
    runs: dict[str, list[float]] = {}
    for unit, figures in finished:
        for metric, value in figures.items():
            if metric.startswith(METRIC):
                rest = metric.removeprefix(METRIC).strip("_ ")
                runs.setdefault(", ".join(filter(None, (unit.case, unit.method, rest))), []).append(value)
    every = [value for values in runs.values() for value in values] or [0.0, 1.0]
    low, high = np.floor(min(every) * 20) / 20, np.ceil(max(every) * 20) / 20
    high = max(high, low + 0.05)

    def at(value: float) -> float:
        return round(float(_LEFT + _WIDE * (value - low) / (high - low)), 1)

    bottom = _TOP + _HIGH * len(runs)
    size = f'width="{_LEFT + _WIDE + _RIGHT}" height="{bottom + 40}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12" fill="#222">',
        '<rect width="100%" height="100%" fill="#fff"/>',
        f'<text x="12" y="26" font-size="16">{escape(title)}: AUROC</text>',
    ]
    for value in np.linspace(low, high, _TICKS + 1):
        parts.append(f'<line x1="{at(value)}" x2="{at(value)}" y1="{_TOP - 6}" y2="{bottom}" stroke="#ddd"/>')
        parts.append(f'<text x="{at(value)}" y="{bottom + 18}" text-anchor="middle">{value:.3f}</text>')
    for number, (name, values) in enumerate(runs.items()):
        y = _TOP + _HIGH * number + _HIGH // 2
        least, first, median, third, most = (at(one) for one in np.quantile(values, (0, 0.25, 0.5, 0.75, 1)))
        wide = max(third - first, 1.0)
        parts += [
            f'<text x="{_LEFT - 12}" y="{y + 4}" text-anchor="end">{escape(name)}</text>',
            f'<line x1="{least}" x2="{most}" y1="{y}" y2="{y}" stroke="#357"/>',
            f'<rect x="{first}" y="{y - 7}" width="{wide:.1f}" height="14" fill="#bcd" stroke="#357"/>',
            f'<line x1="{median}" x2="{median}" y1="{y - 7}" y2="{y + 7}" stroke="#124" stroke-width="2"/>',
            *(f'<circle cx="{at(value)}" cy="{y}" r="2.5" fill="#124"/>' for value in values),
        ]
    return "\n".join([*parts, "</svg>", ""])
