"""Inspect a folder: decode, judge and write at once, and leave a report."""

from __future__ import annotations

import shutil
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspector.core.errors import FrameError
from inspector.core.events import Judged, Listener, Progress, Stage, Warned, ignore
from inspector.core.files import Attempt, check_replaceable, lasting_folder
from inspector.detectors import load
from inspector.jobs.journal import JOURNAL, Journal, Terms
from inspector.jobs.judging import details_for_pictures, facts_of, interruptible, picture
from inspector.jobs.pipeline import Judging, Overlays
from inspector.reports.html import SHEET_SIDE, write_html
from inspector.reports.pictures import LONGEST_SIDE, SHEET_GAIN
from inspector.reports.results import ResultsCsv
from inspector.reports.summary import write_summary
from inspector.reports.tally import Tally
from inspector.sources.dataset import Item, list_images, read_item

if TYPE_CHECKING:
    from collections.abc import Iterator

    from inspector.core.inspection import Inspection
    from inspector.detectors import Detector
    from inspector.reports.facts import DetectorFacts
    from inspector.reports.pictures import Pictured

REPORT = "report.html"
SUMMARY = "summary.json"
RESULTS = "results.csv"
_OVERLAYS = "overlays"

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
        resume: whether to go on from where a run to the same `out` was cut off, if it judged the same folder alike.
    """

    folder: Path
    detector: Path
    out: Path
    pictures: int = 50
    overlays: Overlays = "none"
    threshold: float | None = None
    resume: bool = False


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
    """Judge every image of a folder and write the report.

    Cancelled, failed or killed, it leaves no half-written report, but, hidden beside the place of the report, what it
    judged; with `resume` the next run goes on from there, and its report is the one of a run that was not disturbed.
    Memory does not grow with the number of files but for their names and sixteen bytes a file.

    Raises:
        SourceError: the folder is missing or holds no images.
        BundleError: the detector cannot be loaded.
        OutputError: the report cannot be written, or another run is writing it; what stood there is untouched.
    """
    check_replaceable(job.out, SUMMARY)
    items = list_images(job.folder)
    detector = load(job.detector)
    facts = facts_of(detector, job.detector)
    tally = Tally(worst=job.pictures)
    listener(Stage("Inspecting", len(items)))

    def go_on() -> None:
        listener(Progress(tally.total, len(items)))

    with lasting_folder(job.out, SUMMARY) as attempt, interruptible(detector, go_on):
        folder = attempt.folder
        _judge(job, items, detector, facts, tally, attempt, listener)
        looking = _Looking(detector, {item.name: item for item in items} if tally.worst else {}, tally, listener)
        subject = job.folder.resolve().name
        write_summary(folder / SUMMARY, facts, tally, subject=subject)
        write_html(folder / REPORT, facts, tally, looking.worst(), subject=subject, sheet=looking.sheet())
        (folder / JOURNAL).unlink()
    curve = tally.roc
    return BatchOutcome(
        job.out, tally.ok, tally.ng, tally.unreadable, None if curve is None else curve.auroc, tally.seconds
    )


def _judge(
    job: Batch,
    items: list[Item],
    detector: Detector,
    facts: DetectorFacts,
    tally: Tally,
    attempt: Attempt,
    listener: Listener,
) -> None:
    """Write the table and count, judging what the journal does not hold."""
    how = Judging(detector, facts.name, job.threshold, job.overlays, attempt.folder / _OVERLAYS)
    terms = _terms(job, detector, facts)
    with Journal(attempt.folder / JOURNAL, terms, about_job(job, len(items))) as journal:
        journal.open(items, resume=job.resume)
        if not journal.kept:
            shutil.rmtree(how.folder, ignore_errors=True)
        if journal.foreign:
            listener(Warned("What was judged before the run was cut off was judged in another way: all is done anew."))
        attempt.keep = journal.kept > 0
        told = 0.0
        todo = [item for number, item in enumerate(items) if not journal.has(number)]
        with closing(how.judged(todo)) as judged, ResultsCsv(attempt.folder / RESULTS) as table:
            for number, item in enumerate(items):
                again = journal.has(number)
                if again:
                    inspection = journal.row(number, item)
                else:
                    inspection, stamp = next(judged)
                    journal.add(inspection, stamp)
                    attempt.keep = True
                table.write(inspection)
                tally.add(inspection)
                listener(Judged(inspection, again=again))
                if time.monotonic() - told >= _TOLD_EVERY:
                    told = time.monotonic()
                    listener(Progress(tally.total, len(items)))
        tally.seconds = journal.spent
    listener(Progress(tally.total, len(items)))


def about_job(job: Batch, total: int) -> dict[str, Any]:
    """What `jobs.unfinished` needs to make this job anew."""
    return {
        "detector": str(job.detector.absolute()),
        "out": str(job.out.absolute()),
        "pictures": job.pictures,
        "total": total,
    }


def _terms(job: Batch, detector: Detector, facts: DetectorFacts) -> Terms:
    return Terms(
        folder=str(job.folder.absolute()),
        identity=detector.identity,
        detector=facts.name,
        threshold=detector.threshold.value if job.threshold is None else job.threshold,
        map_threshold=detector.threshold.map_value,
        overlays=job.overlays,
        overridden=job.threshold is not None,
    )


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
