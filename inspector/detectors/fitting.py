"""Training from start to end, the same for every family: read, split, train, calibrate, set the threshold."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import platform
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from inspector.core.cv import cv2
from inspector.core.errors import DataError
from inspector.core.events import Listener, Progress, Stage, ignore
from inspector.detectors.fitted import Calibration, Fitted, Golden, Networks, Record, Threshold, Trained
from inspector.detectors.images import PlacedImages, all_grey
from inspector.detectors.threshold import find_map_threshold, find_threshold
from inspector.imaging.appearance import Appearance
from inspector.imaging.placement import Placed, Placement, as_image

if TYPE_CHECKING:
    from inspector.core.image import Image
    from inspector.core.inspection import Measured
    from inspector.detectors.options import Options
    from inspector.detectors.threshold import Rule

CROSS_FIT_BELOW = 50
"""With fewer normal images than this, holding some out leaves too few on either side: they are cross-fitted."""

FOLDS = 4
FEWEST = 2
_VALIDATION = 0.1
_VALIDATION_FROM = 8
_MOST_VALIDATION = 256
_MOST_CALIBRATION = 2000
_MOST_MAPS = 200
_MOST_LOOKS = 300
_MAP_SIDE = 48
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
    """

    train: PlacedImages
    validation: PlacedImages
    abnormal: PlacedImages
    reference: PlacedImages
    placement: Placement
    seed: int

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of one input: `(h, w, channels)`."""
        return (self.placement.height, self.placement.width, self.placement.channels)


class Family(Protocol):
    """What fitting asks of a detector."""

    options: Options

    def _train(self, data: TrainingData, listener: Listener) -> Trained: ...

    def _measure(self, networks: Networks, placed: Sequence[Placed], details: Sequence[str] = ()) -> list[Measured]: ...


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
    placement = Placement(*options.size, channels=1 if grey else 3, fit=options.fit, region=options.region)
    goods = PlacedImages(normal, placement)
    goods.read(listener, "normal images")
    bads = PlacedImages(_Firsts(abnormal), placement, kinds=_kinds(abnormal))
    others = PlacedImages(_Firsts(reference), placement, kinds=_kinds(reference))
    for images, what in ((bads, "abnormal images"), (others, "reference images")):
        if len(images):
            images.read(listener, what)
    _enough(len(goods), options, len(bads))

    order = np.random.default_rng(options.seed).permutation(len(goods))
    if len(goods) < CROSS_FIT_BELOW:
        folds = min(FOLDS, len(goods))
        held = np.sort(order)
        data, scores, maxima, maps, trained = _cross_fit(family, goods, bads, others, placement, order, folds, listener)
    else:
        folds = 0
        count = _held_out(len(goods), options)
        held, rest = np.sort(order[:count]), order[count:]
        data = _data(goods, bads, others, placement, rest, options.seed)
        listener(Stage("Training"))
        trained = family._train(data, listener)  # noqa: SLF001
        listener(Stage("Calibrating", len(held) + len(bads)))
        scores, maxima, maps = _scores(family, trained.networks, goods.subset(held), listener)
    bad_scores, _, _ = _scores(family, trained.networks, bads, listener)
    calibration = Calibration(scores, bad_scores, bads.kinds, maxima)
    threshold = set_threshold(options.threshold, calibration)
    if threshold.map_value is not None:
        calibration = replace(calibration, maps=(maps / np.float32(threshold.map_value)).astype(np.float16))
    record = Record(
        created=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - started, 1),
        counts={
            "train": len(data.train),
            "validation": len(data.validation),
            "calibration": len(scores),
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


def set_threshold(rule: Rule, calibration: Calibration) -> Threshold:
    """The threshold and the map threshold that follow from calibration scores.

    Raises:
        DataError: there are too few images for the rule.
    """
    return Threshold(
        value=find_threshold(rule, calibration.normal, calibration.abnormal),
        map_value=find_map_threshold(calibration.map_maxima) if len(calibration.map_maxima) else None,
        rule=str(rule),
        explanation=rule.explain(len(calibration.normal), len(calibration.abnormal)),
    )


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
    goods: PlacedImages,
    bads: PlacedImages,
    others: PlacedImages,
    placement: Placement,
    rest: npt.NDArray[np.intp],
    seed: int,
) -> TrainingData:
    count = min(max(round(len(rest) * _VALIDATION), 1), _MOST_VALIDATION) if len(rest) >= _VALIDATION_FROM else 0
    # Sorted, so that files read again batch by batch are read in the disk's order where possible.
    return TrainingData(
        goods.subset(np.sort(rest[count:])), goods.subset(np.sort(rest[:count])), bads, others, placement, seed
    )


_Crossed = tuple[TrainingData, npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float32], Trained]


def _cross_fit(
    family: Family,
    goods: PlacedImages,
    bads: PlacedImages,
    others: PlacedImages,
    placement: Placement,
    order: npt.NDArray[np.intp],
    folds: int,
    listener: Listener,
) -> _Crossed:
    """Score each image by a network that did not see it, then train the one that is kept on all of them.

    Scores of the folds' networks stand for those of the last one, which saw a little more: slightly cautious.
    """
    scores, maxima = np.zeros(len(goods)), np.zeros(len(goods))
    maps: list[npt.NDArray[np.float32]] = []
    with_maps = True
    for number, part in enumerate(np.array_split(order, folds), 1):
        rest = np.setdiff1d(order, part)
        rest = rest[np.random.default_rng(family.options.seed + number).permutation(len(rest))]
        listener(Stage(f"Training, part {number} of {folds + 1}"))
        trained = family._train(_data(goods, bads, others, placement, rest, family.options.seed), listener)  # noqa: SLF001
        # A fold's own calibration is part of its training to whoever watches.
        fold_scores, fold_maxima, fold_maps = _scores(family, trained.networks, goods.subset(part), ignore)
        scores[part] = fold_scores
        with_maps = with_maps and len(fold_maxima) > 0
        if with_maps:
            maxima[part] = fold_maxima
            maps.append(fold_maps)
    listener(Stage(f"Training, part {folds + 1} of {folds + 1}"))
    data = _data(goods, bads, others, placement, order, family.options.seed)
    trained = family._train(data, listener)  # noqa: SLF001
    listener(Stage("Calibrating", len(bads)))
    empty = np.zeros((0, 1, 1), np.float32)
    return data, scores, maxima if with_maps else np.zeros(0), np.concatenate(maps) if maps else empty, trained


def _scores(
    family: Family, networks: Networks, images: PlacedImages, listener: Listener
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float32]]:
    """Scores `(n,)`, map maxima `(n,)` (or none) and a few small maps `(k, h, w)` of `images`."""
    scores: list[float] = []
    maxima: list[float] = []
    maps: list[npt.NDArray[np.float32]] = []
    for positions in _blocks(len(images)):
        for measured in family._measure(networks, images.placed(positions)):  # noqa: SLF001
            scores.append(measured.score)
            if measured.map is not None:
                maxima.append(float(measured.map.max()))
                if len(maps) < _MOST_MAPS:
                    maps.append(_small(measured.map))
        listener(Progress(len(scores), len(images)))
    stacked = np.stack(maps) if maps else np.zeros((0, 1, 1), np.float32)
    return np.array(scores, np.float64), np.array(maxima, np.float64), stacked


def _blocks(count: int) -> Iterator[range]:
    for start in range(0, count, _BLOCK):
        yield range(start, min(start + _BLOCK, count))


def _small(anomaly_map: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    high, wide = anomaly_map.shape
    if max(high, wide) <= _MAP_SIDE:
        return anomaly_map
    scale = _MAP_SIDE / max(high, wide)
    size = (max(round(wide * scale), 1), max(round(high * scale), 1))
    return np.asarray(cv2.resize(anomaly_map, size, interpolation=cv2.INTER_AREA), np.float32)


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
