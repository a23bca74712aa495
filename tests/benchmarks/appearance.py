"""`picture-changed`: whether "the picture has changed" is told when it has, in time, and not when it has not."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from inspector.core.cv import cv2
from inspector.imaging.appearance import Appearance
from inspector.imaging.placement import Placement
from inspector.jobs.changed import Changed
from inspector.sources.dataset import LazyImages, read_dataset
from tests.benchmarks.data import folder
from tests.benchmarks.harness import Bar, Benchmark, Request, Unit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from inspector.core.image import Image
    from tests.benchmarks.harness import Figures

ABOUT = """The normal test images of each set, in a random order drawn anew for each of twenty feeds, play for four
seconds at 30 and at 5 frames a second after the look of (up to 200 of) its normal training images was learned, at
128x128. *false_share* is the share of feeds in which a change was told, *told_share* of those that are changed from
their third second on (30 % darker; blurred by a Gaussian of a hundredth of the longer side; moved sideways by a tenth
of the width) in which it was told, and *told_s_max* the seconds that took at most."""

_SETS = ("hand-rps", "magnetic-tile", "aws-cookie")
_FEEDS = 20
_BEGINS_S, _LASTS_S = 3.0, 5.0
_SIZE = 128


def _darker(image: Image) -> Image:
    return np.asarray(image * 0.7, np.uint8)


def _blurred(image: Image) -> Image:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), max(image.shape[:2]) / 100), np.uint8)


def _moved(image: Image) -> Image:
    height, width = image.shape[:2]
    matrix = np.array([[1, 0, 0.1 * width], [0, 1, 0]], np.float32)
    return np.asarray(cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8)


_CHANGES: dict[str, Callable[[Image], Image]] = {"darker": _darker, "blurred": _blurred, "moved": _moved}


def _normals(path: Path, split: str) -> list[Image]:
    items = [one for one in read_dataset(path).items if one.split == split and one.label is not None]
    return list(LazyImages([one for one in items if one.label is not None and not one.label.abnormal]))


def _measure(data: Path | None, name: str, fps: float) -> Figures:
    dice = np.random.default_rng(0)
    place = Placement(_SIZE, _SIZE)
    place_of = folder(name, data)
    training = _normals(place_of, "train")
    chosen = [training[int(number)] for number in dice.permutation(len(training))[:200]]
    appearance = Appearance.of([place.place(image) for image in chosen])
    test = _normals(place_of, "test")
    plain = [place.place(image) for image in test]
    figures: dict[str, float] = {"normal_test_images": len(test)}
    orders = [dice.choice(len(test), round(_LASTS_S * fps)) for _ in range(_FEEDS)]
    figures["false_share"] = float(np.mean([_told(appearance, [plain[n] for n in one], fps)[0] for one in orders]))
    for how, change in _CHANGES.items():
        changed = [place.place(change(image)) for image in test]
        times = []
        for order in orders:
            feed = [(changed if number / fps >= _BEGINS_S else plain)[n] for number, n in enumerate(order)]
            _, when = _told(appearance, feed, fps)
            times.append(np.inf if when is None or when < _BEGINS_S else when - _BEGINS_S)
        figures[f"told_share {how}"] = float(np.mean(np.isfinite(times)))
        figures[f"told_s_max {how}"] = float(max((one for one in times if np.isfinite(one)), default=0.0))
    return figures


def _told(appearance: Appearance, feed: list[object], fps: float) -> tuple[bool, float | None]:
    changed = Changed(appearance)
    for number, picture in enumerate(feed):
        if changed.add(picture, number / fps):  # type: ignore[arg-type]
            return True, number / fps
    return False, None


def _units(request: Request) -> list[Unit]:
    return [
        Unit(name, f"{fps:g} fps", {"fps": fps, "feeds": _FEEDS}, partial(_measure, request.data, name, fps))
        for name in _SETS
        for fps in (30.0, 5.0)
    ]


BENCHMARK = Benchmark(
    "picture-changed",
    ABOUT,
    1,
    _units,
    (
        Bar("false_share", "≤", 0),
        *(Bar(f"told_share {how}", "≥", 1) for how in _CHANGES),
        *(Bar(f"told_s_max {how}", "≤", 2) for how in _CHANGES),
    ),
)
