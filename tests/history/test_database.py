from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import inspector.history
from inspector.core.errors import InspectorError
from inspector.history import History, HistoryError, set_aside
from inspector.history.database import open_engine, told
from inspector.history.schema import METADATA, REVISIONS
from tests.history.records import inspection, record


def _ask(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(sql).fetchall()


def test_that_a_new_history_is_empty_and_in_write_ahead_mode(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "größe.db"
    with History.open(path) as history:
        assert (history.count(), history.sessions(), history.inspections()) == (0, [], [])
        assert (history.sources(), history.detectors(), history.trend()) == ([], [], [])
    assert _ask(path, "PRAGMA journal_mode") == [("wal",)]


def test_that_an_empty_file_becomes_a_history(tmp_path: Path) -> None:
    (tmp_path / "history.db").touch()
    with History.open(tmp_path / "history.db") as history:
        assert history.count() == 0


def test_that_the_migrations_make_the_tables_that_queries_see(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "history.db")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
        made = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").all()
    engine.dispose()
    fresh = tmp_path / "fresh.db"
    engine = open_engine(fresh)
    with engine.begin() as connection:
        METADATA.drop_all(connection)
        METADATA.create_all(connection)
        direct = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").all()
    engine.dispose()
    # Alembic does not compare computed columns nor AUTOINCREMENT.
    assert {name: " ".join(sql.split()) for name, sql in made} == {name: " ".join(sql.split()) for name, sql in direct}


def test_that_the_revisions_named_are_those_of_the_migrations() -> None:
    folder = Path(inspector.history.__file__).parent / "migrations"
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")
    revisions = [one.revision for one in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(revisions)) == REVISIONS


def test_that_opening_again_migrates_nothing(tmp_path: Path) -> None:
    History.open(tmp_path / "history.db").close()
    code = (
        "import sys; from pathlib import Path; from inspector.history import History;"
        "History.open(Path(sys.argv[1])).close(); print('alembic' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "history.db")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.split() == ["False"]


@pytest.mark.parametrize("module", ["inspector.history", "inspector.history.export", "inspector.jobs.recording"])
def test_that_sql_is_imported_only_when_a_history_is_opened(module: str) -> None:
    code = f"import sys, {module}; print(*({{'sqlalchemy', 'alembic', 'sqlite3'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_that_a_history_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    record(path, [inspection()])
    _ask(path, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(HistoryError, match="newer version") as caught:
        History.open(path)
    assert str(path) in str(caught.value)
    assert isinstance(caught.value, InspectorError)
    assert _ask(path, "SELECT count(*) FROM inspection") == [(1,)]


@pytest.mark.parametrize(
    "content", [b"a diary, which is no database at all\n" * 40, b"SQLite format 3\0" + bytes(4000)]
)
def test_that_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "history.db"
    path.write_bytes(content)
    with pytest.raises(HistoryError, match="Move it aside") as caught:
        History.open(path)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == content


@pytest.mark.parametrize("table", ["diary", "session", "alembic_version"])
def test_that_a_database_of_another_program_is_refused_and_left_alone(tmp_path: Path, table: str) -> None:
    path = tmp_path / "history.db"
    _ask(path, f"CREATE TABLE {table} (version_num)")
    content = path.read_bytes()
    with pytest.raises(HistoryError, match="not a history of inspector"):
        History.open(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9])
def test_that_a_torn_history_is_told_and_gives_no_half_answers(tmp_path: Path, share: float) -> None:
    path = tmp_path / "history.db"
    record(path, (inspection(number) for number in range(2000)))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])

    def read_all() -> None:
        with History.open(path) as history:
            list(history.each())

    with pytest.raises(HistoryError, match="aside") as caught:
        read_all()
    assert str(path) in str(caught.value)


def test_that_a_place_that_is_no_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HistoryError, match="file"):
        History.open(tmp_path / "file" / "history.db")
    with pytest.raises(HistoryError, match="cannot be opened"):
        History.open(tmp_path)


READ = """
import os, sys
from pathlib import Path
from inspector.history import History, HistoryError
History.open(Path(sys.argv[2])).close()  # imports all there is to import, which another user might not be allowed to
if os.geteuid() == 0:  # who may write anywhere
    os.seteuid(65534)
try:
    History.open(Path(sys.argv[1]))
except HistoryError as error:
    print(error)
"""


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows has no users to be changed to")
@pytest.mark.parametrize("exists", [True, False])
def test_that_a_place_that_cannot_be_written_to_is_told(tmp_path: Path, exists: bool) -> None:  # noqa: FBT001
    # Not below `tmp_path`: another user may not enter its folders.
    folder = Path(tempfile.mkdtemp())
    try:
        path = folder / "history.db"
        if exists:
            record(path, [inspection()])
            path.chmod(0o444)
        folder.chmod(0o555)
        command = [sys.executable, "-c", READ, str(path), str(tmp_path / "another.db")]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert str(path) in done.stdout
        assert "ritable" in done.stdout
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (sqlite3.SQLITE_FULL, "disk is full"),
        (sqlite3.SQLITE_IOERR_WRITE, "disk reports a fault"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, "another program"),
        (sqlite3.SQLITE_READONLY_DBMOVED, "cannot be written to"),
    ],
)
def test_that_what_sqlite_says_becomes_what_a_person_can_act_on(tmp_path: Path, code: int, words: str) -> None:
    fault = sqlite3.OperationalError("as sqlite says it")
    fault.sqlite_errorcode = code
    with pytest.raises(HistoryError, match=words), told(tmp_path / "history.db"):
        raise fault


def test_that_a_wrong_statement_stays_a_bug(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError), told(tmp_path), closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("SELECT nothing FROM nowhere")


def test_that_a_history_set_aside_takes_its_pictures_along_and_a_new_one_begins(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    path.write_bytes(b"torn" * 1000)
    (tmp_path / "history.db-wal").write_bytes(b"pages")
    (tmp_path / "pictures" / "1").mkdir(parents=True)
    (tmp_path / "images").mkdir()
    first = set_aside(path)
    assert {one.name for one in first.iterdir()} == {"history.db", "history.db-wal", "pictures"}
    assert {one.name for one in tmp_path.iterdir()} == {first.name, "images"}
    record(path, [inspection()])
    second = set_aside(path)
    assert second != first
    with History.open(second / "history.db") as history:
        assert history.count() == 1
