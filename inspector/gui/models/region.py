"""The workspace's region: where a new detector looks, drawn on a picture, and what a draft of it does under a mouse.

It lies in `region.json` beside `workspace.toml`, as `Region.as_json` gives it, so `--region region.json` reads it on
the command line too. Training takes it as the default of the option `region`: `read_region(workspace)`.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from inspector.core.errors import OptionError
from inspector.core.files import whole_file
from inspector.imaging.region import Polygon, Region

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.jobs.workspace import Workspace

REGION = "region.json"

Side: TypeAlias = Literal["include", "ignore"]

_LEAST_SIDE = 0.005
_CORNERS = 3
_LOOKED_AT = 256


def region_path(workspace: Workspace) -> Path:
    """Where the region of a workspace lies."""
    return workspace.folder / REGION


def read_region(workspace: Workspace) -> Region:
    """The region of a workspace; the whole picture where none was drawn.

    Raises:
        OptionError: the file is torn or not a region.
    """
    path = region_path(workspace)
    if not path.exists():
        return Region()
    try:
        return Region.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError) as error:
        msg = f"The areas in {path} cannot be read: {error}. Draw them anew, or delete the file."
        raise OptionError(msg) from error


def write_region(workspace: Workspace, region: Region) -> None:
    """Keep the region of a workspace; the whole picture is kept by leaving no file.

    Raises:
        OutputError: it cannot be written.
    """
    path = region_path(workspace)
    if region.everything:
        path.unlink(missing_ok=True)
        return
    with whole_file(path) as file:
        file.write_text(json.dumps(region.as_json(), indent=1), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Area:
    """One area of a draft."""

    side: Side
    polygon: Polygon


@dataclass(frozen=True, slots=True)
class Hit:
    """What is under the mouse.

    Attributes:
        area: its place among the areas.
        corner: which of its corners; None is the area itself.
    """

    area: int
    corner: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """Areas as they are being drawn. Every change gives another draft, so undoing is keeping the old one."""

    areas: tuple[Area, ...] = ()

    @classmethod
    def of(cls, region: Region) -> Draft:
        """The areas of a region."""
        return cls(
            tuple(Area("include", one) for one in region.include) + tuple(Area("ignore", one) for one in region.ignore)
        )

    def region(self) -> Region:
        """What was drawn."""
        return Region(
            tuple(one.polygon for one in self.areas if one.side == "include"),
            tuple(one.polygon for one in self.areas if one.side == "ignore"),
        )

    def share(self) -> float:
        """Which share of the picture is looked at, in 0..1."""
        return float(self.region().mask(_LOOKED_AT, _LOOKED_AT).mean())

    def added(self, side: Side, points: tuple[tuple[float, float], ...]) -> Draft:
        """With one more area; the same where the points span none."""
        polygon = tuple((_inside(x), _inside(y)) for x, y in points)
        return replace(self, areas=(*self.areas, Area(side, polygon))) if _spans(polygon) else self

    def removed(self, index: int) -> Draft:
        """Without one of the areas."""
        return replace(self, areas=self.areas[:index] + self.areas[index + 1 :])

    def turned(self, index: int) -> Draft:
        """With one of the areas to look at made one to ignore, or the other way round."""
        area = self.areas[index]
        return self._with(index, replace(area, side="ignore" if area.side == "include" else "include"))

    def moved(self, hit: Hit, dx: float, dy: float) -> Draft:
        """With a corner or a whole area moved, as far as the picture goes."""
        area = self.areas[hit.area]
        if hit.corner is None:
            xs, ys = [x for x, _ in area.polygon], [y for _, y in area.polygon]
            dx, dy = min(max(dx, -min(xs)), 1 - max(xs)), min(max(dy, -min(ys)), 1 - max(ys))
            polygon = tuple((_inside(x + dx), _inside(y + dy)) for x, y in area.polygon)
        else:
            points = list(area.polygon)
            x, y = points[hit.corner]
            points[hit.corner] = (_inside(x + dx), _inside(y + dy))
            polygon = tuple(points)
        return self._with(hit.area, replace(area, polygon=polygon)) if _spans(polygon) else self

    def hit(self, x: float, y: float, near: tuple[float, float]) -> Hit | None:
        """What is at a point: a corner before an area, what was drawn last before what lies below it.

        Args:
            x: relative, as all here.
            y: likewise.
            near: how far from a corner still counts, across and down.
        """
        for index in reversed(range(len(self.areas))):
            for corner, (cx, cy) in enumerate(self.areas[index].polygon):
                if math.hypot((x - cx) / near[0], (y - cy) / near[1]) <= 1:
                    return Hit(index, corner)
        for index in reversed(range(len(self.areas))):
            if _contains(self.areas[index].polygon, x, y):
                return Hit(index)
        return None

    def _with(self, index: int, area: Area) -> Draft:
        return replace(self, areas=(*self.areas[:index], area, *self.areas[index + 1 :]))


def _inside(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def _spans(polygon: Polygon) -> bool:
    """Whether points span an area that a person can have meant."""
    if len(set(polygon)) < _CORNERS:
        return False
    xs, ys = [x for x, _ in polygon], [y for _, y in polygon]
    return max(xs) - min(xs) >= _LEAST_SIDE and max(ys) - min(ys) >= _LEAST_SIDE


def _contains(polygon: Polygon, x: float, y: float) -> bool:
    """Whether a point lies in a polygon, even-odd as `Region.mask` has it."""
    inside = False
    for (x0, y0), (x1, y1) in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
            inside = not inside
    return inside
