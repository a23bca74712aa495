"""An embedding as people see it: what each group is called and marked with, what is near, what is in sight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from inspector.detectors.projection import DAMAGED, NORMAL, circle

if TYPE_CHECKING:
    import numpy.typing as npt

    from inspector.detectors.projection import Projection

NEAR = 14.0
"""Pixels from a point within which the mouse means it."""

_KIND_MARKS = (("t1", "▲"), ("s", "■"), ("d", "◆"), ("star", "★"), ("t", "▼"), ("p", "⬟"))
_ROOM = 0.08


@dataclass(frozen=True, slots=True)
class Mark:
    """How a group of images is drawn.

    Attributes:
        sort: `"normal"`, `"abnormal"`, `"reference"` or `"damaged"`.
        kind: which abnormal kind or reference class; else empty.
        symbol: as pyqtgraph calls it.
        sign: the same for a line of text.
        colour: of the theme, by what it is for.
    """

    sort: str
    kind: str
    symbol: str
    sign: str
    colour: str


def marks(projection: Projection) -> list[Mark]:
    """A mark for each group; abnormal kinds have a shape of their own each, as long as there are shapes."""
    answers, kinds = [], 0
    for name in projection.groups:
        sort, _, kind = name.partition(" ")
        if name == NORMAL:
            answers.append(Mark("normal", "", "o", "●", "normal"))
        elif sort == "abnormal":
            symbol, sign = _KIND_MARKS[kinds % len(_KIND_MARKS)]
            answers.append(Mark(sort, kind, symbol, sign, "abnormal"))
            kinds += 1
        elif name == DAMAGED:
            answers.append(Mark("damaged", "", "x", "×", "quiet"))
        else:
            answers.append(Mark(sort, kind, "+", "+", "quiet"))
    return answers


def in_sight(drawn: npt.NDArray[np.floating]) -> tuple[float, float, float, float]:
    """What to show so that all that is drawn at `(n, 2)`, and the normal region, is seen: left, right, bottom, top."""
    every = np.concatenate([drawn, circle(1)])
    low, high = every.min(axis=0), every.max(axis=0)
    room = float((high - low).max()) * _ROOM
    return float(low[0]) - room, float(high[0]) + room, float(low[1]) - room, float(high[1]) + room


def widened(
    sight: tuple[float, float, float, float], point: tuple[float, float]
) -> tuple[float, float, float, float] | None:
    """What to show so that this point is seen too; None when it is."""
    left, right, bottom, top = sight
    x, y = point
    if left <= x <= right and bottom <= y <= top:
        return None
    room = max(right - left, top - bottom) * _ROOM
    return min(left, x - room), max(right, x + room), min(bottom, y - room), max(top, y + room)


def nearest_point(pixels: npt.NDArray[np.floating], x: float, y: float) -> int | None:
    """Which of the points that lie at `pixels (n, 2)` the mouse at `(x, y)` means; None where none is near."""
    if not len(pixels):
        return None
    far = np.hypot(pixels[:, 0] - x, pixels[:, 1] - y)
    nearest = int(far.argmin())
    return nearest if far[nearest] <= NEAR else None
