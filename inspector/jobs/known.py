"""What an earlier report says of files that did not change, so that the same detector need not judge them again."""

from __future__ import annotations

import json
import threading
from typing import IO, TYPE_CHECKING, Any, Protocol

from inspector.core.lookup import Lookup
from inspector.jobs.journal import LEDGER, has_score, inspection_of, is_true_of, read_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from inspector.core.inspection import Inspection
    from inspector.jobs.journal import Terms
    from inspector.sources.item import Item, Stamp


class Known(Protocol):
    """Where inspections of earlier runs can be found. Any thread may ask."""

    def unchanged(self, item: Item, stamp: Stamp | None) -> Found | None:
        """What was said of this very file, if its size and time are still the same."""

    def same(self, item: Item, digest: bytes) -> Found | None:
        """What was said of a file with this content, whatever its name was."""

    def named(self, item: Item) -> Found | None:
        """What was said of a file of this name, which may have changed since."""


class Found:
    """A line of an earlier report."""

    def __init__(self, row: dict[str, Any], inspection: Inspection) -> None:
        """Take the line and what it says by the terms of now."""
        self.inspection = inspection
        self.digest = bytes.fromhex(row["digest"])


class Nothing:
    """Knows nothing: every file is judged."""

    def unchanged(self, item: Item, stamp: Stamp | None) -> Found | None:  # noqa: ARG002 - as asked
        """Give None."""
        return None

    def same(self, item: Item, digest: bytes) -> Found | None:  # noqa: ARG002 - as asked
        """Give None."""
        return None

    def named(self, item: Item) -> Found | None:  # noqa: ARG002 - as asked
        """Give None."""
        return None


class Ledger:
    """What a finished report keeps of its run, by name and by content; 32 bytes of memory for each file."""

    def __init__(self, file: IO[bytes], terms: Terms) -> None:
        """Read through it.

        Args:
            file: the ledger, behind its first line. It is kept open.
            terms: of the run that asks.
        """
        self._file, self._terms = file, terms
        self._lock = threading.Lock()
        places = list(_places(file))
        self._by_name = Lookup((name.encode(), place) for name, _, place in places)
        self._by_content = Lookup((digest, place) for _, digest, place in places)

    def __len__(self) -> int:
        return len(self._by_name)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def unchanged(self, item: Item, stamp: Stamp | None) -> Found | None:
        """As `Known`."""
        for row in self._rows(self._by_name, item.name.encode("ascii", "backslashreplace")):
            if row["path"] == item.name and is_true_of(row, stamp):
                return self._found(row, item)
        return None

    def same(self, item: Item, digest: bytes) -> Found | None:
        """As `Known`."""
        for row in self._rows(self._by_content, digest):
            if row["digest"] == digest.hex():
                return self._found(row, item)
        return None

    def named(self, item: Item) -> Found | None:
        """As `Known`."""
        rows = self._rows(self._by_name, item.name.encode("ascii", "backslashreplace"))
        return next((self._found(row, item) for row in rows if row["path"] == item.name), None)

    def _found(self, row: dict[str, Any], item: Item) -> Found:
        return Found(row, inspection_of(row, item, self._terms))

    def _rows(self, lookup: Lookup, key: bytes) -> Iterator[dict[str, Any]]:
        for place in lookup.places(key):
            with self._lock:
                self._file.seek(place)
                line = self._file.readline()
            yield json.loads(line)


def ledger_of(report: Path, terms: Terms, version: str) -> Ledger | None:
    """What a finished report knows; None where there is none, or it was made by another detector or program.

    Raises:
        OSError: the disk fails.
    """
    path = report / LEDGER
    if not path.is_file():
        return None
    file = path.open("rb")
    try:
        head = read_line(file) or {}
        said, about = head.get("terms"), head.get("about")
        alike = isinstance(said, dict) and said.get("identity") == terms.identity
        if alike and isinstance(about, dict) and about.get("version") == version:
            return Ledger(file, terms)
    except BaseException:
        file.close()
        raise
    file.close()
    return None


def _places(file: IO[bytes]) -> Iterator[tuple[str, bytes, int]]:
    place = file.tell()
    while (row := read_line(file)) is not None:
        if has_score(row) and isinstance(row.get("digest"), str):
            name = str(row.get("path", "")).encode("ascii", "backslashreplace").decode()
            yield name, bytes.fromhex(row["digest"]), place
        place = file.tell()
