"""Inspect a folder: decode, judge and write at once, and leave a report."""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Literal, TypeAlias

from inspector.core.errors import FrameError
from inspector.core.events import Judged, Listener, Progress, Stage, ignore
from inspector.core.files import check_replaceable, whole_folder
from inspector.core.inspection import Inspection, Verdict
from inspector.detectors import load
from inspector.jobs.judging import details_for_pictures, facts_of, inspect, overlay_of, picture, unreadable
from inspector.reports.html import SHEET_SIDE, write_html
from inspector.reports.pictures import LONGEST_SIDE, SHEET_GAIN
from inspector.reports.results import ResultsCsv
from inspector.reports.summary import write_summary
from inspector.reports.tally import Tally
from inspector.sources.dataset import Item, list_images, read_item
from inspector.sources.save import write_image

if TYPE_CHECKING:
    from collections.abc import Iterator

    from inspector.core.image import Image
    from inspector.detectors import Detector
    from inspector.imaging.placement import Placed
    from inspector.reports.pictures import Pictured

Overlays: TypeAlias = Literal["none", "ng", "all"]

REPORT = "report.html"
SUMMARY = "summary.json"
RESULTS = "results.csv"

_DECODERS = 2
_AHEAD = 64
_AT_ONCE = 16
_TOLD_EVERY = 0.1


@dataclass(frozen=True, slots=True)
class Batch:
    """What to inspect. Plain values only, so that it can cross to another process.

    Attributes:
        folder: of images, searched with its sub-folders.
        detector: a bundle.
        out: the folder of the report.
        pictures: how many of the worst get their pictures into the report.
        overlays: of which files to write the overlay as a picture: none, those judged NG, or all.
        threshold: used instead of the detector's own, and recorded as overridden; None for the detector's own.
    """

    folder: Path
    detector: Path
    out: Path
    pictures: int = 50
    overlays: Overlays = "none"
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """What a batch came to.

    Attributes:
        out: the folder with `report.html`, `results.csv` and `summary.json`.
        ok: files judged OK.
        ng: files judged NG.
        unreadable: files that could not be read; none of them is OK.
        auroc: where the folder labels both normal and abnormal images.
        seconds: from the first file to the last.
    """

    out: Path
    ok: int
    ng: int
    unreadable: int
    auroc: float | None
    seconds: float


def batch(job: Batch, listener: Listener = ignore) -> BatchOutcome:
    """Judge every image of a folder and write the report. Cancelled or failed, it leaves nothing half-written.

    Memory does not grow with the number of files but for their names and eight bytes a score.

    Raises:
        SourceError: the folder is missing or holds no images.
        BundleError: the detector cannot be loaded.
        OutputError: the report cannot be written; what stood there is untouched.
    """
    check_replaceable(job.out, SUMMARY)
    items = list_images(job.folder)
    detector = load(job.detector)
    facts = facts_of(detector, job.detector)
    tally = Tally(worst=job.pictures)
    listener(Stage("Inspecting", len(items)))
    with whole_folder(job.out, SUMMARY) as folder:
        told = 0.0
        with ResultsCsv(folder / RESULTS) as table:
            for inspection in _judged(job, detector, facts.name, items, folder / "overlays"):
                table.write(inspection)
                tally.add(inspection)
                listener(Judged(inspection))
                if time.monotonic() - told >= _TOLD_EVERY:
                    told = time.monotonic()
                    listener(Progress(tally.total, len(items)))
        listener(Progress(tally.total, len(items)))
        looking = _Looking(detector, {item.name: item for item in items} if tally.worst else {}, tally, listener)
        write_summary(folder / SUMMARY, facts, tally, subject=job.folder.resolve().name)
        subject = job.folder.resolve().name
        write_html(folder / REPORT, facts, tally, looking.worst(), subject=subject, sheet=looking.sheet())
    curve = tally.roc
    return BatchOutcome(
        job.out, tally.ok, tally.ng, tally.unreadable, None if curve is None else curve.auroc, tally.seconds
    )


