"""The images a detector trains on: read once, placed, kept small, or read again batch by batch when they are many."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt

from inspector.core.errors import FrameError
from inspector.core.events import Listener, Progress, Stage, Warned
from inspector.core.image import check_image
from inspector.imaging.placement import Batch, Placed, Placement, as_batch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from inspector.core.image import Image

MEMORY = 1 << 30
"""How many bytes of placed images are kept in memory; above that they are decoded again as they are needed."""

_READERS = 2
_BLOCK = 32
_LOOKED_AT = 16
_GREY = 3

Masks = npt.NDArray[np.bool_]


class PlacedImages:
    """Images as a network sees them, by index. A subset shares what is kept in memory."""

    def __init__(self, images: Sequence[Image], placement: Placement, *, kinds: Sequence[str] = ()) -> None:
        """Stand for all of `images`; nothing is read yet (see `read`).

        Args:
            images: any size, each an RGB image; indexing may read a file.
            placement: how they come into the network's input.
            kinds: what each is called, or none.
        """
        self._images = images
        self._placement = placement
        self._kept: list[Placed | None] = [None] * len(images)
        self._keep = len(images) * placement.height * placement.width * placement.channels <= MEMORY
        self._kinds = list(kinds) or [""] * len(images)
        self._names: Sequence[str] | None = getattr(images, "names", None)
        self.indices: npt.NDArray[np.intp] = np.arange(len(images))
        self.unreadable = 0

    def __len__(self) -> int:
        """How many images there are."""
        return len(self.indices)

    @property
    def kinds(self) -> tuple[str, ...]:
        """What each image is called, in order."""
        return tuple(self._kinds[index] for index in self.indices)

    @property
    def names(self) -> tuple[str, ...]:
        """What each image's file is called, in order; empty where the images given have no `names`."""
        names = self._names
        return tuple("" if names is None else names[index] for index in self.indices)

    def subset(self, positions: npt.ArrayLike) -> Self:
        """The images at `positions` of these."""
        return self._with(self.indices[np.asarray(positions, np.intp)])

    def union(self, other: Self) -> Self:
        """These and others that were taken from the same images, in the images' order."""
        return self._with(np.union1d(self.indices, other.indices))

    def _with(self, indices: npt.NDArray[np.intp]) -> Self:
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.indices = indices
        return other

    def read(self, listener: Listener, what: str) -> None:
        """Read every image once: torn ones are told of and left out, the rest kept while they fit into memory."""
        listener(Stage(f"Reading {what}", len(self)))
        readable: list[int] = []
        errors: list[str] = []
        with ThreadPoolExecutor(_READERS) as pool:
            for block in self._blocks():
                for index, answer in zip(block, pool.map(self._try, block), strict=True):
                    if isinstance(answer, FrameError):
                        errors.append(str(answer))
                        listener(Warned(str(answer)))
                    else:
                        readable.append(int(index))
                listener(Progress(len(readable) + len(errors), len(self)))
        self.indices = np.array(readable, np.intp)
        self.unreadable = len(errors)

    def placed(self, positions: Sequence[int] | npt.NDArray[np.intp]) -> list[Placed]:
        """The images at `positions`, placed."""
        indices = [int(self.indices[position]) for position in positions]
        if all(self._kept[index] is not None for index in indices):
            return [one for index in indices if (one := self._kept[index]) is not None]
        with ThreadPoolExecutor(_READERS) as pool:
            return list(pool.map(self._get, indices))

    def batch(self, positions: Sequence[int] | npt.NDArray[np.intp]) -> Batch:
        """The images at `positions` as network input `(N, h, w, channels)` in 0..1."""
        return as_batch(self.placed(positions))

    def _blocks(self) -> Iterator[npt.NDArray[np.intp]]:
        for start in range(0, len(self), _BLOCK):
            yield self.indices[start : start + _BLOCK]

    def _try(self, index: int) -> Placed | FrameError:
        try:
            return self._get(index)
        except FrameError as error:
            return error

    def _get(self, index: int) -> Placed:
        kept = self._kept[index]
        if kept is None:
            kept = self._placement.place(check_image(self._images[index]))
            if self._keep:
                # A view would keep the whole picture alive for the few pixels of it.
                kept = Placed(kept.pixels.copy(), kept.mask)
                self._kept[index] = kept
        return kept


def stack_masks(placed: Sequence[Placed]) -> Masks | None:
    """The masks of a batch, bool `(N, h, w)`; None when every pixel of every image counts."""
    if all(one.mask is None for one in placed):
        return None
    return np.stack([np.ones(one.pixels.shape[:2], np.bool_) if one.mask is None else one.mask for one in placed])


def all_grey(images: Sequence[Image]) -> bool:
    """Whether a sample of the images has no colour (channels differ by at most 3 of 255: JPEG's rounding)."""
    for index in np.unique(np.linspace(0, len(images) - 1, min(_LOOKED_AT, len(images))).astype(int)):
        try:
            image = check_image(images[int(index)]).astype(np.int16)
        except FrameError:
            continue
        if (image.max(axis=2) - image.min(axis=2)).max() > _GREY:
            return False
    return True
