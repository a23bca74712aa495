"""Train a detector on folders of images and save it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspector.core.errors import DataError
from inspector.core.events import Listener, ignore
from inspector.core.files import check_replaceable
from inspector.detectors import method
from inspector.detectors.bundle import MANIFEST
from inspector.sources.dataset import LazyImages, read_dataset
from inspector.sources.item import Item, read_item

if TYPE_CHECKING:
    from inspector.core.image import Image
    from inspector.detectors import Detector

_MOST_ABNORMAL = 500


@dataclass(frozen=True, slots=True)
class Training:
    """What to train. Plain values only, so that it can cross to another process.

    Attributes:
        method: the registry's name.
        options: of the method, by name.
        normal: a folder of images of good parts; of a data set in the MVTec layout, its normal training images.
        out: where the bundle goes.
        abnormal: a folder of bad parts, sub-folders naming the kinds, or None.
        reference: a folder of other things, one sub-folder a class, or None.
    """

    method: str
    normal: Path
    out: Path
    options: dict[str, Any] = field(default_factory=dict)
    abnormal: Path | None = None
    reference: Path | None = None


class LabelledImages(Sequence["tuple[Image, str]"]):
    """Items as `(image, kind)`, each decoded when asked for; `kinds` needs no decoding."""

    def __init__(self, items: Sequence[Item], kinds: Sequence[str]) -> None:
        """Remember the items and what each is called."""
        self._items = items
        self.kinds = list(kinds)
        self.names = [item.name for item in items]

    def __len__(self) -> int:
        """How many there are."""
        return len(self._items)

    def __getitem__(self, index: Any) -> Any:
        """One image and its kind.

        Raises:
            FrameError: the image cannot be read.
        """
        return read_item(self._items[index]), self.kinds[index]


def train(training: Training, listener: Listener = ignore) -> Detector:
    """Train, save and give the detector. Cancelled or failed, it leaves nothing behind at `out`.

    Raises:
        OptionError: the method or an option is not known.
        SourceError: a folder is missing or holds no images.
        DataError: too few images.
        OutputError: the bundle cannot be written.
    """
    detector = method(training.method)(**training.options)
    check_replaceable(training.out, MANIFEST)
    normal = LazyImages(normal_items(training.normal))
    detector.fit(
        normal,
        abnormal=labelled(training.abnormal, detector.options.seed),
        reference=labelled(training.reference, detector.options.seed, most=None),
        listener=listener,
    )
    detector.save(training.out)
    return detector


def train_and_save(training: Training, listener: Listener = ignore) -> Path:
    """`train`, giving only where the bundle lies: a detector holds graphs, which cannot cross to another process."""
    train(training, listener)
    return training.out


def normal_items(folder: Path) -> list[Item]:
    """The images to learn as normal: those labelled normal, or all of them where nothing is labelled.

    Of a folder split into train and test, only the training images are taken: a test on what was learned says nothing.

    Raises:
        SourceError: the folder is missing or holds no images.
        DataError: the folder holds only images labelled abnormal.
    """
    dataset = read_dataset(folder)
    items = list(dataset.items)
    split = [item for item in items if item.split == "train"]
    items = split or [item for item in items if item.split is None] or items
    labelled = [item for item in items if item.label is not None and not item.label.abnormal]
    loose = [item for item in items if item.label is None]
    if not labelled and not loose:
        kinds = sorted({item.label.kind for item in items if item.label is not None})
        msg = (
            f"{folder} holds no normal images: its sub-folders are called {', '.join(kinds[:5])}, and only good, "
            "normal and ok mean normal. Name the folder of the good parts itself."
        )
        raise DataError(msg)
    return labelled + loose


def labelled(folder: Path | None, seed: int, *, most: int | None = _MOST_ABNORMAL) -> Sequence[tuple[Image, str]]:
    """The images of `folder` by kind; of very many, a sample that is always the same."""
    if folder is None:
        return ()
    items = [item for item in read_dataset(folder).items if item.label is None or item.label.abnormal]
    if most is not None and len(items) > most:
        items = sorted(random.Random(seed).sample(items, most), key=lambda item: item.name)
    return LabelledImages(items, [folder.name if item.label is None else item.label.kind for item in items])
