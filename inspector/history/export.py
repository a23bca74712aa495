"""A history as a table for other programs."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.core.files import whole_file

if TYPE_CHECKING:
    from collections.abc import Iterable

    from inspector.history.rows import Recorded

COLUMNS = (
    "session",
    "index",
    "time",
    "source",
    "detector",
    "name",
    "score",
    "threshold",
    "level",
    "verdict",
    "voted",
    "label",
    "error",
    "ms",
    "overridden",
    "picture",
    "overlay",
)
"""The header of the table, in order."""

_GROUP = 20_000

_FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # noqa: RUF001 - the wide forms, too, begin a formula in some spreadsheets


def write_csv(path: Path, rows: Iterable[Recorded]) -> int:
    """Write `rows` to a CSV file that appears whole or not at all: UTF-8, comma, LF; give their number.

    Times are UTC in ISO 8601. Numbers are written so that reading them gives the same float again. A text that begins
    like a formula gets an apostrophe before it, so that it does not act when a spreadsheet opens the table.

    Raises:
        OutputError: the place cannot be written to, or the disk is full.
    """
    number = 0
    with whole_file(path) as partial, partial.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in rows:
            writer.writerow([_cell(value) for value in _values(row)])
            number += 1
    return number


def write_parquet(path: Path, rows: Iterable[Recorded]) -> int:
    """Write `rows` to a Parquet file that appears whole or not at all; give their number.

    The columns are those of the CSV file with their own types: times are timestamps in UTC to the microsecond, what is
    not known is null, and texts are as they are.

    Raises:
        OutputError: the place cannot be written to, or the disk is full.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {
        "session": pa.int64(),
        "index": pa.int64(),
        "time": pa.timestamp("us", tz="UTC"),
        "overridden": pa.bool_(),
        **dict.fromkeys(("score", "threshold", "level", "ms"), pa.float64()),
    }
    table = pa.schema([(name, kinds.get(name, pa.string())) for name in COLUMNS])
    number, waiting = 0, iter(rows)
    with whole_file(path) as partial, pq.ParquetWriter(partial, table) as writer:
        while some := list(islice(waiting, _GROUP)):
            columns = zip(*(_typed(row) for row in some), strict=True)
            writer.write_table(pa.table([list(one) for one in columns], schema=table))
            number += len(some)
    return number


def _typed(row: Recorded) -> tuple[object, ...]:
    values = dict(zip(COLUMNS, _values(row), strict=True))
    values["time"] = datetime.fromtimestamp(row.inspection.time, UTC)
    values["overridden"] = row.inspection.overridden
    return tuple(str(value) if isinstance(value, Path) else value for value in values.values())


def _values(row: Recorded) -> tuple[object, ...]:
    one = row.inspection
    return (
        row.session,
        row.index,
        datetime.fromtimestamp(one.time, UTC).isoformat(timespec="milliseconds"),
        row.source,
        one.detector,
        one.name,
        one.score,
        one.threshold,
        one.level,
        str(one.verdict),
        None if one.voted is None else str(one.voted),
        None if one.label is None else one.label.kind,
        one.error,
        one.milliseconds,
        int(one.overridden),
        row.picture,
        row.overlay,
    )


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = repr(value) if isinstance(value, float) else str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text
