"""What distances are usual at each position, so that a place that always varies does not hide the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

NEARER = 5.0
"""Distances so many standard deviations below the usual one count 0: maps and scores are never negative."""

_PRIOR = 20.0
"""As if each position had been seen in so many more images, with what is usual at all positions together."""


@dataclass(frozen=True)
class Usual:
    """Mean and standard deviation of held-out normal distances.

    Attributes:
        mean: `(rows, columns)`.
        deviation: `(rows, columns)`, > 0.
    """

    mean: npt.NDArray[np.float32]
    deviation: npt.NDArray[np.float32]

    def of(self, distances: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Distances `(N, rows, columns)` in deviations from the usual one, which is `NEARER`; never below 0."""
        levels = (distances - self.mean) / self.deviation + np.float32(NEARER)
        return np.asarray(np.maximum(levels, 0), np.float32)


class Sums:
    """Sums over normal images that a fit did not see."""

    def __init__(self, rows: int, columns: int) -> None:
        """Of a grid, with nothing seen yet."""
        self._counts = np.zeros((rows, columns), np.float64)
        self._first = np.zeros((rows, columns), np.float64)
        self._second = np.zeros((rows, columns), np.float64)

    def add(self, distances: npt.NDArray[np.float32], counts: npt.NDArray[np.bool_]) -> None:
        """Add distances `(N, rows, columns)` where `counts` says so."""
        values = np.where(counts, distances, 0).astype(np.float64)
        self._counts += counts.sum(axis=0)
        self._first += values.sum(axis=0)
        self._second += (values**2).sum(axis=0)

    def usual(self, *, everywhere: bool = False) -> Usual:
        """What is usual at each position; where little was seen, more of what is usual at all of them together.

        With `everywhere` it is the same at each position.
        """
        number = max(float(self._counts.sum()), 1.0)
        typical = float(self._first.sum()) / number
        variance = max(float(self._second.sum()) / number - typical**2, 0.0)
        counts, first, second = (
            (np.zeros_like(one) if everywhere else one) for one in (self._counts, self._first, self._second)
        )
        weight = counts + _PRIOR
        mean = (first + _PRIOR * typical) / weight
        own = second - 2 * mean * first + counts * mean**2
        deviation = np.sqrt(np.maximum(own + _PRIOR * variance, 0) / weight)
        # Pictures all alike have distances that never vary.
        least = max(1e-3 * typical, 1e-6)
        return Usual(mean.astype(np.float32), np.maximum(deviation, least).astype(np.float32))
