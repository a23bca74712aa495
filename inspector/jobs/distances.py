"""Which distance is best for these images: one training judged by each, on the same labelled images."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from inspector.core.errors import DataError, FrameError, OptionError
from inspector.core.events import Listener, Progress, Stage, Warned, ignore
from inspector.core.kinds import GroupFigures, group_figures
from inspector.core.ranking import Counts, auroc, count
from inspector.detectors import load
from inspector.detectors.distances import DISTANCES, Name
from inspector.jobs.evaluate import test_items
from inspector.jobs.kinds import learned_by, samples_of
from inspector.sources.item import read_item

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt

    from inspector.core.image import Label
    from inspector.detectors import Detector
    from inspector.detectors.fitted import Threshold

_NEEDED = "embedding"


@dataclass(frozen=True, slots=True)
class DistanceFigures:
    """How one distance judges.

    Attributes:
        name: as the option `distance` has it.
        unit: what it counts.
        chosen: whether the detector judges by it now.
        image_auroc: None unless there are both normal and abnormal images.
        threshold: of the one chosen the detector's own, of others as it follows from the calibration images by the same
            rule; None where too little was kept of them.
        counts: at this threshold; None without one.
        known: of the abnormal kinds learned from, at this threshold; None without one, or where none were.
        unseen: of all others, likewise.
        ms_per_frame: median time to judge one image with it, the network included, in milliseconds.
    """

    name: Name
    unit: str
    chosen: bool
    image_auroc: float | None
    threshold: float | None
    counts: Counts | None
    known: GroupFigures | None
    unseen: GroupFigures | None
    ms_per_frame: float


@dataclass(frozen=True, slots=True)
class DistanceTable:
    """All distances, the best first.

    Attributes:
        distances: by AUROC; of equal ones the faster first.
        normal: how many normal images were judged.
        abnormal: how many abnormal ones.
        unreadable: how many files could not be read.
    """

    distances: tuple[DistanceFigures, ...]
    normal: int
    abnormal: int
    unreadable: int


def has_distances(detector: Detector | type[Detector]) -> bool:
    """Whether one training of this detector or method can be judged by several distances."""
    return _NEEDED in detector.DETAILS and "distance" in detector.JUDGING


def compare_distances(bundle: Path, dataset: Path, listener: Listener = ignore) -> DistanceTable:
    """Judge the labelled images of `dataset` by each distance. Nothing is trained, and the bundle stays as it is.

    Each image goes through the network once; a distance's time is that of this pass with its own in place of the
    chosen one's.

    Raises:
        OptionError: the detector judges by no distance.
        SourceError: the folder is missing or holds no images.
        DataError: none of its images is labelled and readable.
        BundleError: the detector cannot be loaded.
    """
    listener(Stage("Loading the detector"))
    detector = load(bundle)
    if not has_distances(detector):
        msg = f"{bundle.name} ({detector.TITLE}) judges by no distance: there is nothing to compare."
        raise OptionError(msg)
    items = test_items(dataset)
    fitted = {name: one.of(detector.fitted.networks.arrays) for name, one in DISTANCES.items()}
    labels: list[Label | None] = []
    scores: dict[str, list[float]] = {name: [] for name in fitted}
    spent: dict[str, list[float]] = {name: [] for name in fitted}
    passes: list[float] = []
    unreadable = 0
    listener(Stage("Judging by each distance", len(items)))
    for done, item in enumerate(items, 1):
        try:
            image = read_item(item)
        except FrameError as error:
            unreadable += 1
            listener(Warned(str(error)))
            continue
        started = time.perf_counter()
        [measured] = detector.measure([image], (_NEEDED,))
        passes.append((time.perf_counter() - started) * 1e3)
        embedding = np.asarray(measured.details[_NEEDED], np.float32)
        for name, one in fitted.items():
            started = time.perf_counter()
            scores[name].append(one.score_one(embedding))
            spent[name].append((time.perf_counter() - started) * 1e3)
        labels.append(item.label)
        listener(Progress(done, len(items)))
    if not labels:
        msg = f"None of the {len(items)} labelled images in {dataset} could be read."
        raise DataError(msg)
    chosen = detector.config()["distance"]
    network = statistics.median(passes) - statistics.median(spent[chosen])
    rows = [
        _figures(detector, name, labels, np.array(scores[name]), max(network, 0) + statistics.median(spent[name]))
        for name in DISTANCES
    ]
    rows.sort(key=lambda row: (-(row.image_auroc or 0.0), row.ms_per_frame))
    bad = sum(label is not None and label.abnormal for label in labels)
    return DistanceTable(tuple(rows), len(labels) - bad, bad, unreadable)


@dataclass(frozen=True, slots=True)
class Before:
    """How a detector judged before its distance was changed."""

    options: Mapping[str, Any]
    threshold: Threshold


def use_distance(bundle: Path, name: str) -> Before:
    """Have a saved detector judge by this distance from now on; its threshold follows from what was kept in it.

    Raises:
        OptionError: there is no such distance, or the detector judges by none.
        DataError: too little was kept of the calibration images; nothing is changed.
        BundleError: the bundle cannot be loaded.
        OutputError: it cannot be written; nothing is changed.
    """
    detector = load(bundle)
    config = detector.config()
    before = Before({option: config[option] for option in ("distance", "score")}, detector.threshold)
    detector.judged_by(distance=name, score="own").save(bundle)
    return before


def put_back(bundle: Path, before: Before) -> None:
    """Undo `use_distance`, the threshold included. Raises what that does."""
    detector = load(bundle).judged_by(**before.options)
    detector.use_threshold(before.threshold)
    detector.save(bundle)


def _figures(
    detector: Detector, name: Name, labels: list[Label | None], scores: npt.NDArray[np.float64], milliseconds: float
) -> DistanceFigures:
    bad = np.array([label is not None and label.abnormal for label in labels], np.bool_)
    chosen = detector.config()["distance"] == name and detector.config()["score"] == "own"
    threshold = detector.threshold.value if chosen else _threshold(detector, name)
    counts = known = unseen = None
    if threshold is not None:
        samples, learned = samples_of(labels, scores, threshold), learned_by(detector)
        counts = count(scores[~bad], scores[bad], threshold)
        known, unseen = (group_figures(samples, learned, known=which) for which in (True, False))
    return DistanceFigures(
        name=name,
        unit=DISTANCES[name].UNIT,
        chosen=chosen,
        image_auroc=auroc(scores[~bad], scores[bad]),
        threshold=threshold,
        counts=counts,
        known=known,
        unseen=unseen,
        ms_per_frame=milliseconds,
    )


def _threshold(detector: Detector, name: Name) -> float | None:
    try:
        return detector.judged_by(distance=name, score="own").threshold.value
    except DataError:  # of a bundle of before its evidence was kept
        return None
