"""CSV files that programs read and people open in spreadsheets, written row by row."""

from __future__ import annotations

import csv
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

from inspector.core.errors import OutputError
from inspector.core.files import whole_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

_FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # noqa: RUF001 - the wide forms, too, begin a formula in some spreadsheets


class CsvTable:
    """Writes a CSV file: UTF-8, comma, a header, and LF at the end of each row.

    The file appears whole when the block ends well, and not at all when it does not. Numbers are written so that
    reading them gives the same float again; None is an empty cell.

    A file called `=HYPERLINK(…).png` must not act when a spreadsheet opens the table, yet a program must still find the
    file by its row. So a path that begins like a formula is written with `./` before it, which names the same file to
    every program and is text to a spreadsheet; another text that begins so gets an apostrophe, as spreadsheets do it. A
    name that is not valid Unicode is written with backslash escapes, so that the table stays valid UTF-8.
    """

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        """Prepare to write `path`; nothing is touched before the block begins. A column `path` holds paths."""
        self.path = path
        self.rows = 0
        self._columns = tuple(columns)
        self._stack = ExitStack()
        self._writer: Any = None

    def __enter__(self) -> Self:
        """Begin the table.

        Raises:
            OutputError: the place cannot be written to.
        """
        with ExitStack() as stack:
            partial = stack.enter_context(whole_file(self.path))
            file = stack.enter_context(partial.open("w", encoding="utf-8", errors="backslashreplace", newline=""))
            self._writer = csv.writer(file, lineterminator="\n")
            self._writer.writerow(self._columns)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Put the table in its place, or leave nothing of it when the block raised.

        Raises:
            OutputError: the last rows could not be written.
        """
        self._writer = None
        self._stack.__exit__(kind, error, trace)

    def row(self, values: Sequence[object]) -> None:
        """Add one row, a value for each column.

        Raises:
            OutputError: the disk is full or the place is gone.
        """
        try:
            self._writer.writerow([safe_cell(*pair) for pair in zip(self._columns, values, strict=True)])
        except OSError as error:
            msg = f"Cannot write {self.path}: {error.strerror or error}. Free some space or choose another place."
            raise OutputError(msg) from error
        self.rows += 1


def safe_cell(column: str, value: object) -> str:
    """A value as it stands in a table that spreadsheets may open; see `CsvTable`."""
    if value is None:
        return ""
    if isinstance(value, str):
        if not value.startswith(_FORMULA):
            return value
        return f"./{value}" if column == "path" else f"'{value}"
    # Through float: the text of a float32 is short and would be read as another number.
    return repr(float(value))  # type: ignore[arg-type]
