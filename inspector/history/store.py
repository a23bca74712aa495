"""What the writer thread does to the file.

Imports SQLAlchemy: only to be imported once a history is opened.
"""

from __future__ import annotations

import platform
from collections import Counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, insert, select, update

from inspector.history.address import Server, Where
from inspector.history.database import open_engine, told, writing
from inspector.history.dialects import insert_new
from inspector.history.queries import COUNTERS
from inspector.history.schema import detector, inspection, session, source
from inspector.history.steps import Begin, End, Kept, Row, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Table

    from inspector.core.inspection import Inspection
    from inspector.history.handle import SessionHandle


class Store:
    """Writes steps into a history, all of a call or none. Used by one thread."""

    def __init__(self, where: Where) -> None:
        """Open the history.

        Raises:
            HistoryError: it cannot be.
        """
        self._where = where if isinstance(where, Server) else where.absolute()
        self._engine = open_engine(where)
        self._file = self._which_file()
        self._numbers: dict[SessionHandle, int] = {}

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    @property
    def moved(self) -> bool:
        """Whether the file was moved aside or deleted: SQLite would go on to write where nobody looks."""
        return self._which_file() != self._file

    def _which_file(self) -> tuple[int, int] | None:
        if isinstance(self._where, Server):
            return None
        try:
            status = self._where.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def write(self, steps: Sequence[Step], kept: Sequence[Kept]) -> tuple[dict[SessionHandle, int], list[Kept]]:
        """Write all of it in one transaction.

        A session that was deleted in the meantime, perhaps by another process, begins anew: what is judged from then on
        is recorded all the same.

        Returns:
            the ids of the sessions that began, and the pictures whose inspections are no more.

        Raises:
            HistoryError: nothing was written.
        """
        if not (steps or kept):
            return {}, []
        rows: dict[SessionHandle, list[Row]] = {}
        for step in steps:
            if isinstance(step, Row):
                rows.setdefault(step.handle, []).append(step)
        ends = [step for step in steps if isinstance(step, End)]
        numbers = self._numbers
        began: dict[SessionHandle, int] = {}
        with told(self._where), writing(self._engine).begin() as connection:
            for step in steps:
                if isinstance(step, Begin):
                    began[step.handle] = _begin(connection, step.handle)
            for handle, these in rows.items():
                began |= _add(connection, handle, these, began.get(handle) or numbers.get(handle))
            forlorn = [one for one in kept if not _enter(connection, one)]
            for end in ends:
                _end(connection, end, began.get(end.handle) or numbers.get(end.handle))
        numbers |= began
        for end in ends:
            numbers.pop(end.handle, None)
        return began, forlorn


def _begin(connection: Connection, handle: SessionHandle) -> int:
    facts = handle.facts
    row = {
        "kind": facts.kind,
        "source_id": _number(connection, source, facts.source),
        "detector_id": _number(connection, detector, facts.detector),
        "identity": facts.identity,
        "threshold": float(facts.threshold),
        "started": facts.started,
        "ok": 0,
        "ng": 0,
        "unreadable": 0,
        "lost": 0,
        "note": "",
        "station": text(platform.node()),
    }
    return int(connection.execute(insert(session).returning(session.c.id), row).scalar_one())


def _number(connection: Connection, table: Table, name: str) -> int:
    """The number of a source or a detector, given to it now if it has none."""
    insert_new(connection, table, name=text(name))
    return int(connection.execute(select(table.c.id).where(table.c.name == text(name))).scalar_one())


def _add(
    connection: Connection, handle: SessionHandle, rows: list[Row], number: int | None
) -> dict[SessionHandle, int]:
    """Add `rows` and count them; gives the session's id if it had to begin anew."""
    counted = Counter(row.inspection.decided for row in rows)
    changes: dict[Any, Any] = {counter: counter + counted[verdict] for verdict, counter in COUNTERS.items()}
    changes[session.c.lost] = handle.lost
    anew: dict[SessionHandle, int] = {}
    if not _update(connection, number, changes):
        number = anew[handle] = _begin(connection, handle)
        _update(connection, number, changes)
    source_id, detector_id = connection.execute(
        select(session.c.source_id, session.c.detector_id).where(session.c.id == number)
    ).one()
    shared = {"session_id": number, "source_id": source_id, "detector_id": detector_id}
    connection.execute(insert(inspection), [shared | {"index": row.index} | _plain(row.inspection) for row in rows])
    return anew


def _update(connection: Connection, number: int | None, changes: dict[Any, Any]) -> bool:
    """Change a session; False when there is none of this id."""
    return connection.execute(update(session).where(session.c.id == number).values(changes)).rowcount > 0


def _enter(connection: Connection, kept: Kept) -> bool:
    """Enter pictures in the row of their inspection; False when it is gone."""
    row = and_(
        inspection.c.session_id == kept.session, inspection.c.time == kept.time, inspection.c.index == kept.index
    )
    changes = {"picture": kept.picture, "overlay": kept.overlay}
    return connection.execute(update(inspection).where(row).values(changes)).rowcount > 0


def _end(connection: Connection, step: End, number: int | None) -> None:
    report = None if step.report is None else text(str(step.report))
    changes: dict[Any, Any] = {
        session.c.ended: step.time,
        session.c.lost: step.lost,
        session.c.report: report,
        session.c.note: text(step.note),
    }
    _update(connection, number, changes)


def _plain(one: Inspection) -> dict[str, Any]:
    """An inspection as SQLite takes it: numpy's numbers would be stored as bytes."""
    return {
        "name": text(one.name),
        "time": float(one.time),
        "score": None if one.score is None else float(one.score),
        "threshold": float(one.threshold),
        "verdict": str(one.verdict),
        "voted": None if one.voted is None else str(one.voted),
        "label": None if one.label is None else text(one.label.kind),
        "abnormal": None if one.label is None else bool(one.label.abnormal),
        "error": None if one.error is None else text(one.error),
        "ms": None if one.milliseconds is None else float(one.milliseconds),
        "overridden": bool(one.overridden),
    }


def text(value: str) -> str:
    """`value` as valid Unicode: names of files need not be, and databases take nothing else; nor NUL, as a text."""
    return value.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode("utf-8")
