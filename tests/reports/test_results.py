from __future__ import annotations

import csv
from pathlib import Path, PurePosixPath

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.core.errors import OutputError
from inspector.core.image import Label
from inspector.core.inspection import Inspection, Verdict
from inspector.reports.results import COLUMNS, ResultsCsv
from tests.reports.made import DENT, judged, unreadable


def written(path: Path, *inspections: Inspection) -> list[dict[str, str]]:
    with ResultsCsv(path) as table:
        for inspection in inspections:
            table.write(inspection)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@given(
    score=st.floats(min_value=0, allow_nan=False, allow_infinity=False),
    threshold=st.floats(min_value=1e-300, allow_nan=False, allow_infinity=False),
)
def test_that_numbers_are_read_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, score: float, threshold: float
) -> None:
    inspection = judged("a.png", score, threshold=threshold)
    [row] = written(tmp_path_factory.mktemp("csv") / "results.csv", inspection)
    assert float(row["score"]) == score
    assert float(row["threshold"]) == threshold
    assert float(row["level"]) == inspection.level


def test_that_a_numpy_score_keeps_its_value(tmp_path: Path) -> None:
    score = np.float32(0.1)
    [row] = written(tmp_path / "results.csv", judged("a.png", score))  # type: ignore[arg-type]
    assert float(row["score"]) == float(score)


def test_that_rows_have_the_documented_columns_in_order(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    rows = written(path, judged("dent/a.png", 3.0, DENT), unreadable("b.png"))
    assert path.read_bytes().splitlines()[0] == b"path,score,threshold,level,verdict,label,error"
    assert list(rows[0].values()) == ["dent/a.png", "3.0", "2.5", "1.2", "NG", "dent", ""]
    assert list(rows[1].values()) == ["b.png", "", "2.5", "", "Unreadable", "", "the file is empty"]


def test_that_a_table_of_nothing_has_its_header(tmp_path: Path) -> None:
    assert written(tmp_path / "results.csv") == []
    assert (tmp_path / "results.csv").read_text() == ",".join(COLUMNS) + "\n"


@pytest.mark.parametrize("name", ["a,b.png", 'say "cheese".png', "two\nlines.png", "部品 ä.png", " blank .png"])
def test_that_odd_names_come_back(tmp_path: Path, name: str) -> None:
    [row] = written(tmp_path / "results.csv", judged(name, 1.0))
    assert row["path"] == name


@pytest.mark.parametrize("name", ["=1+1.png", "+a.png", "-a.png", "@a.png", "\ta.png", "＝a.png"])  # noqa: RUF001
def test_that_a_name_like_a_formula_is_no_formula_and_still_the_same_file(tmp_path: Path, name: str) -> None:
    [row] = written(tmp_path / "results.csv", judged(name, 1.0, Label(abnormal=True, kind=name)))
    assert row["path"] != name
    assert PurePosixPath(row["path"]) == PurePosixPath(name)
    assert row["label"] == f"'{name}"


def test_that_a_name_that_is_no_unicode_leaves_valid_utf8(tmp_path: Path) -> None:
    [row] = written(tmp_path / "results.csv", judged("torn\udcff.png", 1.0))
    assert row["path"] == "torn\\udcff.png"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("a bug"), OSError("the camera is gone")])
def test_that_a_block_that_raises_leaves_no_table_and_keeps_its_own_fault(tmp_path: Path, error: BaseException) -> None:
    def block() -> None:
        with ResultsCsv(tmp_path / "results.csv") as table:
            table.write(judged("a.png", 1.0))
            raise error

    with pytest.raises(type(error)) as raised:
        block()
    assert raised.value is error
    assert list(tmp_path.iterdir()) == []


def test_that_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "results.csv"
    with pytest.raises(OutputError, match=r"results\.csv"), ResultsCsv(path):
        pass


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_that_a_full_disk_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.open
    monkeypatch.setattr(
        Path, "open", lambda path, *a, **k: real(Path("/dev/full") if path.suffix == ".csv" else path, *a, **k)
    )
    with pytest.raises(OutputError, match=r"results\.csv"):
        written(tmp_path / "results.csv", *[judged("a.png", 1.0)] * 10_000)
    assert list(tmp_path.iterdir()) == []


def test_that_the_verdict_is_written_as_the_screen_says_it() -> None:
    assert [str(verdict) for verdict in Verdict] == ["OK", "NG", "Unreadable"]
