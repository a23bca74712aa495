"""`surfaces`: the patch detectors on real pictures, with the built-in backbone and with MobileNetV2."""

from __future__ import annotations

import importlib.util
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspector.core.errors import DataError
from inspector.detectors import method
from inspector.detectors.backbones import BUILT_IN
from inspector.jobs.evaluate import evaluate
from inspector.jobs.train import normal_items
from inspector.sources.dataset import LazyImages
from tests.benchmarks.data import folder
from tests.benchmarks.harness import Bar, Benchmark, Request, Unit

if TYPE_CHECKING:
    from tests.benchmarks.harness import Figures

ABOUT = """The patch detectors with their default options at 256x256, trained on `train/good` and measured by
`inspector evaluate` on `test`. *built-in* is the backbone in `models/`; *mobilenetv2* is `keras.applications`'
network of width 1.0 from `weights/` of the data folder, given by path. How `patch-and-pool` is made was chosen by
`selection`, on normal pictures alone; its section says where a test figure was in sight. *hit_share* is the share of
masked pictures in which red overlaps the mask. *ms_per_image* is of one decoded picture, its own size, map included, on
a machine that others use too; *bundle_mb* is the saved detector. *fast* is at 192x192. One seed."""

SETS = ("hand-rps", "magnetic-tile", "aws-cookie")
METHODS = ("patch-and-pool", "padim", "patchcore")
BACKBONES = ("built-in", "mobilenetv2")
RECOMMENDED = "patch-and-pool"
FAST = {"size": 192}

_GOALS = {
    "built-in": {"magnetic-tile": 0.87, "aws-cookie": 0.96, "hand-rps": 0.97},
    "mobilenetv2": {"magnetic-tile": 0.95, "aws-cookie": 0.995, "hand-rps": 0.985},
}

BARS = (
    *(
        Bar("image_auroc", "≥", goal, case=name, method=f"{RECOMMENDED}, {which}")
        for which, goals in _GOALS.items()
        for name, goal in goals.items()
    ),
    *(Bar("red_normal", "≤", 0.01, case=name) for name in SETS),
    *(Bar("hit_share", "≥", 0.7, case=name, method=f"{RECOMMENDED}, built-in") for name in SETS[1:]),
    *(
        Bar("ms_per_image", "≤", 1000 / fps, method=f"{which}, built-in")
        for which, fps in ((RECOMMENDED, 30), (f"{RECOMMENDED} fast", 60))
    ),
)


def _units(request: Request) -> list[Unit]:
    return [
        Unit(
            name,
            f"{one}, {which}",
            {"set": name, "seed": seed, "options": "default", "backbone": which},
            partial(_run, name, one, which, {"seed": seed}, request.data),
        )
        for which in BACKBONES
        for name in SETS
        for one in METHODS
        for seed in request.seeds
    ] + [
        Unit(
            name,
            f"{RECOMMENDED} fast, {BUILT_IN}",
            {"set": name, "seed": seed, "options": FAST},
            partial(_run, name, RECOMMENDED, BUILT_IN, {"seed": seed} | FAST, request.data),
        )
        for name in SETS
        for seed in request.seeds
    ]


def _run(name: str, method_name: str, which: str, options: dict[str, Any], data: Path | None) -> Figures:
    place = folder(name, data)
    with tempfile.TemporaryDirectory() as temporary:
        backbone = BUILT_IN if which == "built-in" else str(keras_weights(data, Path(temporary)))
        started = time.monotonic()
        detector = method(method_name)(**options, backbone=backbone).fit(LazyImages(normal_items(place)))
        seconds = time.monotonic() - started
        detector.save(Path(temporary) / "bundle")
        size = sum(one.stat().st_size for one in (Path(temporary) / "bundle").rglob("*") if one.is_file())
    found = evaluate(place, detector)
    figures = {
        "image_auroc": found.image_auroc,
        "pixel_auroc": found.pixel_auroc,
        "aupro": found.aupro,
        "best_balanced_accuracy": found.best_balanced_accuracy,
        "normal_accuracy": found.normal_accuracy,
        "abnormal_accuracy": found.abnormal_accuracy,
        "hit_share": found.hits,
        "red_normal": found.red_normal,
        "red_abnormal": found.red_abnormal,
        "ms_per_image": found.ms_per_image,
        "training_seconds": seconds,
        "bundle_mb": size / 1e6,
    }
    return {metric: value for metric, value in figures.items() if value is not None}


def keras_weights(data: Path | None, temporary: Path) -> Path:
    """MobileNetV2's weights as a file of Keras', made by the loader that lies beside the compact ones."""
    loader = None if data is None else data / "weights" / "load_backbones.py"
    if loader is None or not loader.is_file():
        msg = f"{loader or 'weights/load_backbones.py'} is missing. Give the folder that holds weights/ with --data."
        raise DataError(msg)
    spec = importlib.util.spec_from_file_location("load_backbones", loader)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    path = temporary / "mobilenetv2.weights.h5"
    module.mobilenet_v2_100().save_weights(path)
    return path


BENCHMARK = Benchmark("surfaces", ABOUT, 1, _units, BARS, needs_data=True)
