"""The journal of a batch: what was judged so far, a line for each file, for a run that goes on after being cut off."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from typing import IO, TYPE_CHECKING, Any, Self

import numpy as np

from inspector.core.lookup import Lookup
from inspector.jobs.judging import inspect

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

    from inspector.core.inspection import Inspection
    from inspector.sources.item import Item, Stamp

JOURNAL = "journal.jsonl"
"""While the run lasts."""

LEDGER = "judged.jsonl"
"""The same in a finished report, by which the next run knows what it need not judge again."""

_FORMAT = 1
_SYNC_S = 1.0
"""How much work a power cut may cost. A killed process costs none."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What two runs must have in common for rows of the one to stand in the report of the other.

    Attributes:
        folder: inspected, absolute.
        identity: of the detector's training.
        detector: its name.
        threshold: that is judged by.
        map_threshold: that overlays are painted by.
        overlays: which of them are written.
        overridden: whether the threshold is not the detector's own.
    """

    folder: str
    identity: str
    detector: str
    threshold: float
    map_threshold: float | None
    overlays: str
    overridden: bool


class Journal:
    """Holds what was judged by an attempt before, and takes what is judged now.

    A line is on its way to the disk before the next one is judged, so that a killed process loses nothing. A line torn
    by a power cut, and all behind it, is judged again; so is a file that changed its size or time since, and one that
    could not be read: its share may have been away.

    Attributes:
        kept: how many files are not to be judged again.
        foreign: whether there was a journal of a run on other terms; nothing of it is kept.
    """

    def __init__(self, path: Path, terms: Terms, about: dict[str, Any] | None = None) -> None:
        """Prepare; nothing is touched before `open`.

        Args:
            path: of the file.
            terms: of this run.
            about: more to stand in the first line, for whoever finds the journal.
        """
        self._path = path
        self._terms = terms
        self._head = {"format": _FORMAT, "terms": asdict(terms), "about": about or {}}
        self._places = np.zeros(0, np.int64)
        self._file: IO[bytes] | None = None
        self._began = self._synced = time.monotonic()
        self._before = 0.0
        self.kept = 0
        self.foreign = False

    @property
    def spent(self) -> float:
        """Seconds of work, those of the attempts before included."""
        return self._before + time.monotonic() - self._began

    def open(self, items: Sequence[Item], *, resume: bool) -> Self:
        """Begin, or go on.

        Args:
            items: all there is to judge.
            resume: whether to keep what an attempt before judged; without it, that is forgotten.

        Raises:
            OSError: the file cannot be written.
        """
        self._places = np.full(len(items), -1, np.int64)
        end = self._find(items) if resume else 0
        self._file = self._path.open("r+b" if end else "w+b")
        self._file.truncate(end)
        self._file.seek(end)
        if not end:
            self._write(self._head)
        self._began = time.monotonic()
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def has(self, index: int) -> bool:
        """Whether the item of this place is judged already."""
        return bool(self._places[index] >= 0)

    def row(self, index: int, item: Item) -> Inspection:
        """The inspection kept of an item; its label is what the folder says now."""
        assert self._file is not None  # noqa: S101 - it is open
        end = self._file.tell()
        self._file.seek(int(self._places[index]))
        row = json.loads(self._file.readline())
        self._file.seek(end)
        return inspection_of(row, item, self._terms)

    def add(self, inspection: Inspection, stamp: Stamp | None, digest: bytes | None = None) -> None:
        """Take one more, with the stamp that its file had before it was read, and what tells its content.

        Raises:
            OSError: the disk is full, or gone.
        """
        self._write(
            {
                "path": inspection.name,
                "score": inspection.score,
                "time": inspection.time,
                "ms": inspection.milliseconds,
                "error": inspection.error,
                "terms": dict(inspection.terms),
                "size": None if stamp is None else stamp.size,
                "mtime_ns": None if stamp is None else stamp.mtime_ns,
                "digest": None if digest is None else digest.hex(),
                "spent": self.spent,
            }
        )

    def _write(self, row: dict[str, Any]) -> None:
        assert self._file is not None  # noqa: S101 - it is open
        # Names that are no valid Unicode survive in ASCII.
        self._file.write(json.dumps(row, ensure_ascii=True, allow_nan=False).encode("ascii") + b"\n")
        self._file.flush()
        if time.monotonic() - self._synced >= _SYNC_S:
            os.fsync(self._file.fileno())
            self._synced = time.monotonic()

    def _find(self, items: Sequence[Item]) -> int:
        """Note where the rows to be kept stand, and give where the last whole line ends."""
        if not self._path.is_file():
            return 0
        with self._path.open("rb") as file:
            head = read_line(file)
            if head is None or (head.get("format"), head.get("terms")) != (_FORMAT, self._head["terms"]):
                self.foreign = head is not None
                return 0
            end = file.tell()
            numbers = Lookup((_key(item.name), number) for number, item in enumerate(items))
            while (row := read_line(file)) is not None:
                name = row.get("path", "")
                number = next((one for one in numbers.places(_key(name)) if items[one].name == name), None)
                if number is not None:
                    self._places[number] = end if is_true_of(row, items[number].stamp()) else -1
                self._before = float(row.get("spent", self._before))
                end = file.tell()
        self.kept = int((self._places >= 0).sum())
        return end


def read_line(file: IO[bytes]) -> dict[str, Any] | None:
    """The next line of a journal; None at its end, and where it is torn."""
    line = file.readline()
    if not line.endswith(b"\n"):
        return None
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


def has_score(row: dict[str, Any]) -> bool:
    """Whether a line says what was judged, rather than that nothing could be read."""
    return row.get("error") is None and isinstance(row.get("score"), int | float)


def is_true_of(row: dict[str, Any], stamp: Stamp | None) -> bool:
    """Whether a line is of a file as it is now."""
    return (
        has_score(row) and stamp is not None and (row.get("size"), row.get("mtime_ns")) == (stamp.size, stamp.mtime_ns)
    )


def inspection_of(row: dict[str, Any], item: Item, terms: Terms) -> Inspection:
    """The inspection that a line keeps, of this item; its label and what decides are of now."""
    return inspect(
        name=item.name,
        detector=terms.detector,
        score=row["score"],
        threshold=terms.threshold,
        taken=row["time"],
        milliseconds=row["ms"],
        label=item.label,
        overridden=terms.overridden,
        terms=row.get("terms"),
    )


def _key(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")
