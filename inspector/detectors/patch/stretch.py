"""Where in the picture a patch lies, whatever shape the picture has.

Letterboxed pictures of several shapes have their edges at several places of the input. What is learned of a place is
therefore learned of the place in the picture, as a share of its height and width: each picture's patches are laid over
the whole grid, every place taking the patch that shows it, and distances are taken back to where the patches lie. The
pixels are not squashed, and pictures that fill the input stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self, TypeVar

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.intp]
Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Stretch:
    """How the patches of N pictures lie over the whole grid; each has its own box of patches that count.

    Attributes:
        there: for each picture, which row and which column of its patches each of the grid's rows and columns takes.
        back: which row and column of the grid each of its patches has its distance from; beyond the box the nearest.
    """

    there: tuple[tuple[Indices, Indices] | None, ...]
    back: tuple[tuple[Indices, Indices] | None, ...]

    @classmethod
    def of(cls, counts: npt.NDArray[np.bool_]) -> Self:
        """Of which patches `(N, rows, columns)` count; at least one of each picture must."""
        sides = [[_box(one.any(axis=axis)) for axis in (1, 0)] for one in counts]
        whole = [(0, side) for side in counts.shape[1:]]
        found = [
            None if boxes == whole else [_taken(*box, side) for box, (_, side) in zip(boxes, whole, strict=True)]
            for boxes in sides
        ]
        return cls(
            tuple(None if one is None else (one[0][0], one[1][0]) for one in found),
            tuple(None if one is None else (one[0][1], one[1][1]) for one in found),
        )

    def over(self, values: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
        """Features or anything else `(N, rows, columns, …)` of the patches, laid over the grid."""
        return _each(values, self.there)

    def again(self, values: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
        """Distances `(N, rows, columns)` over the grid, each at the patch it is of."""
        return _each(values, self.back)


def _each(values: npt.NDArray[Scalar], which: tuple[tuple[Indices, Indices] | None, ...]) -> npt.NDArray[Scalar]:
    if not any(which):
        return values
    return np.stack([one if at is None else one[at[0]][:, at[1]] for one, at in zip(values, which, strict=True)])


def _box(counts: npt.NDArray[np.bool_]) -> tuple[int, int]:
    """The first of a line's patches that count, and the one behind the last."""
    found = np.flatnonzero(counts)
    return int(found[0]), int(found[-1]) + 1


def _taken(start: int, stop: int, side: int) -> tuple[Indices, Indices]:
    """Which of the patches `start` to `stop` each of `side` places takes, and which place each of `side` patches."""
    inside = stop - start
    there = start + (2 * np.arange(side) + 1) * inside // (2 * side)
    patches = np.clip(np.arange(side) - start, 0, inside - 1)
    return there, (2 * patches + 1) * side // (2 * inside)