def _judged(job: Batch, detector: Detector, name: str, items: list[Item], overlays: Path) -> Iterator[Inspection]:
    """The inspections of all items, in their order, decoding ahead of judging."""
    threshold = detector.threshold.value if job.threshold is None else job.threshold
    for pairs in _in_batches(detector, items, keep_pictures=job.overlays != "none"):
        readable = [one for _, one in pairs if not isinstance(one, FrameError)]
        started = time.perf_counter()
        measured = iter(detector.measure_placed([one.placed for one in readable]))
        spent = (time.perf_counter() - started) * 1e3 / max(len(readable), 1)
        for item, one in pairs:
            if isinstance(one, FrameError):
                yield unreadable(one, detector=name, threshold=threshold, name=item.name, label=item.label)
                continue
            measurement = next(measured)
            inspection = inspect(
                name=item.name,
                detector=name,
                score=measurement.score,
                threshold=threshold,
                taken=one.read,
                milliseconds=spent,
                label=item.label,
                overridden=job.threshold is not None,
            )
            if one.image is not None and (job.overlays == "all" or inspection.verdict is Verdict.NG):
                painted = overlay_of(detector, one.image, measurement)
                if painted is not None:
                    write_image(overlays / _inside(f"{item.name}.png"), painted)
            yield inspection


def _inside(name: str) -> PurePath:
    """A path that stays below the folder it is put to: an index may name pictures that lie outside of its own."""
    path = PurePath(name)
    return PurePath(*("_" if part == ".." else part for part in path.relative_to(path.anchor).parts))


@dataclass(frozen=True, slots=True)
class _Ready:
    placed: Placed
    read: float
    image: Image | None = None


def _in_batches(
    detector: Detector, items: list[Item], *, keep_pictures: bool
) -> Iterator[list[tuple[Item, _Ready | FrameError]]]:
    """Items with their decoded images, in order, a few at a time: at most `_AHEAD` are decoded and not yet judged."""

    def prepare(item: Item) -> _Ready | FrameError:
        try:
            image = read_item(item)
        except FrameError as error:
            return error
        [placed] = detector.place([image])
        return _Ready(placed, time.time(), image if keep_pictures else None)

    waiting: deque[tuple[Item, Future[_Ready | FrameError]]] = deque()
    pool = ThreadPoolExecutor(_DECODERS, thread_name_prefix="decode")
    try:
        rest = iter(items)
        for item in rest:
            waiting.append((item, pool.submit(prepare, item)))
            if len(waiting) >= _AHEAD:
                yield _take(waiting)
        while waiting:
            yield _take(waiting)
    finally:
        # Cancelled in the middle, nobody wants what was asked for ahead.
        pool.shutdown(wait=True, cancel_futures=True)


def _take(waiting: deque[tuple[Item, Future[_Ready | FrameError]]]) -> list[tuple[Item, _Ready | FrameError]]:
    """The first of `waiting`, waited for, and those behind it that are ready: a large batch must cost no wait."""
    taken: list[tuple[Item, _Ready | FrameError]] = []
    while waiting and len(taken) < _AT_ONCE and (not taken or waiting[0][1].done()):
        item, future = waiting.popleft()
        taken.append((item, future.result()))
    return taken


class _Looking:
    """Some files once more, one at a time, with all there is to see: judging thousands then pays for no picture."""

    def __init__(self, detector: Detector, by_name: dict[str, Item], tally: Tally, listener: Listener) -> None:
        self._detector = detector
        self._details = details_for_pictures(detector)
        self._by_name = by_name
        self._worst = tally.worst
        # Who asks for no pictures gets no sheet either.
        self._chosen = tally.choice.chosen if tally.worst else []
        self._total = len(self._worst) + sum(len(each.inspections) for each in self._chosen)
        self._done = 0
        self._listener = listener
        listener(Stage("Writing the report", self._total))

    def worst(self) -> Iterator[Pictured]:
        for inspection in self._worst:
            yield from self._look(inspection, 2 * LONGEST_SIDE, gain=1)

    def sheet(self) -> Iterator[tuple[str, Pictured]]:
        for each in self._chosen:
            for inspection in each.inspections:
                for pictured in self._look(inspection, 2 * SHEET_SIDE, gain=SHEET_GAIN):
                    yield each.title, pictured

    def _look(self, inspection: Inspection, longest: int, *, gain: float) -> Iterator[Pictured]:
        """The pictures of an inspection, or nothing when the file is gone since; its row stays."""
        with suppress(FrameError):
            image = read_item(self._by_name[inspection.name])
            [measured] = self._detector.measure([image], self._details)
            yield picture(self._detector, image, measured, inspection, longest=longest, gain=gain)
        self._done += 1
        self._listener(Progress(self._done, self._total))
