"""`results.csv`: one row for each file, written as it is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inspector.reports.table import CsvTable

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.core.inspection import Inspection

COLUMNS = ("path", "score", "threshold", "level", "verdict", "label", "error")
"""The header of `results.csv`, in order."""


class ResultsCsv(CsvTable):
    """A table of inspections; an unreadable file has an empty `score` and `level`."""

    def __init__(self, path: Path) -> None:
        """Prepare to write `path`; nothing is touched before the block begins."""
        super().__init__(path, COLUMNS)

    def write(self, inspection: Inspection) -> None:
        """Add one row.

        Raises:
            OutputError: the disk is full or the place is gone.
        """
        row = inspection.as_row()
        self.row([row[column] for column in COLUMNS])
