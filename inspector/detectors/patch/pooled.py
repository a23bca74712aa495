"""The whole picture's features in one vector, and how far it lies from those of good pictures.

Rippel, Mertens and Merhof 2021 ("Modeling the distribution of normal data in pre-trained deep features"): a Gaussian
over globally pooled features finds a wrong shape or a missing part, where no single patch is strange.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from inspector.detectors.patch.features import Features


def pool(features: Features, counts: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """Mean and standard deviation over the patches that count: `(N, 2 d)` of features `(N, rows, columns, d)`."""
    pooled = []
    for one, mask in zip(features, counts, strict=True):
        patches = one[mask]
        pooled.append(np.concatenate([patches.mean(axis=0), patches.std(axis=0)]))
    return np.stack(pooled)


@dataclass(frozen=True)
class Whole:
    """A Gaussian over pooled features.

    Attributes:
        mean: `(D,)`.
        whitening: `(D, D)`: `|(x - mean) whitening|` is the Mahalanobis distance.
    """

    mean: npt.NDArray[np.float32]
    whitening: npt.NDArray[np.float32]

    def distances(self, pooled: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Mahalanobis distances `(N,)` of pooled features `(N, D)`."""
        return np.array([np.linalg.norm((one - self.mean) @ self.whitening) for one in pooled], np.float64)


def fit(pooled: npt.NDArray[np.float32]) -> Whole:
    """Fit to pooled features `(N, D)`, N >= 1, with Ledoit and Wolf's shrinkage (2004), which allows N < D."""
    from sklearn.covariance import ledoit_wolf

    mean = pooled.mean(axis=0, dtype=np.float64)
    # Channels differ in scale by orders; shrinkage towards one variance presumes that they do not.
    scale = np.maximum(pooled.std(axis=0, dtype=np.float64), 1e-3 * max(float(np.abs(pooled).mean()), 1e-6))
    standard = (pooled - mean) / scale
    covariance = ledoit_wolf(standard, assume_centered=True)[0] if len(pooled) > 1 else np.eye(len(mean))
    covariance = covariance + 1e-3 * np.eye(len(mean))
    whitening = np.linalg.inv(np.linalg.cholesky(covariance)).T / scale[:, np.newaxis]
    return Whole(mean.astype(np.float32), whitening.astype(np.float32))
