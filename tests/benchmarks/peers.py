"""`peers`: the patch detectors beside a plain PaDiM and a plain nearest neighbour of some lines of NumPy."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from inspector.core.ranking import auroc
from inspector.detectors import method
from inspector.detectors.backbones import BUILT_IN, backbone
from inspector.detectors.patch.features import extract
from inspector.imaging.placement import Placement, as_batch
from inspector.jobs.evaluate import test_items
from inspector.jobs.train import normal_items
from inspector.sources.dataset import LazyImages
from inspector.sources.item import read_item
from tests.benchmarks.data import folder
from tests.benchmarks.harness import Bar, Benchmark, Request, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from inspector.core.image import Image
    from inspector.detectors.runtime import Graph
    from tests.benchmarks.harness import Figures

ABOUT = """The same pictures through the same backbone (`built-in`, 256x256, letterboxed), in one process, judged in
turn one at a time: `patch-and-pool`, `padim` and `patchcore` with their default options, and two plain scripts.
*plain-padim* (Defard et al. 2020): 100 of the features' dimensions drawn at random, for each position a mean and a
covariance plus 0.01 I, the largest Mahalanobis distance. *plain-nearest*: 2,000 patches drawn at random from all
training pictures, the largest distance to the nearest of them. The scripts learn from all of `train/good`; of ours some
pictures calibrate the threshold. *_auroc* is by images; *_ms* the median time of one picture, features and map
included, with whatever else the machine did; *_lead* is ours less the plain one's, *_times* the plain one's time over
ours."""

SETS = ("magnetic-tile", "aws-cookie", "hand-rps")
OURS = ("patch-and-pool", "padim", "patchcore")
_SIZE = 256
_DIMS = 100
_MEMORY = 2000
_RIDGE = 0.01
_PAIRS = (("padim", "plain-padim"), ("patchcore", "plain-nearest"), ("patch-and-pool", "plain-padim"))

BARS = (
    *(Bar(f"{ours}_lead", "≥", -0.01) for ours, _ in _PAIRS),
    *(Bar(f"{ours}_times", "≥", 1.0) for ours, _ in _PAIRS),
)

Floats = npt.NDArray[np.float32]


@dataclass
class PlainPadim:
    """A Gaussian for each position: mean `(p, d)`, inverse covariance `(p, d, d)`, and the dimensions looked at."""

    mean: Floats
    inverse: Floats
    dims: npt.NDArray[np.intp]

    @classmethod
    def of(cls, features: Sequence[Floats], seed: int) -> PlainPadim:
        """Fit to features `(p, D)` of each training picture."""
        rng = np.random.default_rng(seed)
        dims = rng.permutation(features[0].shape[1])[:_DIMS]
        stack = np.stack([one[:, dims] for one in features])
        mean = stack.mean(axis=0)
        left = stack - mean
        covariance = np.einsum("npi,npj->pij", left, left, optimize=True) / max(len(stack) - 1, 1)
        covariance += _RIDGE * np.eye(len(dims), dtype=np.float32)
        return cls(mean, np.linalg.inv(covariance).astype(np.float32), dims)

    def __call__(self, features: Floats) -> float:
        """The largest distance of a picture's patches."""
        left = features[:, self.dims] - self.mean
        return float(np.sqrt(np.einsum("pi,pij,pj->p", left, self.inverse, left, optimize=True)).max())


@dataclass
class PlainNearest:
    """Patches `(m, d)` of training pictures."""

    memory: Floats

    @classmethod
    def of(cls, features: Sequence[Floats], seed: int) -> PlainNearest:
        """Draw from features `(p, D)` of each training picture."""
        patches = np.concatenate(features)
        return cls(patches[np.random.default_rng(seed).permutation(len(patches))[:_MEMORY]])

    def __call__(self, features: Floats) -> float:
        """The largest distance of a picture's patches to the nearest."""
        squares = (features**2).sum(1)[:, None] - 2 * features @ self.memory.T + (self.memory**2).sum(1)
        return float(np.sqrt(np.maximum(squares.min(axis=1), 0)).max())


def _features(graph: Graph, placement: Placement, image: Image) -> Floats:
    found = extract(graph, as_batch([placement.place(image)]))[0]
    flat: Floats = found.reshape(-1, found.shape[2])
    return flat


def _units(request: Request) -> list[Unit]:
    return [
        Unit(name, BUILT_IN, {"seed": seed, "options": "default"}, partial(_run, name, seed, request.data))
        for name in SETS
        for seed in request.seeds
    ]


def _run(name: str, seed: int, data: Path | None) -> Figures:
    place = folder(name, data)
    normal = LazyImages(normal_items(place))
    judges: dict[str, Callable[[Image], float]] = {
        one: partial(_score, method(one)(seed=seed, size=_SIZE).fit(normal)) for one in OURS
    }
    graph, placement = backbone(BUILT_IN, (_SIZE, _SIZE)), Placement(_SIZE, _SIZE)
    learned = [_features(graph, placement, normal[index]) for index in range(len(normal))]
    for plain, head in (
        ("plain-padim", PlainPadim.of(learned, seed)),
        ("plain-nearest", PlainNearest.of(learned, seed)),
    ):
        judges[plain] = lambda image, head=head: head(_features(graph, placement, image))  # type: ignore[misc]
    del learned
    items = test_items(place)
    scores: dict[str, tuple[list[float], list[float]]] = {one: ([], []) for one in judges}
    spent: dict[str, list[float]] = {one: [] for one in judges}
    for item in items:
        image = read_item(item)
        for one, judge in judges.items():
            started = time.perf_counter()
            score = judge(image)
            spent[one].append((time.perf_counter() - started) * 1e3)
            scores[one][item.label is not None and item.label.abnormal].append(score)
    areas = {one: auroc(*found) or 0.0 for one, found in scores.items()}
    times = {one: statistics.median(found) for one, found in spent.items()}
    return (
        {f"{one}_auroc": value for one, value in areas.items()}
        | {f"{one}_ms": value for one, value in times.items()}
        | {f"{ours}_lead": areas[ours] - areas[plain] for ours, plain in _PAIRS}
        | {f"{ours}_times": times[plain] / times[ours] for ours, plain in _PAIRS}
    )


def _score(detector: object, image: Image) -> float:
    [measured] = detector.measure([image])  # type: ignore[attr-defined]
    return float(measured.score)


BENCHMARK = Benchmark("peers", ABOUT, 1, _units, BARS, needs_data=True)
