"""Inspect a folder: decode, judge and write at once, and leave a report."""

from __future__ import annotations

import shutil
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import inspector
from inspector.core.events import Judged, Listener, Progress, Stage, Warned, ignore
from inspector.core.files import Attempt, check_replaceable, lasting_folder, whole_file
from inspector.core.inspection import Verdict
from inspector.core.lookup import digest
from inspector.detectors import load
from inspector.jobs.chunks import How, Overlays
from inspector.jobs.journal import JOURNAL, LEDGER, Journal, Terms
from inspector.jobs.judging import facts_of, interruptible, plane_of
from inspector.jobs.known import Ledger, ledger_of
from inspector.jobs.looking import Looking
from inspector.jobs.pipeline import Threads, overlay_path
from inspector.reports.html import write_html
from inspector.reports.parquet import ResultsParquet
from inspector.reports.results import ResultsCsv
from inspector.reports.summary import write_summary
from inspector.reports.tally import Tally
from inspector.sources.dataset import list_images

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from inspector.detectors import Detector
    from inspector.jobs.chunks import Done
    from inspector.reports.facts import DetectorFacts
    from inspector.sources.item import Folder, Item, Items
    from inspector.sources.remote import RemoteFolder

REPORT = "report.html"
SUMMARY = "summary.json"
RESULTS = "results.csv"
PARQUET = "results.parquet"

Tables: TypeAlias = Literal["csv", "parquet", "both"]
Table: TypeAlias = ResultsCsv | ResultsParquet

_OVERLAYS = "overlays"

_TOLD_EVERY = 0.1


