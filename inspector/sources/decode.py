"""Image files to images: whatever is in the file, it becomes upright RGB8, or a `FrameError` that names it.

- JPEG is decoded by OpenCV, which is the quickest; CMYK JPEG and all other formats by Pillow. The format is told by
  the first bytes, never by the file's name.
- 16 bit keeps the upper 8 (`value // 256`): a picture is never stretched, since one that is stretched by its own
  brightest pixel is judged differently from its neighbour.
- Alpha is composited over black. Grey and palette become RGB. Colour profiles are not applied.
- The EXIF orientation is applied. Of a file with several pictures the first is read.
- 32-bit and floating-point pictures have no agreed range and are refused.
"""

from __future__ import annotations

import io
import os
import stat
import warnings
from typing import TYPE_CHECKING

import numpy as np
import PIL.Image
import PIL.ImageOps

from inspector.core.cv import cv2
from inspector.core.errors import FrameError
from inspector.sources.jpeg import JpegError, jpeg_fault, jpeg_header
from inspector.sources.png import PNG_START, png_is_whole

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.core.image import Image

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"})
"""What the names of image files end in, in lower case."""

MAX_PIXELS = 2**28
"""More than this (16,384 x 16,384, 805 MB as RGB) is refused before it is decoded."""

MAX_BYTES = 2**31
"""A longer file is refused before it is read."""

# Pillow's own limit is lower than a line camera's picture and warns on stderr; MAX_PIXELS is checked here instead.
PIL.Image.MAX_IMAGE_PIXELS = None

# It also remarks on odd but readable metadata. Once for all: `catch_warnings` around each decoding is not thread-safe.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")

_FORMATS = ("BMP", "JPEG", "PNG", "TIFF", "WEBP")
_JPEG_START = b"\xff\xd8\xff"
_RGB_CHANNELS = 3
_PHOTOMETRIC = 262
_STRIP_PIXELS = 2**22
_COPY_AGAIN = "Copy or save it again."


def read_image(path: Path, *, name: str | None = None) -> Image:
    """Read an image file.

    Args:
        path: the file.
        name: what to call it in errors; the path when None.

    Raises:
        FrameError: the file is not there, cannot be read, is torn or is no image.
    """
    return decode_image(read_bytes(path, name=name), name or str(path))


def read_bytes(path: Path, *, name: str | None = None) -> bytes:
    """Read a whole file. OpenCV's and Pillow's own readers fail on non-ASCII names on some systems.

    Raises:
        FrameError: the file is not there, cannot be read, or is larger than any image.
    """
    name = name or str(path)
    try:
        with open(path, "rb", opener=_without_waiting) as file:  # Path.open takes no opener
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                msg = f"{name} is no ordinary file, so it holds no image."
                raise FrameError(msg, name=name)
            if status.st_size > MAX_BYTES:
                msg = f"{name} has {status.st_size / 2**30:.1f} GiB; an image may have {MAX_BYTES / 2**30:.0f} GiB."
                raise FrameError(msg, name=name)
            return file.read()
    except IsADirectoryError as error:
        msg = f"{name} is a folder, not an image file."
        raise FrameError(msg, name=name) from error
    except FileNotFoundError as error:
        msg = f"{name} is not there any more." if path.parent.is_dir() else f"{name} is not there."
        raise FrameError(msg, name=name) from error
    except PermissionError as error:
        msg = f"{name} cannot be read: permission denied. Allow reading it, or close the program that holds it."
        raise FrameError(msg, name=name) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        msg = f"{name} cannot be read: {reason}."
        raise FrameError(msg, name=name) from error


