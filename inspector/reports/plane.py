"""The embedding of a metric detector: images of its training in a plane, and where those of the report lie."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from inspector.core.inspection import Verdict
from inspector.reports.plots import Plot
from inspector.reports.scales import Scale
from inspector.reports.wording import images, printable, share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inspector.core.inspection import Inspection

Point = tuple[float, float]

_WIDE, _HIGH, _EDGE, _TOP = 640.0, 440.0, 14.0, 56.0
_ROOM = 0.06
_LABELLED = math.radians(22)
"""Below the middle's right: what is not normal lies to the right and above."""
_MOST_NAMED = 6
"""Groups that the key names; the references are one entry in it."""


@dataclass(frozen=True, slots=True)
class PlaneGroup:
    """Images of the training that are drawn alike.

    Attributes:
        sort: `"normal"`, `"abnormal"` or `"other"`.
        name: for people.
        points: where they lie.
    """

    sort: str
    name: str
    points: Sequence[Point]


@dataclass(frozen=True, slots=True)
class Plane:
    """A plane through an embedding, as it is drawn: around the middle of the normal images, far points drawn closer.

    Attributes:
        groups: of images of the training.
        circles: how many times as far out as the edge of the normal region they lie, the first being that edge itself,
            and the radius at which each is drawn.
        held: which share of the normal images shown lies in it, in 0..1.
        directions: how many the embedding has; the plane shows two.
    """

    groups: Sequence[PlaneGroup]
    circles: Sequence[tuple[float, float]]
    held: float
    directions: int


def plane_chart(plane: Plane, judged: Sequence[tuple[Inspection, Point]]) -> str:
    """Draw the plane, with the images that were judged on top."""
    edge = plane.circles[0][1]
    every = [
        (-edge, -edge),
        (edge, edge),
        *(point for one in plane.groups for point in one.points),
        *(point for _, point in judged),
    ]
    x, y = _alike(every)
    told = ", ".join(f"{name}: {images(count)}" for name, _, count in _named(plane))
    ng = sum(inspection.verdict is Verdict.NG for inspection, _ in judged)
    plot = Plot(
        key="plane",
        title="Images in two directions of the embedding",
        description=f"{told}. On top {images(len(judged))} of this report, {ng} of them NG.",
        x=x,
        y=y,
        width=_WIDE,
        height=_HIGH,
        left=_EDGE,
        right=_EDGE,
        top=_TOP,
        bottom=_EDGE,
    )
    # Lines far out would otherwise run through the key.
    wide, high = _WIDE - 2 * _EDGE, _HIGH - _TOP - _EDGE
    plot.parts.append(
        f'<clipPath id="plane-clip"><rect x="{_EDGE}" y="{_TOP}" width="{wide}" height="{high}"/></clipPath>'
    )
    plot.parts.append('<g clip-path="url(#plane-clip)">')
    for number, (times, radius) in enumerate(plane.circles):
        _circle(plot, times, radius, edge=number == 0)
    plot.parts.append("</g>")
    for group in plane.groups:
        for point in group.points:
            _mark(plot, group.sort, point)
    # OK first: what is NG lies on top.
    for inspection, point in sorted(judged, key=lambda each: each[0].verdict is Verdict.NG):
        _judged(plot, inspection, point)
    _key(plot, plane, judged)
    return plot.svg()


def plane_words(plane: Plane) -> str:
    """What the drawing says, and what it does not."""
    return (
        f"Two of the embedding's {plane.directions} directions: what lies together here may still lie apart, so the "
        f"score decides and not this drawing. The dashed ring holds {share(plane.held)} of the normal images shown; "
        "10× is ten times as far out, and so on. Small marks are images of the training, large dots the images "
        "pictured in this report."
    )


