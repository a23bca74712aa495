"""PaDiM, and PaDiM beside the whole picture's features."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from inspector.detectors.patch.absorbing import updated, updated_blocks
from inspector.detectors.patch.detector import Counted, FeaturesOf, PatchDetector
from inspector.detectors.patch.gaussian import Gaussians, Moments
from inspector.detectors.patch.pooled import Whole, fit, pool

if TYPE_CHECKING:
    from inspector.core.events import Listener
    from inspector.detectors.fitted import Calibration
    from inspector.detectors.fitting import TrainingData
    from inspector.detectors.patch.features import Features
    from inspector.detectors.runtime import Arrays

_BLOCK = 4
"""Positions along the edge of a block that shares a covariance: 32 pixels."""

_MOST_SPREAD = 200
"""Of so many images at most the spread of both terms is taken."""


def _gaussians(arrays: Arrays) -> Gaussians:
    return Gaussians(
        np.asarray(arrays["mean"], np.float32), np.asarray(arrays["whitening"], np.float32), int(arrays["side"])
    )


def _arrays(gaussians: Gaussians) -> Arrays:
    return {"mean": gaussians.mean, "whitening": gaussians.whitening, "side": np.array(gaussians.side)}


def _with(arrays: Arrays, features: Features, counts: Counted, images: float, weight: float) -> Arrays:
    """The Gaussians of `arrays` after one more picture, which says something only where it counts."""
    gaussians = _gaussians(arrays)
    sample = np.where(counts[0][:, :, np.newaxis], features[0], gaussians.mean)
    mean, whitening = updated_blocks(gaussians.mean, gaussians.whitening, sample, gaussians.blocks(), images, weight)
    return {"mean": mean, "whitening": whitening}


class Padim(PatchDetector):
    """A Gaussian over the features of each position (Defard et al. 2020)."""

    METHOD = "padim"
    TITLE = "PaDiM"
    SUMMARY = "For aligned parts and even surfaces: finds small defects, says where, and trains within a minute."

    def _learn(self, data: TrainingData, features: FeaturesOf, listener: Listener) -> Arrays:
        del data, listener
        moments: Moments | None = None
        for block, _ in features.blocks("Learning the patches"):
            moments = Moments(block.mean(axis=0), _BLOCK) if moments is None else moments
            moments.add(block)
        assert moments is not None  # noqa: S101 - training has at least one image
        return _arrays(moments.fit())

    def _distances(self, arrays: Arrays, features: Features) -> npt.NDArray[np.float32]:
        return _gaussians(arrays).distances(features)

    def _learn_more(
        self,
        arrays: Arrays,
        features: Features,
        counts: Counted,
        images: float,
        weight: float,
        calibration: Calibration,
    ) -> Arrays:
        del calibration
        return _with(arrays, features, counts, images, weight)


class PatchAndPool(PatchDetector):
    """PaDiM's strangest patch and the whole picture's pooled features together: small defects and wrong shapes."""

    METHOD = "patch-and-pool"
    TITLE = "Patches and whole"
    SUMMARY = "The one to begin with: small defects by patches, wrong shapes by the whole picture; says where."
    UNIT = (
        "Mahalanobis distances of the strangest patch and of the whole, each in standard deviations among normal ones"
    )

    def _learn(self, data: TrainingData, features: FeaturesOf, listener: Listener) -> Arrays:
        del listener
        halves: list[Moments] = []
        pooled: list[npt.NDArray[np.float32]] = []
        # Every other image goes to one half: each half's distances can then be taken by a fit that did not see it.
        for block, counts in features.blocks("Learning the patches"):
            if not halves:
                offset = block.mean(axis=0)
                halves = [Moments(offset, _BLOCK), Moments(offset, _BLOCK)]
            at = sum(len(one) for one in pooled)
            for half in (0, 1):
                part = block[(half - at) % 2 :: 2]
                if len(part):
                    halves[half].add(part)
            pooled.append(pool(block, counts))
        whole_pooled = np.concatenate(pooled)
        patch_spread, whole_spread = self._spreads(features, halves, whole_pooled, data.seed)
        whole = fit(whole_pooled)
        return _arrays((halves[0] + halves[1]).fit()) | {
            "whole_mean": whole.mean,
            "whole_whitening": whole.whitening,
            "spreads": np.array([patch_spread, whole_spread]),
        }

    def _spreads(
        self, features: FeaturesOf, halves: list[Moments], pooled: npt.NDArray[np.float32], seed: int
    ) -> tuple[float, float]:
        """Standard deviations of both terms among images that the fit did not see: each half judged by the other."""
        if len(pooled) < 4:  # noqa: PLR2004 - a half of one image knows no spread
            return 1.0, 1.0
        rng = np.random.default_rng(seed)
        patch_terms: list[npt.NDArray[np.float64]] = []
        whole_terms: list[npt.NDArray[np.float64]] = []
        for half in (0, 1):
            positions = np.arange(half, len(pooled), 2)
            gaussians, whole = halves[1 - half].fit(), fit(pooled[1 - half :: 2])
            some = np.sort(rng.permutation(positions)[: _MOST_SPREAD // 2])
            tops = [
                self._tops(self._maps(gaussians.distances(block), counts))
                for block, counts in features.blocks("Weighing patches and whole", some)
            ]
            patch_terms.append(np.concatenate(tops))
            whole_terms.append(whole.distances(pooled[some]))
        # Within each half, since the two fits differ in their means.
        return _spread(patch_terms), _spread(whole_terms)

    def _distances(self, arrays: Arrays, features: Features) -> npt.NDArray[np.float32]:
        return _gaussians(arrays).distances(features)

    def _learn_more(
        self,
        arrays: Arrays,
        features: Features,
        counts: Counted,
        images: float,
        weight: float,
        calibration: Calibration,
    ) -> Arrays:
        del calibration
        mean, whitening = (np.asarray(arrays[name], np.float32) for name in ("whole_mean", "whole_whitening"))
        deep = int(arrays["deep"]) if "deep" in arrays else features.shape[3]
        pooled = pool(features[..., -deep:], counts)
        mean, whitening = updated(mean[np.newaxis], whitening, pooled, images, weight)
        return _with(arrays, features, counts, images, weight) | {"whole_mean": mean[0], "whole_whitening": whitening}

    def _score(
        self, arrays: Arrays, features: Features, maps: npt.NDArray[np.float32], counts: Counted
    ) -> npt.NDArray[np.floating]:
        whole = Whole(np.asarray(arrays["whole_mean"], np.float32), np.asarray(arrays["whole_whitening"], np.float32))
        patch_spread, whole_spread = np.asarray(arrays["spreads"], np.float64)
        of_whole = whole.distances(pool(features, counts))
        return np.asarray(self._tops(maps) / patch_spread + of_whole / whole_spread)

    def _factors(
        self, arrays: Arrays, scores: npt.NDArray[np.floating], tops: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        del scores
        return np.full_like(tops, 1 / float(np.asarray(arrays["spreads"], np.float64)[0]))


def _spread(terms: list[npt.NDArray[np.float64]]) -> float:
    deviation = float(np.sqrt(np.mean([np.var(one) for one in terms])))
    typical = float(np.mean(np.concatenate(terms)))
    # Terms that never vary would rule the sum.
    return max(deviation, 1e-3 * typical, 1e-9)
