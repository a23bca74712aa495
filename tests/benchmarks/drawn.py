"""`metric-drawn`: which network `metric` takes where it has no references, by damage drawn into good pictures."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from inspector.core.cv import cv2
from inspector.core.ranking import auroc
from inspector.detectors import method
from inspector.detectors.distances import DISTANCES
from inspector.jobs.train import normal_items
from inspector.sources.dataset import LazyImages
from tests.benchmarks.data import folder
from tests.benchmarks.harness import Benchmark, Request, Unit
from tests.benchmarks.metric import distances_of
from tests.benchmarks.once import trained_once

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from inspector.core.image import Image
    from tests.benchmarks.harness import Figures

ABOUT = """`metric` with no references learns four of every five good training pictures; the fifth is judged as it is
and damaged in five ways that no class of its own is made of: dents, blurred squares, soft shades, small holes, bitten
edges. *auroc_DISTANCE* is the mean over the five, and *mahalanobis KIND* one of them. No test picture and no real
defect takes part. What is best here is what `network=auto` takes."""

SETS = ("magnetic-tile", "aws-cookie")
CANDIDATES: dict[str, dict[str, Any]] = {
    "small": {"network": "small", "size": 64},
    "built-in, layers=last": {"network": "built-in", "size": 128, "layers": "last"},
    "built-in": {"network": "built-in", "size": 128},
}
_SHORT = {"epochs": 3, "images": 250}
_HELD_OUT = 5  # every fifth picture is held out

_Picture = npt.NDArray[np.float32]


def _units(request: Request) -> list[Unit]:
    return [
        Unit(
            name,
            candidate,
            {"options": options | _SHORT, "seed": seed},
            partial(_run, name, options, seed, request.data),
        )
        for name in SETS
        for candidate, options in CANDIDATES.items()
        for seed in request.seeds
    ]


@lru_cache(maxsize=1)
def _pictures(name: str, data: Path | None) -> list[Image]:
    return list(LazyImages(normal_items(folder(name, data))))


def _run(name: str, options: dict[str, Any], seed: int, data: Path | None) -> Figures:
    pictures = _pictures(name, data)
    held = pictures[seed % _HELD_OUT :: _HELD_OUT]
    learned = [one for place, one in enumerate(pictures) if place % _HELD_OUT != seed % _HELD_OUT]
    detector = method("metric")(**options, **_SHORT, seed=seed)
    trained_once(detector, learned)
    good = distances_of(detector, held)
    found: dict[str, list[float]] = {}
    for kind, damage in DAMAGES.items():
        rng = np.random.default_rng([seed, len(found)])
        bad = distances_of(detector, [damaged(one, damage, rng) for one in held])
        found[kind] = [auroc(good[:, place], bad[:, place]) or 0.0 for place in range(len(DISTANCES))]
    means = np.mean(list(found.values()), axis=0)
    first = list(DISTANCES).index("mahalanobis")
    return {f"auroc_{distance}": float(mean) for distance, mean in zip(DISTANCES, means, strict=True)} | {
        f"mahalanobis {kind}": values[first] for kind, values in found.items()
    }


def damaged(
    image: Image, damage: Callable[[_Picture, np.random.Generator], _Picture], rng: np.random.Generator
) -> Image:
    """A damaged copy of an image."""
    answer = damage(image.astype(np.float32) / np.float32(255), rng)
    return np.asarray(np.clip(np.rint(answer * 255), 0, 255), np.uint8)


def _hill(image: _Picture, rng: np.random.Generator, wide: tuple[float, float]) -> _Picture:
    """A soft round hill `(h, w)` of height 1 somewhere, so wide as a share of the height."""
    high, across = image.shape[:2]
    y, x = np.mgrid[:high, :across].astype(np.float32)
    middle = rng.uniform(0.2, 0.8, 2) * (high, across)
    squares = (y - middle[0]) ** 2 + (x - middle[1]) ** 2
    return np.asarray(np.exp(-squares / (2 * (rng.uniform(*wide) * high) ** 2)), np.float32)


def _dent(image: _Picture, rng: np.random.Generator) -> _Picture:
    high, across = image.shape[:2]
    y, x = np.mgrid[:high, :across].astype(np.float32)
    hill = _hill(image, rng, (0.06, 0.18))
    down, right = (rng.uniform(-1, 1, 2) * 0.15 * high).astype(np.float32)
    moved = cv2.remap(image, x + right * hill, y + down * hill, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(moved, np.float32)


def _blur(image: _Picture, rng: np.random.Generator) -> _Picture:
    high, across = image.shape[:2]
    side = rng.uniform(0.15, 0.35)
    top, left = (rng.uniform(0, 1 - side, 2) * (high, across)).astype(int)
    part = np.s_[top : top + int(side * high), left : left + int(side * across)]
    answer = image.copy()
    answer[part] = cv2.GaussianBlur(image, (0, 0), high / 25)[part]
    return answer


def _shade(image: _Picture, rng: np.random.Generator) -> _Picture:
    strength = np.float32(rng.choice((-1, 1)) * rng.uniform(0.1, 0.3))
    return image + strength * _hill(image, rng, (0.05, 0.25))[..., np.newaxis]


def _covered(image: _Picture, distance: npt.NDArray[np.floating], colour: npt.ArrayLike) -> _Picture:
    """With a colour where a distance in pixels is negative, soft at its edge."""
    cover = np.clip(0.5 - distance, 0, 1).astype(np.float32)[..., np.newaxis]
    return np.asarray(image + cover * (np.asarray(colour, np.float32) - image), np.float32)


def _holes(image: _Picture, rng: np.random.Generator) -> _Picture:
    high, across = image.shape[:2]
    y, x = np.mgrid[:high, :across].astype(np.float32)
    for _ in range(int(rng.integers(1, 4))):
        middle = rng.uniform(0.15, 0.85, 2) * (high, across)
        away = np.hypot(y - middle[0], x - middle[1]) - max(1.0, rng.uniform(0.02, 0.06) * high)
        image = _covered(image, away, rng.choice((0.05, 0.5, 0.95)))
    return image


def _bite(image: _Picture, rng: np.random.Generator) -> _Picture:
    """A round piece towards the edge, in the colour of the picture's corners."""
    high, across = image.shape[:2]
    y, x = np.mgrid[:high, :across].astype(np.float32)
    angle, far = rng.uniform(0, 2 * np.pi), rng.uniform(0.28, 0.42)
    middle = (0.5 + far * np.sin(angle)) * high, (0.5 + far * np.cos(angle)) * across
    away = np.hypot(y - middle[0], x - middle[1]) - rng.uniform(0.06, 0.15) * high
    return _covered(image, away, image[[0, 0, -1, -1], [0, -1, 0, -1]].mean(axis=0))


DAMAGES: Mapping[str, Callable[[_Picture, np.random.Generator], _Picture]] = {
    "dents": _dent,
    "blurs": _blur,
    "shades": _shade,
    "holes": _holes,
    "bites": _bite,
}

BENCHMARK = Benchmark("metric-drawn", ABOUT, 1, _units, needs_data=True)
