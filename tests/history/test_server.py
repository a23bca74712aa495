"""A history that several stations share, on PostgreSQL."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy.exc import OperationalError, ProgrammingError

from inspector.cli.app import run
from inspector.core.places import Places
from inspector.history import Filter, History, HistoryError, Server, Writer, parse_where
from inspector.history import server as opening
from inspector.history.schema import METADATA, REVISIONS
from inspector.jobs.workspace import Workspace
from tests.history.records import inspection, record

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.core.errors import InspectorError
    from tests.history.postgres import Postgres


@pytest.fixture
def server(postgres: Postgres, tmp_path: Path) -> Server:
    return postgres.fresh(tmp_path / "history.db")


def raised(error: Exception, beside: Path) -> None:
    with opening.told_of_server(Server("postgresql+psycopg://host/parts", beside)):
        raise error


def problem(writer: Writer) -> InspectorError | None:
    return writer.problem  # mypy takes a property to stay what it was


def indexes(where: Server) -> list[int]:
    with History.open(where) as history:
        return [row.index for row in history.each()]


def test_that_an_address_is_told_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "history.db"
    assert parse_where("", file) == file
    for scheme in ("postgresql", "postgres", "postgresql+psycopg"):
        found = parse_where(f"{scheme}://ann:secret@host:5433/parts?sslmode=require", file)
        assert isinstance(found, Server)
        assert found.url == "postgresql+psycopg://ann:secret@host:5433/parts?sslmode=require"
        assert str(found) == "postgresql+psycopg://ann@host:5433/parts"
        assert found.has_password
    found = parse_where("postgresql://ann@host/parts", file)
    assert isinstance(found, Server)
    assert not found.has_password
    for wrong in ("mysql://host/parts", "history.db", "postgresql://host", "postgresql://host/"):
        with pytest.raises(HistoryError, match="is no address of a history"):
            parse_where(wrong, file)
    with pytest.raises(HistoryError) as told:
        parse_where("mysql://ann:secret@host/parts", file)
    assert "secret" not in str(told.value)


def test_that_the_migrations_make_the_tables_that_queries_see(postgres: Postgres, server: Server) -> None:
    History.open(server).close()
    name = server.url.rpartition("/")[2]
    found = postgres.run(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema='public'", name
    )
    made = {(table, column) for table, column in found if table != "alembic_version"}
    assert made == {(table.name, column.name) for table in METADATA.tables.values() for column in table.c}
    indexed = {one for (one,) in postgres.run("SELECT indexname FROM pg_indexes WHERE schemaname='public'", name)}
    assert {index.name for table in METADATA.tables.values() for index in table.indexes} <= indexed


def test_that_two_stations_that_open_an_empty_database_at_once_both_can(postgres: Postgres, tmp_path: Path) -> None:
    where = postgres.fresh(tmp_path / "history.db", empty=True)
    failed: list[BaseException] = []

    def begin() -> None:
        try:
            History.open(where).close()
        except HistoryError as error:
            failed.append(error)

    threads = [threading.Thread(target=begin) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert not failed
    assert postgres.run("SELECT version_num FROM alembic_version", where.url.rpartition("/")[2]) == [(REVISIONS[-1],)]


def test_that_two_stations_record_at_once(server: Server) -> None:
    command = [sys.executable, "-m", "tests.history.recording_process", server.url]
    stations = [
        subprocess.Popen([*command, f"camera {number}", "1500", str(server.beside)], stdout=subprocess.DEVNULL)
        for number in range(2)
    ]
    assert [one.wait(60) for one in stations] == [0, 0]
    with History.open(server) as history:
        sessions = history.sessions()
        assert [session.total for session in sessions] == [1500, 1500]
        for session in sessions:
            rows = list(history.each(Filter(session=session.id)))
            assert [row.index for row in rows] == list(range(1500))
        assert len({row.id for row in history.each()}) == 3000
        assert {session.source for session in sessions} == {"camera 0", "camera 1"}
        assert all(session.station for session in sessions)


def test_that_a_server_that_is_stopped_and_started_costs_no_row(postgres: Postgres, server: Server) -> None:
    said: list[InspectorError | None] = []
    with Writer(server, on_problem=said.append) as writer:
        session = writer.start("live", "camera 0", "bolts", "abc", 1.0)
        for number in range(50):
            session.add(inspection(number))
        assert writer.flush()
        postgres.stop()
        try:
            for number in range(50, 100):
                session.add(inspection(number))
            assert not writer.flush(20)
            assert "does not answer" in str(problem(writer))
        finally:
            postgres.start()
        for number in range(100, 150):
            session.add(inspection(number))
        end = time.monotonic() + 30
        while not writer.flush(5):
            assert time.monotonic() < end
        assert problem(writer) is None
        assert writer.lost == 0
    assert len(said) >= 2
    assert said[-1] is None
    assert indexes(server) == list(range(150))


def test_that_a_reader_finds_a_server_again_that_was_away(postgres: Postgres, server: Server) -> None:
    record(server, [inspection(number) for number in range(3)])
    with History.open(server) as history:
        assert history.count() == 3
        postgres.stop()
        try:
            with pytest.raises(HistoryError, match="does not answer"):
                history.count()
        finally:
            postgres.start()
        assert history.count() == 3


def test_that_what_a_server_refuses_is_told(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = tmp_path / "history.db"
    monkeypatch.setenv("PGPASSWORD", "wrong")
    monkeypatch.setattr(opening, "_CONNECT_S", 2)
    guarded = postgres.url("postgres", "guarded").replace("guarded@", "guarded:wr0ng@")
    for url, words in (
        (guarded, "lets nobody in"),
        (postgres.url("postgres", "guarded"), "lets nobody in"),
        (postgres.url("nothing"), "has no such database"),
        ("postgresql+psycopg://ann:wr0ng@127.0.0.1:9/parts", "does not answer"),
        ("postgresql+psycopg://ann@nowhere.invalid/parts", "does not answer"),
    ):
        with pytest.raises(HistoryError, match=words) as told:
            History.open(Server(url, beside))
        assert "wr0ng" not in str(told.value)
    with pytest.raises(HistoryError, match="does not allow it"):
        History.open(Server(postgres.url("postgres", "guarded").replace("guarded@", "guarded:right@"), beside))


def test_that_a_database_of_another_program_is_left_alone(postgres: Postgres, tmp_path: Path) -> None:
    where = postgres.fresh(tmp_path / "history.db", empty=True)
    name = where.url.rpartition("/")[2]
    postgres.run("CREATE TABLE session (id int)", name)
    with pytest.raises(HistoryError, match="tables of another program"):
        History.open(where)
    assert postgres.run("SELECT count(*) FROM pg_tables WHERE schemaname='public'", name) == [(1,)]


def test_that_a_newer_history_is_refused(postgres: Postgres, server: Server) -> None:
    postgres.run("UPDATE alembic_version SET version_num='9999'", server.url.rpartition("/")[2])
    with pytest.raises(HistoryError, match="newer version"):
        History.open(server)


def test_that_a_name_with_nul_is_recorded(server: Server) -> None:
    record(server, [inspection(0, name="a\0b.png")])
    with History.open(server) as history:
        assert [row.inspection.name for row in history.each()] == ["a\\x00b.png"]


def test_that_without_psycopg_it_is_told_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(HistoryError, match=r"inspector\[postgresql\]"):
        History.open(Server("postgresql+psycopg://ann@host/parts", tmp_path / "history.db"))


@pytest.mark.parametrize(
    ("state", "words"),
    [("40P01", "tried again"), ("53100", "no room left"), ("57P01", "does not answer"), ("25006", "only be read")],
)
def test_that_what_postgresql_says_becomes_what_a_person_can_act_on(tmp_path: Path, state: str, words: str) -> None:
    fault = psycopg.OperationalError("as it says it")
    fault.sqlstate = state
    with pytest.raises(HistoryError, match=words):
        raised(OperationalError("statement", {}, fault), tmp_path)


def test_that_a_wrong_statement_stays_a_bug(tmp_path: Path) -> None:
    fault = psycopg.errors.UndefinedColumn("no such column")
    with pytest.raises(ProgrammingError):
        raised(ProgrammingError("statement", {}, fault), tmp_path)


def test_that_a_file_from_before_there_were_stations_is_brought_up_to_date(file: Path) -> None:
    record(file, [inspection(number) for number in range(3)])
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("ALTER TABLE session DROP COLUMN station")
        connection.execute("UPDATE alembic_version SET version_num='0001'")
    with History.open(file) as history:
        [session] = history.sessions()
        assert (session.station, session.total, history.count()) == ("", 3, 3)
    record(file, [inspection(9)])
    with History.open(file) as history:
        assert [bool(session.station) for session in sorted(history.sessions(), key=lambda one: one.id)] == [
            False,
            True,
        ]


def test_that_a_workspace_is_shared_and_taken_back(
    postgres: Postgres, server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places, folder = Places.under(tmp_path / "places"), tmp_path / "ws"
    workspace = Workspace.create(folder)
    assert run(["history", "share", str(folder), "postgresql://nobody@127.0.0.1:9/parts"], places) != 0
    assert "does not answer" in capsys.readouterr().err
    assert Workspace.open(folder) == workspace
    assert run(["history", "share", str(folder), server.url.replace("inspector@", "inspector:secret@")], places) == 0
    said = capsys.readouterr()
    assert "secret" not in said.out + said.err
    assert "~/.pgpass" in said.err
    record(Workspace.open(folder).history, [inspection(number) for number in range(3)])
    assert not (folder / "history.db").exists()
    assert run(["history", "export", str(folder), str(tmp_path / "out.csv")], places) == 0
    assert len((tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()) == 4
    assert run(["history", "share", str(folder)], places) == 0
    assert Workspace.open(folder).history == folder / "history.db"
