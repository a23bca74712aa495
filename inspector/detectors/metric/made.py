"""Classes made from normal images themselves, so that there is something to tell them from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from inspector.core.cv import cv2
from inspector.imaging.corruption import bent, cut_outs, pasted_patches, scratches, stains

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from inspector.imaging.placement import Batch


def _pasted(batch: Batch, rng: np.random.Generator) -> Batch:
    """With pieces of other normal images (after Li et al. 2021, CutPaste)."""
    return pasted_patches(batch, rng, list(batch))


def _turned(quarters: int) -> Callable[[Batch, np.random.Generator], Batch]:
    """Turned by so many quarters (Golan and El-Yaniv 2018, arXiv:1805.10917); squeezed where the input is no square."""

    def turn(batch: Batch, rng: np.random.Generator) -> Batch:
        del rng
        size = (batch.shape[2], batch.shape[1])
        answer = np.empty_like(batch)
        for image, place in zip(batch, answer, strict=True):
            turned = np.ascontiguousarray(np.rot90(image, quarters))
            if turned.shape != image.shape:
                turned = cv2.resize(turned, size, interpolation=cv2.INTER_AREA).reshape(image.shape)
            place[...] = turned
        return answer

    return turn


def _swapped(batch: Batch, rng: np.random.Generator) -> Batch:
    """With its upper and lower, or left and right halves exchanged."""
    axes = rng.integers(2, size=len(batch)).tolist()
    return np.stack([np.roll(image, image.shape[axis] // 2, axis) for image, axis in zip(batch, axes, strict=True)])


MADE: Mapping[str, Callable[[Batch, np.random.Generator], Batch]] = {
    "pasted": _pasted,
    "scratched": scratches,
    "stained": stains,
    "covered": cut_outs,
    "left": _turned(1),
    "over": _turned(2),
    "right": _turned(3),
    "swapped": _swapped,
    "bent": bent,
}
"""By name, what is done to a batch of at least one normal image, each by itself."""
