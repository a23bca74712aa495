"""Reading a history: pages of it, counts, trends; deleting a session."""

from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from inspector.core.image import Label
from inspector.core.inspection import Inspection, Verdict
from inspector.history.address import Where, here
from inspector.history.errors import HistoryError
from inspector.history.pictures import Pictures
from inspector.history.rows import EVERYTHING, Bucket, Filter, Place, Recorded, Session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from sqlalchemy import Connection, Engine, Row, Select, Table

    from inspector.history.drift import Drift

_DELETED_AT_ONCE = 2000
_FETCHED_AT_ONCE = 2000
_BINS = 400  # of a threshold; a control chart is read to a hundredth


class History:
    """A history opened for reading; any thread may use it, and others may write at the same time.

    Every method raises `HistoryError` when the file turns out damaged or its disk fails.
    """

    def __init__(self, where: Where, engine: Engine) -> None:
        """Use `History.open`."""
        self.where = where
        self._engine = engine
        self._pictures = Pictures(here(where))

    @classmethod
    def open(cls, where: Where) -> Self:
        """Open a history; it is made if it is missing, and brought up to date if it is older.

        Raises:
            HistoryError: it is torn, foreign or made by a newer version (`set_aside` moves such a file out of the way),
                or its place cannot be written to; or the server it is on cannot be reached.
        """
        from inspector.history.database import open_engine

        return cls(where, open_engine(where))

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def sessions(self, which: Filter = EVERYTHING, *, after: Place | None = None, limit: int = 200) -> list[Session]:
        """A page of sessions, the newest first: those behind the place of the last one of the page before."""
        from inspector.history import queries

        with self._reading() as connection:
            return [_session(row) for row in connection.execute(queries.sessions(which, after, limit))]

    def inspections(
        self,
        which: Filter = EVERYTHING,
        *,
        after: Place | None = None,
        limit: int = 200,
        newest_first: bool = True,
    ) -> list[Recorded]:
        """A page of inspections in the order of their time: those behind the place of the last one before.

        Every page costs the same, however far down it is.
        """
        from inspector.history import queries

        with self._reading() as connection:
            named = _Names(connection)
            rows = connection.execute(queries.page(which, after, limit, newest_first=newest_first))
            return [self._recorded(row, named) for row in rows]

    def each(self, which: Filter = EVERYTHING) -> Iterator[Recorded]:
        """All inspections that are meant, the oldest first, as they were when this began; few are in memory at once."""
        from inspector.history import queries

        with self._reading() as connection:
            named = _Names(connection)
            streaming = connection.execution_options(yield_per=_FETCHED_AT_ONCE)
            for row in streaming.execute(queries.page(which, None, None, newest_first=False)):
                yield self._recorded(row, named)

    def count(self, which: Filter = EVERYTHING) -> int:
        """How many inspections are meant. At once without times in the filter; with them, by counting."""
        from inspector.history import queries

        with self._reading() as connection:
            return int(connection.execute(queries.count(which)).scalar_one())

    def trend(self, which: Filter = EVERYTHING, bucket: float = 3600.0) -> list[Bucket]:
        """Scores and verdicts over time, in stretches of `bucket` seconds; stretches without inspections are left out.

        They are laid from `which.since` on, so that days can be those of the place; without it, from 1970 (UTC).
        """
        from inspector.history import queries

        if not bucket > 0:
            msg = f"Expected a bucket of more than 0 seconds. Received: {bucket}"
            raise ValueError(msg)
        begin = 0.0 if which.since is None else which.since
        with self._reading() as connection:
            rows = connection.execute(queries.trend(which, bucket)).all()
        return [Bucket(begin + int(number) * bucket, *figures) for number, *figures in rows]

    def drift(self, midnight: float = 0.0) -> Drift | None:
        """How the scores of good parts went, by the detector that was used last; None when too few are recorded.

        Args:
            midnight: of any day, seconds since the epoch; days are laid by it.
        """
        from inspector.history import queries
        from inspector.history.drift import DAY, drift_of

        newest = next(iter(self.sessions(Filter(verdict=Verdict.OK), limit=1)), None)
        if newest is None or not newest.threshold > 0:
            return None
        begin, unit = midnight % DAY, newest.threshold / _BINS
        query = queries.ok_scores(newest.identity, newest.detector, begin, DAY, unit)
        with self._reading() as connection:
            rows = [(int(day), int(place), int(count)) for day, place, count in connection.execute(query)]
        return drift_of(newest.detector, rows, begin=begin, unit=unit, threshold=newest.threshold)

    def sources(self) -> list[str]:
        """The names of all sources that have a session."""
        from inspector.history import queries, schema

        return self._names(schema.source, schema.session.c.source_id, queries)

    def detectors(self) -> list[str]:
        """The names of all detectors that have a session."""
        from inspector.history import queries, schema

        return self._names(schema.detector, schema.session.c.detector_id, queries)

    def delete(self, session: int) -> None:
        """Delete a session with its inspections and pictures; one that is not there is no fault.

        In small steps, between which others write. Interrupted, it leaves a smaller session whose counts are right.

        Raises:
            HistoryError: pictures are left; the session itself is gone.
        """
        while self._delete_some(session):
            time.sleep(0)
        self._pictures.remove_all(session)

    def export_csv(self, path: Path, which: Filter = EVERYTHING) -> int:
        """Write the inspections that are meant as a table, the oldest first; give their number.

        Raises:
            OutputError: the place cannot be written to; what stood there is untouched.
        """
        from inspector.history.export import write_csv

        return write_csv(path, self.each(which))

    def export(self, path: Path, which: Filter = EVERYTHING) -> int:
        """As `export_csv`, or as Parquet where the name ends in `.parquet`."""
        from inspector.history.export import write_csv, write_parquet

        write = write_parquet if path.suffix.lower() == ".parquet" else write_csv
        return write(path, self.each(which))

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        from inspector.history.database import reading, told

        with told(self.where), reading(self._engine).connect() as connection:
            yield connection

    def _names(self, table: Table, number: Any, queries: Any) -> list[str]:
        with self._reading() as connection:
            return list(connection.execute(queries.names_in_use(table, number)).scalars())

    def _delete_some(self, session: int) -> bool:
        """Delete a few inspections of a session, or the session when it has none; False when it is gone."""
        from sqlalchemy import delete, update

        from inspector.history import queries, schema
        from inspector.history.database import told, writing

        rows, table = schema.inspection.c, schema.session
        with told(self.where), writing(self._engine).begin() as connection:
            doomed = queries.oldest_ids(session, _DELETED_AT_ONCE)
            gone = connection.execute(
                delete(schema.inspection).where(rows.id.in_(doomed)).returning(rows.verdict, rows.voted)
            ).all()
            if not gone:
                connection.execute(delete(table).where(table.c.id == session))
                return False
            fewer = queries.fewer(voted or verdict for verdict, voted in gone)
            connection.execute(update(table).where(table.c.id == session).values(fewer))
        return True

    def _recorded(self, row: Row[Any], named: _Names) -> Recorded:
        inspection = Inspection(
            name=row.name,
            detector=named.detectors[row.detector_id],
            score=row.score,
            threshold=row.threshold,
            verdict=Verdict(row.verdict),
            time=row.time,
            voted=None if row.voted is None else Verdict(row.voted),
            label=None if row.label is None else Label(abnormal=bool(row.abnormal), kind=row.label),
            error=row.error,
            milliseconds=row.ms,
            overridden=row.overridden,
        )
        return Recorded(
            id=row.id,
            session=row.session_id,
            source=named.sources[row.source_id],
            index=row._mapping["index"],  # noqa: SLF001 - SQLAlchemy's public name for it; `row.index` is a method
            inspection=inspection,
            picture=self._pictures.path(row.picture),
            overlay=self._pictures.path(row.overlay),
        )


