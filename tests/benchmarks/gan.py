"""`gan`: AnoGAN and f-AnoGAN on digits and on real pictures, and what a step of the search costs."""

from __future__ import annotations

import time
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from inspector.core.ranking import auroc
from inspector.detectors import method
from tests.benchmarks.autoencoders import pictures_of
from tests.benchmarks.data import Images, arrays
from tests.benchmarks.harness import Bar, Benchmark, Request, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from inspector.core.image import Image
    from inspector.core.inspection import Measured
    from inspector.detectors import Detector
    from tests.benchmarks.harness import Figures

ABOUT = """MNIST: training images of the digit 1 are normal; 500 test images of it are judged against 500 of the other
digits, the same ones for every seed. `anogan, N steps` are searches of one training. *times_f_anogan* is how many times
as long an image takes as with the `f-anogan` of the same seed, timed in the same run. Real pictures at 64x64, one seed:
abnormal test pictures against normal ones. *auroc_residual* and *auroc_discrimination* are of the two terms of the
score alone. Scores are (1 - .1) of the first and .1 of the second, as published.

The settings were chosen with training images only: held-out ones of the digit 1 against 500 of others (seed 0; 8 epochs
of `anogan`: AUROC .979, with a discriminator that is less sure .986; 20 of `f-anogan`: .993), and stayed so for the
real pictures but for the epochs.

*search step*: one step of the search for two restarts, 28x28, on ONNX Runtime's exported graph and by TensorFlow's
automatic gradient of the same networks in a traced function, by turns."""

DIGITS, STEP = "MNIST 1 vs rest", "search step"
SETS = ("hand-rps", "magnetic-tile")
SEARCHES = (10, 25, 50)
_JUDGED = 500
_OPTIONS: dict[str, dict[str, Any]] = {
    "f-anogan": {"size": 28, "epochs": 20},
    "anogan": {"size": 28, "epochs": 10},
}
_REAL: dict[str, Any] = {"size": 64, "epochs": 40, "steps": 10}

BARS = (
    Bar("auroc", "≥", 0.97, case=DIGITS, method="f-anogan"),
    Bar("auroc", "≥", 0.97, case=DIGITS, method="anogan, 50 steps"),
    *(Bar("times_f_anogan", "≥", 100, case=DIGITS, method=f"anogan, {steps} steps") for steps in SEARCHES),
    Bar("training_seconds", "≤", 900, case=DIGITS),
    Bar("times_tensorflow", "≥", 2, case=STEP),
)


def _units(request: Request) -> list[Unit]:
    units = [Unit(STEP, "anogan", {"seed": 0}, _time_a_step)]
    for seed in request.seeds:
        settings = {"options": _OPTIONS, "seed": seed}
        units.append(Unit(DIGITS, "f-anogan", settings, partial(_digits, "f-anogan", 0, seed, request.data)))
        units += [
            Unit(DIGITS, f"anogan, {steps} steps", settings, partial(_digits, "anogan", steps, seed, request.data))
            for steps in SEARCHES
        ]
    for name in SETS:
        units += [
            Unit(name, one, {"options": _REAL, "seed": request.seeds[0]}, partial(_real, one, name, request))
            for one in _OPTIONS
        ]
    return units


@lru_cache(maxsize=4)
def _trained(name: str, seed: int, data: Path | None) -> Detector:
    split = arrays("mnist", data)
    return method(name)(**_OPTIONS[name], seed=seed).fit(Images(split.train[split.train_classes == 1]))


def _digits(name: str, steps: int, seed: int, data: Path | None) -> Figures:
    split = arrays("mnist", data)
    rng = np.random.default_rng(0)
    ones, others = (
        Images(split.test[rng.permutation(np.flatnonzero(chosen))[:_JUDGED]])
        for chosen in (split.test_classes == 1, split.test_classes != 1)
    )
    quick = _trained("f-anogan", seed, data)
    detector = quick if name == "f-anogan" else _trained(name, seed, data)
    if steps:
        detector.options = detector.options.model_copy(update={"search_steps": steps})
    figures = dict(_judged(detector, list(ones), list(others)))
    if name != "f-anogan":
        few = list(ones)[:20]
        ours, theirs = _by_turns(lambda: detector.measure(few), lambda: quick.measure(few))
        figures["times_f_anogan"] = ours / theirs
    return figures


