"""Which part of a picture is inspected: areas to look at and areas to ignore, in relative coordinates."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from inspector.core.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Iterable

Polygon: TypeAlias = tuple[tuple[float, float], ...]
"""At least three corners `(x, y)`, each in 0..1 of the picture's width and height."""

Mask: TypeAlias = npt.NDArray[np.bool_]

_CORNERS = 3


@dataclass(frozen=True, slots=True)
class Region:
    """Areas to look at (`include`; none means the whole picture) less areas to ignore.

    Coordinates are relative, so that one region serves pictures of every size.
    """

    include: tuple[Polygon, ...] = ()
    ignore: tuple[Polygon, ...] = ()

    @property
    def everything(self) -> bool:
        """Whether it is the whole picture."""
        return not self.include and not self.ignore

    def bounds(self) -> tuple[float, float, float, float]:
        """The box `(left, top, right, bottom)` around what is looked at, relative."""
        if not self.include:
            return (0.0, 0.0, 1.0, 1.0)
        xs = [x for polygon in self.include for x, _ in polygon]
        ys = [y for polygon in self.include for _, y in polygon]
        return (min(xs), min(ys), max(xs), max(ys))

    def box(self, height: int, width: int) -> tuple[int, int, int, int]:
        """`bounds()` in pixels of a picture `(height, width)`: `(left, top, right, bottom)`, at least one pixel."""
        left, top, right, bottom = self.bounds()
        x0, y0 = min(int(left * width), width - 1), min(int(top * height), height - 1)
        x1, y1 = math.ceil(right * width - 1e-9), math.ceil(bottom * height - 1e-9)
        return (x0, y0, min(max(x1, x0 + 1), width), min(max(y1, y0 + 1), height))

    def mask(self, height: int, width: int) -> Mask:
        """Which pixels of a picture `(height, width)` are looked at: bool `(height, width)`, read-only."""
        return _mask(self, height, width)

    def as_json(self) -> dict[str, Any]:
        """Plain lists; `Region.from_json` reads them back."""
        return {
            "include": [[list(point) for point in polygon] for polygon in self.include],
            "ignore": [[list(point) for point in polygon] for polygon in self.ignore],
        }

    @classmethod
    def from_json(cls, value: object) -> Region:
        """Read what `as_json` gave.

        Raises:
            OptionError: it is not that.
        """
        if not isinstance(value, dict) or set(value) - {"include", "ignore"}:
            msg = f'Expected a region: {{"include": [polygons], "ignore": [polygons]}}. Received: {value!r:.120}'
            raise OptionError(msg)
        return cls(_polygons(value.get("include", ())), _polygons(value.get("ignore", ())))

    @classmethod
    def parse(cls, include: Iterable[str] = (), ignore: Iterable[str] = ()) -> Region:
        """Read areas as written on a command line.

        Each is a rectangle `left,top,right,bottom`, a polygon `x,y x,y x,y …`, all in 0..1, or the name of a JSON
        file that holds a whole region.

        Raises:
            OptionError: an area is none of these.
        """
        looked_at: list[Polygon] = []
        ignored: list[Polygon] = []
        for text in include:
            if text.endswith(".json"):
                region = cls._read(Path(text))
                looked_at += region.include
                ignored += region.ignore
            else:
                looked_at.append(_parse(text))
        ignored += [_parse(text) for text in ignore]
        return cls(tuple(looked_at), tuple(ignored))

    @classmethod
    def _read(cls, path: Path) -> Region:
        try:
            return cls.from_json(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            msg = f"Cannot read a region from {path}: {error}"
            raise OptionError(msg) from error


def rectangle(left: float, top: float, right: float, bottom: float) -> Polygon:
    """The four corners of a box, relative coordinates in 0..1."""
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def _polygons(value: object) -> tuple[Polygon, ...]:
    if not isinstance(value, (list, tuple)):
        msg = f"Expected a list of polygons. Received: {value!r:.120}"
        raise OptionError(msg)
    return tuple(_check(polygon) for polygon in value)


def _check(polygon: object) -> Polygon:
    try:
        points = tuple((float(x), float(y)) for x, y in polygon)  # type: ignore[attr-defined]
    except (TypeError, ValueError) as error:
        msg = f"Expected a polygon: a list of [x, y]. Received: {polygon!r:.120}"
        raise OptionError(msg) from error
    xs, ys = {x for x, _ in points}, {y for _, y in points}
    inside = all(0 <= value <= 1 for value in xs | ys)
    if len(points) < _CORNERS or not inside or len(xs) == 1 or len(ys) == 1:
        msg = f"Expected at least 3 points with an area, each in 0..1 of the picture. Received: {polygon!r:.120}"
        raise OptionError(msg)
    return points


def _parse(text: str) -> Polygon:
    try:
        points = [[float(number) for number in point.split(",")] for point in text.split()]
        if len(points) == 1:
            left, top, right, bottom = points[0]
            return _check(rectangle(left, top, right, bottom))
    except ValueError as error:
        if isinstance(error, OptionError):
            raise
        msg = (
            'Expected an area: "left,top,right,bottom" or "x,y x,y x,y", numbers in 0..1, or a .json file. '
            f"Received: {text!r}"
        )
        raise OptionError(msg) from error
    return _check(points)


@lru_cache(maxsize=32)
def _mask(region: Region, height: int, width: int) -> Mask:
    """Cached, because a feed asks for the same one with every frame."""
    answer = np.full((height, width), not region.include, np.bool_)
    for polygon in region.include:
        inside = _inside(polygon, height, width)
        if not inside.any():
            # Thinner than a pixel: the pixel it lies in, or else nothing at all would be looked at.
            left, top, right, bottom = Region((polygon,)).box(height, width)
            inside[top:bottom, left:right] = True
        answer |= inside
    for polygon in region.ignore:
        answer &= ~_inside(polygon, height, width)
    answer.setflags(write=False)
    return answer


def _inside(polygon: Polygon, height: int, width: int) -> Mask:
    """Pixels whose middle lies in the polygon (even-odd): bool `(height, width)`.

    Not `cv2.fillPoly`: it takes each pixel that the outline touches, so an area grew by a pixel to the right and down.
    """
    flips = np.zeros((height, width + 1), np.bool_)
    middles = np.arange(height) + 0.5
    for (x0, y0), (x1, y1) in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        rows = np.flatnonzero((middles >= min(y0, y1) * height) & (middles < max(y0, y1) * height))
        if rows.size:
            crossed = (x0 + (middles[rows] / height - y0) * (x1 - x0) / (y1 - y0)) * width
            flips[rows, np.clip(np.ceil(crossed - 0.5), 0, width).astype(int)] ^= True
    return np.logical_xor.accumulate(flips, axis=1)[:, :width]
