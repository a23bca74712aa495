"""Structural similarity of images: the same formula on NumPy arrays when judging and on Keras tensors when training."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable

    from inspector.imaging.placement import Batch

C1 = 0.01**2
"""Keeps the comparison of means from dividing by nothing: (K1 L)^2 with K1 = 0.01 and a range L of 1."""
C2 = 0.03**2
"""The same for the comparison of variances: (K2 L)^2 with K2 = 0.03."""
SIGMA = 1.5
"""Of the Gaussian window, in pixels."""
RADIUS = 5
"""Of the window, which is 11 pixels wide."""


@lru_cache(maxsize=16)
def window(side: int) -> npt.NDArray[np.float32]:
    """Smoothing along a side of so many pixels as a matrix `(side, side)`: `matrix @ values`. Not to be changed.

    Gaussian weights over 11 pixels that add up to 1; what the window reaches beyond the border is mirrored.
    """
    weights = np.exp(-0.5 * (np.arange(-RADIUS, RADIUS + 1) / SIGMA) ** 2)
    weights /= weights.sum()
    reached = np.pad(np.arange(side), RADIUS, mode="reflect") if side > 1 else np.zeros(2 * RADIUS + 1, np.intp)
    matrix = np.zeros((side, side))
    for row in range(side):
        np.add.at(matrix[row], reached[row : row + 2 * RADIUS + 1], weights)
    answer = matrix.astype(np.float32)
    answer.setflags(write=False)
    return answer


def similarity(first: Any, second: Any, smooth: Callable[[Any], Any]) -> Any:
    """The local structural similarity of two arrays or tensors of pixels in 0..1, in -1..1; 1 where they are alike.

    Wang, Bovik, Sheikh and Simoncelli 2004, "Image quality assessment: from error visibility to structural similarity",
    equation 13, with their constants and window (`C1`, `C2`, `window`).

    Args:
        first: one of them.
        second: the other.
        smooth: weighted means over the window around each pixel.
    """
    mean_1, mean_2 = smooth(first), smooth(second)
    product = mean_1 * mean_2
    squares = mean_1 * mean_1 + mean_2 * mean_2
    variances = smooth(first * first + second * second) - squares
    covariance = smooth(first * second) - product
    return ((2 * product + C1) * (2 * covariance + C2)) / ((squares + C1) * (variances + C2))


def dissimilarity(first: Batch, second: Batch) -> npt.NDArray[np.float32]:
    """The local dissimilarity `(N, h, w)` of two batches `(N, h, w, channels)` in 0..1.

    1 - SSIM, mean over the channels: 0 where they are alike, at most 2. Each image is compared by itself.
    """
    rows, columns = window(first.shape[1]), window(first.shape[2])
    one, other = (np.ascontiguousarray(np.moveaxis(batch, 3, 1), np.float32) for batch in (first, second))
    found = similarity(one, other, lambda values: rows @ values @ columns.T).mean(axis=1)
    # Rounding can make two like images a little more than alike.
    return np.asarray(np.clip(1 - found, 0, 2), np.float32)
