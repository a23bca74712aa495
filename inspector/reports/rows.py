"""Reading back the rows of a report, one at a time."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inspector.core.errors import SourceError
from inspector.core.inspection import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CSV, _PARQUET, _SUMMARY = "results.csv", "results.parquet", "summary.json"
_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One file of a report.

    Attributes:
        name: of the file.
        level: score / threshold; None when it could not be read.
        verdict: that was given.
        label: its kind; empty without one.
    """

    name: str
    level: float | None
    verdict: Verdict
    label: str


def read_rows(report: Path) -> Iterator[ReportRow]:
    """The rows of a report in their order; few are in memory at once.

    Raises:
        SourceError: it is no report, or a row of it makes no sense.
    """
    if (report / _CSV).is_file():
        return _from_csv(report / _CSV)
    if (report / _PARQUET).is_dir():
        return _from_parquet(report / _PARQUET)
    msg = f"{report} is no report: it has neither {_CSV} nor {_PARQUET}. Give a folder that 'inspector batch' wrote."
    raise SourceError(msg)


def read_summary(report: Path) -> dict[str, Any]:
    """The `summary.json` of a report.

    Raises:
        SourceError: it is none, or torn.
    """
    try:
        summary = json.loads((report / _SUMMARY).read_text(encoding="utf-8"))
        if isinstance(summary, dict) and isinstance(summary.get("detector"), dict):
            return summary
    except (OSError, ValueError):
        pass
    msg = f"{report} is no report: its {_SUMMARY} is missing or torn. Give a folder that 'inspector batch' wrote."
    raise SourceError(msg)


def _from_csv(path: Path) -> Iterator[ReportRow]:
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            try:
                yield _row(row["path"].removeprefix("./"), row["level"], row["verdict"], row["label"].removeprefix("'"))
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                msg = f"Line {number} of {path} makes no sense. Inspect the folder again."
                raise SourceError(msg) from error


def _from_parquet(path: Path) -> Iterator[ReportRow]:
    import pyarrow as pa
    import pyarrow.dataset as ds

    try:
        parts = sorted(str(one) for one in path.glob("part-*.parquet"))
        for batch in ds.dataset(parts, format="parquet").to_batches(
            columns=["path", "level", "verdict", "label"], batch_size=_AT_ONCE
        ):
            for row in batch.to_pylist():
                yield _row(row["path"], row["level"], row["verdict"], row["label"] or "")
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        msg = f"{path} cannot be read: {error}. Inspect the folder again."
        raise SourceError(msg) from error


def _row(name: str, level: str | float | None, verdict: str, label: str) -> ReportRow:
    return ReportRow(name, float(level) if level not in ("", None) else None, Verdict(verdict), label)
