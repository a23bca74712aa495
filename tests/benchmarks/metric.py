"""`metric` and `metric-choices`: one class of clothes against another, as metric learning was published."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from inspector.core.ranking import roc
from inspector.detectors import method
from inspector.detectors.distances import DISTANCES
from tests.benchmarks.data import Images, Split, arrays
from tests.benchmarks.harness import Bar, Benchmark, Request, Unit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    from inspector.core.image import Image
    from inspector.detectors import Detector
    from tests.benchmarks.harness import Figures

ABOUT = """Fashion-MNIST: 500 sneakers are normal, 500 images of each of the 8 other classes are references, and *weak*
is also given 10 ankle boots; 1,000 sneakers and 1,000 boots of the test set are judged. *doc* is deep one-class
classification on the same images as *plain*. A draw (a seed) decides which images and the initial weights. Each
distance judges the same training; the bars are on Euclidean distance, which does best on other pairs of classes with
references, plain and weak (`metric-choices`), and on `metric`'s own one, Mahalanobis; for *doc* on LOF, as published.
These images decided no option; but the bar on Mahalanobis was added when plain draws had been seen, and is no
independent choice. `fit` keeps a tenth of the normal images to set the threshold, so the network saw 450 of
them."""

CHOICES_ABOUT = """What `metric` is run with, chosen on other classes: 500 images of one are normal, 500 images of each
of the 8 others are references, and *weak* is given 10 of the other class, of which 1,000 test images are to be told
from 1,000 normal ones. Each candidate differs from the options `metric` runs with in what it is called by. One draw."""

CLASSES = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot")
NORMAL, ABNORMAL = 7, 9

OPTIONS: dict[str, Any] = {"size": 28, "held_out": 0.1}
"""What differs from the methods' defaults."""

DOC_OPTIONS = OPTIONS | {"epochs": 7}
"""Half as many epochs as `metric`, of twice as many images."""

_GIVEN, _PER_CLASS = 10, 500
_AT_ONCE = 250

BARS = (
    *(
        bar
        for distance in ("euclidean", "mahalanobis")
        for bar in (
            Bar(f"auroc_{distance}", "≥", 0.95, method="plain"),
            Bar(f"auroc_{distance}", "≥", 0.98, method="weak"),
            Bar(f"auroc_{distance}", "≥", 0.95, method="weak", of="min"),
        )
    ),
    Bar("auroc_lof", "≥", 0.92, method="doc"),
)


@dataclass(frozen=True, slots=True)
class Pair:
    """One class against another.

    Attributes:
        normal: which class of Fashion-MNIST.
        abnormal: and which other one.
    """

    normal: int
    abnormal: int

    @property
    def case(self) -> str:
        """What the table calls it."""
        return f"{CLASSES[self.normal]} vs {CLASSES[self.abnormal]}"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A way to train.

    Attributes:
        name: what the table calls it.
        weak: whether some abnormal images are given.
        options: all that differs from the method's defaults.
        method: the registry's name.
    """

    name: str
    weak: bool = False
    options: dict[str, Any] = field(default_factory=lambda: OPTIONS)
    method: str = "metric"


PUBLISHED = Pair(NORMAL, ABNORMAL)
OTHER_PAIRS = (Pair(2, 4), Pair(8, 5), Pair(4, 3), Pair(0, 6))
CANDIDATES = (Candidate("plain"), Candidate("weak", weak=True), Candidate("doc", options=DOC_OPTIONS, method="doc"))
CHOICES = (
    *CANDIDATES,
    Candidate("plain, turned", options=OPTIONS | {"made": "left+over+right"}),
    Candidate("plain, layers=stages", options=OPTIONS | {"layers": "stages"}),
    Candidate("plain, made=none", options=OPTIONS | {"made": "none"}),
)


def _units(request: Request) -> list[Unit]:
    return units_of((PUBLISHED,), CANDIDATES, request)


def _choices(request: Request) -> list[Unit]:
    return units_of(OTHER_PAIRS, CHOICES, request)


def units_of(pairs: Sequence[Pair], candidates: Sequence[Candidate], request: Request) -> list[Unit]:
    """Each candidate on each pair."""
    return [
        Unit(
            pair.case,
            one.name,
            {"options": one.options, "seed": seed},
            partial(measured, pair, one, seed, request.data),
        )
        for pair in pairs
        for seed in request.seeds
        for one in candidates
    ]


@lru_cache(maxsize=1)
def _split(data: Path | None) -> Split:
    return arrays("fashion-mnist", data)


def measured(pair: Pair, candidate: Candidate, seed: int, data: Path | None) -> Figures:
    """Train on one pair and judge it by each distance."""
    split = _split(data)
    rng = np.random.default_rng(seed)

    def some(wanted: int, count: int) -> Images:
        return Images(split.train[rng.permutation(np.flatnonzero(split.train_classes == wanted))[:count]])

    normal, abnormal = some(pair.normal, _PER_CLASS), some(pair.abnormal, _GIVEN)
    reference = [
        (image, CLASSES[one])
        for one in range(len(CLASSES))
        if one not in {pair.normal, pair.abnormal}
        for image in some(one, _PER_CLASS)
    ]
    given = [(image, CLASSES[pair.abnormal]) for image in abnormal] if candidate.weak else []
    detector = method(candidate.method)(**candidate.options, seed=seed)
    detector.fit(normal, abnormal=given, reference=reference)
    good, bad = (
        distances_of(detector, Images(split.test[split.test_classes == wanted]))
        for wanted in (pair.normal, pair.abnormal)
    )
    return figures_of(good, bad) | {"training_seconds": detector.fitted.record.seconds}


def distances_of(detector: Detector, images: Sequence[Image]) -> npt.NDArray[np.float64]:
    """All distances of images, `(n, 5)`."""
    parts = [
        one.details["distances"]
        for start in range(0, len(images), _AT_ONCE)
        for one in detector.measure(list(images[start : start + _AT_ONCE]), ["distances"])
    ]
    return np.stack(parts).astype(np.float64)


def figures_of(good: npt.NDArray[np.float64], bad: npt.NDArray[np.float64]) -> dict[str, float]:
    """AUROC and the best share judged right, by each distance."""
    figures: dict[str, float] = {}
    for place, distance in enumerate(DISTANCES):
        curve = roc(good[:, place], bad[:, place])
        assert curve is not None
        figures[f"auroc_{distance}"] = curve.auroc
        figures[f"best_accuracy_{distance}"] = float(((curve.hit_rate + 1 - curve.false_alarm_rate) / 2).max())
    return figures


BENCHMARK = Benchmark("metric", ABOUT, 3, _units, BARS, needs_data=True)
CHOICES_BENCHMARK = Benchmark("metric-choices", CHOICES_ABOUT, 1, _choices, needs_data=True)
