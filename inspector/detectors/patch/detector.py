"""What the patch detectors share: options, the backbone, the map, and how it becomes a score."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field

from inspector.core.events import Progress, Stage
from inspector.detectors.backbones import BUILT_IN, backbone
from inspector.detectors.base import Detector
from inspector.detectors.fitted import Judgement, Networks, Trained
from inspector.detectors.fitting import CROSS_FIT_BELOW
from inspector.detectors.images import stack_masks
from inspector.detectors.options import Options, Size
from inspector.detectors.patch.absorbing import Sample, weight_of
from inspector.detectors.patch.features import counted, extract
from inspector.imaging.areas import mean_of_top
from inspector.imaging.placement import Placed, as_batch
from inspector.imaging.smoothing import smooth

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from inspector.core.events import Listener
    from inspector.core.image import Map
    from inspector.detectors.fitted import Evidence, Fitted
    from inspector.detectors.fitting import TrainingData
    from inspector.detectors.images import Masks, PlacedImages
    from inspector.detectors.patch.features import Features
    from inspector.detectors.runtime import Arrays, Graph
    from inspector.imaging.placement import Batch
    from inspector.imaging.tiles import Tiles

_GRAPH = "features"
_AT_ONCE = 16
_MOST_TILES = 4
_IMAGES = "images"
"""The array that says how many images were learned from, by weight, once single ones were taken in."""
_KEPT = "features by image"

Counted = npt.NDArray[np.bool_]


class PatchOptions(Options):
    """What every patch detector can be told."""

    size: Size = Field(default=(256, 256), description="input of the network, in pixels: N or HEIGHTxWIDTH")
    backbone: str = Field(
        default=BUILT_IN,
        min_length=1,
        description="built-in; mobilenetv2 or efficientnetb0 (downloaded once); or the path of a weights file",
    )
    smoothing: float = Field(
        default=0.5, ge=0, le=20, description="sigma of the map's Gaussian, in patches of 8 pixels"
    )


class PatchDetector(Detector):
    """Compares each patch of a picture with good ones. A subclass says what it keeps of them and how far is far."""

    UNIT: ClassVar[str] = "Mahalanobis distance of the strangest patch, in standard deviations"
    LEARNS = True
    MAP_UNIT = "distance of the strangest patch"
    OWN_OF_MAP = True
    FOLDS = 10
    """A fit to three quarters of 30 pictures lies much farther from the rest than the fit to all of them will lie from
    new ones, and both thresholds would lie above every defect; nine tenths come near to all."""
    STOPS_EARLY = False
    Options = PatchOptions
    options: PatchOptions

    @abstractmethod
    def _learn(self, data: TrainingData, features: FeaturesOf, listener: Listener) -> Arrays:
        """Learn from the training images' features what `_distances` and `_score` need, as plain arrays."""

    @abstractmethod
    def _distances(self, arrays: Arrays, features: Features, counts: Counted) -> npt.NDArray[np.float32]:
        """How far each patch lies from good ones: `(N, rows, columns)`, >= 0, and anything where it does not count."""

    def _score(
        self, arrays: Arrays, features: Features, maps: npt.NDArray[np.float32], counts: Counted
    ) -> npt.NDArray[np.floating]:
        """Scores `(N,)` of smoothed maps, which are 0 where nothing counts: the mean of the highest values."""
        del arrays, features, counts
        return self._tops(maps)

    def _train(self, data: TrainingData, listener: Listener) -> Trained:
        graph = data.shared.get(_GRAPH) or backbone(self.options.backbone, self.options.size)
        data.shared[_GRAPH] = graph
        features = FeaturesOf(graph, data.train, listener, data.shared.setdefault(_KEPT, {}))
        return Trained(Networks({_GRAPH: graph}, self._learn(data, features, listener)), {})

    def _judge(self, networks: Networks, batch: Batch, masks: Masks | None, details: Sequence[str]) -> Judgement:
        del details
        features = extract(networks.graphs[_GRAPH], batch)
        counts = counted(masks, features.shape)
        maps = self._maps(self._distances(networks.arrays, features, counts), counts)
        scores, tops = self._score(networks.arrays, features, maps, counts), self._tops(maps)
        factors = self._factors(networks.arrays, scores, tops)
        return Judgement(scores, maps, parts={"factor": factors, "rest": scores - factors * tops})

    def _own(self, found: Evidence, anomaly_map: Map | None) -> float:
        """The score with another map, or another number of its highest values: linear in their mean."""
        if anomaly_map is None or "factor" not in found.parts:
            return found.own
        tops = mean_of_top(anomaly_map, self.options.top)
        return max(tops * float(found.parts["factor"]) + float(found.parts["rest"]), 0.0)

    def _factors(
        self, arrays: Arrays, scores: npt.NDArray[np.floating], tops: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """By how much each score `(N,)` grows with the mean of its map's highest values, `tops`."""
        del arrays, scores
        return np.ones_like(tops)

    def _absorb(self, fitted: Fitted, placed: Sequence[Placed]) -> Arrays:
        arrays = dict(fitted.networks.arrays)
        images = float(arrays.get(_IMAGES, fitted.record.counts["train"]))
        for one in placed:
            weight = weight_of(images)
            inputs = [one] if one.tiles is None else self._strangest(one.tiles)
            for each in inputs:
                features = extract(fitted.networks.graphs[_GRAPH], as_batch([each]))
                counts = counted(stack_masks([each]), features.shape)
                share = weight / len(inputs)
                sample = Sample(features, counts, images, share, fitted.calibration)
                arrays |= self._learn_more(arrays, sample)
                images += share
            arrays[_IMAGES] = np.array(images)
        return arrays

    def _strangest(self, tiles: Tiles) -> list[Placed]:
        """Of a picture judged in tiles those that made it NG, a few at most, or the one with the highest score."""
        found: list[tuple[float, Placed]] = []
        for number in tiles.seen:
            tile = Placed(*tiles.tile(number))
            found.append((self.measure_placed([tile])[0].score, tile))
            found = sorted(found, key=lambda pair: pair[0], reverse=True)[:_MOST_TILES]
        beyond = [tile for score, tile in found if score > self.threshold.value]
        return beyond or [found[0][1]]

    @abstractmethod
    def _learn_more(self, arrays: Arrays, sample: Sample) -> Arrays:
        """Those of `arrays` that change by one more good picture."""

    def _maps(self, distances: npt.NDArray[np.float32], counts: Counted) -> npt.NDArray[np.float32]:
        """Distances smoothed over the patches that count, and 0 elsewhere.

        The Gaussian's weights are normalised over those patches: what is looked away from neither adds nor takes.
        """
        maps = []
        for one, mask in zip(distances, counts, strict=True):
            if mask.all():
                maps.append(smooth(one, self.options.smoothing))
                continue
            inside = mask.astype(np.float32)
            weight = np.maximum(smooth(inside, self.options.smoothing), np.float32(1e-6))
            maps.append(np.where(mask, smooth(one * inside, self.options.smoothing) / weight, np.float32(0)))
        return np.stack(maps)

    def _tops(self, maps: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        return np.array([mean_of_top(one, self.options.top) for one in maps], np.float64)


class FeaturesOf:
    """The features of training images, block by block: all of them need not fit into memory."""

    def __init__(
        self, graph: Graph, images: PlacedImages, listener: Listener, kept: dict[int, Features] | None = None
    ) -> None:
        """Of `images`, by `graph`; `listener` hears of each block and may cancel there.

        `kept` holds features of single images by index, for the next one that looks at them; it stays empty when they
        are many.
        """
        self._graph = graph
        self._images = images
        self._listener = listener
        self._kept = {} if kept is None else kept

    def __len__(self) -> int:
        """How many images."""
        return len(self._images)

    def deep(self, shape: tuple[int, int, int]) -> int:
        """How many of the features, the last ones, are of the deepest map; `shape` is of one input."""
        return int(self._graph(np.zeros((1, *shape[:2], 3), np.float32))[-1].shape[3])

    def blocks(self, stage: str, positions: npt.NDArray[np.intp] | None = None) -> Iterator[tuple[Features, Counted]]:
        """Features `(n, rows, columns, d)` and which patches count, for `positions` (default: all) in order."""
        wanted = np.arange(len(self._images)) if positions is None else positions
        self._listener(Stage(stage, len(wanted)))
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            placed = self._images.placed(some)
            features = self._extracted(self._images.indices[some], placed)
            yield features, counted(stack_masks(placed), features.shape)
            self._listener(Progress(min(start + _AT_ONCE, len(wanted)), len(wanted)))

    def _extracted(self, indices: npt.NDArray[np.intp], placed: Sequence[Placed]) -> Features:
        if len(self) >= CROSS_FIT_BELOW:
            return extract(self._graph, as_batch(placed))
        for index, one in zip(indices.tolist(), placed, strict=True):
            if index not in self._kept:
                self._kept[index] = extract(self._graph, as_batch([one]))[0]
        return np.stack([self._kept[index] for index in indices.tolist()])