@dataclass(frozen=True, slots=True)
class Batch:
    """What to inspect. Plain values only, so that it can cross to another process.

    Attributes:
        folder: of images, searched with its sub-folders; on a disk or at an address.
        detector: a bundle.
        out: the folder of the report.
        pictures: how many of the worst get their pictures into the report.
        overlays: of which files to write the overlay as a picture: none, those judged NG, or all.
        threshold: used instead of the detector's own, and recorded as overridden; None for the detector's own.
        resume: whether to go on from where a run to the same `out` was cut off, if it judged the same folder alike.
        afresh: whether to judge also what the report that stands at `out` says of unchanged files by this detector.
        before: another report than the one at `out` from which unchanged files are taken.
        tables: as what the rows are written.
        scheduler: the address of a Dask scheduler whose workers judge; empty for none.
        workers: how many worker processes to start on this computer and to have judge; 0 for none: then the threads
            of this process judge.
        deliver: where to copy the report to once it is whole.
    """

    folder: Folder
    detector: Path
    out: Path
    pictures: int = 50
    overlays: Overlays = "none"
    threshold: float | None = None
    resume: bool = False
    afresh: bool = False
    before: Path | None = None
    tables: Tables = "csv"
    scheduler: str = ""
    workers: int = 0
    deliver: RemoteFolder | None = None


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
        known: files that were not judged, because they are unchanged since the report before.
    """

    out: Path
    ok: int
    ng: int
    unreadable: int
    auroc: float | None
    seconds: float
    known: int = 0


def batch(job: Batch, listener: Listener = ignore) -> BatchOutcome:
    """Judge every image of a folder and write the report.

    Cancelled, failed or killed, it leaves no half-written report, but, hidden beside the place of the report, what it
    judged; with `resume` the next run goes on from there, and its report is the one of a run that was not disturbed.
    Memory does not grow with the number of files but for their names and some thirty bytes a file.

    Files that are unchanged (by name, size and time, or by their content) since the report that this one replaces are
    taken from there, if the same detector made it.

    Raises:
        SourceError: the folder is missing, holds no images, or its server does not answer any more.
        ClusterError: the workers cannot be had, or are gone.
        BundleError: the detector cannot be loaded.
        OutputError: the report cannot be written, or another run is writing it; what stood there is untouched.
    """
    check_replaceable(job.out, SUMMARY)
    items = list_images(job.folder)
    # Each thread measures files of its own; a network that takes all cores would be in the others' way.
    detector = load(job.detector, threads=1)
    facts = facts_of(detector, job.detector)
    tally = Tally(worst=job.pictures)
    listener(Stage("Inspecting", len(items)))

    def go_on() -> None:
        listener(Progress(tally.total, len(items)))

    with lasting_folder(job.out, SUMMARY) as attempt, interruptible(detector, go_on):
        folder = attempt.folder
        known = _judge(job, items, detector, facts, tally, attempt, listener, go_on)
        looking = Looking(detector, items, tally, listener)
        subject = called(job.folder)
        write_summary(folder / SUMMARY, facts, tally, subject=subject)
        plane = plane_of(detector)
        write_html(folder / REPORT, facts, tally, looking.worst(), subject=subject, sheet=looking.sheet(), plane=plane)
        (folder / JOURNAL).replace(folder / LEDGER)
    if job.deliver is not None:
        listener(Stage(f"Copying the report to {job.deliver}"))
        job.deliver.deliver(job.out, last=SUMMARY)
    curve = tally.roc
    area = None if curve is None else curve.auroc
    return BatchOutcome(job.out, tally.ok, tally.ng, tally.unreadable, area, tally.seconds, known)


def called(folder: Folder) -> str:
    """What a person calls a folder of images."""
    return folder.resolve().name if isinstance(folder, Path) else folder.name


def staging(address: RemoteFolder, cache: Path) -> Path:
    """Where a report lies until it is copied to an address: always the same place, so that a run can be resumed."""
    return cache / "reports" / f"{digest(address.address.encode()).hex()} {address.name}"


def whereabouts(folder: Folder) -> str:
    """Where a folder of images is, wherever it is asked from."""
    return str(folder.absolute() if isinstance(folder, Path) else folder)


def _judge(
    job: Batch,
    items: Items,
    detector: Detector,
    facts: DetectorFacts,
    tally: Tally,
    attempt: Attempt,
    listener: Listener,
    go_on: Callable[[], None],
) -> int:
    """Write the tables and count, judging what the journal does not hold; gives how many were known before."""
    overlays = attempt.folder / _OVERLAYS
    terms = _terms(job, detector, facts)
    how = How(facts.name, terms.threshold, terms.overridden, job.overlays)
    known = 0
    with ExitStack() as held:
        journal = held.enter_context(Journal(attempt.folder / JOURNAL, terms, about_job(job, len(items))))
        journal.open(items, resume=job.resume)
        if not journal.kept:
            shutil.rmtree(overlays, ignore_errors=True)
        if journal.foreign:
            listener(Warned("What was judged before the run was cut off was judged in another way: all is done anew."))
        attempt.keep = journal.kept > 0
        told = 0.0
        todo = (item for number, item in enumerate(items) if not journal.has(number))
        ledger = None if job.afresh else ledger_of(job.before or job.out, terms, inspector.__version__)
        if ledger is not None:
            held.callback(ledger.close)
        judged = held.enter_context(
            closing(
                _judges(job, how, detector, overlays, ledger, todo, total=len(items), go_on=go_on, listener=listener)
            )
        )
        tables = _tables(job, attempt.folder)
        for table in tables:
            held.enter_context(table)
        for number, item in enumerate(items):
            again = journal.has(number)
            if again:
                inspection = journal.row(number, item)
            else:
                done = next(judged)
                inspection = done.inspection
                known += done.known
                _keep_overlay(overlays, done, stale=job.overlays != "none" and journal.kept > 0)
                journal.add(inspection, done.stamp, done.digest)
                attempt.keep = True
            for table in tables:
                table.write(inspection)
            tally.add(inspection)
            listener(Judged(inspection, again=again))
            if time.monotonic() - told >= _TOLD_EVERY:
                told = time.monotonic()
                listener(Progress(tally.total, len(items)))
        tally.seconds = journal.spent
    listener(Progress(tally.total, len(items)))
    return known


def _judges(
    job: Batch,
    how: How,
    detector: Detector,
    overlays: Path,
    ledger: Ledger | None,
    todo: Iterable[Item],
    *,
    total: int,
    go_on: Callable[[], None],
    listener: Listener,
) -> Generator[Done]:
    if not (job.scheduler or job.workers):
        return Threads(how, detector, overlays, ledger).judged(todo, go_on)
    from inspector.jobs.cluster import Cluster

    cluster = Cluster(
        how,
        job.detector,
        ledger,
        scheduler=job.scheduler,
        workers=job.workers,
        total=total,
        listener=listener,
    )
    return cluster.judged(todo, go_on)


def _tables(job: Batch, folder: Path) -> list[Table]:
    tables: list[Table] = []
    if job.tables != "parquet":
        tables.append(ResultsCsv(folder / RESULTS))
    if job.tables != "csv":
        tables.append(ResultsParquet(folder / PARQUET))
    return tables


def _keep_overlay(folder: Path, done: Done, *, stale: bool) -> None:
    if done.overlay is not None:  # made on another machine
        with whole_file(overlay_path(folder, done.inspection.name)) as partial:
            partial.write_bytes(done.overlay)
    elif stale and done.inspection.verdict is not Verdict.NG:
        # of the file before it changed, by an attempt that was cut off
        overlay_path(folder, done.inspection.name).unlink(missing_ok=True)


def about_job(job: Batch, total: int) -> dict[str, Any]:
    """What `jobs.unfinished` needs to make this job anew."""
    return {
        "detector": str(job.detector.absolute()),
        "out": str(job.out.absolute()),
        "pictures": job.pictures,
        "tables": job.tables,
        "scheduler": job.scheduler,
        "workers": job.workers,
        "total": total,
        "version": inspector.__version__,
    }


def _terms(job: Batch, detector: Detector, facts: DetectorFacts) -> Terms:
    return Terms(
        folder=whereabouts(job.folder),
        identity=detector.identity,
        detector=facts.name,
        threshold=detector.threshold.value if job.threshold is None else job.threshold,
        map_threshold=detector.threshold.map_value,
        overlays=job.overlays,
        overridden=job.threshold is not None,
    )
