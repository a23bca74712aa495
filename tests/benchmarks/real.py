"""`real`: the defaults on real pictures."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from inspector.detectors import method
from inspector.jobs.evaluate import evaluate
from inspector.jobs.train import normal_items
from inspector.sources.dataset import LazyImages
from tests.benchmarks.data import folder
from tests.benchmarks.harness import Bar, Benchmark, Request, Unit

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.harness import Figures

ABOUT = """Each method with its default options, trained on `train/good` and measured by `inspector evaluate` on
`test`. No option was chosen by these images. *normal_accuracy* and *abnormal_accuracy* are at the threshold the
detector set itself; *red* is the mean share of a picture above the map threshold, *red_difference* that of abnormal
less that of normal pictures; *hit_share* is the share of defects with a mask that some red touches. Milliseconds are
of `measure` on one decoded image, its own size, on a machine that others use too. One seed, so small differences say
nothing."""

SETS = ("hand-rps", "magnetic-tile", "aws-cookie")
METHODS = ("conv-autoencoder", "dense-autoencoder")

BARS = (
    *(Bar("red_normal", "≤", 0.01, case=name) for name in SETS),
    *(Bar("red_difference", "≥", 0.0, case=name) for name in SETS),
)


def _units(request: Request) -> list[Unit]:
    return [
        Unit(name, one, {"set": name, "seed": seed, "options": "default"}, partial(_run, name, one, seed, request.data))
        for name in SETS
        for one in METHODS
        for seed in request.seeds
    ]


def _run(name: str, method_name: str, seed: int, data: Path | None) -> Figures:
    place = folder(name, data)
    detector = method(method_name)(seed=seed).fit(LazyImages(normal_items(place)))
    found = evaluate(place, detector)
    figures = {
        "image_auroc": found.image_auroc,
        "average_precision": found.average_precision,
        "best_balanced_accuracy": found.best_balanced_accuracy,
        "normal_accuracy": found.normal_accuracy,
        "abnormal_accuracy": found.abnormal_accuracy,
        "pixel_auroc": found.pixel_auroc,
        "aupro": found.aupro,
        "hit_share": found.hits,
        "red_normal": found.red_normal,
        "red_abnormal": found.red_abnormal,
        "red_difference": found.red_abnormal - found.red_normal
        if found.red_abnormal is not None and found.red_normal is not None
        else None,
        "ms_per_image": found.ms_per_image,
        "training_seconds": detector.fitted.record.seconds,
    }
    return {metric: value for metric, value in figures.items() if value is not None}


BENCHMARK = Benchmark("real", ABOUT, 1, _units, BARS, needs_data=True)
