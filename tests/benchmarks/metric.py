"""`metric`: sneaker against ankle boot, as metric learning for anomaly detection was published."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from inspector.core.ranking import roc
from inspector.detectors import method
from inspector.detectors.distances import DISTANCES
from tests.benchmarks.data import Images, arrays
from tests.benchmarks.harness import Bar, Benchmark, Request, Unit

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.harness import Figures

ABOUT = """Fashion-MNIST: 500 sneakers are normal, 500 images of each of the 8 other classes are references, and *weak*
is also given 10 ankle boots; 1,000 sneakers and 1,000 boots of the test set are judged. A draw (a seed) decides which
images and the initial weights. Each distance judges the same training. The options (28x28, 14 epochs, Euclidean by
default) were chosen with one training each on pullover against coat and bag against sandal, and these never decided
anything. `fit` keeps a fifth of the normal images to set the threshold, so the network saw 360 of them."""

NORMAL, ABNORMAL = 7, 9
_OPTIONS = {"size": 28, "epochs": 14}
_GIVEN, _PER_CLASS = 10, 500
_AT_ONCE = 250

BARS = (
    Bar("auroc", "≥", 0.95, method="plain"),
    Bar("auroc", "≥", 0.98, method="weak"),
)


def _units(request: Request) -> list[Unit]:
    return [
        Unit("sneaker vs boot", name, {"options": _OPTIONS, "seed": seed}, partial(_run, name, seed, request.data))
        for seed in request.seeds
        for name in ("plain", "weak")
    ]


def _run(name: str, seed: int, data: Path | None) -> Figures:
    split = arrays("fashion-mnist", data)
    rng = np.random.default_rng(seed)

    def some(wanted: int, count: int) -> Images:
        return Images(split.train[rng.permutation(np.flatnonzero(split.train_classes == wanted))[:count]])

    normal, boots = some(NORMAL, _PER_CLASS), some(ABNORMAL, _GIVEN)
    reference = [
        (image, str(one)) for one in range(10) if one not in {NORMAL, ABNORMAL} for image in some(one, _PER_CLASS)
    ]
    given = [(image, "boot") for image in boots] if name == "weak" else []
    detector = method("metric")(**_OPTIONS, seed=seed).fit(normal, abnormal=given, reference=reference)
    scores = []
    for wanted in (NORMAL, ABNORMAL):
        images = Images(split.test[split.test_classes == wanted])
        parts = [
            one.details["distances"]
            for start in range(0, len(images), _AT_ONCE)
            for one in detector.measure(list(images[start : start + _AT_ONCE]), ["distances"])
        ]
        scores.append(np.stack(parts))
    figures: dict[str, float] = {}
    for place, distance in enumerate(DISTANCES):
        curve = roc(scores[0][:, place], scores[1][:, place])
        assert curve is not None
        own = {
            "auroc": curve.auroc,
            "best_accuracy": float(((curve.hit_rate + 1 - curve.false_alarm_rate) / 2).max()),
        }
        figures |= {f"{metric}_{distance}": value for metric, value in own.items()}
        if distance == detector.options.distance:  # type: ignore[attr-defined]
            figures |= own
    return figures | {"training_seconds": detector.fitted.record.seconds}


BENCHMARK = Benchmark("metric", ABOUT, 3, _units, BARS, needs_data=True)
