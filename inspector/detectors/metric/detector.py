"""`metric`: an embedding learned by telling normal images from others, and a distance in it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from inspector.core.cv import cv2
from inspector.core.events import Epoch, Progress
from inspector.detectors.base import Detector
from inspector.detectors.distances import DISTANCES, Name
from inspector.detectors.fitted import Judgement, Networks, Trained
from inspector.detectors.metric.lessons import Lessons
from inspector.detectors.options import Options, Size
from inspector.detectors.projection import plane_arrays
from inspector.imaging.augmentation import Augmentation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from inspector.core.events import Listener
    from inspector.detectors.fitting import TrainingData
    from inspector.detectors.images import Masks
    from inspector.detectors.runtime import Arrays, Graph
    from inspector.imaging.placement import Batch

_GRAPH = "embedding"
_TOLD_EVERY = 0.25
_POINTS = 500
_BLOCK = 32
_TINY = 1e-12
_SMALLEST_SIDE = 15  # three strides of two without padding leave a pixel of it


class MetricOptions(Options):
    """What `metric` can be told."""

    size: Size = Field(default=(64, 64), description="input of the network, in pixels: N or HEIGHTxWIDTH")
    network: Literal["small", "light"] = Field(
        default="small", description="light is the published one; small has a tenth of its work"
    )
    alpha: float = Field(default=5.0, gt=0, le=100, description="length of each embedding before the softmax")
    distance: Name = Field(default="euclidean", description="how far an embedding lies from normal ones")
    learn_abnormal: bool = Field(
        default=True, description="abnormal images join as classes, a kind each; not with best-f1, which judges by them"
    )
    epochs: int = Field(default=14, ge=1, le=100_000, description="how often to go over the images")
    batch: int = Field(default=64, ge=2, le=65_536, description="images a training step")
    images: int = Field(
        default=500, ge=1, le=1_000_000, description="normal images, and of each kind, an epoch: fewer are augmented"
    )
    learning_rate: float = Field(default=1e-3, gt=0, le=1, description="of Adam; a fifth in the last quarter")
    shift: float = Field(default=0.07, ge=0, le=0.5, description="augmentation: move by up to this share of the size")
    rotation: float = Field(default=5.0, ge=0, le=180, description="augmentation: turn by up to so many degrees")
    brightness: float = Field(default=0.0, ge=0, le=1, description="augmentation: lighten or darken by up to this")
    contrast: float = Field(default=0.1, ge=0, le=1, description="augmentation: up to this share more or less contrast")
    flip_horizontal: bool = Field(default=True, description="augmentation: mirror left and right")

    @model_validator(mode="after")
    def _large_enough(self) -> Self:
        if min(self.size) < _SMALLEST_SIDE:
            msg = f"a size of at least {_SMALLEST_SIDE} pixels a side (the network halves it three times)"
            raise ValueError(msg)
        return self

    @property
    def weak(self) -> bool:
        """Whether abnormal images are learned from."""
        return self.learn_abnormal and self.threshold.name != "best-f1"

    def augmentation(self) -> Augmentation:
        """The augmentation these options ask for."""
        return Augmentation(
            shift=self.shift,
            rotation=self.rotation,
            brightness=self.brightness,
            contrast=self.contrast,
            flip_horizontal=self.flip_horizontal,
        )


class Metric(Detector):
    """L2-softmax over normal, abnormal and reference classes; the head is dropped and distances remain."""

    METHOD = "metric"
    TITLE = "Metric learning"
    SUMMARY = "Learns to tell good parts from other pictures, and from a few bad ones; says roughly where."
    UNIT = "distance in the embedding from normal images"
    DETAILS = ("embedding", "distances")
    Options = MetricOptions
    options: MetricOptions

    @property
    def unit(self) -> str:
        """What its score counts, with the distance chosen."""
        return DISTANCES[self.options.distance].UNIT

    def _train(self, data: TrainingData, listener: Listener) -> Trained:
        from inspector.detectors import training
        from inspector.detectors.metric import network

        options = self.options
        training.begin(data.seed)
        lessons = Lessons(data, options.augmentation(), learn_abnormal=options.weak, images=options.images)
        features = network.convolutions(data.shape, network.STAGES[options.network], network.MOMENTUM)
        model = network.classifier(features, len(lessons.classes), options.alpha)
        model.compile(
            optimizer=training.adam(options.learning_rate), loss="categorical_crossentropy", jit_compile=False
        )
        curves = self._learn(model, lessons, data.seed, listener)
        graph = training.export(network.embedding(features), _GRAPH)
        arrays = self._arrays(graph, data) | plane_arrays(data, lambda batch: graph(batch)[0])
        learned = tuple(sorted(set(data.abnormal.kinds))) if options.weak else ()
        return Trained(Networks({_GRAPH: graph}, arrays), curves, learned)

    def _learn(self, model: Any, lessons: Lessons, seed: int, listener: Listener) -> dict[str, list[float]]:
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
            return lessons.batch(rows, np.random.default_rng([seed, epoch, step]))

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

    def _arrays(self, graph: Graph, data: TrainingData) -> Arrays:
        """All five distances, fitted to normal images, few ones with augmented copies; and the mean map of them."""
        embeddings, maps = [], []
        augmentation, rng = self.options.augmentation(), np.random.default_rng(data.seed)
        count = len(data.train)
        for start in range(0, max(count, min(_POINTS, 4 * count)), _BLOCK):
            stop = min(start + _BLOCK, max(count, min(_POINTS, 4 * count)))
            batch = data.train.batch([position % count for position in range(start, stop)])
            pooled, features = graph(batch if stop <= count else augmentation.apply(batch, rng))
            embeddings.append(pooled)
            maps.append(_unit_maps(features).sum(axis=0, dtype=np.float64))
        points = np.concatenate(embeddings)
        arrays: Arrays = {"mean_map": (np.sum(maps, axis=0) / len(points)).astype(np.float32)}
        for one in DISTANCES.values():
            arrays |= one.fit(points).arrays()
        return arrays

    def _judge(self, networks: Networks, batch: Batch, masks: Masks | None, details: Sequence[str]) -> Judgement:
        embeddings, features = networks.graphs[_GRAPH](batch)
        arrays = networks.arrays
        wanted: dict[str, npt.NDArray[np.generic]] = {}
        if "embedding" in details:
            wanted["embedding"] = embeddings
        if "distances" in details:
            every = [one.of(arrays).score(embeddings) for one in DISTANCES.values()]
            wanted["distances"] = np.stack(every, axis=1)
        scores = DISTANCES[self.options.distance].of(arrays).score(embeddings)
        return Judgement(scores, _maps(arrays, embeddings, features, masks), wanted)


def _unit_maps(features: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Feature maps `(N, r, c, d)` scaled so that the mean over positions is the embedding."""
    lengths = np.linalg.norm(features.mean(axis=(1, 2)), axis=1)
    return np.asarray(features / np.maximum(lengths, _TINY)[:, np.newaxis, np.newaxis, np.newaxis])


def _maps(
    arrays: Arrays, embeddings: npt.NDArray[np.float32], features: npt.NDArray[np.float32], masks: Masks | None
) -> npt.NDArray[np.float32]:
    """Class-activation maps (Zhou et al. 2016) `(N, r, c)` of the Euclidean distance, in one forward pass.

    Along the unit vector from the normal mean to the embedding, the features' excess over those of normal images at
    the position; over all positions its mean is the distance. What pulls back is left out, and so >= 0.
    """
    mean, mean_map = (np.asarray(arrays[name], np.float32) for name in ("euclidean_mean", "mean_map"))
    answers = []
    for one, embedding in zip(_unit_maps(features), embeddings, strict=True):
        pull = embedding - mean
        pull = pull / max(float(np.linalg.norm(pull)), _TINY)
        answers.append(np.maximum((one - mean_map) @ pull, 0))
    maps = np.stack(answers).astype(np.float32)
    if masks is None:
        return maps
    size = (maps.shape[2], maps.shape[1])
    seen = [cv2.resize(one.astype(np.float32), size, interpolation=cv2.INTER_AREA).reshape(size[::-1]) for one in masks]
    return np.where(np.stack(seen) > 0, maps, np.float32(0))
