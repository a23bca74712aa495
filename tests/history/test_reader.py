from __future__ import annotations

import csv
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from inspector.core.errors import OutputError
from inspector.core.image import Label
from inspector.core.inspection import Verdict
from inspector.history import Bucket, Filter, History, Place, Where, Writer, queries
from inspector.history.database import open_engine
from inspector.history.export import COLUMNS
from tests.history.records import BEGIN, inspection, record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine


def test_that_an_inspection_comes_back_as_it_was(path: Where) -> None:
    ones = [
        inspection(0),
        inspection(1, 1.0000000000000002, voted=Verdict.OK, milliseconds=3.25, overridden=True, threshold=0.1),
        inspection(2, None, label=Label(abnormal=True, kind="scratch – 划痕")),
        inspection(3, 0.0, label=Label(abnormal=False, kind="good"), name="größe/=1+1.png"),
    ]
    number = record(path, ones, source="part – 良品")
    with History.open(path) as history:
        rows = history.inspections(newest_first=False)
    assert [row.inspection for row in rows] == ones
    assert {(row.session, row.source, row.picture, row.overlay) for row in rows} == {
        (number, "part – 良品", None, None)
    }
    assert [row.index for row in rows] == [0, 1, 2, 3]


def test_that_numbers_of_numpy_are_stored_as_numbers(path: Where) -> None:
    record(path, [inspection(0, np.float32(0.1), milliseconds=np.float64(2), threshold=np.float32(1))])  # type: ignore[arg-type]
    with History.open(path) as history:
        [row] = history.inspections()
    assert row.inspection.score == float(np.float32(0.1))
    assert type(row.inspection.threshold) is float


def test_that_a_name_that_is_no_unicode_is_recorded_with_escapes(path: Where) -> None:
    record(path, [inspection(0, name="gr\udcf6sse.png")], source="\udcff")
    with History.open(path) as history:
        [row] = history.inspections()
        assert history.sources() == [r"\udcff"]
    assert row.inspection.name == r"gr\udcf6sse.png"


def test_that_a_session_says_what_it_was_and_counts_by_the_vote(path: Where, tmp_path: Path) -> None:
    with Writer(path) as writer:
        session = writer.start("live", "camera 0", "bolts", "abc123", 0.75)
        session.add(inspection(0, 2.0))
        session.add(inspection(1, 2.0, voted=Verdict.OK))
        session.add(inspection(2, 0.5))
        session.add(inspection(3, None))
        assert writer.flush()
        with History.open(path) as history:
            [running] = history.sessions()
        session.end(report=tmp_path / "report.html", note="Camera lost.")
    with History.open(path) as history:
        [ended] = history.sessions()
    assert (running.ended, running.report, running.note, running.total) == (None, None, "", 4)
    assert (ended.id, ended.kind, ended.source, ended.detector) == (session.id, "live", "camera 0", "bolts")
    assert (ended.identity, ended.threshold) == ("abc123", 0.75)
    assert (ended.ok, ended.ng, ended.unreadable, ended.lost) == (2, 1, 1, 0)
    assert (ended.report, ended.note) == (tmp_path / "report.html", "Camera lost.")
    assert ended.ended is not None
    assert ended.started <= ended.ended


def _pages(history: History, **how: Any) -> Iterator[list[int]]:
    after = None
    while rows := history.inspections(after=after, **how):
        yield [row.index for row in rows]
        after = rows[-1].place


