"""What is kept for how long: old inspections go, and the oldest pictures where they take too much room."""

from __future__ import annotations

import math
import os
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, or_, select, update

from inspector.core.errors import OptionError
from inspector.core.events import Listener, Progress, Stage, ignore
from inspector.history import schema
from inspector.history.address import Where, here
from inspector.history.database import open_engine, told, writing
from inspector.history.pictures import Pictures
from inspector.history.queries import fewer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sqlalchemy import Engine

_AT_ONCE = 2000
_PICTURES_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Keep:
    """What is kept.

    Attributes:
        days: inspections, with their pictures, of the last so many days; None keeps all. > 0.
        picture_bytes: pictures, the newest first, up to so many bytes; None keeps all. Their inspections stay. >= 0.

    Raises:
        OptionError: a number is out of its range.
    """

    days: float | None = None
    picture_bytes: int | None = None

    def __post_init__(self) -> None:
        if self.days is not None and not (math.isfinite(self.days) and self.days > 0):
            msg = f"Expected more than 0 days to keep. Received: {self.days}"
            raise OptionError(msg)
        if self.picture_bytes is not None and self.picture_bytes < 0:
            msg = f"Expected 0 bytes or more of pictures to keep. Received: {self.picture_bytes}"
            raise OptionError(msg)


@dataclass(frozen=True, slots=True)
class Pruned:
    """What went, and what the pictures that are left take."""

    inspections: int
    sessions: int
    pictures: int
    bytes_left: int


def prune(where: Where, keep: Keep, listener: Listener = ignore, *, now: float | None = None) -> Pruned:
    """Delete what is not to be kept, in small steps between which others write.

    Cancelled or killed, it has deleted some of it, and the next time goes on; counts and pictures agree with the rows
    at any moment. A picture is deleted before its row forgets it, so that none is left that nobody knows.

    Args:
        where: the history, which exists. Of one on a server, the pictures of this station go.
        keep: what is kept.
        listener: hears `Stage` and `Progress`, and may cancel.
        now: seconds since the epoch.

    Raises:
        HistoryError: the file cannot be read or written.
    """
    engine = open_engine(where)
    try:
        return _Pruner(where, engine, listener).prune(keep, time.time() if now is None else now)
    finally:
        engine.dispose()


class _Pruner:
    def __init__(self, where: Where, engine: Engine, listener: Listener) -> None:
        self._where, self._engine, self._listener = where, engine, listener
        self._pictures = Pictures(here(where))
        self._gone: Counter[str] = Counter()

    def prune(self, keep: Keep, now: float) -> Pruned:
        if keep.days is not None:
            self._listener(Stage("Deleting old inspections"))
            cutoff = now - keep.days * 86_400.0
            while self._rows_before(cutoff):
                self._listener(Progress(self._gone["inspections"]))
            self._empty_sessions(cutoff)
        size = sum(self._size(one) for one in self._pictures.all())
        if keep.picture_bytes is not None and size > keep.picture_bytes:
            self._listener(Stage("Deleting old pictures"))
            while size > keep.picture_bytes and (freed := self._oldest_pictures(size - keep.picture_bytes)) is not None:
                size -= freed
                self._listener(Progress(self._gone["pictures"]))
        return Pruned(self._gone["inspections"], self._gone["sessions"], self._gone["pictures"], max(0, size))

    def _rows_before(self, cutoff: float) -> bool:
        """Delete some of the oldest inspections; whether there were any."""
        rows, table = schema.inspection.c, schema.session
        asked = select(rows.id, rows.session_id, rows.verdict, rows.voted, rows.picture, rows.overlay)
        with told(self._where), writing(self._engine).begin() as connection:
            old = connection.execute(asked.where(rows.time < cutoff).order_by(rows.time).limit(_AT_ONCE)).all()
            if not old:
                return False
            self._unlink((row.picture, row.overlay) for row in old)
            connection.execute(delete(schema.inspection).where(rows.id.in_([row.id for row in old])))
            for number in {row.session_id for row in old}:
                counts = fewer(row.voted or row.verdict for row in old if row.session_id == number)
                connection.execute(update(table).where(table.c.id == number).values(counts))
        self._gone["inspections"] += len(old)
        return True

    def _empty_sessions(self, cutoff: float) -> None:
        """Delete sessions that began before and have no inspections any more; one that still runs begins anew."""
        table = schema.session.c
        there = select(func.count()).where(schema.inspection.c.session_id == table.id).scalar_subquery()
        empty = select(table.id).where(table.started < cutoff, there == 0)
        with told(self._where), writing(self._engine).begin() as connection:
            doomed = list(connection.execute(empty).scalars())
            connection.execute(delete(schema.session).where(table.id.in_(doomed)))
        for number in doomed:
            self._pictures.remove_all(number)
        self._gone["sessions"] += len(doomed)

    def _oldest_pictures(self, too_many: int) -> int | None:
        """Delete some of the oldest pictures; the bytes that came free, or None when no inspection has one."""
        rows = schema.inspection.c
        some = or_(rows.picture.is_not(None), rows.overlay.is_not(None))
        asked = select(rows.id, rows.picture, rows.overlay).where(some)
        freed, doomed = 0, []
        with told(self._where), writing(self._engine).begin() as connection:
            for row in connection.execute(asked.order_by(rows.time).limit(_PICTURES_AT_ONCE)):
                if freed >= too_many:
                    break
                doomed.append(row.id)
                freed += self._unlink([(row.picture, row.overlay)])
            nothing = {"picture": None, "overlay": None}
            connection.execute(update(schema.inspection).where(rows.id.in_(doomed)).values(nothing))
        return freed if doomed else None

    def _unlink(self, pairs: Iterable[tuple[str | None, str | None]]) -> int:
        freed = 0
        for pair in pairs:
            for relative in pair:
                path = self._pictures.path(relative)
                if path is not None and relative is not None:
                    freed += self._size(path)
                    self._pictures.remove(relative)
                    self._gone["pictures"] += 1
        return freed

    @staticmethod
    def _size(path: Path) -> int:
        try:
            return os.stat(path).st_size  # noqa: PTH116 - of a million files; pathlib's takes twice as long
        except OSError:
            return 0