class _Names:
    """The names behind the numbers, read in the same transaction; a join would let SQLite walk a page the wrong way."""

    def __init__(self, connection: Connection) -> None:
        from inspector.history import queries, schema

        self.sources = _numbered(connection, queries.names(schema.source))
        self.detectors = _numbered(connection, queries.names(schema.detector))


def _numbered(connection: Connection, query: Select[Any]) -> dict[int, str]:
    return {row.id: row.name for row in connection.execute(query)}


def _session(row: Row[Any]) -> Session:
    return Session(
        id=row.id,
        kind=row.kind,
        source=row.source,
        detector=row.detector,
        identity=row.identity,
        threshold=row.threshold,
        started=row.started,
        ended=row.ended,
        ok=row.ok,
        ng=row.ng,
        unreadable=row.unreadable,
        lost=row.lost,
        report=None if row.report is None else Path(row.report),
        note=row.note,
        station=row.station,
    )


def set_aside(path: Path) -> Path:
    """Move a history that cannot be opened, with its pictures, to a folder beside it; give that folder.

    Its pictures go with it, as a new history would give their sessions' numbers again.

    Raises:
        HistoryError: it cannot be moved.
    """
    path = path.absolute()
    stem = f"{path.stem} set aside {time.strftime('%Y-%m-%d %H%M%S')}"
    number, folder = 1, path.parent / stem
    try:
        while folder.exists():
            number += 1
            folder = path.parent / f"{stem} {number}"
        folder.mkdir()
        # The pages not yet in the file itself first: left behind, they would be taken for the new history's.
        for name in (f"{path.name}-wal", f"{path.name}-shm", path.name, "pictures"):
            if (path.parent / name).exists():
                (path.parent / name).replace(folder / name)
    except OSError as error:
        msg = f"The history {path} cannot be moved aside: {error.strerror or error}. Close what uses it and try again."
        raise HistoryError(msg) from error
    return folder
