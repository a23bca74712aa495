"""Writing images to files."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from inspector.core.cv import cv2
from inspector.core.errors import OutputError
from inspector.core.files import whole_file
from inspector.core.image import check_image
from inspector.sources.capture import quiet
from inspector.sources.decode import IMAGE_SUFFIXES

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.core.image import Image


def write_image(path: Path, image: Image) -> None:
    """Write an image in the format that the name's ending says; whole or not at all.

    JPEG is written at quality 95, everything else without loss.

    Raises:
        OutputError: no such format, or the place cannot be written to.
        ValueError: it is no image.
    """
    data = encode_image(image, path.suffix, name=str(path))
    with whole_file(path) as partial:
        partial.write_bytes(data)


def encode_image(image: Image, suffix: str, *, name: str = "The image") -> bytes:
    """Give the bytes of an image file.

    Args:
        image: RGB, shape `(H, W, 3)`; not modified.
        suffix: the format, as the ending of a file's name: `".png"`, `".jpg"`, …
        name: what to call it in errors.

    Raises:
        OutputError: no such format, or the image is too large for it.
        ValueError: it is no image.
    """
    if suffix.lower() not in IMAGE_SUFFIXES:
        known = ", ".join(sorted(IMAGE_SUFFIXES))
        msg = f"{name} cannot be written as {suffix or 'a file without an ending'!r}. Choose one of {known}."
        raise OutputError(msg)
    bgr = cv2.cvtColor(check_image(image), cv2.COLOR_RGB2BGR)
    with suppress(cv2.error), quiet():
        done, data = cv2.imencode(suffix.lower(), bgr)
        if done:
            return data.tobytes()
    height, width = image.shape[:2]
    msg = f"{name} cannot be written as {suffix}: the format does not take {width} x {height} pixels. Choose .png."
    raise OutputError(msg)
