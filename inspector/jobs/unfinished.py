"""Batches that were cut off and can be resumed."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspector.core.errors import InspectorError, OutputError
from inspector.core.files import PARTIAL, attempt_at, sole_attempt
from inspector.jobs.batch import Batch
from inspector.jobs.journal import JOURNAL, read_line
from inspector.sources.remote import parse_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A batch that was cut off.

    Attributes:
        job: that goes on with it.
        done: how many files were judged.
        total: how many there were.
        time: when the last one was judged, in seconds since the epoch.
    """

    job: Batch
    done: int
    total: int
    time: float


def unfinished(folder: Path) -> list[Unfinished]:
    """The batches whose reports were to go into `folder` and which nobody is at work on, the latest first."""
    found = [one for place in folder.glob(f"{PARTIAL}*") for one in _read(place / JOURNAL)]
    return sorted(found, key=lambda one: one.time, reverse=True)


def forget(out: Path) -> None:
    """Throw away what a run to `out` judged before it was cut off; nothing where a run is under way, or was none.

    What is thrown away is the program's own: scores that a new run finds again.
    """
    try:
        with sole_attempt(out) as folder:
            if (folder / JOURNAL).is_file():
                shutil.rmtree(folder, ignore_errors=True)
    except OutputError:
        return


def _read(journal: Path) -> Iterator[Unfinished]:
    try:
        with journal.open("rb") as file:
            head = read_line(file)
            done = sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(_CHUNK), b""))
        if head is None or not done:
            return
        job, total = _job_of(head)
        with sole_attempt(job.out) as folder:
            if folder == attempt_at(job.out) == journal.parent.absolute():
                yield Unfinished(job, done, total, journal.stat().st_mtime)
    except (OSError, InspectorError, KeyError, TypeError, ValueError):
        return  # gone, foreign, torn or under way: nothing to go on from


def _job_of(head: dict[str, Any]) -> tuple[Batch, int]:
    about, terms = head["about"], head["terms"]
    job = Batch(
        parse_folder(terms["folder"]),
        Path(about["detector"]),
        Path(about["out"]),
        int(about["pictures"]),
        terms["overlays"],
        float(terms["threshold"]) if terms["overridden"] else None,
        resume=True,
        tables=about.get("tables", "csv"),
        scheduler=about.get("scheduler", ""),
        workers=int(about.get("workers", 0)),
    )
    return job, int(about["total"])
