"""Make a saved detector smaller or faster by numbers of fewer bits, and measure what that changes."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from inspector.core.errors import DataError, FrameError, OptionError
from inspector.core.events import Listener, Progress, Stage, Warned, ignore
from inspector.core.files import check_replaceable
from inspector.detectors import load
from inspector.detectors.bundle import MANIFEST
from inspector.detectors.fitted import FULL
from inspector.detectors.precision import PRECISIONS, Precision, converted
from inspector.detectors.providers import CPU
from inspector.jobs.evaluate import evaluate_items, test_items
from inspector.jobs.train import normal_items
from inspector.sources.dataset import LazyImages
from inspector.sources.item import read_item

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inspector.core.image import Image
    from inspector.detectors import Detector

MOST_CHANGE = 0.1
"""By how much, relatively, a score may change at most; beyond, verdicts near the threshold mean something else."""

_MOST_LOOKED_AT = 64
_ROUNDS = 15


@dataclass(frozen=True, slots=True)
class Shrinking:
    """What to make. Plain values only.

    Attributes:
        bundle: of the detector.
        out: where the new one goes.
        precision: `"fp16"` or `"int8"`.
        normal: a folder of good parts that the detector did not learn from: they show in what range numbers lie, and
            the threshold is set by them anew; None takes the few images kept in the bundle, and keeps the threshold.
        dataset: labelled images to measure both on, or None.
        force: keep it however much scores change.
    """

    bundle: Path
    out: Path
    precision: Precision
    normal: Path | None = None
    dataset: Path | None = None
    force: bool = False


@dataclass(frozen=True, slots=True)
class Size:
    """One of the two detectors.

    Attributes:
        bytes: of its graphs.
        ms: median time of its networks and what follows on one picture that is placed already.
        auroc: on the labelled images; None without them.
        threshold: in force.
    """

    bytes: int
    ms: float
    auroc: float | None
    threshold: float


@dataclass(frozen=True, slots=True)
class Shrunk:
    """What came of it.

    Attributes:
        before: as it was.
        after: as it is now.
        typical: median relative change of a score, in 0..1, without its sign.
        largest: the largest.
        images: on how many it was measured.
    """

    before: Size
    after: Size
    typical: float
    largest: float
    images: int


def shrink(job: Shrinking, listener: Listener = ignore) -> Shrunk:
    """Convert a detector's graphs, measure, and save the new detector beside the old one.

    Raises:
        OptionError: the precision is none, or the detector was converted before.
        BundleError: the detector cannot be loaded.
        DataError: scores change by more than `MOST_CHANGE`, and it was not forced; or there are no images.
        OutputError: the new one cannot be written.
    """
    if job.precision not in PRECISIONS:
        msg = f"Expected a precision among {', '.join(PRECISIONS)}. Received: {job.precision!r}"
        raise OptionError(msg)
    check_replaceable(job.out, MANIFEST)
    old = load(job.bundle, provider=CPU)
    if old.fitted.record.precision != FULL:
        msg = f"{job.bundle} is in {old.fitted.record.precision} already. Give the detector it was made of."
        raise OptionError(msg)
    images = _images(job, old, listener)
    listener(Stage(f"Converting to {job.precision}"))
    new = converted(old, job.precision, images)
    listener(Stage("Measuring what changes", len(images)))
    changes = []
    for number, image in enumerate(images, 1):
        [before], [after] = old.measure([image]), new.measure([image])
        changes.append(abs(after.score - before.score) / max(before.score, 1e-12))
        listener(Progress(number, len(images)))
    largest = float(max(changes))
    if largest > MOST_CHANGE and not job.force:
        msg = (
            f"In {job.precision} a score changes by {largest:.1%}, more than {MOST_CHANGE:.0%}: the detector would "
            "judge otherwise. Nothing was written. Take fp16, or say --force and look at the figures."
        )
        raise DataError(msg)
    if job.normal is not None:
        new = new.recalibrated(LazyImages(normal_items(job.normal)), listener)
    areas = (None, None) if job.dataset is None else _areas(job.dataset, (old, new), listener)
    new.save(job.out)
    sizes = [
        Size(_bytes(one), _milliseconds(one, images[0]), area, one.threshold.value)
        for one, area in zip((old, new), areas, strict=True)
    ]
    return Shrunk(sizes[0], sizes[1], float(np.median(changes)), largest, len(images))


def _images(job: Shrinking, detector: Detector, listener: Listener) -> list[Image]:
    if job.normal is None:
        return list(detector.fitted.golden.images)
    found: list[Image] = []
    for item in normal_items(job.normal)[:_MOST_LOOKED_AT]:
        try:
            found.append(read_item(item))
        except FrameError as error:
            listener(Warned(str(error)))
    if not found:
        msg = f"None of the images in {job.normal} can be read."
        raise DataError(msg)
    return found


def _areas(dataset: Path, detectors: Sequence[Detector], listener: Listener) -> tuple[float | None, ...]:
    items = test_items(dataset)
    return tuple(evaluate_items(items, one, listener).image_auroc for one in detectors)


def _bytes(detector: Detector) -> int:
    return sum(len(graph.content) for graph in detector.fitted.networks.graphs.values())


def _milliseconds(detector: Detector, image: Image) -> float:
    placed = detector.place([image])
    spent = []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        detector.measure_placed(placed)
        spent.append((time.perf_counter() - started) * 1e3)
    return statistics.median(spent)
