"""Which input size shows a defect of a given size: the smallest one decides."""

from __future__ import annotations

import math
from dataclasses import dataclass

from inspector.imaging.tiles import Grid

COVERED = 12.0
"""Pixels of the input that the smallest defect should cover: one and a half patches of 8."""

TILE = 256
"""Pixels of a tile's side that are advised."""

_LARGEST = 512
_SMALLEST = 64
_STEP = 32
_FINEST = 0.5
_OVERLAP = 0.25


@dataclass(frozen=True, slots=True)
class Advice:
    """How pictures should come into a network's input.

    Attributes:
        size: of the input, in pixels a side.
        tiles: pixels of a picture to a pixel of the input in tiles; 0 where pictures go in whole.
        count: how many inputs a picture takes.
        covered: how many pixels of the input the smallest defect then covers.
        sentence: for people, why.
    """

    size: int
    tiles: float
    count: int
    covered: float
    sentence: str

    @property
    def options(self) -> dict[str, float]:
        """As options of a detector."""
        return {"size": self.size, "tiles": self.tiles}


def advise(smallest: float, height: int, width: int) -> Advice:
    """What to take for pictures of `height` x `width` whose smallest defect is about `smallest` pixels across.

    A patch detector compares patches of 8 pixels of its input, and a defect that covers less than one of them is lost
    among what is normal; an input is not made larger than it must be, since time goes with its area.

    Args:
        smallest: in pixels of the picture, > 0.
        height: of what is looked at, in pixels.
        width: likewise.

    Raises:
        ValueError: a number is none of these.
    """
    if not (math.isfinite(smallest) and smallest > 0 and height > 0 and width > 0):
        msg = f"Expected a defect and a picture of more than 0 pixels. Received: {smallest}, {height}x{width}"
        raise ValueError(msg)
    longest = max(height, width)
    needed = longest * COVERED / smallest
    size = max(math.ceil(needed / _STEP - 1e-9) * _STEP, _SMALLEST)
    if size <= _LARGEST:
        covered = smallest * size / longest
        text = f"At size {size} your smallest defect covers {covered:.0f} pixels of the input: enough, and no more."
        return Advice(size, 0.0, 1, covered, text)
    # Rounded down to half a digit: rather a little finer.
    scale = max(math.floor(smallest / COVERED * 2) / 2, _FINEST)
    high, wide = (max(round(side / scale), 1) for side in (height, width))
    count = len(Grid.over(high, wide, (TILE, TILE), _OVERLAP))
    covered, whole = smallest / scale, smallest * TILE / longest
    text = (
        f"Scaled down to {TILE} your smallest defect would cover {whole:.1f} pixels and be lost. In tiles at "
        f"{scale:g} {'pixel' if scale == 1 else 'pixels'} to one it covers {covered:.0f}; a picture is {count} tiles, "
        f"and takes as much longer."
    )
    if covered < COVERED / 2:
        text += " That is hardly enough: a camera that is nearer or sees more pixels would help more."
    return Advice(TILE, scale, count, covered, text)
