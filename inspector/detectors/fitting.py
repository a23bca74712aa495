"""Training from start to end, the same for every family: read, split, train, calibrate, set the threshold."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import platform
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from inspector.core.errors import DataError, FrameError
from inspector.core.events import Listener, Stage, ignore
from inspector.core.image import check_image
from inspector.detectors.calibrating import Collector, Found, calibrated, found_in, set_threshold
from inspector.detectors.finding import Judge
from inspector.detectors.fitted import Fitted, Golden, Record
from inspector.detectors.images import PlacedImages, TrainingTiles, all_grey
from inspector.detectors.threshold import find_threshold
from inspector.imaging.alignment import Aligner
from inspector.imaging.appearance import Appearance
from inspector.imaging.placement import Placement, as_image

if TYPE_CHECKING:
    from inspector.core.image import Image
    from inspector.detectors.fitted import Trained
    from inspector.detectors.options import Options

CROSS_FIT_BELOW = 50
"""With fewer normal images than this, holding some out leaves too few on either side: they are cross-fitted."""

FEWEST = 2
_TILED_FOLDS = 4
_TEMPLATES = 10
_VALIDATION = 0.1
_VALIDATION_FROM = 8
_MOST_VALIDATION = 256
_MOST_CALIBRATION = 2000
_MOST_LOOKS = 300
_BLOCK = 32
_PACKAGES = ("inspector", "keras", "tensorflow", "onnxruntime", "numpy", "opencv-python", "scikit-learn")


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What a family trains on.

    Attributes:
        train: normal images to learn from.
        validation: normal images to stop early by; may be empty. No threshold comes from them.
        abnormal: labelled abnormal images; `kinds` says which.
        reference: labelled images of other things.
        placement: how images come into the input; its `channels` are the network's.
        seed: for everything random.
        shared: what one training may leave to the next while the same images are cross-fitted, by name.
    """

    train: PlacedImages
    validation: PlacedImages
    abnormal: PlacedImages
    reference: PlacedImages
    placement: Placement
    seed: int
    shared: dict[str, Any] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of one input: `(h, w, channels)`."""
        return (self.placement.height, self.placement.width, self.placement.channels)


class Family(Judge, Protocol):
    """What fitting asks of a detector."""

    FOLDS: ClassVar[int]
    STOPS_EARLY: ClassVar[bool]

    def _train(self, data: TrainingData, listener: Listener) -> Trained: ...


def fit(
    family: Family,
    normal: Sequence[Image],
    abnormal: Sequence[tuple[Image, str]],
    reference: Sequence[tuple[Image, str]],
    listener: Listener,
) -> Fitted:
    """Train `family` on normal images and set its threshold by images it did not train on.

    Raises:
        DataError: there are too few readable normal images, or too few for the threshold rule.
    """
    started = time.monotonic()
    options = family.options
    _enough(len(normal), options, len(abnormal))
    grey = all_grey(normal) if options.colour == "auto" else options.colour == "grey"
    aligner = None
    if options.align != "off":
        listener(Stage("Choosing what parts are aligned to"))
        aligner = Aligner.of(_some(normal), options.align)
    placement = Placement(
        *options.size, 1 if grey else 3, options.fit, options.region, options.tiles, options.overlap, aligner
    )
    goods = PlacedImages(normal, placement)
    goods.read(listener, "normal images")
    bads = PlacedImages(_Firsts(abnormal), placement, kinds=_kinds(abnormal))
    others = PlacedImages(_Firsts(reference), placement, kinds=_kinds(reference))
    for images, what in ((bads, "abnormal images"), (others, "reference images")):
        if len(images):
            images.read(listener, what)
    _enough(len(goods), options, len(bads))

    collector = Collector(family, _held_out(len(goods), options) + len(bads))
    order = np.random.default_rng(options.seed).permutation(len(goods))
    if len(goods) < CROSS_FIT_BELOW:
        # Tiles are many, and each picture left out once would train on nearly all of them as often.
        folds = min(_TILED_FOLDS if goods.in_tiles else family.FOLDS, len(goods))
        held = np.sort(order)
        data, found, trained = _cross_fit(family, goods, bads, others, placement, order, folds, collector, listener)
    else:
        folds = 0
        count = _held_out(len(goods), options)
        held, rest = np.sort(order[:count]), order[count:]
        data = _data(family, goods, bads, others, placement, rest)
        listener(Stage("Training"))
        trained = family._train(data, listener)  # noqa: SLF001
        listener(Stage("Calibrating", len(held) + len(bads)))
        found = found_in(family, trained.networks, goods.subset(held), collector, listener)
    bad_found = found_in(family, trained.networks, bads, collector, listener)
    calibration = calibrated(family, found, bad_found, bads.kinds)
    threshold = set_threshold(options.threshold, calibration)
    record = Record(
        created=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - started, 1),
        counts={
            "train": data.train.pictures,
            "validation": data.validation.pictures,
            "calibration": len(found),
            "abnormal": len(bads),
            "reference": len(others),
            "unreadable": goods.unreadable + bads.unreadable + others.unreadable,
        },
        folds=folds,
        curves={name: [float(value) for value in values] for name, values in trained.curves.items()},
        versions=versions(),
        learned=list(trained.learned),
    )
    golden = _golden(goods.subset(held), bads, placement)
    return Fitted(trained.networks, placement, calibration, threshold, record, golden, _appearance(goods, order))


def versions() -> dict[str, str]:
    """The versions of what a score depends on."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _held_out(normals: int, options: Options) -> int:
    """How many of so many normal images calibrate."""
    if normals < CROSS_FIT_BELOW:
        return normals
    return min(max(round(normals * options.held_out), 1), _MOST_CALIBRATION)


