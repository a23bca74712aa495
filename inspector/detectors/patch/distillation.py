"""How the built-in backbone was made: a small network learns to say what a large one does, on any pictures.

    python -m inspector.detectors.patch.distillation CROPS.npy --teacher WEIGHTS --minutes 60 --out models/backbone

Distillation of features (Romero et al. 2015; EfficientAD, Batzner et al. 2024, makes its patch network so): the mean
squared difference between the student's feature maps and the teacher's, each channel in its own standard deviations.
The teacher is a MobileNetV2 with ImageNet weights. It takes no labels, and the pictures need not be of parts.
"""

from __future__ import annotations

import argparse
import contextlib
import queue
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from inspector.core.cv import cv2
from inspector.detectors.backbones import backbone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inspector.core.image import Image
    from inspector.detectors.runtime import Graph
    from inspector.imaging.placement import Batch

SIDE = 128
"""Pixels of the crops it learns from."""

_BATCH = 32
_RATE = 2e-3
_WARM_UP = 300
_TOLD_EVERY = 200
_STATISTICS = 24


def augmented(image: Image, rng: np.random.Generator) -> Batch:
    """A random crop of an image, turned, recoloured, blurred or made noisy: `float32 (SIDE, SIDE, 3)` in 0..1."""
    high, wide = image.shape[:2]
    top, left = rng.integers(0, high - SIDE + 1), rng.integers(0, wide - SIDE + 1)
    crop = image[top : top + SIDE, left : left + SIDE]
    crop = np.rot90(crop, int(rng.integers(4)))
    if rng.random() < 0.5:  # noqa: PLR2004
        crop = crop[:, ::-1]
    pixels: npt.NDArray[Any] = np.ascontiguousarray(crop, np.float32) / 255
    if rng.random() < 0.35:  # noqa: PLR2004 - many parts are looked at in grey
        pixels = np.repeat(pixels @ np.array([[0.299], [0.587], [0.114]], np.float32), 3, axis=2)
    if rng.random() < 0.5:  # noqa: PLR2004
        mean = pixels.mean()
        pixels = (pixels - mean) * rng.uniform(0.4, 1.6) + mean + rng.uniform(-0.2, 0.2)
    if rng.random() < 0.15:  # noqa: PLR2004
        pixels = cv2.GaussianBlur(pixels, (0, 0), rng.uniform(0.4, 1.5))
    if rng.random() < 0.2:  # noqa: PLR2004
        pixels = pixels + rng.normal(0, rng.uniform(0.005, 0.05), pixels.shape)
    return np.asarray(np.clip(pixels, 0, 1), np.float32)


class Lessons:
    """Batches of crops with what the teacher says of them, made ahead by a thread."""

    def __init__(self, images: Sequence[Image], teacher: Graph, seed: int) -> None:
        """Begin to make them. `images` are at least `SIDE` pixels high and wide."""
        self._images = images
        self._teacher = teacher
        self._rng = np.random.default_rng(seed)
        self._ready: queue.Queue[tuple[Batch, list[Any]]] = queue.Queue(4)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._make, name="lessons", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Make no more of them."""
        self._over.set()
        while self._thread.is_alive():
            # It may wait for room.
            with contextlib.suppress(queue.Empty):
                self._ready.get_nowait()
            self._thread.join(0.05)

    def _make(self) -> None:
        while not self._over.is_set():
            chosen = self._rng.integers(0, len(self._images), _BATCH)
            batch = np.stack([augmented(self._images[int(index)], self._rng) for index in chosen])
            self._ready.put((batch, self._teacher(batch)))

    def next(self) -> tuple[Batch, list[Any]]:
        """The next batch and the teacher's feature maps of it."""
        return self._ready.get()


def distil(lessons: Lessons, minutes: float, seed: int) -> Any:
    """Train the student for so many minutes and give the Keras model."""
    import keras
    import tensorflow as tf

    from inspector.detectors.patch.network import student

    keras.utils.set_random_seed(seed)
    seen = [lessons.next()[1] for _ in range(_STATISTICS)]
    layers = [np.concatenate(maps) for maps in zip(*seen, strict=True)]
    means = [one.mean(axis=(0, 1, 2)) for one in layers]
    scales = [one.std(axis=(0, 1, 2)) + 1e-6 for one in layers]
    model = student()
    optimizer = keras.optimizers.AdamW(_RATE, weight_decay=1e-4, clipnorm=5.0)

    @tf.function  # type: ignore[untyped-decorator, unused-ignore]
    def step(batch: Any, *maps: Any) -> Any:
        with tf.GradientTape() as tape:
            given = zip(model(batch, training=True), maps, means, scales, strict=True)
            losses = [tf.reduce_mean((own - (other - mean) / scale) ** 2) for own, other, mean, scale in given]
            loss = tf.add_n(losses)
        optimizer.apply_gradients(
            zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables, strict=True)
        )
        return losses

    started, number = time.monotonic(), 0
    recent: list[list[float]] = []
    while (share := (time.monotonic() - started) / (60 * minutes)) < 1:
        # Warmed up by steps, cooled down by the clock: the rate ends at nothing however fast the machine is.
        warm = min(1.0, (number + 1) / _WARM_UP)
        optimizer.learning_rate = _RATE * warm * 0.5 * (1 + float(np.cos(np.pi * share)))
        batch, maps = lessons.next()
        recent.append([float(loss) for loss in step(batch, *maps)])
        number += 1
        if number % _TOLD_EVERY == 0:
            losses = " ".join(f"{value:.3f}" for value in np.mean(recent, axis=0))
            sys.stdout.write(f"{number * _BATCH} crops, {100 * share:.0f} %, losses {losses}\n")
            sys.stdout.flush()
            recent.clear()
    return model


def halved(content: bytes) -> bytes:
    """The same ONNX file with its weights kept as float16 and widened when it is loaded: half the size on disk."""
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load_model_from_string(content)
    graph = model.graph
    casts = []
    for one in list(graph.initializer):
        values = numpy_helper.to_array(one)
        if values.dtype != np.float32 or values.size < 64:  # noqa: PLR2004 - what is small is not worth a node
            continue
        graph.initializer.remove(one)
        graph.initializer.append(numpy_helper.from_array(values.astype(np.float16), f"{one.name}/half"))
        casts.append(helper.make_node("Cast", [f"{one.name}/half"], [one.name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    answer: bytes = model.SerializeToString()
    return answer


def exported(model: Any) -> bytes:
    """The student as an ONNX file for images of any size."""
    from inspector.detectors.runtime import Graph

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "features.onnx"
        model(np.zeros((1, SIDE, SIDE, 3), np.float32), training=False)
        model.export(str(path), format="onnx", verbose=False)
        content = halved(path.read_bytes())
    Graph(content)
    return content


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the pictures, train, and write `features.onnx`."""
    parser = argparse.ArgumentParser(prog="python -m inspector.detectors.patch.distillation", description=__doc__)
    parser.add_argument("pictures", type=Path, nargs="+", help="an .npy file of crops (N, h, w, 3), uint8 RGB")
    parser.add_argument("--teacher", default="mobilenetv2", help="as the option 'backbone' of the patch detectors")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args(arguments)
    images = np.concatenate([np.load(path, mmap_mode="r") for path in given.pictures])
    teacher = backbone(given.teacher, (SIDE, SIDE))
    with contextlib.closing(Lessons(list(images), teacher, given.seed)) as lessons:
        model = distil(lessons, given.minutes, given.seed)
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "features.onnx").write_bytes(exported(model))


if __name__ == "__main__":
    main()
