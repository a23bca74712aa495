"""Patches remembered from anywhere: what is new at its place but known from another one is no defect.

A small memory as PatchCore's, in whitened features of few dimensions, kept in parts: each part's pictures can be judged
by what the others remember.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from inspector.core.events import ignore
from inspector.detectors.patch import coreset

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from inspector.detectors.patch.features import Features

DIMENSIONS = 64
"""Directions in which patches vary most; in those left out they hardly do."""

REMEMBERED = 1000
"""Patches in all parts together."""

CANDIDATES = 20_000
"""Among so many they are chosen."""

_RIDGE = 1e-2


@dataclass(frozen=True)
class Anywhere:
    """A memory of normal patches.

    Attributes:
        mean: `(d,)`.
        whitening: `(d, k)`: `(x - mean) whitening` is a patch as it is remembered.
        memories: `(m, k)` of each part.
    """

    mean: npt.NDArray[np.float32]
    whitening: npt.NDArray[np.float32]
    memories: Sequence[npt.NDArray[np.float32]]

    def distances(self, features: Features, *, without: int | None = None) -> npt.NDArray[np.float32]:
        """Distances `(N, rows, columns)` to the nearest remembered patch, leaving out those of one part."""
        memory = np.concatenate([one for number, one in enumerate(self.memories) if number != without])
        squares = np.einsum("mk,mk->m", memory, memory)
        answer = np.empty(features.shape[:3], np.float32)
        for index, one in enumerate(features):
            # One by one, so that no image's distances depend on its neighbours.
            white = (one.reshape(-1, one.shape[2]) - self.mean) @ self.whitening
            nearest = (squares - 2 * (white @ memory.T)).min(axis=1) + np.einsum("pk,pk->p", white, white)
            answer[index] = np.sqrt(np.maximum(nearest, 0)).reshape(one.shape[:2])
        return answer


def remember(parts: Sequence[npt.NDArray[np.float32]], seed: int) -> Anywhere:
    """Remember patches of the candidates `(n, d)` of each part."""
    everything = np.concatenate(parts)
    mean = everything.mean(axis=0)
    centred = everything - mean
    covariance = (centred.T @ centred).astype(np.float64) / len(centred)
    values, vectors = np.linalg.eigh(covariance)
    ridge = max(_RIDGE * float(np.trace(covariance)) / len(covariance), 1e-12)
    whitening = (vectors / np.sqrt(np.maximum(values, 0) + ridge))[:, -DIMENSIONS:].astype(np.float32)
    wanted = -(-REMEMBERED // len(parts))
    memories = [coreset.choose((one - mean) @ whitening, wanted, seed, ignore) for one in parts]
    return Anywhere(mean.astype(np.float32), whitening, memories)
