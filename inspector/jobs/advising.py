"""How large a network's input should be for the pictures of a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inspector.core.errors import DataError, FrameError, OptionError
from inspector.imaging.advice import advise
from inspector.imaging.region import Region
from inspector.jobs.train import normal_items
from inspector.sources.item import read_item

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.imaging.advice import Advice

_TRIED = 10


def advice_for(normal: Path, smallest: float, region: Region | None = None) -> Advice:
    """Size and tiles for the pictures in a folder of good parts, by the first of them.

    Args:
        normal: as in `Training`.
        smallest: how many pixels of a picture the smallest defect is across.
        region: what is looked at; the whole picture by default.

    Raises:
        OptionError: the defect is no number above 0.
        SourceError: the folder is missing or holds no images.
        DataError: it holds only abnormal ones, or none that can be read.
    """
    size = first_size(normal)
    if size is None:
        msg = f"None of the first images in {normal} can be read, so nothing can be said of their size."
        raise DataError(msg)
    x0, y0, x1, y1 = (region or Region()).box(*size)
    try:
        return advise(smallest, y1 - y0, x1 - x0)
    except ValueError as error:
        msg = f"Expected a smallest defect of more than 0 pixels. Received: {smallest}"
        raise OptionError(msg) from error


def first_size(normal: Path) -> tuple[int, int] | None:
    """`(height, width)` of the first normal image that can be read; None when none of the first can."""
    for item in normal_items(normal)[:_TRIED]:
        try:
            height, width = read_item(item).shape[:2]
        except FrameError:
            continue
        return height, width
    return None