def _real(name: str, dataset: str, request: Request) -> Figures:
    pictures = pictures_of(dataset, request.data)
    detector = method(name)(**_REAL, seed=request.seeds[0]).fit(pictures.train)
    return _judged(detector, pictures.normal, [one for images in pictures.abnormal.values() for one in images])


def _judged(detector: Detector, normal: Sequence[Image], abnormal: Sequence[Image]) -> Figures:
    terms = ("residual", "discrimination")
    begun = time.perf_counter()
    goods, bads = (
        [one for image in images for one in detector.measure([image], terms)] for images in (normal, abnormal)
    )
    seconds = time.perf_counter() - begun

    def area(value: Callable[[Measured], float]) -> float:
        return auroc(np.array([value(one) for one in goods]), np.array([value(one) for one in bads])) or 0.0

    return {
        "auroc": area(lambda one: one.score),
        **{f"auroc_{term}": area(lambda one, term=term: float(one.details[term])) for term in terms},  # type: ignore[misc]
        "ms_per_image": seconds / (len(normal) + len(abnormal)) * 1e3,
        "training_seconds": detector.fitted.record.seconds,
    }


def _by_turns(*works: Callable[[], object], rounds: int = 7) -> list[float]:
    """The median seconds of each, taken in turns so that a busy machine slows them alike."""
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, times in zip(works, taken, strict=True):
            begun = time.perf_counter()
            work()
            times.append(time.perf_counter() - begun)
    return [float(np.median(times)) for times in taken]


def _time_a_step() -> Figures:
    import tensorflow as tf

    from inspector.detectors import training
    from inspector.detectors.gan import network
    from inspector.detectors.gan.graphs import features_graph, search_graph
    from inspector.detectors.gan.layers import network_of

    training.begin(0)
    latent, restarts, weight, shape = 64, 2, 0.1, (28, 28, 1)
    generator, discriminator = network.generator(shape, latent, 32, 0.9), network.discriminator(shape, 32)
    made, seen = network_of(generator), network_of(discriminator, until=-1)
    graph, features = search_graph(made, seen, weight, restarts), features_graph(seen)
    rng = np.random.default_rng(0)
    image = rng.random((1, 1, 28, 28), np.float32)
    z = rng.standard_normal((restarts, latent), np.float32)
    feeds = {"z": z, "image": image, "counts": np.ones_like(image), "features": features(image)[0]}
    there = tf.constant(image.transpose(0, 2, 3, 1))
    aim = discriminator(there)[1]

    def derived(at: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(at)
            shown = generator(at, training=False)
            residual = tf.reduce_mean(tf.abs(shown - there), (1, 2, 3))
            loss = (1 - weight) * residual + weight * tf.reduce_mean(tf.abs(discriminator(shown)[1] - aim), 1)
        return loss, tape.gradient(loss, at)

    step = tf.function(derived)
    at = tf.constant(z)
    ours, theirs = graph.run(feeds), step(at)
    np.testing.assert_allclose(ours[0], np.asarray(theirs[0]), rtol=1e-3)
    onnx, tensorflow = _by_turns(
        lambda: [graph.run(feeds) for _ in range(50)],
        lambda: [np.asarray(step(at)[1]) for _ in range(50)],
        rounds=15,
    )
    return {"onnx_runtime_ms": onnx * 20, "tensorflow_ms": tensorflow * 20, "times_tensorflow": tensorflow / onnx}


BENCHMARK = Benchmark("gan", ABOUT, 3, _units, BARS, needs_data=True)
