"""Large pictures in pieces: where tiles lie, and how what was found in each comes together without seams."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from inspector.core.cv import cv2

if TYPE_CHECKING:
    from inspector.imaging.region import Mask

Values = npt.NDArray[np.float32]

STEP = 8
"""Tiles begin at multiples of it, so that the maps of patch networks, one value in 8 pixels, fit onto each other."""

_LEAST_WEIGHT = 1e-3
_WHOLE = 1e-6


@dataclass(frozen=True, slots=True)
class Grid:
    """Where tiles lie over a picture that was scaled already.

    Attributes:
        height: of the picture; tiles may reach over its lower edge by less than `STEP`, or by what it is too small.
        width: likewise.
        side: `(height, width)` of a tile.
        tops: of each row of tiles, ascending, the first 0.
        lefts: of each column of tiles.
    """

    height: int
    width: int
    side: tuple[int, int]
    tops: tuple[int, ...]
    lefts: tuple[int, ...]

    @classmethod
    def over(cls, height: int, width: int, side: tuple[int, int], overlap: float) -> Grid:
        """Cover a picture with as few tiles as overlap by at least the share `overlap` (0 to below 1) of a side."""
        return cls(height, width, side, _starts(height, side[0], overlap), _starts(width, side[1], overlap))

    def __len__(self) -> int:
        """How many tiles."""
        return len(self.tops) * len(self.lefts)

    @property
    def padded(self) -> tuple[int, int]:
        """`(height, width)` of what the tiles cover."""
        return (self.tops[-1] + self.side[0], self.lefts[-1] + self.side[1])

    def place(self, number: int) -> tuple[int, int]:
        """Row and column of a tile, counted in tiles."""
        return divmod(number, len(self.lefts))

    def slices(self, number: int) -> tuple[slice, slice]:
        """The pixels of a tile."""
        row, column = self.place(number)
        top, left = self.tops[row], self.lefts[column]
        return (slice(top, top + self.side[0]), slice(left, left + self.side[1]))


@dataclass(frozen=True, slots=True)
class Tiles:
    """A picture, scaled to be judged in tiles; a tile is a view of it.

    Attributes:
        grid: where they lie.
        pixels: `uint8 (h, w, channels)`, what the grid covers.
        mask: bool `(h, w)`, which pixels count; None when all do.
        seen: numbers of the tiles in which any pixel counts.
    """

    grid: Grid
    pixels: npt.NDArray[np.uint8]
    mask: Mask | None
    seen: tuple[int, ...]

    @classmethod
    def of(cls, grid: Grid, pixels: npt.NDArray[np.uint8], mask: Mask | None) -> Tiles:
        """Of a padded picture; at least one tile is seen."""
        every = tuple(range(len(grid)))
        seen = every if mask is None else tuple(number for number in every if mask[grid.slices(number)].any())
        return cls(grid, pixels, mask, seen or every)

    @property
    def picture(self) -> npt.NDArray[np.uint8]:
        """The pixels without what tiles reach over the edges."""
        return self.pixels[: self.grid.height, : self.grid.width]

    @property
    def share(self) -> float:
        """The share of the picture that counts, in 0..1."""
        if self.mask is None:
            return 1.0
        return float(self.mask[: self.grid.height, : self.grid.width].mean())

    def tile(self, number: int) -> tuple[npt.NDArray[np.uint8], Mask | None]:
        """Pixels and mask of one tile, as views."""
        at = self.grid.slices(number)
        mask = None if self.mask is None else self.mask[at]
        return self.pixels[at], None if mask is None or mask.all() else mask


class Stitch:
    """Brings together what was found in tiles, each value `(r, c)` or `(r, c, k)` over a whole tile.

    Where tiles overlap they are blended: each weighs by the square of a sine that is 1 in the tile's middle and next
    to nothing at its edge, and the weights are divided by their sum. So a map has no step where a tile ends, whatever
    a network makes of the edge of its input. The weights of rows and columns multiply, so none are stored by pixel.
    """

    def __init__(self, grid: Grid) -> None:
        """Of the tiles of `grid`; those that are not added count as 0."""
        self._grid = grid
        self._sum: Values | None = None
        self._cell = (1.0, 1.0)

    def add(self, number: int, values: Values) -> None:
        """Add what was found in a tile; all have the same shape."""
        grid = self._grid
        if self._sum is None:
            self._cell = (grid.side[0] / values.shape[0], grid.side[1] / values.shape[1])
            shape = tuple(round(one / cell) for one, cell in zip(grid.padded, self._cell, strict=True))
            self._sum = np.zeros((*shape, *values.shape[2:]), np.float32)
        row, column = grid.place(number)
        top, weights_down = self._weights(0, row, values.shape[0])
        left, weights_across = self._weights(1, column, values.shape[1])
        shift = (top - grid.tops[row] / self._cell[0], left - grid.lefts[column] / self._cell[1])
        shape = (len(weights_down), len(weights_across))
        if max(map(abs, shift)) > _WHOLE or shape != values.shape[:2]:
            values = _moved(values, shift, shape)
        weights = np.outer(weights_down, weights_across)
        into = self._sum[top : top + shape[0], left : left + shape[1]]
        into += values * (weights if values.ndim == 2 else weights[:, :, np.newaxis])  # noqa: PLR2004

    def whole(self) -> Values:
        """What came together, over the picture alone: without what tiles reach over its edges."""
        grid, (down, across) = self._grid, self._cell
        if self._sum is None:
            msg = "Expected at least one tile to be added. Received: none"
            raise ValueError(msg)
        high, wide = (int(np.ceil(one / cell - _WHOLE)) for one, cell in ((grid.height, down), (grid.width, across)))
        return self._sum[:high, :wide]

    def _weights(self, axis: int, number: int, cells: int) -> tuple[int, Values]:
        """Where a row or column of tiles begins in the whole, in cells, and how much it weighs in each."""
        starts = (self._grid.tops, self._grid.lefts)[axis]
        assert self._sum is not None  # noqa: S101 - `add` has made it
        return _shares(starts, self._grid.side[axis], cells, self._sum.shape[axis])[number]


def _starts(length: int, side: int, overlap: float) -> tuple[int, ...]:
    if length <= side:
        return (0,)
    steps = -(-(length - side) // STEP)
    stride = max(int(side * (1 - overlap)) // STEP, 1)
    count = -(-steps // stride) + 1
    return tuple(int(place) * STEP for place in np.rint(np.linspace(0, steps, count)))


@lru_cache(maxsize=64)
def _shares(starts: tuple[int, ...], side: int, cells: int, whole: int) -> list[tuple[int, Values]]:
    """For each row (or column) of tiles the first cell of the whole it covers, and its weight in each it covers."""
    cell = side / cells
    middles = (np.arange(whole) + 0.5) * cell
    weights = np.zeros((len(starts), whole))
    for number, start in enumerate(starts):
        within = (middles - start) / side
        inside = (within > 0) & (within < 1)
        weights[number, inside] = np.sin(np.pi * within[inside]) ** 2 + _LEAST_WEIGHT
    weights /= np.maximum(weights.sum(axis=0), 1e-12)
    answer = []
    for one in weights:
        covered = np.flatnonzero(one)
        answer.append((int(covered[0]), one[covered[0] : covered[-1] + 1].astype(np.float32)))
    return answer


def _moved(values: Values, shift: tuple[float, float], shape: tuple[int, int]) -> Values:
    """Values read between the cells: the cell `(y, x)` of the answer is that at `(y, x) + shift`."""
    matrix = np.array([[1, 0, shift[1]], [0, 1, shift[0]]], np.float64)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(values, matrix, shape[::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved.reshape(*shape, *values.shape[2:]), np.float32)
