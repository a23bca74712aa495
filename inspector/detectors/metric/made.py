"""Classes made from normal images themselves, so that there is something to tell them from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from inspector.imaging.corruption import cut_outs, pasted_patches, scratches, stains

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from inspector.imaging.placement import Batch


def _pasted(batch: Batch, rng: np.random.Generator) -> Batch:
    """With pieces of other normal images (after Li et al. 2021, CutPaste)."""
    return pasted_patches(batch, rng, list(batch))


def _turned(batch: Batch, rng: np.random.Generator) -> Batch:
    """A quarter, half or three quarters of a turn (Golan and El-Yaniv 2018, arXiv:1805.10917).

    Where the input is not square, a quarter turn would not fit into it: then only half a turn.
    """
    square = batch.shape[1] == batch.shape[2]
    quarters = rng.integers(1, 4, size=len(batch)) if square else np.full(len(batch), 2)
    return np.stack([np.rot90(image, int(count)) for image, count in zip(batch, quarters, strict=True)])


def _swapped(batch: Batch, rng: np.random.Generator) -> Batch:
    """With its upper and lower, or left and right halves exchanged."""
    axes = rng.integers(2, size=len(batch)).tolist()
    return np.stack([np.roll(image, image.shape[axis] // 2, axis) for image, axis in zip(batch, axes, strict=True)])


MADE: Mapping[str, Callable[[Batch, np.random.Generator], Batch]] = {
    "pasted": _pasted,
    "scratched": scratches,
    "stained": stains,
    "covered": cut_outs,
    "turned": _turned,
    "swapped": _swapped,
}
"""By name, what is done to a batch of at least one normal image, each by itself."""
