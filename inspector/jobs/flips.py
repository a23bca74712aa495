"""What changes when one detector replaces another: two reports of the same files, put side by side."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.core.errors import DataError, FrameError, InspectorError
from inspector.core.events import Listener, Progress, Stage, ignore
from inspector.imaging.sheet import shrunk
from inspector.jobs.journal import LEDGER
from inspector.reports.flips import Flip, FlipsCsv, FlipTally, write_flips
from inspector.reports.rows import ReportRow, read_rows, read_summary
from inspector.sources.dataset import NORMAL_NAMES
from inspector.sources.item import Folder, Item, read_item
from inspector.sources.remote import parse_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from inspector.core.image import Image

PAGE, TABLE = "flips.html", "flips.csv"

_TOLD_EVERY = 2_000
_PICTURES = 60
_SIDE = 320


@dataclass(frozen=True, slots=True)
class FlipsJob:
    """Two reports to compare. Plain values only, so that it can cross to another process.

    Attributes:
        old: the report of the detector in use.
        new: the report of the one that may replace it, over the same images.
        out: the folder for `flips.html` and `flips.csv`; None only counts.
    """

    old: Path
    new: Path
    out: Path | None = None


@dataclass(frozen=True, slots=True)
class Flips:
    """What changes.

    Attributes:
        tally: the counts, and the worst.
        old: the old detector's name.
        new: the new detector's name.
        page: the report; None where none was asked for.
    """

    tally: FlipTally
    old: str
    new: str
    page: Path | None


def flips(job: FlipsJob, listener: Listener = ignore) -> Flips:
    """Put two reports side by side, file by file; memory does not grow with their length while both list alike.

    Raises:
        SourceError: one is no report, or torn.
        DataError: they have no file in common.
        OutputError: the result cannot be written.
    """
    old, new = read_summary(job.old), read_summary(job.new)
    total = new.get("counts", {}).get("total")
    listener(Stage("Comparing verdicts", total))
    tally = FlipTally()
    if job.out is None:
        _count(job, tally, None, listener, total)
        _check(job, tally)
        page = None
    else:
        with FlipsCsv(job.out / TABLE) as table:
            _count(job, tally, table, listener, total)
            _check(job, tally)
        page = job.out / PAGE
        write_flips(page, tally, old, new, _pictures(job, tally, listener))
    return Flips(tally, str(old["detector"].get("name")), str(new["detector"].get("name")), page)


@dataclass(frozen=True, slots=True)
class About:
    """What a report is of.

    Attributes:
        time: of its last file, ISO 8601; empty without one.
        folder: of the images.
        detector: the name of the one that judged.
    """

    time: str
    folder: Folder
    detector: str


def report_of(report: Path) -> About | None:
    """What a report is of; None where it does not say."""
    try:
        with (report / LEDGER).open("rb") as file:
            terms = json.loads(file.readline())["terms"]
        time = str(read_summary(report)["timing"].get("last") or "")
        return About(time, parse_folder(terms["folder"]), str(terms["detector"]))
    except (OSError, ValueError, KeyError, TypeError, InspectorError):
        return None


def _count(job: FlipsJob, tally: FlipTally, table: FlipsCsv | None, listener: Listener, total: int | None) -> None:
    for number, (before, after) in enumerate(_pairs(job, tally)):
        abnormal = None if not after.label else after.label.lower() not in NORMAL_NAMES
        flip = Flip(after.name, after.label, abnormal, before.level, after.level, before.verdict, after.verdict)
        if tally.add(flip) and table is not None:
            table.write(flip)
        if number % _TOLD_EVERY == 0:
            listener(Progress(number, total))
    listener(Progress(tally.both, total))


def _pairs(job: FlipsJob, tally: FlipTally) -> Iterator[tuple[ReportRow, ReportRow]]:
    """The rows of the same files. Both list in the same order, so what waits for its like are files of one only."""
    waiting_old: dict[str, ReportRow] = {}
    waiting_new: dict[str, ReportRow] = {}
    for before, after in zip_longest(read_rows(job.old), read_rows(job.new)):
        if before is not None and after is not None and before.name == after.name:
            yield before, after
            continue
        if before is not None:
            waiting_old[before.name] = before
        if after is not None:
            waiting_new[after.name] = after
        for name in {one.name for one in (before, after) if one is not None}:
            if name in waiting_old and name in waiting_new:
                yield waiting_old.pop(name), waiting_new.pop(name)
    tally.only_old, tally.only_new = len(waiting_old), len(waiting_new)


def _check(job: FlipsJob, tally: FlipTally) -> None:
    if not tally.both:
        msg = f"{job.old} and {job.new} have no file in common. Give two reports of the same folder."
        raise DataError(msg)


def _pictures(job: FlipsJob, tally: FlipTally, listener: Listener) -> Iterator[tuple[Flip, Image]]:
    """The worst, where the images are still there."""
    found = report_of(job.new)
    worst = tally.worst[:_PICTURES] if found is not None else []
    if found is None:
        return
    listener(Stage("Writing the report", len(worst)))
    for number, flip in enumerate(worst, 1):
        with suppress(FrameError):
            yield flip, shrunk(read_item(Item(found.folder, flip.name)), _SIDE)
        listener(Progress(number, len(worst)))
