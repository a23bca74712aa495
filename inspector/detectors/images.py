"""The images a detector trains on: read once, placed, kept small, or read again batch by batch when they are many."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt

from inspector.core.errors import FrameError
from inspector.core.events import Listener, Progress, Stage, Warned
from inspector.core.image import check_image
from inspector.imaging.placement import Batch, Placed, Placement, as_batch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from inspector.core.image import Image

MEMORY = 1 << 30
"""How many bytes of placed images are kept in memory; above that they are decoded again as they are needed."""

MOST_TILES = 4000
"""How many tiles of all training pictures together are learned from at most."""

_MOST_OF_ONE = 1 << 24
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
        self._kept: dict[int, Placed] = {}
        self._keep = len(images) * placement.height * placement.width * placement.channels <= MEMORY
        self._kinds = dict(enumerate(list(kinds) or [""] * len(images)))
        self._names: Mapping[int, str] | Sequence[str] | None = getattr(images, "names", None)
        self.indices: npt.NDArray[np.intp] = np.arange(len(images))
        self.unreadable = 0
        self._tiles: dict[int, tuple[int, ...]] = {}

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

    def union(self, other: PlacedImages) -> Self:
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

    @property
    def pictures(self) -> int:
        """Of how many pictures they are."""
        return len(self)

    @property
    def in_tiles(self) -> bool:
        """Whether any of those read is judged in tiles."""
        return any(int(index) in self._tiles for index in self.indices)

    def tiles(self, position: int) -> tuple[int, ...]:
        """The numbers of the tiles in which the image at `position`, once read, is judged; none when it is whole."""
        return self._tiles.get(int(self.indices[position]), ())

    def whole(self, position: int) -> Placed:
        """The image at `position`, with its tiles where it is judged in tiles: large, and read again each time."""
        index = int(self.indices[position])
        return self._read(index) if index in self._tiles else self._get(index)

    def placed(self, positions: Sequence[int] | npt.NDArray[np.intp]) -> list[Placed]:
        """The images at `positions`, placed, each as it looks in the input: without its tiles."""
        indices = [int(self.indices[position]) for position in positions]
        if all(index in self._kept for index in indices):
            return [self._kept[index] for index in indices]
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
        kept = self._kept.get(index)
        if kept is None:
            kept = self._read(index)
            if kept.tiles is not None:
                self._tiles[index] = kept.tiles.seen
            # A view would keep the whole picture alive for the few pixels of it.
            kept = Placed(kept.pixels.copy() if self._keep else kept.pixels, kept.mask, pose=kept.pose)
            if self._keep:
                self._kept[index] = kept
        return kept

    def _read(self, index: int) -> Placed:
        return self._placement.place(check_image(self._images[index]))


class TrainingTiles(PlacedImages):
    """The tiles of images as images of their own, to learn from. Of very many a part is drawn, the same each time.

    All tiles drawn of a picture are cut when the first of them is asked for, and kept: a picture of 12 million pixels
    would otherwise be decoded for each.
    """

    def __init__(self, pictures: PlacedImages, seed: int) -> None:
        """Of pictures that were read; those that are judged whole are one tile each."""
        every = [(number, tile) for number in range(len(pictures)) for tile in pictures.tiles(number) or (-1,)]
        first = pictures.placed([0])[0].pixels
        most = min(MOST_TILES, max(MEMORY // first.nbytes, 1))
        if len(every) > most:
            drawn = np.random.default_rng(seed).choice(len(every), most, replace=False)
            every = [every[place] for place in np.sort(drawn)]
        self._pictures = pictures
        # The same tile has the same index whichever of the pictures it is among: cross-fitting asks by it.
        self._where = {
            int(pictures.indices[number]) * _MOST_OF_ONE + tile + 1: (number, tile) for number, tile in every
        }
        self._of: dict[int, list[int]] = {}
        for index, (number, _) in self._where.items():
            self._of.setdefault(number, []).append(index)
        self._kept = {}
        kinds, names = pictures.kinds, pictures.names
        self._kinds = {index: kinds[number] for index, (number, _) in self._where.items()}
        self._names = {index: names[number] for index, (number, _) in self._where.items()}
        self._tiles = {}
        self._seed = seed
        self._reading = Lock()
        self.indices = np.array(list(self._where), np.intp)
        self.unreadable = 0

    def union(self, other: PlacedImages) -> Self:
        """The tiles of these pictures and of others that were taken from the same ones; drawn anew where they were."""
        if not isinstance(other, TrainingTiles):  # of no picture at all
            return self
        if other._where is self._where:  # noqa: SLF001 - of the same class
            return self._with(np.union1d(self.indices, other.indices))
        return type(self)(self._pictures.union(other._pictures), self._seed)  # noqa: SLF001

    def of(self, some: PlacedImages) -> Self:
        """The tiles of some of the pictures."""
        pictures = {number for number, index in enumerate(self._pictures.indices) if index in some.indices}
        return self._with(np.array([one for one in self.indices if self._where[int(one)][0] in pictures], np.intp))

    @property
    def pictures(self) -> int:
        """Of how many pictures they are."""
        return len({self._where[int(index)][0] for index in self.indices})

    def _get(self, index: int) -> Placed:
        with self._reading:
            if index not in self._kept:
                number = self._where[index][0]
                whole = self._pictures.whole(number)
                self._kept |= {one: _cut(whole, self._where[one][1]) for one in self._of[number]}
            return self._kept[index]


def _cut(whole: Placed, tile: int) -> Placed:
    if whole.tiles is None or tile < 0:
        return Placed(whole.pixels, whole.mask)
    pixels, mask = whole.tiles.tile(tile)
    # Views would keep the whole picture.
    return Placed(pixels.copy(), None if mask is None else mask.copy())


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