def _without_waiting(path: str, flags: int) -> int:
    """Open a file; a named pipe that nobody writes to would otherwise be waited for without end."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def decode_image(data: bytes, name: str) -> Image:
    """Decode the bytes of an image file.

    Args:
        data: the whole file.
        name: what to call it in errors.

    Returns:
        Upright RGB, `uint8`, shape `(H, W, 3)`, contiguous, writable.

    Raises:
        FrameError: the bytes are no image, break off, or hold one of a kind that is not read.
    """
    if not data:
        msg = f"{name} is empty (0 bytes). {_COPY_AGAIN}"
        raise FrameError(msg, name=name)
    if data.startswith(_JPEG_START):
        return _decode_jpeg(data, name)
    if data.startswith(PNG_START) and not png_is_whole(data):
        raise _torn(name, "the PNG breaks off or is damaged")
    return _decode_with_pillow(data, name)


def _decode_jpeg(data: bytes, name: str) -> Image:
    """Decode with OpenCV, three to five microseconds of looking at the header apart."""
    try:
        header = jpeg_header(data)
    except JpegError as error:
        raise _torn(name, str(error)) from error
    _check_size(header.width, header.height, name)
    # The decoder fills what is missing or makes no sense with grey, and tells nobody.
    if fault := jpeg_fault(data, header):
        raise _torn(name, fault)
    if header.components not in (1, _RGB_CHANNELS):
        return _decode_with_pillow(data, name)
    try:
        image: Image | None = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)  # type: ignore[assignment]
    except cv2.error as error:
        raise _torn(name, "the JPEG cannot be decoded") from error
    if image is None:
        raise _torn(name, "the JPEG cannot be decoded")
    return image


def _decode_with_pillow(data: bytes, name: str) -> Image:
    try:
        with PIL.Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            _check_size(picture.width, picture.height, name)
            picture.load()
            white_is_zero = _white_is_zero(picture)
            PIL.ImageOps.exif_transpose(picture, in_place=True)
            pixels = _rgb_pixels(picture, name)
            return np.subtract(255, pixels, out=pixels) if white_is_zero else pixels
    except FrameError:
        raise
    except PIL.UnidentifiedImageError as error:
        msg = f"{name} is no image that can be read (PNG, JPEG, BMP, TIFF, WebP), or is torn. {_COPY_AGAIN}"
        raise FrameError(msg, name=name) from error
    except MemoryError as error:
        msg = f"{name} does not fit into memory. Close other programs, or scale the picture down."
        raise FrameError(msg, name=name) from error
    # On torn bytes Pillow's decoders raise whatever they stumble over: OSError, SyntaxError, struct.error, KeyError …
    except Exception as error:
        raise _torn(name, str(error) or type(error).__name__) from error


def _white_is_zero(picture: PIL.Image.Image) -> bool:
    """Whether a 16-bit TIFF stores white as 0 (TIFF 6.0, PhotometricInterpretation); with 8 bits Pillow sees to it.

    `255 - v // 256` is `(65535 - v) // 256`, so the upper bits can be turned afterwards.
    """
    tags = getattr(picture, "tag_v2", None)
    return tags is not None and picture.mode.startswith("I;16") and tags.get(_PHOTOMETRIC) == 0


def _rgb_pixels(picture: PIL.Image.Image, name: str) -> Image:
    """A loaded picture's pixels as RGB, turned strip by strip: every step would otherwise hold a whole copy."""
    pixels = np.empty((picture.height, picture.width, _RGB_CHANNELS), np.uint8)
    rows = max(1, _STRIP_PIXELS // picture.width)
    for top in range(0, picture.height, rows):
        bottom = min(top + rows, picture.height)
        strip = picture if bottom - top == picture.height else picture.crop((0, top, picture.width, bottom))
        pixels[top:bottom] = np.asarray(_as_rgb(strip, name))
    return pixels


def _as_rgb(picture: PIL.Image.Image, name: str) -> PIL.Image.Image:
    """Turn any of Pillow's modes into RGB, as the module says."""
    if picture.mode.startswith("I;16"):
        # Pillow would clip at 255 instead of scaling.
        picture = PIL.Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    elif picture.mode in ("I", "F", "LAB"):
        what = "LAB colours" if picture.mode == "LAB" else "32-bit values, whose range is not known"
        msg = f"{name} has {what}. Save it as grey or RGB with 8 or 16 bits."
        raise FrameError(msg, name=name)
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        black = PIL.Image.new("RGBA", picture.size, (0, 0, 0, 255))
        picture = PIL.Image.alpha_composite(black, picture)
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _check_size(width: int, height: int, name: str) -> None:
    if width * height > MAX_PIXELS:
        msg = (
            f"{name} is too large: {width} x {height} pixels are {width * height / 1e6:.0f} million, and the most is "
            f"{MAX_PIXELS / 1e6:.0f} million. Cut it into parts, or scale it down."
        )
        raise FrameError(msg, name=name)


def _torn(name: str, reason: str) -> FrameError:
    return FrameError(f"{name} cannot be decoded: {reason}. The file is torn. {_COPY_AGAIN}", name=name)
