"""Pictures inside a page."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from inspector.core.cv import cv2
from inspector.core.image import check_image

if TYPE_CHECKING:
    from inspector.core.image import Image
    from inspector.core.inspection import Inspection

LONGEST_SIDE = 320
"""Pixels of an embedded picture's longer side, at most."""

SHEET_GAIN = 3
"""Factor on the differences of a contact sheet, the same for all: in so small a picture a faint one is not seen."""

_SMALL = 96
"""Up to this many pixels of the longer side, a picture is kept exact and shown with its pixels."""
_QUALITY = 85


@dataclass(frozen=True, slots=True)
class Pictured:
    """An inspection with what there is to see of it; every picture is RGB, of any size.

    Attributes:
        inspection: what was said of the image.
        image: as it was inspected.
        reconstruction: what the detector made of it, where it makes such a thing.
        difference: between the two, painted.
        overlay: the image with its map painted on.
        point: where it is drawn in the plane of its detector's embedding, where there is one.
    """

    inspection: Inspection
    image: Image
    reconstruction: Image | None = None
    difference: Image | None = None
    overlay: Image | None = None
    point: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Embedded:
    """A picture as a page carries it.

    Attributes:
        url: a `data:` URL.
        width: in pixels.
        height: in pixels.
        small: whether it is so small that its pixels are to be shown as squares.
    """

    url: str
    width: int
    height: int
    small: bool


def sheet_rows(pictured: Pictured) -> dict[str, Image]:
    """What a contact sheet shows of it, from top to bottom, by what the rows are called.

    The difference is to be made with `SHEET_GAIN`.
    """
    rows = {"input": pictured.image}
    if pictured.reconstruction is not None and pictured.difference is not None:
        rows["reconstruction"] = pictured.reconstruction
        rows[f"difference ×{SHEET_GAIN}"] = pictured.difference
    elif pictured.overlay is not None:
        rows["overlay"] = pictured.overlay
    return rows


def embed(image: Image, longest: int = LONGEST_SIDE) -> Embedded:
    """Scale a picture down to `longest` pixels, if it is larger, and encode it: JPEG, or PNG when it is tiny.

    Raises:
        ValueError: it is not an RGB image.
    """
    image = check_image(image)
    height, width = image.shape[:2]
    scale = longest / max(height, width)
    if scale < 1:
        width, height = max(1, round(width * scale)), max(1, round(height * scale))
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    small = max(height, width) <= _SMALL
    kind, options = (".png", []) if small else (".jpg", [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    done, data = cv2.imencode(kind, cv2.cvtColor(image, cv2.COLOR_RGB2BGR), options)
    if not done:
        msg = f"Expected a picture that can be encoded. Received: {width}x{height} pixels"
        raise ValueError(msg)
    media = "image/png" if small else "image/jpeg"
    return Embedded(f"data:{media};base64,{base64.b64encode(data.tobytes()).decode('ascii')}", width, height, small)
