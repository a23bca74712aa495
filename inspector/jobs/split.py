"""Which images of a folder a method learns from and which it is measured on: the same for every method."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.core.errors import DataError
from inspector.core.image import Label
from inspector.jobs.workspace import is_workspace
from inspector.sources.dataset import REFERENCE_NAME, read_dataset

if TYPE_CHECKING:
    from inspector.sources.item import Item

HELD_OUT = 0.3
"""The share of the normal images that is kept for measuring where the folder does not say which are."""

_FEWEST_TRAINED, _FEWEST_HELD = 2, 1


@dataclass(frozen=True, slots=True)
class Split:
    """Images to learn from and images to measure on, none in both.

    Attributes:
        folder: that holds all of them.
        train: normal images.
        test: labelled images.
        held_out: whether the normal ones of `test` were drawn, since the folder does not say.
    """

    folder: Path
    train: tuple[Item, ...]
    test: tuple[Item, ...]
    held_out: bool

    @property
    def abnormal(self) -> int:
        """How many of `test` are abnormal."""
        return sum(item.label is not None and item.label.abnormal for item in self.test)

    @property
    def reference(self) -> Path | None:
        """The folder of other things, a sub-folder a class, if there is one."""
        folder = self.folder / REFERENCE_NAME
        return folder if folder.is_dir() and any(folder.rglob("*.*")) else None

    def digest(self) -> str:
        """What tells this split from another one, or from the same with a file changed."""
        content = hashlib.sha256()
        for part, items in (("train", self.train), ("test", self.test)):
            for item in items:
                stamp = item.stamp()
                what = "" if stamp is None else f"{stamp.size} {stamp.mtime_ns}"
                content.update(f"{part}\0{item.relative}\0{item.mask_relative}\0{what}\n".encode(errors="replace"))
        return content.hexdigest()


def images_of(dataset: Path) -> Path:
    """The folder of images: of a workspace the one inside."""
    return dataset / "images" if is_workspace(dataset) else dataset


def split_of(dataset: Path, seed: int = 0) -> Split:
    """Split a workspace or a folder of images.

    A folder with `train` and `test` is taken as it says. Of any other, `HELD_OUT` of the normal images, drawn by
    `seed`, are measured on together with all abnormal ones, and the rest is learned from. Images without a label count
    as normal.

    Raises:
        SourceError: the folder is missing or holds no images.
        DataError: there are too few normal images.
    """
    folder = images_of(dataset)
    items = [item for item in read_dataset(folder).items if not _is_reference(item)]
    train = [_labelled(item) for item in items if item.split == "train" and _is_normal(item)]
    rest = [item for item in items if item.split != "train"]
    test = [item for item in rest if item.split == "test" and item.label is not None]
    test = test or [item for item in rest if train and item.label is not None]
    held_out = not any(_is_normal(item) for item in test)
    if held_out:
        pool = train or [_labelled(item) for item in rest if _is_normal(item)]
        if len(pool) < _FEWEST_TRAINED + _FEWEST_HELD:
            msg = (
                f"Comparing methods on {folder} takes at least {_FEWEST_TRAINED + _FEWEST_HELD} normal images, some to "
                f"learn from and some to measure on; better 50 or more. Received: {len(pool)}."
            )
            raise DataError(msg)
        count = min(max(round(len(pool) * HELD_OUT), _FEWEST_HELD), len(pool) - _FEWEST_TRAINED)
        drawn = set(random.Random(seed).sample(range(len(pool)), count))
        abnormal = test or [item for item in rest if not _is_normal(item)]
        test = [item for number, item in enumerate(pool) if number in drawn] + abnormal
        train = [item for number, item in enumerate(pool) if number not in drawn]
    if len(train) < _FEWEST_TRAINED:
        msg = f"{folder} holds {len(train)} normal images to learn from; it takes at least {_FEWEST_TRAINED}."
        raise DataError(msg)
    return Split(folder, tuple(train), tuple(test), held_out)


def _is_reference(item: Item) -> bool:
    return item.label is None and item.relative.lower().startswith(f"{REFERENCE_NAME}/")


def _is_normal(item: Item) -> bool:
    return item.label is None or not item.label.abnormal


def _labelled(item: Item) -> Item:
    return item if item.label is not None else replace(item, label=Label(abnormal=False, kind="good"))
