"""Drawn pictures of a plain part, good and with a spot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from inspector.core.image import Image

SPOT = (0.3, 0.6)
"""Where the middle of a defect lies: `(y, x)` of the picture."""


def good(number: int = 0, size: tuple[int, int] = (32, 32), *, colour: bool = False) -> Image:
    """An even, slightly noisy surface, RGB, read-only."""
    rng = np.random.default_rng(number)
    noise = rng.normal(0, 3, (*size, 1)) + rng.normal(0, 0.5)
    base = np.array((150, 120, 100) if colour else (120, 120, 120))
    image = np.clip(np.rint(base + noise), 0, 255).astype(np.uint8)
    image.setflags(write=False)
    return image


def bad(number: int = 0, size: tuple[int, int] = (32, 32), *, colour: bool = False) -> Image:
    """The same with a bright spot at `SPOT`, a quarter of the picture wide."""
    image = good(number, size, colour=colour).copy()
    height, width = size
    rows, columns = (
        slice(round((middle - 1 / 8) * side), max(round((middle + 1 / 8) * side), round((middle - 1 / 8) * side) + 1))
        for middle, side in zip(SPOT, (height, width), strict=True)
    )
    image[rows, columns] = 255
    image.setflags(write=False)
    return image


def goods(count: int, size: tuple[int, int] = (32, 32), *, first: int = 0, colour: bool = False) -> list[Image]:
    """So many different good pictures."""
    return [good(number, size, colour=colour) for number in range(first, first + count)]
