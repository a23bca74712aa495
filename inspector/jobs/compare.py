"""Compare saved detectors on the same labelled images: what each scores, how well it tells, how long it takes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from inspector.core.errors import DataError, FrameError
from inspector.core.events import Listener, Progress, Stage, Warned, ignore
from inspector.core.kinds import GroupFigures, KindFigures, group_figures, kind_figures
from inspector.core.ranking import Counts, Roc, count, roc
from inspector.detectors import load
from inspector.jobs.evaluate import test_items
from inspector.jobs.kinds import learned_by, samples_of
from inspector.sources.item import read_item

if TYPE_CHECKING:
    from inspector.core.image import Label


@dataclass(frozen=True, slots=True)
class Compared:
    """One detector's column.

    Attributes:
        path: the bundle.
        name: its folder's name.
        method: the registry's name for its method.
        unit: of its scores; scores of two detectors are compared as levels only.
        threshold: its own.
        scores: one for each image of the comparison, `float64 (N,)`.
        roc: None unless there are both normal and abnormal images.
        counts: at its threshold.
        ms_per_image: median time of judging one image, in milliseconds, without decoding.
        kinds: each label by itself.
        known: of all abnormal kinds it learned from together; None for methods that learn from none.
        unseen: of all other abnormal kinds, where it learned from some.
    """

    path: Path
    name: str
    method: str
    unit: str
    threshold: float
    scores: npt.NDArray[np.float64]
    roc: Roc | None
    counts: Counts
    ms_per_image: float
    kinds: tuple[KindFigures, ...] = ()
    known: GroupFigures | None = None
    unseen: GroupFigures | None = None

    @property
    def auroc(self) -> float | None:
        """Area under the ROC; None unless there are both groups."""
        return None if self.roc is None else self.roc.auroc

    @property
    def levels(self) -> npt.NDArray[np.float64]:
        """Scores divided by the threshold: 1.0 is the threshold, whatever the detector."""
        return self.scores / self.threshold


@dataclass(frozen=True, slots=True)
class Comparison:
    """Detectors side by side.

    Attributes:
        images: the files that were judged.
        labels: what each is labelled.
        detectors: in the order they were given.
        unreadable: how many files could not be read; they are in no figure.
    """

    images: tuple[Path, ...]
    labels: tuple[Label, ...]
    detectors: tuple[Compared, ...]
    unreadable: int

    @property
    def disagreements(self) -> list[int]:
        """The images, by index, that some of the detectors judge OK and others NG."""
        if not self.detectors:
            return []
        anomalous = np.stack([one.scores > one.threshold for one in self.detectors])
        return [int(index) for index in np.flatnonzero(anomalous.any(axis=0) & ~anomalous.all(axis=0))]


def compare(detectors: Sequence[Path], images: Path, listener: Listener = ignore) -> Comparison:
    """Judge the labelled images of a folder with each of some saved detectors, one image after the other.

    Of a folder split into train and test only the test images are judged. Each image is decoded once, and each detector
    judges it in turn, so that whatever else the machine does meanwhile slows all of them alike.

    Args:
        detectors: bundles.
        images: a folder of labelled images, preferably ones that none of the detectors was trained on.
        listener: hears the progress.

    Raises:
        BundleError: a detector cannot be loaded.
        SourceError: the folder is missing or holds no images.
        DataError: there are no detectors, or none of the images is labelled and readable.
    """
    if not detectors:
        msg = "Choose at least one detector to compare."
        raise DataError(msg)
    items = test_items(images)
    listener(Stage("Loading the detectors", len(detectors)))
    judges = []
    for done, path in enumerate(detectors, 1):
        judges.append(load(path))
        listener(Progress(done, len(detectors)))
    listener(Stage("Judging with each detector", len(items)))
    kept: list[tuple[Path, Label]] = []
    scores: list[list[float]] = [[] for _ in judges]
    milliseconds: list[list[float]] = [[] for _ in judges]
    unreadable = 0
    for done, item in enumerate(items, 1):
        try:
            image = read_item(item)
        except FrameError as error:
            unreadable += 1
            listener(Warned(str(error)))
            continue
        if item.label is not None:
            kept.append((item.path, item.label))
            for index, judge in enumerate(judges):
                started = time.perf_counter()
                [measured] = judge.measure([image])
                milliseconds[index].append((time.perf_counter() - started) * 1e3)
                scores[index].append(measured.score)
        listener(Progress(done, len(items)))
    if not kept:
        msg = f"None of the {len(items)} labelled images in {images} could be read."
        raise DataError(msg)
    abnormal = np.array([label.abnormal for _, label in kept], np.bool_)
    columns = []
    for path, judge, own, spent in zip(detectors, judges, scores, milliseconds, strict=True):
        column = np.array(own, np.float64)
        good, bad = column[~abnormal], column[abnormal]
        limit = judge.threshold.value
        samples, learned = samples_of([label for _, label in kept], column, limit), learned_by(judge)
        columns.append(
            Compared(
                path=path,
                name=path.resolve().name,
                method=judge.METHOD,
                unit=judge.unit,
                threshold=limit,
                scores=column,
                roc=roc(good, bad),
                counts=count(good, bad, limit),
                ms_per_image=statistics.median(spent),
                kinds=kind_figures(samples, learned),
                known=group_figures(samples, learned, known=True),
                unseen=group_figures(samples, learned, known=False),
            )
        )
    return Comparison(tuple(path for path, _ in kept), tuple(label for _, label in kept), tuple(columns), unreadable)