def _enough(normals: int, options: Options, abnormals: int) -> None:
    """Refuse before the long work what would be refused after it."""
    if normals < FEWEST:
        msg = f"Training takes at least {FEWEST} readable normal images, better 50 or more. Received: {normals}."
        raise DataError(msg)
    find_threshold(options.threshold, np.zeros(_held_out(normals, options)), np.ones(abnormals))


def _data(
    family: Family,
    goods: PlacedImages,
    bads: PlacedImages,
    others: PlacedImages,
    placement: Placement,
    rest: npt.NDArray[np.intp],
    shared: dict[str, Any] | None = None,
) -> TrainingData:
    validated = family.STOPS_EARLY and len(rest) >= _VALIDATION_FROM
    count = min(max(round(len(rest) * _VALIDATION), 1), _MOST_VALIDATION) if validated else 0
    # Sorted, so that files read again batch by batch are read in the disk's order where possible.
    train, validation = goods.subset(np.sort(rest[count:])), goods.subset(np.sort(rest[:count]))
    seed, shared = family.options.seed, {} if shared is None else shared
    if any(one.in_tiles for one in (goods, bads, others)):
        # Of an abnormal picture nobody knows which tile shows the defect: most of them are good.
        tiles = TrainingTiles(goods.subset(np.sort(rest)), seed)
        train, validation = tiles.of(train), tiles.of(validation)
        others = TrainingTiles(others, seed) if len(others) else others
        bads = bads.subset([])
    return TrainingData(train, validation, bads, others, placement, seed, shared)


def _cross_fit(  # noqa: PLR0917 - what training goes on with
    family: Family,
    goods: PlacedImages,
    bads: PlacedImages,
    others: PlacedImages,
    placement: Placement,
    order: npt.NDArray[np.intp],
    folds: int,
    collector: Collector,
    listener: Listener,
) -> tuple[TrainingData, list[Found], Trained]:
    """Score each image by a network that did not see it, then train the one that is kept on all of them.

    Scores of the folds' networks stand for those of the last one, which saw a little more: slightly cautious.
    """
    found: dict[int, Found] = {}
    shared: dict[str, Any] = {}
    for number, part in enumerate(np.array_split(order, folds), 1):
        rest = np.setdiff1d(order, part)
        rest = rest[np.random.default_rng(family.options.seed + number).permutation(len(rest))]
        listener(Stage(f"Training, part {number} of {folds + 1}"))
        data = _data(family, goods, bads, others, placement, rest, shared)
        trained = family._train(data, listener)  # noqa: SLF001
        # A fold's own calibration is part of its training to whoever watches.
        found |= zip(
            part.tolist(), found_in(family, trained.networks, goods.subset(part), collector, ignore), strict=True
        )
    listener(Stage(f"Training, part {folds + 1} of {folds + 1}"))
    data = _data(family, goods, bads, others, placement, order, shared)
    trained = family._train(data, listener)  # noqa: SLF001
    listener(Stage("Calibrating", len(bads)))
    return data, [found[position] for position in range(len(goods))], trained


def _appearance(goods: PlacedImages, order: npt.NDArray[np.intp]) -> Appearance:
    """How some of the normal images look, as the others do that are to come."""
    return Appearance.of(goods.placed(np.sort(order[:_MOST_LOOKS])))


def _golden(held: PlacedImages, bads: PlacedImages, placement: Placement) -> Golden:
    """Three normal images and an abnormal one. Their scores are filled in by the detector once it stands."""
    positions = np.unique(np.linspace(0, len(held) - 1, 3).astype(int))
    batches = [held.batch(positions)]
    if len(bads):
        batches.append(bads.batch([0]))
    images = np.stack([as_image(pixels) for batch in batches for pixels in batch])
    return Golden(images.reshape(-1, placement.height, placement.width, 3), np.zeros(len(images)))


def _some(images: Sequence[Image]) -> list[Image]:
    """A few of the images that can be read, evenly taken.

    Raises:
        DataError: there is none.
    """
    found = []
    for index in np.unique(np.linspace(0, len(images) - 1, min(_TEMPLATES, len(images))).astype(int)):
        with suppress(FrameError):
            found.append(check_image(images[int(index)]))
    if not found:
        msg = "None of the normal images looked at can be read, so there is nothing to align parts to."
        raise DataError(msg)
    return found


class _Firsts(Sequence["Image"]):
    """The images of labelled ones, still lazy."""

    def __init__(self, pairs: Sequence[tuple[Image, str]]) -> None:
        self._pairs = pairs
        self.names: Sequence[str] | None = getattr(pairs, "names", None)

    def __len__(self) -> int:
        return len(self._pairs)

    def __getitem__(self, index: Any) -> Any:
        return self._pairs[index][0]


def _kinds(pairs: Sequence[tuple[Image, str]]) -> list[str]:
    """The kinds of labelled images, without reading an image where the sequence knows them."""
    known = getattr(pairs, "kinds", None)
    return list(known) if known is not None else [kind for _, kind in pairs]
