"""PaDiM, and PaDiM beside the whole picture's features."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from inspector.detectors.patch import coreset
from inspector.detectors.patch.absorbing import updated, updated_blocks
from inspector.detectors.patch.anywhere import CANDIDATES, Anywhere, remember
from inspector.detectors.patch.detector import Counted, FeaturesOf, PatchDetector
from inspector.detectors.patch.gaussian import Gaussians, Moments
from inspector.detectors.patch.pooled import Whole, fit, pool
from inspector.detectors.patch.stretch import Stretch
from inspector.detectors.patch.usual import NEARER, Sums, Usual

if TYPE_CHECKING:
    from inspector.core.events import Listener
    from inspector.detectors.fitting import TrainingData
    from inspector.detectors.patch.absorbing import Sample
    from inspector.detectors.patch.features import Features
    from inspector.detectors.runtime import Arrays

_PARTS = 5
"""Into so many parts the images are cut to see what is usual among images that a fit did not see."""

_MOST_HELD = 200
"""Of so many images at most that is seen."""

_FEWEST = 4
_PLAIN = np.array([[0.0, 1.0], [0.0, 1.0]])
"""With fewer images than that nothing is usual: distances are taken as they are."""

_RELATIVE = "relative"
"""The array that says that places are those in the picture, and not those in the input."""


def _gaussians(arrays: Arrays) -> Gaussians:
    return Gaussians(
        np.asarray(arrays["mean"], np.float32), np.asarray(arrays["whitening"], np.float32), int(arrays["side"])
    )


def _arrays(gaussians: Gaussians, *, relative: bool) -> Arrays:
    return {
        "mean": gaussians.mean,
        "whitening": gaussians.whitening,
        "side": np.array(gaussians.side),
        _RELATIVE: np.array(relative),
    }


def _stretch(counts: Counted, *, relative: bool) -> Stretch:
    return Stretch.of(counts if relative else np.ones_like(counts))


def _stretch_of(arrays: Arrays, counts: Counted) -> Stretch:
    """Bundles of before there were relative places say nothing of them, and look at places in the input."""
    return _stretch(counts, relative=bool(arrays.get(_RELATIVE, False)))


def _with(arrays: Arrays, sample: Sample) -> Arrays:
    """The Gaussians of `arrays` after one more picture, which says something only where it counts."""
    gaussians, stretch = _gaussians(arrays), _stretch_of(arrays, sample.counts)
    counts, features = stretch.over(sample.counts)[0], stretch.over(sample.features)[0]
    features = np.where(counts[:, :, np.newaxis], features, gaussians.mean)
    mean, whitening = updated_blocks(
        gaussians.mean, gaussians.whitening, features, gaussians.blocks(), sample.images, sample.weight
    )
    return {"mean": mean, "whitening": whitening}


class Padim(PatchDetector):
    """A Gaussian over the features of each position (Defard et al. 2020)."""

    METHOD = "padim"
    TITLE = "PaDiM"
    SUMMARY = "For aligned parts and even surfaces: finds small defects, says where, and trains within a minute."

    BLOCK: ClassVar[int] = 4
    """Positions along the edge of a block that shares a covariance: 32 pixels."""

    def _learn(self, data: TrainingData, features: FeaturesOf, listener: Listener) -> Arrays:
        del data, listener
        moments: Moments | None = None
        for block, counts in features.blocks("Learning the patches"):
            stretch = Stretch.of(counts)
            laid = stretch.over(block)
            moments = Moments(laid.mean(axis=0), self.BLOCK) if moments is None else moments
            moments.add(laid, stretch.over(counts))
        assert moments is not None  # noqa: S101 - training has at least one image
        return _arrays(moments.fit(), relative=True)

    def _distances(self, arrays: Arrays, features: Features, counts: Counted) -> npt.NDArray[np.float32]:
        stretch = _stretch_of(arrays, counts)
        return stretch.again(_gaussians(arrays).distances(stretch.over(features)))

    def _learn_more(self, arrays: Arrays, sample: Sample) -> Arrays:
        return _with(arrays, sample)


class PatchAndPool(PatchDetector):
    """PaDiM's strangest patch and the whole picture's pooled features together: small defects and wrong shapes."""

    METHOD = "patch-and-pool"
    TITLE = "Patches and whole"
    SUMMARY = "The one to begin with: small defects by patches, wrong shapes by the whole picture; says where."
    UNIT = (
        f"standard deviations of good pictures' strangest patches, which lie at about {NEARER:g}, and of their wholes"
    )
    MAP_UNIT = f"standard deviations of the distances usual at that place, which lie at about {NEARER:g}"

    # Compared by `selection` in the benchmarks, on normal pictures alone:
    BLOCK: ClassVar[int] = Padim.BLOCK
    SHARE_OF_WHOLE: ClassVar[float] = 4.0
    """What the whole picture would count beside the strangest patch if its Gaussian were known; of n images in D
    dimensions it counts n / (n + D) of that."""
    DEEPEST: ClassVar[bool] = True
    """Whether the whole picture is pooled from the deepest map alone."""
    USUAL: ClassVar[bool] = True
    """Whether distances are taken in deviations from what is usual at their place."""
    ANYWHERE: ClassVar[bool] = True
    """Whether a patch must be strange beside those remembered from anywhere, too."""
    RELATIVE: ClassVar[bool] = True
    """Whether a place is one in the picture, whatever its shape, and not one in the input."""
    PLACE: ClassVar[bool] = True
    """Whether its own place counts by itself as well, the more the better it is known: n / (n + d) for n images."""

    def _learn(self, data: TrainingData, features: FeaturesOf, listener: Listener) -> Arrays:
        del listener
        deep = features.deep(data.shape) if self.DEEPEST else 0
        count = min(_PARTS, len(features))
        reservoirs = [coreset.Reservoir(data.seed + number, CANDIDATES // count) for number in range(count)]
        parts: list[Moments] = []
        pooled: list[npt.NDArray[np.float32]] = []
        # Each image goes to one of a few parts, whose distances can then be taken by a fit that did not see it.
        for block, counts in features.blocks("Learning the patches"):
            stretch = _stretch(counts, relative=self.RELATIVE)
            laid, seen = stretch.over(block), stretch.over(counts)
            if not parts:
                offset = laid.mean(axis=0)
                parts = [Moments(offset, self.BLOCK) for _ in range(count)]
            at = sum(len(one) for one in pooled)
            for number, part in enumerate(parts):
                mine = slice((number - at) % count, None, count)
                part.add(laid[mine], seen[mine])
                reservoirs[number].add(block[mine][counts[mine]])
            pooled.append(pool(block[..., -deep:], counts))
        pooled_all = np.concatenate(pooled)
        anywhere = remember([one.patches for one in reservoirs], data.seed)
        gaussians, whole = sum(parts[1:], parts[0]).fit(), fit(pooled_all)
        known = len(pooled_all) / (len(pooled_all) + parts[0].offset.shape[2]) if self.PLACE else 0.0
        here, there, terms = self._usual(features, parts, anywhere, pooled_all, known, data.seed)
        return _arrays(gaussians, relative=self.RELATIVE) | {
            "deep": np.array(deep),
            "known": np.array(known),
            "share": np.array(self.SHARE_OF_WHOLE * len(pooled_all) / (len(pooled_all) + pooled_all.shape[1])),
            "whole_mean": whole.mean,
            "whole_whitening": whole.whitening,
            "usual": np.stack([here.mean, there.mean]),
            "spread": np.stack([here.deviation, there.deviation]),
            "terms": terms,
            "memory_mean": anywhere.mean,
            "memory_whitening": anywhere.whitening,
            "memory": np.concatenate(anywhere.memories),
        }

    def _usual(
        self,
        features: FeaturesOf,
        parts: list[Moments],
        anywhere: Anywhere,
        pooled: npt.NDArray[np.float32],
        known: float,
        seed: int,
    ) -> tuple[Usual, Usual, npt.NDArray[np.float64]]:
        """What is usual among images that a fit did not see: each part is judged by the fit to the others.

        Gives it of both distances at each position, and `[[mean, deviation] of the strangest patch, … of the whole]`.
        """
        if len(pooled) < _FEWEST:
            plain = Usual(np.zeros_like(parts[0].counts, np.float32), np.ones_like(parts[0].counts, np.float32))
            return plain, plain, _PLAIN
        rng = np.random.default_rng(seed)
        sums = Sums(*parts[0].counts.shape), Sums(*parts[0].counts.shape)
        held: list[tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], Stretch, Counted]] = []
        of_whole: list[npt.NDArray[np.float64]] = []
        for number in range(len(parts)):
            others = [one for position, one in enumerate(parts) if position != number]
            mine = np.arange(len(pooled)) % len(parts) == number
            gaussians, whole = sum(others[1:], others[0]).fit(), fit(pooled[~mine])
            some = np.sort(rng.permutation(np.flatnonzero(mine))[: _MOST_HELD // len(parts)])
            for block, counts in features.blocks("Weighing patches and whole", some):
                stretch = _stretch(counts, relative=self.RELATIVE)
                laid, seen = stretch.over(block), stretch.over(counts)
                both = gaussians.distances(laid), anywhere.distances(laid, without=number)
                for one, distances in zip(sums, both, strict=True):
                    one.add(distances, seen)
                held.append((*both, stretch, counts))
            of_whole.append(whole.distances(pooled[some]))
        here, there = (one.usual(everywhere=not self.USUAL) for one in sums)
        tops = [
            self._tops(self._maps(stretch.again(self._strangeness(here.of(a), there.of(b), known)), counts))
            for a, b, stretch, counts in held
        ]
        return here, there, np.array([_moments(np.concatenate(tops)), _moments(np.concatenate(of_whole))])

    def _strangeness(
        self, here: npt.NDArray[np.float32], there: npt.NDArray[np.float32], known: float
    ) -> npt.NDArray[np.float32]:
        """How strange each patch is, of how far it lies from what is usual at its place and from those from anywhere.

        What its place says counts by itself as far as that is `known`, in 0..1, and for the rest only where the patch
        is like none from anywhere either.
        """
        if not self.ANYWHERE:
            return here
        return np.asarray(known * here + (1 - known) * np.minimum(here, there), np.float32)

    def _distances(self, arrays: Arrays, features: Features, counts: Counted) -> npt.NDArray[np.float32]:
        stretch = _stretch_of(arrays, counts)
        laid = stretch.over(features)
        means, spreads = np.asarray(arrays["usual"], np.float32), np.asarray(arrays["spread"], np.float32)
        anywhere = Anywhere(
            np.asarray(arrays["memory_mean"], np.float32),
            np.asarray(arrays["memory_whitening"], np.float32),
            [np.asarray(arrays["memory"], np.float32)],
        )
        strangeness = self._strangeness(
            Usual(means[0], spreads[0]).of(_gaussians(arrays).distances(laid)),
            Usual(means[1], spreads[1]).of(anywhere.distances(laid)),
            float(arrays["known"]),
        )
        return stretch.again(strangeness)

    def _learn_more(self, arrays: Arrays, sample: Sample) -> Arrays:
        mean, whitening = (np.asarray(arrays[name], np.float32) for name in ("whole_mean", "whole_whitening"))
        pooled = pool(sample.features[..., -int(arrays["deep"]) :], sample.counts)
        mean, whitening = updated(mean[np.newaxis], whitening, pooled, sample.images, sample.weight)
        return _with(arrays, sample) | {"whole_mean": mean[0], "whole_whitening": whitening}

    def _score(
        self, arrays: Arrays, features: Features, maps: npt.NDArray[np.float32], counts: Counted
    ) -> npt.NDArray[np.floating]:
        whole = Whole(np.asarray(arrays["whole_mean"], np.float32), np.asarray(arrays["whole_whitening"], np.float32))
        (patch_mean, patch_spread), (whole_mean, whole_spread) = np.asarray(arrays["terms"], np.float64)
        of_patch = (self._tops(maps) - patch_mean) / patch_spread
        pooled = pool(features[..., -int(arrays["deep"]) :], counts)
        of_whole = (whole.distances(pooled) - whole_mean) / whole_spread
        return np.asarray(np.maximum(of_patch + float(arrays["share"]) * of_whole + NEARER, 0))

    def _factors(
        self, arrays: Arrays, scores: npt.NDArray[np.floating], tops: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        del scores
        return np.full_like(tops, 1 / float(np.asarray(arrays["terms"], np.float64)[0, 1]))


def _moments(terms: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Mean and standard deviation; a term that never varies would rule the sum."""
    typical = float(terms.mean())
    return typical, max(float(terms.std()), 1e-3 * abs(typical), 1e-9)
