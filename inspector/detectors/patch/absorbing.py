"""Taking in a single good picture without training anew: how the Gaussians and the memory change by it.

Nothing of training is kept for this but what judging keeps anyway. A whitening matrix W says the covariance it was made
of, (W W')^-1, and that with its weight in images is all that the usual update of a mean and a covariance takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from inspector.detectors.patch.coreset import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from inspector.detectors.fitted import Calibration
    from inspector.detectors.patch.features import Features

SHARE = 0.02
"""What a picture that a person vouches for weighs, as a share of all that were learned from: one among 400 of equal
weight would change nothing, and one of weight 400 would have everything like it pass at once."""

MOST_PATCHES = 64
"""Patches of one picture that are remembered at most: an eighth of a screw, but no whole picture of something else."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sample:
    """One more good picture, or a tile of it.

    Attributes:
        features: `(1, rows, columns, d)`.
        counts: bool `(1, rows, columns)`, which patches count.
        images: how many were learned from before, by weight.
        weight: what this one weighs, in images.
        calibration: of the detector, for how far normal patches lie away.
    """

    features: Features
    counts: npt.NDArray[np.bool_]
    images: float
    weight: float
    calibration: Calibration


def weight_of(images: float) -> float:
    """What one picture weighs beside so many images that were learned from, in images."""
    return max(1.0, SHARE * images)


def updated(
    mean: Floats,
    whitening: Floats,
    sample: Floats,
    images: float,
    weight: float,
) -> tuple[Floats, Floats]:
    """A Gaussian of several positions with one covariance, after a sample of each position.

    With deltas from the old means, the new ones lie `w / (n + w)` of the way, and the covariance becomes
    `(n C + n w / (n + w) D'D / p) / (n + w)` for p positions (Welford's update with a weight, summed over positions).

    Args:
        mean: `(p, d)`.
        whitening: `(d, d)`: `|(x - mean) whitening|` is the Mahalanobis distance.
        sample: `(p, d)`.
        images: n, what the Gaussian was learned from.
        weight: w, what the sample weighs, in images.

    Returns:
        Mean and whitening, as given.
    """
    share = weight / (images + weight)
    delta = (sample - mean).astype(np.float64)
    # The whitening is the transposed inverse of the covariance's Cholesky factor.
    factor = np.linalg.inv(whitening.astype(np.float64)).T
    covariance = (1 - share) * (factor @ factor.T) + share * (1 - share) * (delta.T @ delta) / len(delta)
    answer = np.linalg.inv(np.linalg.cholesky(covariance)).T
    return (mean + share * delta).astype(np.float32), np.ascontiguousarray(answer, np.float32)


def updated_blocks(
    mean: Features,
    whitening: Floats,
    sample: Features,
    blocks: Iterable[tuple[int, slice, slice]],
    images: float,
    weight: float,
) -> tuple[Features, Floats]:
    """`updated` for each block of a grid.

    Args:
        mean: `(rows, columns, d)`.
        whitening: `(blocks, d, d)`.
        sample: `(rows, columns, d)`, of one picture.
        blocks: number and place of each block.
        images: what was learned from.
        weight: what the picture weighs, in images.
    """
    mean, whitening = mean.copy(), whitening.copy()
    dims = mean.shape[2]
    for number, down, across in blocks:
        part = mean[down, across]
        changed, whitening[number] = updated(
            part.reshape(-1, dims), whitening[number], sample[down, across].reshape(-1, dims), images, weight
        )
        mean[down, across] = changed.reshape(part.shape)
    return mean, whitening


def remembered(memory: Floats, patches: Floats, enough: float) -> Floats:
    """A memory `(m, d)` with those of `patches (n, d)` that lie farthest from it, one after the other.

    It ends when none lies farther than `enough` any more, or with `MOST_PATCHES`.
    """
    distances = nearest(memory, patches[np.newaxis, np.newaxis])[0][0, 0]
    added: list[Floats] = []
    while len(added) < MOST_PATCHES and distances.max() > enough:
        one = patches[int(distances.argmax())]
        added.append(one)
        distances = np.minimum(distances, np.linalg.norm(patches - one, axis=1))
    return np.concatenate([memory, np.stack(added)]).astype(np.float32) if added else memory