def _alike(points: Sequence[Point]) -> tuple[Scale, Scale]:
    """Axes on which a step is as long across as up, around all points."""
    low_x, high_x = min(x for x, _ in points), max(x for x, _ in points)
    low_y, high_y = min(y for _, y in points), max(y for _, y in points)
    wide, high = _WIDE - 2 * _EDGE, _HIGH - _TOP - _EDGE
    step = max((high_x - low_x) / wide, (high_y - low_y) / high, 1e-9) * (1 + 2 * _ROOM)
    middle_x, middle_y = (low_x + high_x) / 2, (low_y + high_y) / 2
    return (
        Scale(middle_x - step * wide / 2, middle_x + step * wide / 2),
        Scale(middle_y - step * high / 2, middle_y + step * high / 2),
    )


def _circle(plot: Plot, times: float, radius: float, *, edge: bool) -> None:
    x, y = plot.at_x(0), plot.at_y(0)
    size = plot.at_x(radius) - x
    style = "ring" if edge else "far"
    plot.parts.append(f'<circle class="{style}" cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}"/>')
    right, down = size * math.cos(_LABELLED), size * math.sin(_LABELLED)
    if not edge and x + right < plot.width - plot.right and y + down < plot.height - plot.bottom:
        plot.text(x + right, y + down + 4, f"{times:g}×", anchor="middle")


def _mark(plot: Plot, sort: str, point: Point) -> None:
    x, y = plot.at_x(point[0]), plot.at_y(point[1])
    plot.parts.append(_shape(sort, x, y))


def _shape(sort: str, x: float, y: float) -> str:
    """Told apart by more than colour: a dot, a triangle or a cross."""
    if sort == "normal":
        return f'<circle class="mark normal" cx="{x:.1f}" cy="{y:.1f}" r="3"/>'
    if sort == "abnormal":
        return f'<path class="mark abnormal" d="M{x:.1f} {y - 4.2:.1f} l4 7 h-8 Z"/>'
    return f'<path class="mark other" d="M{x - 3:.1f} {y:.1f} h6 M{x:.1f} {y - 3:.1f} v6"/>'


def _judged(plot: Plot, inspection: Inspection, point: Point) -> None:
    x, y = plot.at_x(point[0]), plot.at_y(point[1])
    sort = "ng" if inspection.verdict is Verdict.NG else "ok"
    label = "" if inspection.label is None else f", {inspection.label.kind}"
    words = escape(printable(f"{inspection.name}: {inspection.verdict}{label}"))
    plot.parts.append(f'<circle class="judged {sort}" cx="{x:.1f}" cy="{y:.1f}" r="6"><title>{words}</title></circle>')


def _named(plane: Plane) -> list[tuple[str, str, int]]:
    """What the drawing names: words, sort and how many; all references are one."""
    named = [(one.name, one.sort, len(one.points)) for one in plane.groups if one.sort != "other"][:_MOST_NAMED]
    others = [one for one in plane.groups if one.sort == "other"]
    if others:
        words = others[0].name if len(others) == 1 else f"reference, {len(others)} classes"
        named.append((words, "other", sum(len(one.points) for one in others)))
    return named


def _key(plot: Plot, plane: Plane, judged: Sequence[tuple[Inspection, Point]]) -> None:
    entries: list[tuple[str, str]] = []
    for verdict, sort in ((Verdict.OK, "ok"), (Verdict.NG, "ng")):
        count = sum(inspection.verdict is verdict for inspection, _ in judged)
        if count:
            entries.append((f"judged {verdict} ({count})", sort))
    entries += [(f"{name} ({count})", sort) for name, sort, count in _named(plane)]
    x, line = _EDGE, 16.0
    for text, sort in entries:
        wide = 30 + 6.8 * len(text)
        if x > _EDGE and x + wide > _WIDE - _EDGE:
            x, line = _EDGE, line + 20
        if sort in {"ok", "ng"}:
            plot.parts.append(f'<circle class="judged {sort}" cx="{x + 6:.1f}" cy="{line - 4:.1f}" r="6"/>')
        else:
            plot.parts.append(_shape(sort, x + 6, line - 4))
        plot.text(x + 18, line, printable(text), style="legend")
        x += wide
