"""`feed-rate`: whether a video of 30 frames a second is judged at its pace, with the window open, by each method."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from inspector.core.cv import cv2
from inspector.detectors import METHODS
from inspector.sources.decode import read_image
from tests.benchmarks.harness import Bar, Benchmark, Request, Unit
from tests.benchmarks.made import HEIGHT, WIDTH, photographs, small_detector
from tests.benchmarks.window import child, prepared

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.harness import Figures

ABOUT = """A video of 640x480 at 30 frames a second plays in the window at its own speed, repeated, while each
autoencoder (128x128, trained for one epoch on the video's pictures, so that most are OK) judges it: every frame of a
file is judged, so one that cannot keep up falls below 30. *lag* is how late a precise 5 ms timer in the window's event
loop is. On a real X server (Xvfb) where there is one."""

_FPS = 30
_PICTURES = 60
_FRAMES = 300
_WATCHED_S = 20.0


def _video(path: Path, pictures: Path) -> Path:
    if not path.is_file():
        partial_path = path.with_name("partial.avi")
        writer = cv2.VideoWriter(str(partial_path), cv2.VideoWriter.fourcc(*"MJPG"), _FPS, (WIDTH, HEIGHT))
        images = [read_image(file) for file in sorted(pictures.glob("*.jpg"))]
        for number in range(_FRAMES):
            writer.write(np.ascontiguousarray(images[number % len(images)][:, :, ::-1]))
        writer.release()
        partial_path.replace(path)
    return path


def _rate(request: Request, name: str) -> Figures:
    folder = prepared(request)
    pictures = photographs(request.work, _PICTURES)
    bundle = request.work / f"feed-rate-{name}"
    if not bundle.is_dir():
        small_detector(bundle, name, {"size": 128}, pictures)
    video = _video(request.work / "feed-rate.avi", pictures)
    return child("feed", str(video), str(bundle), str(_WATCHED_S), str(folder))


def _units(request: Request) -> list[Unit]:
    names = [name for name in METHODS if name.endswith("-autoencoder")]
    return [
        Unit("640x480, 30 fps", name, {"round": n, "seconds": _WATCHED_S, "size": 128}, partial(_rate, request, name))
        for name in names
        for n in request.seeds
    ]


BENCHMARK = Benchmark(
    "feed-rate",
    ABOUT,
    1,
    _units,
    (Bar("judged_fps", "≥", 29.5), Bar("lag_p99_ms", "≤", 16)),
)
