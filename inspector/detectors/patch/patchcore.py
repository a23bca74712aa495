"""PatchCore: a memory of normal patches and the distance to the nearest of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from pydantic import Field

from inspector.core.errors import DataError
from inspector.detectors.patch import coreset
from inspector.detectors.patch.absorbing import remembered
from inspector.detectors.patch.detector import Counted, FeaturesOf, PatchDetector, PatchOptions

if TYPE_CHECKING:
    from inspector.core.events import Listener
    from inspector.detectors.fitting import TrainingData
    from inspector.detectors.patch.absorbing import Sample
    from inspector.detectors.patch.features import Features
    from inspector.detectors.runtime import Arrays

_RIDGE = 1e-2
_MOST_LEARNED = 2000
"""Patches that are added after training at most, so that judging stays as fast as it was within a factor of two."""


class PatchcoreOptions(PatchOptions):
    """What `patchcore` can be told."""

    memory: int = Field(default=2000, ge=1, le=50_000, description="patches to remember: more is slower and bigger")
    whiten: bool = Field(
        default=True, description="measure distances in standard deviations; off: in raw features, as published"
    )


class Patchcore(PatchDetector):
    """Distance to the nearest of a few remembered normal patches (Roth et al. 2022)."""

    METHOD = "patchcore"
    TITLE = "PatchCore"
    SUMMARY = "For parts that lie anywhere in the picture: compares each patch with remembered ones; says where."
    UNIT = "distance of the strangest patch to the nearest remembered one"
    Options = PatchcoreOptions
    options: PatchcoreOptions

    def _learn(self, data: TrainingData, features: FeaturesOf, listener: Listener) -> Arrays:
        reservoir = coreset.Reservoir(data.seed)
        for block, counts in features.blocks("Learning the patches"):
            reservoir.add(block[counts])
        patches = reservoir.patches
        mean = patches.mean(axis=0)
        whitening = self._whitening(patches - mean)
        memory = coreset.choose((patches - mean) @ whitening, self.options.memory, data.seed, listener)
        return {"mean": mean, "whitening": whitening, "memory": memory}

    def _whitening(self, centred: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        dims = centred.shape[1]
        if not self.options.whiten:
            return np.eye(dims, dtype=np.float32)
        covariance = (centred.T @ centred).astype(np.float64) / len(centred)
        ridge = max(_RIDGE * float(np.trace(covariance)) / dims, 1e-12)
        values, vectors = np.linalg.eigh(covariance)
        return np.asarray(vectors / np.sqrt(np.maximum(values, 0) + ridge), np.float32)

    def _white(self, arrays: Arrays, features: Features) -> Features:
        left = features - np.asarray(arrays["mean"], np.float32)
        whitening = np.asarray(arrays["whitening"], np.float32)
        # Image by image: a product of another height may round differently.
        return np.stack([one.reshape(-1, one.shape[2]) @ whitening for one in left]).reshape(features.shape)

    def _distances(self, arrays: Arrays, features: Features, counts: Counted) -> npt.NDArray[np.float32]:
        del counts
        return coreset.nearest(np.asarray(arrays["memory"], np.float32), self._white(arrays, features))[0]

    def _learn_more(self, arrays: Arrays, sample: Sample) -> Arrays:
        """Remember its strangest patches, until it is no stranger than a typical good picture."""
        memory = np.asarray(arrays["memory"], np.float32)
        if len(memory) >= self.options.memory + _MOST_LEARNED:
            msg = (
                f"This detector has taken in {_MOST_LEARNED:,} patches, all it holds. Train it anew with the pictures."
            )
            raise DataError(msg)
        enough = float(np.median(sample.calibration.map_maxima))
        return {"memory": remembered(memory, self._white(arrays, sample.features)[sample.counts], enough)}

    def _score(
        self, arrays: Arrays, features: Features, maps: npt.NDArray[np.float32], counts: Counted
    ) -> npt.NDArray[np.floating]:
        """The mean of the map's highest values, reweighted as the paper does by how rare the nearest patch is."""
        del counts
        tops = self._tops(maps)
        memory = np.asarray(arrays["memory"], np.float32)
        weights = []
        for one, patches in zip(maps, features, strict=True):
            row, column = np.unravel_index(int(one.argmax()), one.shape)
            strangest = patches[row : row + 1, column : column + 1]
            patch = self._white(arrays, strangest[np.newaxis])[0, 0, 0]
            distances, which = coreset.nearest(memory, patch[np.newaxis, np.newaxis, np.newaxis])
            weights.append(coreset.weight(memory, patch, int(which.item()), float(distances.item())))
        return np.asarray(tops * np.array(weights))

    def _factors(
        self, arrays: Arrays, scores: npt.NDArray[np.floating], tops: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """The weight by which the paper multiplies."""
        del arrays
        return np.asarray(np.divide(scores, tops, out=np.ones_like(tops), where=tops > 0), np.float64)
