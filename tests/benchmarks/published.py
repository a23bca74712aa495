"""`published`: the experiments these methods were published with."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from inspector.core.ranking import count, roc
from inspector.detectors import method
from tests.benchmarks.data import Arrays, Images, Split, arrays
from tests.benchmarks.harness import Bar, Benchmark, Request, Unit

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from inspector.detectors import Detector
    from tests.benchmarks.harness import Figures

_AT_ONCE = 500

ABOUT = """Training images of one class are normal, test images of others abnormal; `ssim-autoencoder` learns all of
Fashion-MNIST, and MNIST's digits are abnormal. All training images of the class go to `fit`, which keeps a fifth of
them from the network to set the threshold by. *Classic* is the protocol of published work: the threshold is mean + 3
sigma of the scores of the **test** normals, so it knows what it is tested on. *Honest* is the threshold the detector
set itself. Accuracies are shares judged right. The best balanced accuracy is over all thresholds. One run a seed; the
seed decides initial weights, batches and which images are held out."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """One class against others.

    Attributes:
        case: what people call it.
        data: the set.
        normal: the class; None means all.
        abnormal: the others; none means all, of the set or of `others`.
        method: the registry's name.
        options: its options.
        others: the set abnormal images come from, where it is another one.
    """

    case: str
    data: Arrays
    normal: int | None
    abnormal: tuple[int, ...]
    method: str
    options: dict[str, Any] = field(default_factory=dict)
    others: Arrays | None = None


_DENSE = {"size": 28, "epochs": 300, "batch": 256, "code": 30}
_CONV = {"size": 28, "epochs": 50, "steps": 10, "batch": 128}
_SUPERRES = {"size": 28, "epochs": 1000, "steps": 10, "batch": 128, "patience": 20}
_SSIM = {"size": 28, "epochs": 60, "steps": 10, "batch": 128}

DEFAULT_CODE = "Fashion-MNIST vs MNIST"
SMALL_CODE, NO_CODE = f"{DEFAULT_CODE}, code=16", f"{DEFAULT_CODE}, code=0 (published network)"

EXPERIMENTS = (
    Experiment("MNIST 1 vs 9", "mnist", 1, (9,), "dense-autoencoder", _DENSE),
    Experiment("MNIST 1 vs rest", "mnist", 1, (), "conv-autoencoder", _CONV),
    Experiment("MNIST 1 vs rest", "mnist", 1, (), "denoising-autoencoder", _CONV),
    Experiment("MNIST 1 vs rest", "mnist", 1, (), "superres-autoencoder", _SUPERRES),
    Experiment(DEFAULT_CODE, "fashion-mnist", None, (), "ssim-autoencoder", _SSIM, "mnist"),
    Experiment(SMALL_CODE, "fashion-mnist", None, (), "ssim-autoencoder", _SSIM | {"code": 16}, "mnist"),
    Experiment(NO_CODE, "fashion-mnist", None, (), "ssim-autoencoder", _SSIM | {"code": 0, "epochs": 20}, "mnist"),
)

BARS = (
    Bar("auroc", "≥", 0.998, method="dense-autoencoder"),
    Bar("best_balanced_accuracy", "≥", 0.985, method="dense-autoencoder"),
    Bar("auroc", "≥", 0.996, method="conv-autoencoder"),
    Bar("classic_normal_accuracy", "≥", 0.98, method="conv-autoencoder"),
    Bar("classic_abnormal_accuracy", "≥", 0.98, method="conv-autoencoder"),
    Bar("auroc", "≥", 0.995, method="denoising-autoencoder"),
    Bar("classic_normal_accuracy", "≥", 0.98, method="denoising-autoencoder"),
    Bar("classic_abnormal_accuracy", "≥", 0.98, method="denoising-autoencoder"),
    Bar("auroc", "≥", 0.98, method="superres-autoencoder"),
    Bar("classic_abnormal_accuracy", "≥", 0.85, method="superres-autoencoder"),
    Bar("auroc", "≥", 0.9, case=DEFAULT_CODE),
)


def _units(request: Request) -> list[Unit]:
    return [
        Unit(
            one.case,
            one.method,
            {"options": one.options, "data": one.data, "seed": seed} | ({"others": one.others} if one.others else {}),
            partial(_run, one, seed, request.data),
        )
        for one in EXPERIMENTS
        for seed in request.seeds
    ]


@lru_cache(maxsize=2)
def _read(name: Arrays, data: Path | None) -> Split:
    return arrays(name, data)


def _run(experiment: Experiment, seed: int, data: Path | None) -> Figures:
    split = _read(experiment.data, data)
    detector = method(experiment.method)(**experiment.options, seed=seed)
    detector.fit(Images(_of_class(split.train, split.train_classes, experiment.normal)))
    good = scores_of(detector, _of_class(split.test, split.test_classes, experiment.normal))
    bad = scores_of(detector, _abnormal(experiment, split, data))
    return figures_of(good, bad, detector.threshold.value) | {"training_seconds": detector.fitted.record.seconds}


def _of_class(
    images: npt.NDArray[np.uint8], classes: npt.NDArray[np.integer], wanted: int | None
) -> npt.NDArray[np.uint8]:
    chosen: npt.NDArray[np.uint8] = images if wanted is None else images[classes == wanted]
    return chosen


def _abnormal(experiment: Experiment, split: Split, data: Path | None) -> npt.NDArray[np.uint8]:
    if experiment.others is not None:
        split = _read(experiment.others, data)
    wanted = np.ones(len(split.test), np.bool_)
    if experiment.abnormal:
        wanted = np.isin(split.test_classes, experiment.abnormal)
    elif experiment.others is None:
        wanted = split.test_classes != experiment.normal
    chosen: npt.NDArray[np.uint8] = split.test[wanted]
    return chosen


def scores_of(detector: Detector, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Scores `(n,)` of images `(n, h, w)` or `(n, h, w, 3)`."""
    images = Images(pixels)
    parts = (list(images[start : start + _AT_ONCE]) for start in range(0, len(images), _AT_ONCE))
    return np.array([one.score for part in parts for one in detector.measure(part)])


def figures_of(good: npt.NDArray[np.float64], bad: npt.NDArray[np.float64], threshold: float) -> dict[str, float]:
    """Both protocols and what needs no threshold, of the scores of normal and abnormal test images."""
    curve = roc(good, bad)
    if curve is None:
        message = f"Expected normal and abnormal test images. Received: {len(good)} and {len(bad)}"
        raise ValueError(message)
    figures = {
        "auroc": curve.auroc,
        "best_balanced_accuracy": float(((curve.hit_rate + 1 - curve.false_alarm_rate) / 2).max()),
    }
    for protocol, limit in (("classic", float(good.mean() + 3 * good.std())), ("honest", threshold)):
        counts = count(good, bad, limit)
        figures[f"{protocol}_normal_accuracy"] = counts.normal_ok / good.size
        figures[f"{protocol}_abnormal_accuracy"] = counts.abnormal_ng / bad.size
    return figures


BENCHMARK = Benchmark("published", ABOUT, 3, _units, BARS, needs_data=True)
