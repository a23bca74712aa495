"""`results.parquet`: the rows of `results.csv` as a data set for programs that read very many."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

from inspector.core.errors import OutputError
from inspector.core.files import PARTIAL
from inspector.reports.results import COLUMNS

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from inspector.core.inspection import Inspection

_GROUP = 5_000
_PART = 250_000

_NUMBERS = ("score", "threshold", "level")


class ResultsParquet:
    """Writes inspections to a folder of Parquet files, `part-00000.parquet` and so on, 250,000 rows each.

    pandas, Polars, DuckDB, Dask and Spark read such a folder as one table. The columns are those of `results.csv`;
    numbers are doubles, what is not known is null, and texts are as they are, but for names that are no valid Unicode,
    which get backslash escapes. A part appears whole, while the others are still to come.
    """

    def __init__(self, path: Path, *, group: int = _GROUP, part: int = _PART) -> None:
        """Prepare to write the folder `path`; nothing is touched before the block begins.

        Args:
            path: the folder.
            group: rows that are kept in memory and compressed together.
            part: rows of a file.
        """
        self.path = path
        self.rows = 0
        self._group, self._part = group, part
        self._waiting: list[Inspection] = []
        self._writer: Any = None
        self._number = self._in_part = 0

    def __enter__(self) -> Self:
        """Begin. Parts of a run that was cut off are taken away.

        Raises:
            OutputError: the place cannot be written to.
        """
        import pyarrow as pa

        kinds = dict.fromkeys(_NUMBERS, pa.float64())
        self._schema = pa.schema([(name, kinds.get(name, pa.string())) for name in COLUMNS])
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            for rest in [*self.path.glob("part-*.parquet"), *self.path.glob(f"{PARTIAL}*")]:
                rest.unlink()
        except OSError as error:
            raise self._fault(error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what waits; a part that was not finished is taken away when the block raised.

        Raises:
            OutputError: the last rows could not be written.
        """
        if kind is None:
            self._flush()
            if self._writer is None and self._number == 0:
                self._begin()
            self._end_part()
        elif self._writer is not None:
            with suppress(OSError):
                self._writer.close()
            self._partial.unlink(missing_ok=True)

    def write(self, inspection: Inspection) -> None:
        """Add one row.

        Raises:
            OutputError: the disk is full or the place is gone.
        """
        self._waiting.append(inspection)
        self.rows += 1
        if len(self._waiting) >= self._group:
            self._flush()

    @property
    def _partial(self) -> Path:
        return self.path / f"{PARTIAL}{self._number:05}.parquet"

    def _begin(self) -> None:
        import pyarrow.parquet as pq

        self._writer = pq.ParquetWriter(self._partial, self._schema)

    def _flush(self) -> None:
        import pyarrow as pa

        if not self._waiting:
            return
        rows = [one.as_row() for one in self._waiting]
        columns = [[_value(name, row[name]) for row in rows] for name in COLUMNS]
        try:
            if self._writer is None:
                self._begin()
            self._writer.write_table(pa.table(columns, schema=self._schema))
        except OSError as error:
            raise self._fault(error) from error
        self._in_part += len(rows)
        self._waiting.clear()
        if self._in_part >= self._part:
            self._end_part()

    def _end_part(self) -> None:
        if self._writer is None:
            return
        try:
            self._writer.close()
            self._partial.replace(self.path / f"part-{self._number:05}.parquet")
        except OSError as error:
            raise self._fault(error) from error
        self._writer = None
        self._number += 1
        self._in_part = 0

    def _fault(self, error: OSError) -> OutputError:
        return OutputError(
            f"Cannot write {self.path}: {error.strerror or error}. Free some space or choose another place."
        )


def _value(name: str, value: object) -> object:
    if name in _NUMBERS:
        return None if value is None else float(value)  # type: ignore[arg-type]
    if name in ("label", "error"):
        return str(value).encode("utf-8", "backslashreplace").decode() if value else None
    return str(value).encode("utf-8", "backslashreplace").decode()
