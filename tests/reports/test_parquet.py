"""The rows of a report as Parquet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from inspector.core.errors import OutputError
from inspector.core.image import Label
from inspector.core.inspection import Inspection, Verdict
from inspector.reports.parquet import ResultsParquet
from inspector.reports.results import COLUMNS

if TYPE_CHECKING:
    from pathlib import Path


def inspection(number: int) -> Inspection:
    return Inspection(
        name=f"=a/{number}\udce9.png",
        detector="d",
        score=number / 3,
        threshold=1.0,
        verdict=Verdict.NG if number > 3 else Verdict.OK,
        time=1.0,
        label=Label(abnormal=True, kind="dent"),
    )


def unreadable() -> Inspection:
    return Inspection("torn", "d", None, 1.0, Verdict.UNREADABLE, 1.0, error="it is torn")


def test_that_rows_come_back_as_they_were(tmp_path: Path) -> None:
    with ResultsParquet(tmp_path / "results.parquet", group=2, part=4) as table:
        for number in range(10):
            table.write(inspection(number))
        table.write(unreadable())
    assert table.rows == 11
    parts = sorted(one.name for one in (tmp_path / "results.parquet").iterdir())
    assert parts == ["part-00000.parquet", "part-00001.parquet", "part-00002.parquet"]
    rows = pq.read_table(tmp_path / "results.parquet")
    assert tuple(rows.column_names) == COLUMNS
    found = rows.to_pylist()
    assert [row["score"] for row in found] == [number / 3 for number in range(10)] + [None]
    assert found[5] == {
        "path": "=a/5\\udce9.png",
        "score": 5 / 3,
        "threshold": 1.0,
        "level": 5 / 3,
        "verdict": "NG",
        "label": "dent",
        "error": None,
    }
    assert found[-1]["error"] == "it is torn"
    assert found[-1]["label"] is None


def test_that_a_table_without_rows_is_a_table(tmp_path: Path) -> None:
    with ResultsParquet(tmp_path / "results.parquet"):
        pass
    assert pq.read_table(tmp_path / "results.parquet").num_rows == 0


def test_that_parts_of_a_run_that_was_cut_off_are_not_taken_for_rows(tmp_path: Path) -> None:
    class CutOffError(Exception):
        pass

    def cut_off() -> None:
        with ResultsParquet(tmp_path / "t", group=1, part=2) as table:
            for number in range(3):
                table.write(inspection(number))
            raise CutOffError

    with pytest.raises(CutOffError):
        cut_off()
    assert [one.name for one in (tmp_path / "t").iterdir()] == ["part-00000.parquet"]
    with ResultsParquet(tmp_path / "t", group=1, part=2) as table:
        table.write(inspection(7))
    assert [row["path"] for row in pq.read_table(tmp_path / "t").to_pylist()] == ["=a/7\\udce9.png"]


def test_that_a_place_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="Cannot write"), ResultsParquet(tmp_path / "file" / "t"):
        pass
