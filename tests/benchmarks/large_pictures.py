"""`large-pictures`: pictures of 4000x3000 judged in tiles, and what aligning parts costs."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from inspector.core.cv import cv2
from inspector.core.pose import Pose
from inspector.detectors.patch.padim import PatchAndPool
from inspector.imaging.alignment import Aligner, aligned, small
from tests.benchmarks.harness import Bar, Benchmark, Request, Unit
from tests.benchmarks.throughput import child

if TYPE_CHECKING:
    from inspector.core.image import Image
    from inspector.imaging.alignment import Motion
    from tests.benchmarks.harness import Figures

ABOUT = """A drawn brushed surface. `patch-and-pool` with its defaults learns from twelve pictures of 1024x1024 in tiles
at one pixel to one, and judges four good ones of 4000x3000 and four with three dots of 12 pixels across.
*found* is the share of dots on which the map passes the map threshold, *red* the mean share of the good pictures that
does. *steps_at_edges* is the mean absolute difference between neighbouring values of the good maps across an edge of a
tile, by that of all other neighbours: 1 is no seam. *seconds* is what a picture takes; *more_mb* by how much the most
memory of a process that judges the four (36 MB each) on all cores lies above that of one that judges a small one.
*align_ms* is the median time to find how a drawn part
lies and to bring it back, in a picture of 640x480."""

_SIZE = (3000, 4000)
_LEARNED, _JUDGED, _DOTS = 12, 4, 3
_DOT = 6
_BLOCK = 250


def surface(seed: int, height: int, width: int) -> Image:
    """A brushed surface, drawn in strips so that it takes little more memory than it has."""
    rng = np.random.default_rng(seed)
    broad = cv2.resize(rng.normal(0, 5, (12, 16)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    image = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, _BLOCK):
        strip = image[top : top + _BLOCK]
        fine = rng.normal(0, 1, strip.shape[:2]).astype(np.float32)
        brushed = cv2.GaussianBlur(fine, (0, 0), sigmaX=12, sigmaY=0.8)
        grey = 140 + 9 * brushed / brushed.std() + broad[top : top + _BLOCK] + 3 * fine
        strip[...] = np.clip(grey[:, :, np.newaxis] * np.array([1, 0.98, 0.94]), 0, 255)
    return image


def _more_memory(detector: PatchAndPool, pictures: list[Image]) -> float:
    """By how many MB a process that judges these pictures as a batch holds more than one that judges a small one."""
    with TemporaryDirectory() as folder:
        place = Path(folder)
        detector.save(place / "detector")
        for name, some in (("small", [pictures[0][:256, :256]]), ("large", pictures)):
            (place / name).mkdir()
            for number, one in enumerate(some):
                cv2.imwrite(str(place / name / f"{number}.jpg"), cv2.cvtColor(one, cv2.COLOR_RGB2BGR))
        peaks = [
            child("memory", str(place / name), str(place / "detector"), str(place / f"{name} report"))["peak_mb"]
            for name in ("small", "large")
        ]
    return peaks[1] - peaks[0]


def _large() -> Figures:
    detector = PatchAndPool(tiles=1.0, colour="rgb").fit([surface(seed, 1024, 1024) for seed in range(_LEARNED)])
    limit = detector.threshold.map_value
    assert limit is not None
    placement = detector.fitted.placement
    found, red, seconds, pictures, edges = [], [], [], [], []
    for number in range(_JUDGED):
        rng = np.random.default_rng(number)
        good = surface(1000 + number, *_SIZE)
        bad = good.copy()
        dots = [(int(rng.integers(100, _SIZE[1] - 100)), int(rng.integers(100, _SIZE[0] - 100))) for _ in range(_DOTS)]
        for dot in dots:
            cv2.circle(bad, dot, _DOT, (60, 58, 55), -1, cv2.LINE_AA)
        started = time.perf_counter()
        [of_bad] = detector.measure([bad])
        seconds.append(time.perf_counter() - started)
        pictures.append(bad)
        [of_good] = detector.measure([good])
        assert of_good.map is not None
        assert of_bad.map is not None
        red.append(float((of_good.map > limit).mean()))
        where = placement.onto_picture(of_bad.map, *_SIZE, tiled=of_bad.tiled)
        found += [float(where[y - 12 : y + 13, x - 12 : x + 13].max() > limit) for x, y in dots]
        grid = placement.grid(*_SIZE)
        assert grid is not None
        ends = [left + grid.side[1] for left in grid.lefts]
        edges.append(_steps(of_good.map, [*grid.lefts, *ends], grid.side[1]))
    return {
        "found": float(np.mean(found)),
        "red": float(np.mean(red)),
        "steps_at_edges": float(np.mean(edges)),
        "seconds": median(seconds),
        "more_mb": _more_memory(detector, pictures),
    }


def _steps(values: np.ndarray, edges: list[int], side: int) -> float:
    steps = np.abs(np.diff(values, axis=1)).mean(axis=0)
    cell = side / round(side / 8)
    at = np.zeros(len(steps), np.bool_)
    at[[place - 1 for place in (round(edge / cell) for edge in edges) if 0 < place <= len(steps)]] = True
    return float(steps[at].mean() / steps[~at].mean())


def _align(motion: Motion) -> Figures:
    straight = np.full((480, 640, 3), 60, np.uint8)
    cv2.rectangle(straight, (180, 160), (460, 320), (170, 170, 170), -1)
    cv2.circle(straight, (250, 230), 32, (30, 30, 30), -1)
    aligner = Aligner(small(straight), motion)
    rng = np.random.default_rng(0)
    spent = []
    for _ in range(40):
        turn = 0.0 if motion == "shift" else float(rng.uniform(-20, 20))
        right, down = rng.uniform(-0.05, 0.05, 2).tolist()
        lying = np.asarray(aligned(straight, Pose(right, down, turn, 1.0)), np.uint8)
        started = time.perf_counter()
        aligned(lying, aligner.pose(lying))
        spent.append((time.perf_counter() - started) * 1e3)
    return {"align_ms": median(spent)}


def _units(_request: Request) -> list[Unit]:
    settings = {"learned": _LEARNED, "judged": _JUDGED}
    motions: tuple[Motion, ...] = ("shift", "rigid")
    return [
        Unit("4000x3000", "tiles", settings, _large),
        *(Unit("640x480", motion, {"pictures": 40}, partial(_align, motion)) for motion in motions),
    ]


BENCHMARK = Benchmark(
    "large-pictures",
    ABOUT,
    1,
    _units,
    (
        Bar("found", "≥", 1),
        Bar("red", "≤", 0.01),
        Bar("steps_at_edges", "≤", 1.1),
        Bar("more_mb", "≤", 500),
    ),
)
