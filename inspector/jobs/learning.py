"""Learn from one click: a detector takes in pictures that a person says are fine, and shows what that changes."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.core.errors import DataError, FrameError, OutputError
from inspector.core.events import Listener, Progress, Stage, Warned, ignore
from inspector.core.inspection import judge
from inspector.detectors import bundle as bundles
from inspector.detectors import load
from inspector.history import Filter, History, is_there
from inspector.jobs.flips import report_of
from inspector.jobs.train import normal_items
from inspector.reports.flips import Flip, FlipTally
from inspector.reports.rows import read_rows, read_summary
from inspector.sources.dataset import NORMAL_NAMES, LazyImages
from inspector.sources.item import Folder, Item, read_item

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from inspector.core.image import Image
    from inspector.detectors import Detector
    from inspector.history import Recorded, Where

MOST_PAST = 300
"""Verdicts that are looked at again at most: those nearest to the threshold, where flips are."""

_PAGE, _PAGES = 500, 20


@dataclass(frozen=True, slots=True)
class Past:
    """A picture that was judged before.

    Attributes:
        folder: that holds it.
        name: below it.
        level: it had; those nearest to 1 are looked at first.
        label: its kind; empty without one.
    """

    folder: Folder
    name: str
    level: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Learning:
    """What to take in.

    Attributes:
        bundle: of the detector.
        images: pictures of good parts, each with its name.
        past: pictures to judge again, to see what flips.
        calibrate: a folder of good parts that the detector did not learn from, to set the threshold by anew; or None.
    """

    bundle: Path
    images: Sequence[tuple[str, Image]]
    past: Sequence[Past] = ()
    calibrate: Path | None = None


@dataclass(frozen=True, slots=True)
class Taught:
    """What came of it; nothing is kept yet: see `keep`.

    Attributes:
        bundle: of the detector.
        identity: of the bundle as it was.
        detector: that took the pictures in.
        levels: of each picture its name, its level before and its level after.
        tally: past verdicts before and after, and the worst of those that flip.
        thresholds: before and after.
    """

    bundle: Path
    identity: str
    detector: Detector
    levels: tuple[tuple[str, float, float], ...]
    tally: FlipTally = field(default_factory=FlipTally)
    thresholds: tuple[float, float] = (1.0, 1.0)


def learns(detector: Detector | None) -> bool:
    """Whether a detector can take in single pictures; none that is not loaded yet."""
    return detector is not None and detector.LEARNS


def study(job: Learning, listener: Listener = ignore) -> Taught:
    """Take the pictures in, and judge past ones again with both detectors. Nothing is written.

    Raises:
        BundleError: the detector cannot be loaded.
        OptionError: its method cannot take in single pictures.
        DataError: there are no pictures, or it holds no more.
    """
    if not job.images:
        msg = "Give at least one picture to learn from."
        raise DataError(msg)
    listener(Stage("Loading the detector"))
    old = load(job.bundle)
    listener(Stage("Learning"))
    new = old.learned(job.images)
    if job.calibrate is not None:
        own = {name for name, _ in job.images}
        items = [item for item in normal_items(job.calibrate) if item.name not in own]
        new = new.recalibrated(LazyImages(items), listener)
    images = [image for _, image in job.images]
    names = [name for name, _ in job.images]
    levels = tuple(zip(names, _levels(old, images), _levels(new, images), strict=True))
    tally = _judge_again(job.past, old, new, listener)
    return Taught(job.bundle, old.identity, new, levels, tally, (old.threshold.value, new.threshold.value))


def keep(taught: Taught) -> None:
    """Write what was learned into the bundle; `undo` takes it back.

    Raises:
        OutputError: the bundle changed meanwhile, or cannot be written; it stays as it is.
    """
    if bundles.peek(taught.bundle).identity != taught.identity:
        msg = f"{taught.bundle} was changed meanwhile, so nothing was kept. Say again that the picture is fine."
        raise OutputError(msg)
    taught.detector.save(taught.bundle, undoable=True)


def undo(bundle: Path) -> None:
    """Take the last lesson back.

    Raises:
        BundleError: there is none, or it is not kept any more.
        OutputError: it cannot be written; the bundle stays as it is.
    """
    bundles.peek(bundle)
    bundles.undo(bundle)


def past_of_report(report: Path) -> list[Past]:
    """The pictures of a report that were judged: all of them, since `study` takes those nearest to the threshold.

    Raises:
        SourceError: it is no report, or torn.
        DataError: it does not say which folder it is of.
    """
    read_summary(report)
    found = report_of(report)
    if found is None:
        msg = f"The report {report} does not say which folder it is of. Inspect the folder again."
        raise DataError(msg)
    return [Past(found.folder, row.name, row.level, row.label) for row in read_rows(report) if row.level is not None]


def past_of_history(where: Where, detector: str, most: int = MOST_PAST) -> list[Past]:
    """The newest pictures judged by a detector of which the picture, or the file that was inspected, is still there.

    Raises:
        HistoryError: the history cannot be read.
    """
    if not is_there(where):
        return []
    found: list[Past] = []
    after = None
    with History.open(where) as history:
        for _ in range(_PAGES):
            page = history.inspections(Filter(detector=detector), limit=_PAGE, after=after)
            found += [past for one in page if (past := _past(one)) is not None]
            if not page or len(found) >= most:
                break
            after = page[-1].place
    return found[:most]


def picture_of(one: Recorded) -> Path | None:
    """The picture kept of an inspection, or the file that was inspected; None when neither is there any more."""
    path = one.picture
    if path is None and Path(one.source).is_absolute():
        path = Path(one.source) / one.inspection.name
    return path if path is not None and path.is_file() else None


def _past(one: Recorded) -> Past | None:
    inspection, path = one.inspection, picture_of(one)
    if path is None or inspection.level is None:
        return None
    return Past(path.parent, path.name, inspection.level, "" if inspection.label is None else inspection.label.kind)


def nearest_to_threshold(past: Iterable[Past], most: int = MOST_PAST) -> list[Past]:
    """Those whose levels lie nearest to 1, by ratio."""
    return sorted(past, key=lambda one: abs(math.log(max(one.level, 1e-9))))[:most]


def _levels(detector: Detector, images: Sequence[Image]) -> list[float]:
    return [measured.score / detector.threshold.value for measured in detector.measure(images)]


def _judge_again(past: Sequence[Past], old: Detector, new: Detector, listener: Listener) -> FlipTally:
    tally = FlipTally()
    chosen = nearest_to_threshold(past)
    if chosen:
        listener(Stage("Judging past pictures again", len(chosen)))
    for number, one in enumerate(chosen, 1):
        try:
            image = read_item(Item(one.folder, one.name))
        except FrameError as error:
            tally.only_old += 1
            listener(Warned(str(error)))
            continue
        [before], [after] = (_levels(detector, [image]) for detector in (old, new))
        abnormal = None if not one.label else one.label.lower() not in NORMAL_NAMES
        tally.add(Flip(one.name, one.label, abnormal, before, after, judge(before, 1.0), judge(after, 1.0)))
        listener(Progress(number, len(chosen)))
    return tally
