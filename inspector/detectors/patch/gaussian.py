"""A Gaussian for each position of the grid, learned in one pass over any number of images.

PaDiM (Defard et al. 2020) with one change: a mean for each position, and a covariance for each block of neighbouring
positions. A covariance of d x d numbers takes several times d images to know; neighbours have them together. On defects
pasted into normal pictures it ranks as well as one for each position, at a sixteenth of the memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from inspector.detectors.patch.features import Features

SHRINKAGE = 1.0
"""How strongly few images lean on the covariance that all blocks share: the block's own counts n / (n + d)."""

RIDGE = 1e-3
"""Added to each variance, as a share of the mean variance: directions that never varied stay finite."""

_TINY = 1e-12


def _blocks(rows: int, columns: int, side: int) -> Iterator[tuple[int, slice, slice]]:
    number = 0
    for top in range(0, rows, side):
        for left in range(0, columns, side):
            yield number, slice(top, top + side), slice(left, left + side)
            number += 1


@dataclass
class Moments:
    """Sums over images, from which means and covariances follow; two of them can be added.

    Memory does not grow with the number of images.

    Attributes:
        offset: `(rows, columns, d)`, near the mean: sums of squares of what is left lose no precision.
        side: positions along the edge of a block.
        counts: `(rows, columns)`, how many images show something at a position.
        first: `(rows, columns, d)`, sums.
        second: `(blocks, d, d)`, sums of products.
    """

    offset: npt.NDArray[np.float32]
    side: int
    counts: npt.NDArray[np.float64] = field(init=False)
    first: npt.NDArray[np.float64] = field(init=False)
    second: npt.NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        """Begin with nothing."""
        rows, columns, dims = self.offset.shape
        self.counts = np.zeros((rows, columns), np.float64)
        self.first = np.zeros((rows, columns, dims), np.float64)
        self.second = np.zeros((-(-rows // self.side) * -(-columns // self.side), dims, dims), np.float64)

    def add(self, features: Features, counts: npt.NDArray[np.bool_]) -> None:
        """Add the features `(N, rows, columns, d)` of N images, where `counts (N, rows, columns)` says so.

        Bars beside a picture repeat its border: where pictures have different shapes, they would tell of their own
        streaks at places where others show the part.
        """
        rows, columns, dims = self.offset.shape
        left = features - self.offset
        left[~counts] = 0
        self.counts += counts.sum(axis=0)
        self.first += left.sum(axis=0, dtype=np.float64)
        for number, down, across in _blocks(rows, columns, self.side):
            patches = left[:, down, across].reshape(-1, dims)
            self.second[number] += patches.T @ patches

    def __add__(self, other: Self) -> Self:
        """Of both together. Both must have the same offset and side."""
        answer = type(self)(self.offset, self.side)
        answer.counts = self.counts + other.counts
        answer.first = self.first + other.first
        answer.second = self.second + other.second
        return answer

    def fit(self) -> Gaussians:
        """The mean of each position and the whitening of each block.

        The covariance of block b is `a C_b + (1 - a) C + r I`: that of what is left when each position's own mean is
        taken away, the one of all blocks together, and a ridge; `a = n / (n + d)` for n patches in the block. A
        position that no image shows has the mean of all others.
        """
        rows, columns, dims = self.offset.shape
        seen = self.counts > 0
        mean = self.first / np.maximum(self.counts, 1)[:, :, np.newaxis]
        if not seen.all() and seen.any():
            mean[~seen] = (self.offset + mean)[seen].mean(axis=0) - self.offset[~seen]
        covariances = np.empty_like(self.second)
        numbers = np.empty(len(self.second))
        for number, down, across in _blocks(rows, columns, self.side):
            counts = self.counts[down, across].reshape(-1, 1)
            # Of positions with a mean of their own, the others count 0.
            means = mean[down, across].reshape(-1, dims) * np.sqrt(counts)
            covariances[number] = self.second[number] - means.T @ means
            numbers[number] = counts.sum()
        shared = covariances.sum(axis=0) / max(float(numbers.sum()), 1.0)
        # Pictures of nothing but one colour leave no variance at all.
        ridge = max(RIDGE * float(np.trace(shared)) / dims, _TINY)
        a = (numbers / (numbers + SHRINKAGE * dims))[:, np.newaxis, np.newaxis]
        own = covariances / np.maximum(numbers, 1)[:, np.newaxis, np.newaxis]
        covariances = a * own + (1 - a) * shared + ridge * np.eye(dims)
        whitening = np.linalg.inv(np.linalg.cholesky(covariances)).transpose(0, 2, 1)
        return Gaussians(
            (self.offset + mean).astype(np.float32), np.ascontiguousarray(whitening, np.float32), self.side
        )


@dataclass(frozen=True)
class Gaussians:
    """Attributes: `mean (rows, columns, d)`, `whitening (blocks, d, d)`, and the `side` of a block in positions.

    `|(f - mean) whitening|` is the Mahalanobis distance of a feature vector f.
    """

    mean: npt.NDArray[np.float32]
    whitening: npt.NDArray[np.float32]
    side: int

    def distances(self, features: Features) -> npt.NDArray[np.float32]:
        """Mahalanobis distances `(N, rows, columns)` of features `(N, rows, columns, d)`, each >= 0.

        Raises:
            ValueError: the features lie on another grid.
        """
        number, rows, columns, dims = features.shape
        if (rows, columns, dims) != self.mean.shape:
            msg = f"Expected features on a grid {self.mean.shape}. Received: {(rows, columns, dims)}"
            raise ValueError(msg)
        answer = np.empty((number, rows, columns), np.float32)
        for index in range(number):
            # One by one, so that no image's distances depend on its neighbours.
            left = features[index] - self.mean
            for block, down, across in _blocks(rows, columns, self.side):
                part = left[down, across]
                white = part.reshape(-1, dims) @ self.whitening[block]
                answer[index, down, across] = np.sqrt(np.einsum("pd,pd->p", white, white)).reshape(part.shape[:2])
        return answer

    def blocks(self) -> Iterator[tuple[int, slice, slice]]:
        """Number and place of each block that shares a covariance."""
        rows, columns, _ = self.mean.shape
        return _blocks(rows, columns, self.side)
