"""A frame: an image with where and when it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.core.image import Image, Label


@dataclass(frozen=True, slots=True)
class Frame:
    """One image a source gave.

    Attributes:
        image: upright RGB, shape `(H, W, 3)`; it belongs to the frame and survives the next read.
        name: what a person calls it: a path relative to its folder, or `"camera 0 #12"`.
        index: how many frames the source gave before this one.
        time: when it was taken, in seconds since the epoch (when it was read, for files).
        source: the name of the source.
        path: the file it was read from, if it was.
        label: what its folder says it is, if it says so.
    """

    image: Image
    name: str
    index: int
    time: float
    source: str
    path: Path | None = None
    label: Label | None = None
