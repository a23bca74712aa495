"""`metric`: an embedding learned by telling normal images from others, and a distance in it."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from inspector.core.cv import cv2
from inspector.core.events import Epoch, Progress
from inspector.detectors.backbones import built_in
from inspector.detectors.base import Detector
from inspector.detectors.distances import DISTANCES
from inspector.detectors.fitted import Judgement, Networks, Trained
from inspector.detectors.metric.lessons import Lessons
from inspector.detectors.metric.mobilenet import mobilenet
from inspector.detectors.metric.options import BUILT_IN, MOBILENET, STEM, MetricOptions
from inspector.detectors.metric.references import built_in_references
from inspector.detectors.metric.stem import stem_features
from inspector.detectors.projection import plane_arrays
from inspector.detectors.runtime import Graph

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from inspector.core.events import Listener
    from inspector.core.image import Map
    from inspector.detectors.fitted import Evidence
    from inspector.detectors.fitting import TrainingData
    from inspector.detectors.images import Masks, PlacedImages
    from inspector.detectors.runtime import Arrays
    from inspector.imaging.placement import Batch

_GRAPH, _STEM = "embedding", "stem"
_TOLD_EVERY = 0.25
_POINTS = 1000
_BLOCK = 32
_TINY = 1e-12


class Metric(Detector):
    """L2-softmax over normal, abnormal and reference classes; the head is dropped and distances remain."""

    METHOD = "metric"
    TITLE = "Metric learning"
    SUMMARY = "Learns to tell good parts from other pictures, and from a few bad ones; says roughly where."
    UNIT = "distance in the embedding from normal images"
    DETAILS = ("embedding", "distances")
    KEPT = ("embedding", "distances")
    JUDGING = (*Detector.JUDGING, "distance")
    BALANCED: ClassVar[bool] = False
    """Whether it is shown as many normal images as all others together, rather than as many as of a class."""
    Options = MetricOptions
    options: MetricOptions

    def _own_unit(self) -> str:
        return DISTANCES[self.options.distance].UNIT

    def _own(self, found: Evidence, anomaly_map: Map | None) -> float:
        """Of what calibration kept all distances stand there; else the one chosen was taken."""
        del anomaly_map
        kept = found.parts.get("distances")
        return found.own if kept is None else float(kept[list(DISTANCES).index(self.options.distance)])

    def _train(self, data: TrainingData, listener: Listener) -> Trained:
        from inspector.detectors import training

        options = self.options
        training.begin(data.seed)
        lessons = self._lessons(data)
        network = options.network_for(references=lessons.references)
        stem = Graph(built_in().read_bytes(), name=_STEM) if network == STEM else None
        features = self._features(data.shape, network, stem)
        model, loss = self._taught(features, lessons)
        model.compile(optimizer=training.adam(options.learning_rate), loss=loss, jit_compile=False)
        curves = self._learn(model, lessons, stem, data.seed, listener)
        graphs = {_GRAPH: training.export(self._embedding(features, network), _GRAPH)}
        if stem is not None:
            graphs[_STEM] = stem
        arrays = self._arrays(graphs, lessons.normal, data.seed)
        arrays |= plane_arrays(data, lambda batch: _embedded(graphs, batch)[0])
        return Trained(Networks(graphs, arrays), curves, lessons.kinds)

    def _lessons(self, data: TrainingData) -> Lessons:
        options = self.options
        references = [data.reference] if len(data.reference) else []
        if options.references == BUILT_IN:
            references.append(built_in_references(data.placement))
        return Lessons(
            data,
            options.augmentation(),
            images=options.images,
            balanced=self.BALANCED,
            learn_abnormal=options.weak,
            weights=options.weight_of,
            references=references,
            made=options.made_classes(references=bool(references)),
        )

    def _features(self, shape: tuple[int, int, int], name: str, stem: Graph | None = None) -> Any:
        """The network called `name`: from images, or from what the stem makes of them, to feature maps."""
        from inspector.detectors.metric import network

        if stem is not None:
            return network.head(stem_features(stem, np.zeros((1, *shape), np.float32)).shape[1:], network.MOMENTUM)
        if name == MOBILENET:
            return mobilenet(shape, self.options.width, self.options.weights)
        return network.convolutions(shape, network.STAGES[name], network.MOMENTUM)

    def _embedding(self, features: Any, name: str) -> Any:
        """What is exported of the network called `name`: from images to embeddings and the last feature map."""
        from inspector.detectors.metric import network

        depth = len(features.outputs) if self.options.all_stages(name) else 1
        return network.embedding(features, depth, stem=name == STEM)

    def _taught(self, features: Any, lessons: Lessons) -> tuple[Any, Any]:
        """The model that is trained to give the targets of `lessons`, and its loss."""
        from inspector.detectors.metric import network

        return network.classifier(features, len(lessons.classes), self.options.alpha), "categorical_crossentropy"

    def _learn(
        self, model: Any, lessons: Lessons, stem: Graph | None, seed: int, listener: Listener
    ) -> dict[str, list[float]]:
        from inspector.detectors import training

        options = self.options
        order = lessons.epoch(np.random.default_rng([seed, 0]))
        steps = max(len(order) // options.batch, 1)
        losses: list[float] = []
        done, told = 0, time.monotonic()

        def draw(epoch: int, step: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
            nonlocal order
            if step == 0:
                order = lessons.epoch(np.random.default_rng([seed, epoch]))
            rows = order[step * options.batch : (step + 1) * options.batch]
            batch, targets = lessons.batch(rows, np.random.default_rng([seed, epoch, step]))
            return batch if stem is None else stem_features(stem, batch), targets

        def after_batch() -> None:
            nonlocal done, told
            done += 1
            if time.monotonic() - told >= _TOLD_EVERY:
                told = time.monotonic()
                listener(Progress(done, steps * options.epochs))

        def after_epoch(epoch: int, logs: Mapping[str, float]) -> bool:
            losses.append(float(logs["loss"]))
            if epoch + 1 == options.epochs * 3 // 4:
                model.optimizer.learning_rate.assign(options.learning_rate / 5)
            listener(Epoch(epoch + 1, options.epochs, {"loss": losses[-1]}))
            return False

        training.run(model, draw, epochs=options.epochs, steps=steps, after_batch=after_batch, after_epoch=after_epoch)
        return {"loss": losses}

    def _arrays(self, graphs: Mapping[str, Graph], normal: PlacedImages, seed: int) -> Arrays:
        """All five distances, fitted to normal images and augmented copies where these are few; and their mean map."""
        embeddings, maps = [], []
        augmentation, rng = self.options.augmentation(), np.random.default_rng(seed)
        count = len(normal)
        for start in range(0, max(count, min(_POINTS, 4 * count)), _BLOCK):
            stop = min(start + _BLOCK, max(count, min(_POINTS, 4 * count)))
            batch = normal.batch([position % count for position in range(start, stop)])
            pooled, features = _embedded(graphs, batch if stop <= count else augmentation.apply(batch, rng))
            embeddings.append(pooled)
            maps.append(features.sum(axis=0, dtype=np.float64))
        points = np.concatenate(embeddings)
        arrays: Arrays = {"mean_map": (np.sum(maps, axis=0) / len(points)).astype(np.float32)}
        for one in DISTANCES.values():
            arrays |= one.fit(points).arrays()
        return arrays

    def _judge(self, networks: Networks, batch: Batch, masks: Masks | None, details: Sequence[str]) -> Judgement:
        embeddings, features = _embedded(networks.graphs, batch)
        wanted: dict[str, npt.NDArray[np.generic]] = {}
        if "embedding" in details:
            wanted["embedding"] = embeddings
        if "distances" in details:
            every = [networks.derived(name, one.of).score(embeddings) for name, one in DISTANCES.items()]
            wanted["distances"] = np.stack(every, axis=1)
        own = self.options.distance
        scores = networks.derived(own, DISTANCES[own].of).score(embeddings)
        return Judgement(scores, _maps(networks.arrays, embeddings, features, masks), wanted)


def _embedded(graphs: Mapping[str, Graph], batch: Batch) -> list[npt.NDArray[np.float32]]:
    """Embeddings `(N, d)` and scaled feature maps `(N, r, c, d')` of a batch."""
    return graphs[_GRAPH](stem_features(graphs[_STEM], batch) if _STEM in graphs else batch)


def _maps(
    arrays: Arrays, embeddings: npt.NDArray[np.float32], features: npt.NDArray[np.float32], masks: Masks | None
) -> npt.NDArray[np.float32]:
    """Class-activation maps (Zhou et al. 2016) `(N, r, c)` of the Euclidean distance, in one forward pass.

    Along the unit vector from the normal mean to the last layer's embedding, the features' excess over those of normal
    images at the position; over all positions its mean is that layer's distance. What pulls back is left out, and so
    it is >= 0.
    """
    number, rows, columns, depth = features.shape
    usual = np.asarray(arrays["mean_map"], np.float32).reshape(-1, depth)
    pulls = embeddings[:, -depth:] - np.asarray(arrays["euclidean_mean"], np.float32)[-depth:]  # of the last layer
    maps: npt.NDArray[np.float32] = np.empty((number, rows, columns), np.float32)
    for one, pull, answer in zip(features.reshape(number, -1, depth), pulls, maps.reshape(number, -1), strict=True):
        along = pull / np.float32(max(math.sqrt(np.dot(pull, pull)), _TINY))
        np.maximum(np.dot(one, along) - np.dot(usual, along), 0, out=answer)
    if masks is None:
        return maps
    size = (maps.shape[2], maps.shape[1])
    seen = [cv2.resize(one.astype(np.float32), size, interpolation=cv2.INTER_AREA).reshape(size[::-1]) for one in masks]
    return np.where(np.stack(seen) > 0, maps, np.float32(0))
