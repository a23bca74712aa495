"""Pictures and files for the tests of sources."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import PIL.Image

from inspector.core.cv import cv2

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from inspector.core.image import Image

RED = (220, 20, 20)
BLUE = (20, 20, 220)


FORMATS = ("JPEG", "PNG", "BMP", "TIFF", "WEBP")
LOSSLESS: dict[str, dict[str, Any]] = {"JPEG": {"quality": 100, "subsampling": 0}, "WEBP": {"lossless": True}}


def plain(colour: tuple[int, int, int], height: int = 48, width: int = 64) -> Image:
    """One colour, RGB."""
    return np.full((height, width, 3), colour, np.uint8)


def quarters(height: int = 48, width: int = 64) -> Image:
    """Red, green, blue and black quarters, RGB: no rotation or flip looks like another."""
    image = np.zeros((height, width, 3), np.uint8)
    image[: height // 2, : width // 2] = (255, 0, 0)
    image[: height // 2, width // 2 :] = (0, 255, 0)
    image[height // 2 :, : width // 2] = (0, 0, 255)
    return image


def smooth(height: int = 48, width: int = 64, seed: int = 0) -> Image:
    """Soft coloured clouds, RGB: what every codec keeps well."""
    noise = np.random.default_rng(seed).integers(0, 256, (height // 8 + 1, width // 8 + 1, 3), np.uint8)
    image: Image = cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)  # type: ignore[assignment]
    return image


def save(path: Path, image: Image) -> Path:
    """Write an RGB image with Pillow, in the format of the file's name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    PIL.Image.fromarray(image).save(path)
    return path


def write_video(path: Path, images: Sequence[Image], fps: float = 10.0) -> Path:
    """Write RGB images as a Motion JPEG AVI."""
    height, width = images[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, (width, height))
    for image in images:
        writer.write(cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    writer.release()
    return path


def is_red(image: Image) -> bool:
    """Whether the whole image is `RED`, as far as JPEG keeps it."""
    return bool((np.abs(image.astype(int) - RED) < 16).all())


def encoded(picture: PIL.Image.Image, kind: str, **options: Any) -> bytes:
    """Give the bytes of a picture's file, as close to lossless as the format allows."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **{**LOSSLESS.get(kind, {}), **options})
    return buffer.getvalue()
