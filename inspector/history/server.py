"""Opening a history on PostgreSQL: migrations, and what is said when the server refuses.

Imports SQLAlchemy: only to be imported once a history is opened.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, inspect
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from inspector.history.errors import HistoryError
from inspector.history.migrating import migrate
from inspector.history.schema import METADATA, REVISIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

    from inspector.history.address import Server

_CONNECT_S = 5
_STATEMENT_MS = 60_000
_SILENT_MS = 15_000
_LOCK = 0x494E5350
"""Of the advisory lock under which one station at a time migrates ("INSP")."""

_AWAY = "does not answer. Check that it runs and the network to it; what is judged meanwhile waits, up to a limit"

# By SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html), the longest that fits.
_REASONS = {
    "08": _AWAY,
    "57P": _AWAY,
    "28": "lets nobody in with this name and password. Put the password into ~/.pgpass or PGPASSWORD",
    "3D000": "has no such database. Make it: createdb NAME",
    "42501": "does not allow it. Give the user all rights on the database",
    "40": "was busy with another station. It is tried again",
    "53100": "has no room left on its disk. Free some space there",
    "53300": "takes no more connections. Close some programs that use it, or raise max_connections",
    "53": "lacks memory or room. Look after the server",
    "57014": "took longer than a minute to answer. Look after the server",
    "25006": "can only be read. Connect to the one that is written to",
    "58": "reports a fault of its disk. Look after the server",
}


@contextmanager
def told_of_server(server: Server) -> Iterator[None]:
    """Turn what the server says into what a person can act on; what is a bug of ours passes.

    Raises:
        HistoryError: the server, its network or what it allows is at fault.
    """
    try:
        yield
    except NoConnection as error:
        msg = f"The history {server} {_REASONS['53300']}."
        raise HistoryError(msg) from error
    except DBAPIError as error:
        reason = _reason(error)
        if reason is None:
            raise
        said = str(error.orig).strip().splitlines()
        msg = f"The history {server} {reason} ({said[0] if said else 'no word'})."
        raise HistoryError(msg) from error


def _reason(error: DBAPIError) -> str | None:
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        fits = [begin for begin in _REASONS if state.startswith(begin)]
        return _REASONS[max(fits, key=len)] if fits else None
    if "password" in str(error.orig) or "authentication" in str(error.orig):
        return _REASONS["28"]
    if "does not exist" in str(error.orig):
        return _REASONS["3D000"]
    # Psycopg gives no state where it never came to talk to a server.
    return _AWAY if error.connection_invalidated or isinstance(error, OperationalError) else None


def open_server(server: Server) -> Engine:
    """Open the history on a server: made if the database is empty, migrated if it is older.

    Raises:
        HistoryError: it cannot be reached, is foreign or newer, or nobody may write there.
    """
    try:
        engine = create_engine(
            server.url,
            pool_pre_ping=True,
            pool_size=2,
            max_overflow=4,
            pool_timeout=_CONNECT_S,
            connect_args={
                "connect_timeout": _CONNECT_S,
                "options": f"-c statement_timeout={_STATEMENT_MS} -c application_name=inspector",
                # A server whose cable is pulled says nothing: without these, a write would wait for 15 minutes.
                "tcp_user_timeout": _SILENT_MS,
                "keepalives_idle": 5,
                "keepalives_interval": 5,
                "keepalives_count": 2,
            },
        )
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        msg = f"The history {server} needs a package: pip install 'inspector[postgresql]'"
        raise HistoryError(msg) from error
    except Exception as error:
        msg = f"{server} is no address of a history: {error}."
        raise HistoryError(msg) from error
    try:
        with told_of_server(server), engine.begin() as connection:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
            if _revision(connection, server) != REVISIONS[-1]:
                migrate(connection)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _revision(connection: Connection, server: Server) -> str | None:
    """How far the database was migrated; None when it holds nothing of this name."""
    tables = set(inspect(connection).get_table_names())
    if "alembic_version" not in tables:
        taken = tables & set(METADATA.tables)
        if taken:
            msg = (
                f"The database {server} holds tables of another program ({', '.join(sorted(taken))}) and was left "
                "alone. Make a database of its own for the history."
            )
            raise HistoryError(msg)
        return None
    revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if revision not in REVISIONS:
        msg = (
            f"The history {server} was made by a newer version of inspector, or by another program (schema {revision}; "
            f"this one knows up to {REVISIONS[-1]}). Install that version, or use a database of its own."
        )
        raise HistoryError(msg)
    return str(revision)
