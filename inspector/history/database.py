"""Opening a history: of a file its pragmas, migrations, and what is said when SQLite refuses.

Imports SQLAlchemy: only to be imported once a history is opened.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, create_engine, event
from sqlalchemy.exc import DBAPIError

from inspector.history.address import Server, Where
from inspector.history.errors import HistoryError
from inspector.history.migrating import migrate
from inspector.history.schema import APPLICATION, REVISIONS
from inspector.history.server import open_server, told_of_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

_BUSY_S = 10.0
"""How long one process waits for another's transaction; those of this program take milliseconds."""

_ASIDE = "Move it aside, and a new history is begun"

_REASONS = {
    sqlite3.SQLITE_NOTADB: f"is not a history of inspector and was left alone. {_ASIDE}",
    sqlite3.SQLITE_CORRUPT: f"is damaged. {_ASIDE}",
    sqlite3.SQLITE_READONLY: "cannot be written to. Make it and its folder writable, or open another workspace",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened for writing. Make its folder writable, or open another workspace",
    sqlite3.SQLITE_PERM: "cannot be written to. Make it and its folder writable, or open another workspace",
    sqlite3.SQLITE_FULL: "was not written: the disk is full. Free some space",
    sqlite3.SQLITE_IOERR: "cannot be read or written: the disk reports a fault. Look after the disk",
    sqlite3.SQLITE_BUSY: "is held by another program. Close that program and try again",
    sqlite3.SQLITE_LOCKED: "is held by another program. Close that program and try again",
}


@contextmanager
def told(where: Where) -> Iterator[None]:
    """Turn what the database says into what a person can act on; what is a bug of ours passes.

    Raises:
        HistoryError: the file or its disk, or the server or its network, is at fault.
    """
    if isinstance(where, Server):
        with told_of_server(where):
            yield
        return
    path = where
    try:
        yield
    except (sqlite3.Error, DBAPIError) as error:
        fault = error.orig if isinstance(error, DBAPIError) else error
        # The lowest byte says what is wrong, the others where in SQLite it was noticed.
        reason = _REASONS.get(getattr(fault, "sqlite_errorcode", 0) & 0xFF)
        if reason is None:
            raise
        msg = f"The history {path} {reason} ({fault})."
        raise HistoryError(msg) from error


def open_engine(where: Where) -> Engine:
    """Open a history: made if it is missing, migrated if it is older.

    A file is in write-ahead mode with `synchronous=NORMAL`: readers and the writer do not wait for each other. What is
    committed outlives the program, however it ends; when the machine itself loses power, the last commits may be
    missing, but the file is whole.

    Raises:
        HistoryError: the file is torn, foreign, made by a newer version, or its place cannot be written to; or the
            server cannot be reached.
    """
    if isinstance(where, Server):
        return open_server(where)
    path = where.absolute()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"The history {path} cannot be made: {error.strerror or error}. Choose another folder."
        raise HistoryError(msg) from error
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(path)), connect_args={"timeout": _BUSY_S, "check_same_thread": False}
    )
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    try:
        with told(path):
            _make_current(engine, path)
    except BaseException:
        engine.dispose()
        raise
    return engine


def reading(engine: Engine) -> Engine:
    """The same engine; its transactions see the history as it was when they began, however many statements they are.

    SQLite's do anyway.
    """
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ")


def writing(engine: Engine) -> Engine:
    """The same engine; its transactions ask for the right to write when they begin.

    One that reads first and writes later would fail at once when another process wrote in between: waiting for that
    process could not help it.
    """
    return engine.execution_options(writing=True)


def _set_up(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # Python's module would begin transactions late, and not at all for a SELECT
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _make_current(engine: Engine, path: Path) -> None:
    with engine.begin() as connection:
        # Before anything is changed: whatever is foreign is left as it was.
        _revision(connection, path)
    _write_ahead(engine)
    with writing(engine).begin() as connection:
        if _revision(connection, path) != REVISIONS[-1]:
            connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION}")
            migrate(connection)


def _revision(connection: Connection, path: Path) -> str | None:
    """How far the file was migrated; None when it is empty."""
    application = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
    tables = set(connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars())
    if not tables and application in (0, APPLICATION):
        return None
    if application != APPLICATION or "alembic_version" not in tables:
        msg = f"{path} is a database, but not a history of inspector, and was left alone. {_ASIDE}."
        raise HistoryError(msg)
    revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if revision not in REVISIONS:
        msg = (
            f"The history {path} was made by a newer version of inspector (schema {revision}; this one knows up to "
            f"{REVISIONS[-1]}). Install that version, or move the file aside, and a new history is begun."
        )
        raise HistoryError(msg)
    return str(revision)


def _write_ahead(engine: Engine) -> None:
    """Switch to write-ahead mode; on a disk that cannot have it, such as a network share, all works but more slowly."""
    end = time.monotonic() + _BUSY_S
    connection = engine.raw_connection()
    try:
        while True:
            try:
                connection.cursor().execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError as error:
                # SQLite does not wait by itself here when another process makes the same switch.
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                    raise
                time.sleep(0.02)
            else:
                return
    finally:
        connection.close()