@pytest.mark.parametrize("newest_first", [True, False])
def test_that_pages_follow_each_other_also_where_times_are_equal(path: Where, newest_first: bool) -> None:  # noqa: FBT001
    record(path, [inspection(number // 5) for number in range(23)])
    with History.open(path) as history:
        pages = list(_pages(history, limit=4, newest_first=newest_first))
    order = list(range(23))[:: -1 if newest_first else 1]
    assert pages == [order[begin : begin + 4] for begin in range(0, 23, 4)]


def test_that_a_page_does_not_move_when_new_rows_come(path: Where) -> None:
    record(path, [inspection(number) for number in range(10)])
    with History.open(path) as history:
        first = history.inspections(limit=3)
        record(path, [inspection(number) for number in range(100, 110)])
        second = history.inspections(limit=3, after=first[-1].place)
    assert [row.index for row in first + second] == [9, 8, 7, 6, 5, 4]


def test_that_sessions_are_paged_and_filtered(path: Where) -> None:
    first = record(path, [inspection()], source="camera 0", detector="bolts")
    second = record(path, [inspection(0, 2.0)], source="camera 1", detector="bolts")
    third = record(path, [inspection(0, None)], source="camera 0", detector="nuts")
    with History.open(path) as history:

        def ids(*args: Any, **how: Any) -> list[int]:
            return [one.id for one in history.sessions(*args, **how)]

        assert ids() == [third, second, first]
        page = history.sessions(limit=2)
        assert ids(limit=2, after=page[-1].place) == [first]
        assert ids(Filter(source="camera 0")) == [third, first]
        assert ids(Filter(detector="bolts")) == [second, first]
        assert ids(Filter(verdict=Verdict.NG)) == [second]
        assert ids(Filter(session=first)) == [first]
        assert ids(Filter(source="camera 7")) == []
        middle = page[1].started
        assert ids(Filter(since=middle)) == [third, second]
        assert ids(Filter(until=middle)) == [first]


def test_that_only_sources_and_detectors_with_a_session_are_listed(path: Where) -> None:
    record(path, [inspection()], source="b", detector="Nuts")
    gone = record(path, [inspection()], source="A", detector="bolts")
    record(path, [inspection()], source="c", detector="bolts")
    with History.open(path) as history:
        assert (history.sources(), history.detectors()) == (["A", "b", "c"], ["bolts", "Nuts"])
        history.delete(gone)
        assert (history.sources(), history.detectors()) == (["b", "c"], ["bolts", "Nuts"])


def test_that_a_trend_is_laid_from_the_beginning_asked_for(path: Where) -> None:
    record(
        path,
        [
            inspection(0, 0.5),
            inspection(5, 1.5, threshold=0.5, verdict=Verdict.NG),
            inspection(9, None),
            inspection(9, None),
            inspection(31, 3.0, voted=Verdict.OK),
            inspection(45, None),
        ],
    )
    with History.open(path) as history:
        buckets = history.trend(Filter(since=BEGIN), 10.0)
        assert history.trend(Filter(source="nobody"), 10.0) == []
        # From 1970 on, hours of UTC: BEGIN is 22:13:20.
        assert [bucket.start for bucket in history.trend(bucket=3600.0)] == [BEGIN - 800]
        with pytest.raises(ValueError, match="Received: 0"):
            history.trend(bucket=0)
    assert buckets == [
        Bucket(BEGIN, 1, 1, 2, 0.5, 1.0, 1.5, 1.75, 3.0),
        Bucket(BEGIN + 30, 1, 0, 0, 3.0, 3.0, 3.0, 3.0, 3.0),
        Bucket(BEGIN + 40, 0, 0, 1, None, None, None, None, None),
    ]
    assert [bucket.ng_rate for bucket in buckets] == [0.5, 0.0, None]


def test_that_the_table_exported_holds_what_was_asked_for_oldest_first(path: Where, tmp_path: Path) -> None:
    ones = [
        inspection(0, 0.1, name="=1+1.png", label=Label(abnormal=False, kind="good"), milliseconds=1.5),
        inspection(1, None, error='torn, "really"\nso'),
        inspection(2, 2.0, voted=Verdict.OK, overridden=True),
    ]
    number = record(path, reversed(ones))
    record(path, [inspection(1)], source="another")
    with History.open(path) as history:
        assert history.export_csv(tmp_path / "table.csv", Filter(session=number)) == 3
    text = (tmp_path / "table.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines(keepends=True)))
    assert text.splitlines()[0] == ",".join(COLUMNS)
    assert [row["name"] for row in rows] == ["'=1+1.png", "001.png", "002.png"]
    assert [row["score"] for row in rows] == ["0.1", "", "2.0"]
    assert rows[1]["error"] == 'torn, "really"\nso'
    assert [row["voted"] for row in rows] == ["", "", "OK"]
    assert [row["overridden"] for row in rows] == ["0", "0", "1"]
    assert datetime.fromisoformat(rows[1]["time"]) == datetime.fromtimestamp(BEGIN + 1, UTC)


def test_that_a_table_that_cannot_be_written_is_told(path: Where, tmp_path: Path) -> None:
    record(path, [inspection()])
    (tmp_path / "file").touch()
    with History.open(path) as history, pytest.raises(OutputError, match="Cannot write"):
        history.export_csv(tmp_path / "file" / "table.csv")


def test_that_deleting_a_session_takes_its_pictures_and_no_other(path: Where, tmp_path: Path) -> None:
    with Writer(path) as writer:
        gone, stays = (writer.start("live", "camera", "bolts", "", 1.0) for _ in range(2))
        for session in (gone, stays):
            session.add(inspection(0, 2.0), lambda: b"picture", lambda: b"overlay")
        assert writer.flush()
    assert gone.id is not None
    with History.open(path) as history:
        history.delete(gone.id)
        history.delete(gone.id)
        assert [one.id for one in history.sessions()] == [stays.id]
        [row] = history.inspections()
    assert row.picture is not None
    assert row.picture.read_bytes() == b"picture"
    assert [one.name for one in (tmp_path / "pictures").iterdir()] == [str(stays.id)]


def test_that_a_session_number_is_never_given_twice(path: Where) -> None:
    first = record(path, [inspection()])
    with History.open(path) as history:
        history.delete(first)
    assert record(path, [inspection()]) > first


def test_that_an_interrupted_deletion_leaves_right_counts(path: Where, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inspector.history.reader._DELETED_AT_ONCE", 4)
    number = record(path, [inspection(one, 2.0 if one % 3 else 0.5) for one in range(10)])
    with History.open(path) as history:
        assert history._delete_some(number)
        [session] = history.sessions()
        assert history.count() == session.total == len(history.inspections()) == 6
        assert session.ng == len(history.inspections(Filter(verdict=Verdict.NG)))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A history of 100,000 inspections in ten sessions."""
    path = tmp_path_factory.mktemp("large") / "history.db"
    engine = open_engine(path)
    with engine.begin() as connection:
        run = connection.exec_driver_sql
        for number in range(1, 11):
            run("INSERT INTO source VALUES (?, 'camera ' || ?)", (number, number))
            run("INSERT INTO detector VALUES (?, 'detector ' || ?)", (number, number))
            run(
                "INSERT INTO session(id, kind, source_id, detector_id, identity, threshold, started, ok, ng,"
                " unreadable, lost, note) VALUES (?, 'live', ?, ?, '', 1, ?, 9900, 100, 0, 0, '')",
                (number,) * 4,
            )
        run(
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99999) INSERT INTO inspection"
            "(session_id, source_id, detector_id, 'index', name, time, score, threshold, verdict, overridden)"
            " SELECT i / 10000 + 1, i / 10000 + 1, i / 10000 + 1, i, i || '.png', i * 0.5, 0.5, 1,"
            " CASE WHEN i % 100 THEN 'OK' ELSE 'NG' END, 0 FROM n"
        )
    yield engine
    engine.dispose()


def _plan(engine: Engine, query: Any) -> str:
    sql = str(query.compile(engine, compile_kwargs={"literal_binds": True}))
    with engine.connect() as connection:
        return "\n".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}"))


FILTERS = [
    (Filter(), "time"),
    (Filter(since=1000.0, until=5000.0), "time"),
    (Filter(source="camera 3"), "source"),
    (Filter(detector="detector 3"), "detector"),
    (Filter(verdict=Verdict.NG), "decided"),
    (Filter(verdict=Verdict.OK), "decided"),
    (Filter(session=3), "session"),
    (Filter(session=3, verdict=Verdict.OK, since=1000.0), "session_decided"),
    (Filter(session=3, source="camera 3", detector="detector 3"), "session"),
    (Filter(source="camera 3", verdict=Verdict.OK), "source"),
    (Filter(source="camera 3", detector="detector 3", verdict=Verdict.NG, since=1000.0, until=60000.0), "decided"),
]


@pytest.mark.parametrize(("which", "index"), FILTERS)
@pytest.mark.parametrize("after", [None, Place(30000.0, 60001)])
@pytest.mark.parametrize("newest_first", [True, False])
def test_that_a_page_reads_one_index_and_sorts_nothing(
    engine: Engine,
    which: Filter,
    index: str,
    after: Place | None,
    newest_first: bool,  # noqa: FBT001
) -> None:
    plan = _plan(engine, queries.page(which, after, 200, newest_first=newest_first))
    assert "TEMP B-TREE" not in plan
    assert f"inspection USING INDEX ix_inspection_{index}" in plan.splitlines()[0]
    assert plan.splitlines()[0].startswith("SCAN" if which == Filter() and after is None else "SEARCH")
    if after is not None:
        assert "time<?" in plan or "time>?" in plan


@pytest.mark.parametrize("which", [Filter(), Filter(source="camera 3"), Filter(verdict=Verdict.NG), Filter(session=3)])
def test_that_counting_without_times_reads_no_inspection(engine: Engine, which: Filter) -> None:
    assert "inspection" not in _plan(engine, queries.count(which))


@pytest.mark.parametrize(("which", "index"), FILTERS[1:])
def test_that_a_trend_and_a_count_of_some_time_read_only_what_is_meant(
    engine: Engine, which: Filter, index: str
) -> None:
    assert f"SEARCH inspection USING INDEX ix_inspection_{index}" in _plan(engine, queries.trend(which, 60.0))
    if which.since is not None:
        plan = _plan(engine, queries.count(which)).replace("COVERING ", "")
        assert f"SEARCH inspection USING INDEX ix_inspection_{index} " in plan


def test_that_sessions_are_read_in_their_order(engine: Engine) -> None:
    plan = _plan(engine, queries.sessions(Filter(), Place(5.0, 5), 20))
    assert "TEMP B-TREE" not in plan
    assert "SEARCH session USING INDEX ix_session_started (started<?)" in plan


def test_that_parquet_has_the_columns_of_the_csv_with_their_types(path: Where, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    ones = [inspection(0), inspection(1, 2.0, voted=Verdict.OK, overridden=True), inspection(2, None, name="=1+1.png")]
    record(path, ones)
    to = tmp_path / "out.parquet"
    with History.open(path) as history:
        assert history.export(to) == 3
        assert history.export(tmp_path / "out.csv") == 3
        assert history.export(tmp_path / "none.parquet", Filter(source="nobody")) == 0
    table = pq.read_table(to)
    assert tuple(table.column_names) == COLUMNS
    assert table.schema.field("time").type == pa.timestamp("us", tz="UTC")
    assert table.column("score").to_pylist() == [0.5, 2.0, None]
    assert table.column("name").to_pylist() == ["000.png", "001.png", "=1+1.png"]
    assert table.column("overridden").to_pylist() == [False, True, False]
    assert table.column("time").to_pylist() == [datetime.fromtimestamp(one.time, UTC) for one in ones]
    assert pq.read_table(tmp_path / "none.parquet").num_rows == 0
    with (tmp_path / "out.csv").open(encoding="utf-8") as file:
        assert next(csv.reader(file)) == list(COLUMNS)
