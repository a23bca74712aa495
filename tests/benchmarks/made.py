"""What timings run on: photographs that nobody took, and small detectors, made once and found again."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from inspector.core.cv import cv2
from inspector.core.files import whole_folder
from inspector.detectors import method
from inspector.sources.dataset import LazyImages, read_dataset

if TYPE_CHECKING:
    from inspector.core.image import Image

HEIGHT, WIDTH, QUALITY = 480, 640, 90

_MARKER = "photographs.txt"


def photograph(seed: int) -> Image:
    """A picture `(480, 640, 3)` with soft shading, some shapes with edges, and a sensor's noise."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(40, 216, (6, 8, 3), np.uint8)
    pixels = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    for _ in range(int(rng.integers(5, 40))):
        centre = (int(rng.integers(WIDTH)), int(rng.integers(HEIGHT)))
        colour = tuple(int(value) for value in rng.integers(0, 256, 3))
        axes = (int(rng.integers(4, 90)), int(rng.integers(4, 90)))
        cv2.ellipse(pixels, centre, axes, float(rng.uniform(0, 180)), 0, 360, colour, -1, cv2.LINE_AA)
    noise = rng.normal(0, 4, (HEIGHT, WIDTH, 1)).astype(np.float32)
    answer: Image = np.clip(pixels + noise, 0, 255).astype(np.uint8)
    return answer


def photographs(folder: Path, distinct: int) -> Path:
    """A folder of so many JPEG files; one that is there already is taken."""
    path = folder / f"photographs-{distinct}"
    if not (path / _MARKER).is_file():
        with whole_folder(path, _MARKER) as partial, ThreadPoolExecutor(os.cpu_count()) as pool:

            def write(number: int) -> None:
                bgr = np.ascontiguousarray(photograph(number)[:, :, ::-1])
                whole, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
                if not whole:
                    message = f"photograph {number} cannot be encoded"
                    raise RuntimeError(message)
                (partial / f"{number:06}.jpg").write_bytes(data.tobytes())

            list(pool.map(write, range(distinct)))
            (partial / _MARKER).write_text("made by a benchmark\n", encoding="utf-8")
    return path


def linked(source: Path, target: Path, count: int) -> Path:
    """Fill the new folder `target` with `count` hard links to the files of `source`, over and over."""
    files = sorted(source.glob("*.jpg"))
    target.mkdir(parents=True)
    for number in range(count):
        os.link(files[number % len(files)], target / f"{number:06}.jpg")
    return target


def small_detector(path: Path, name: str, options: dict[str, Any], photographs: Path) -> Path:
    """A bundle of a detector trained for a moment on some photographs: its weights do not matter for time."""
    images = LazyImages(read_dataset(photographs).items[:60])
    method(name)(**options, epochs=1, batch=8).fit(images).save(path)
    return path
