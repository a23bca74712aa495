"""What is asked of the file, each as one statement.

Imports SQLAlchemy: only to be imported once a history is opened.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import Float, and_, func, literal, literal_column, select, true, tuple_

from inspector.core.inspection import Verdict
from inspector.history.dialects import ChoosingNothing, Whole
from inspector.history.schema import detector, inspection, session, source

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement, Select, Table

    from inspector.history.rows import Filter, Place

COUNTERS = {Verdict.OK: session.c.ok, Verdict.NG: session.c.ng, Verdict.UNREADABLE: session.c.unreadable}
"""Where a session counts the inspections of each verdict."""

_PAGE = [column for column in inspection.c if column.name != "decided"]


def fewer(decided: Iterable[str]) -> dict[Any, Any]:
    """What a session's counters become when inspections with these verdicts that counted are deleted."""
    counted = Counter(decided)
    return {column: column - counted[str(verdict)] for verdict, column in COUNTERS.items()}


def page(which: Filter, after: Place | None, limit: int | None, *, newest_first: bool = True) -> Select[Any]:
    """Inspections in the order of their time."""
    order = (inspection.c.time, inspection.c.id)
    query = select(*_PAGE).where(_inspections(which))
    if after is not None:
        here, there = tuple_(*order), tuple_(literal(after.time), literal(after.id))
        query = query.where(here < there if newest_first else here > there)
    query = query.order_by(*(column.desc() if newest_first else column.asc() for column in order))
    return query if limit is None else query.limit(limit)


def sessions(which: Filter, after: Place | None, limit: int) -> Select[Any]:
    """Sessions, the newest first."""
    query = (
        select(session, source.c.name.label("source"), detector.c.name.label("detector"))
        .join(source, session.c.source_id == source.c.id)
        .join(detector, session.c.detector_id == detector.c.id)
        .where(_sessions(which))
    )
    if which.verdict is not None:
        query = query.where(COUNTERS[which.verdict] > 0)
    if after is not None:
        query = query.where(tuple_(session.c.started, session.c.id) < tuple_(literal(after.time), literal(after.id)))
    return query.order_by(session.c.started.desc(), session.c.id.desc()).limit(limit)


def count(which: Filter) -> Select[Any]:
    """How many inspections; without times it is enough to add up what the sessions count themselves."""
    if which.since is not None or which.until is not None:
        return select(func.count()).select_from(inspection).where(_inspections(which))
    counters = COUNTERS.values() if which.verdict is None else (COUNTERS[which.verdict],)
    return select(sum((func.coalesce(func.sum(one), 0) for one in counters), start=literal(0))).where(_sessions(which))


def trend(which: Filter, bucket: float) -> Select[*tuple[Any, ...]]:
    """Figures for each stretch of `bucket` seconds."""
    begin = 0.0 if which.since is None else which.since
    score, decided = inspection.c.score, inspection.c.decided
    level = score / inspection.c.threshold
    # SQLite cuts off towards zero: times before `begin` would fall into its bucket, but only times before 1970 can be.
    number = Whole((inspection.c.time - literal(begin, Float)) / literal(bucket, Float)).label("number")
    return (
        select(
            number,
            *(func.count().filter(decided == str(verdict)) for verdict in COUNTERS),
            func.min(score),
            func.avg(score),
            func.max(score),
            func.avg(level),
            func.max(level),
        )
        .where(_inspections(which))
        .group_by(literal_column("number"))
        .order_by(literal_column("number"))
    )


def ok_scores(identity: str, name: str, begin: float, day: float, unit: float) -> Select[*tuple[Any, ...]]:
    """(day, bin, count) of the scores that were OK, of one training of a detector."""
    rows = inspection.c
    of_it = select(session.c.id).join(detector, session.c.detector_id == detector.c.id)
    of_it = of_it.where(session.c.identity == identity, detector.c.name == name)
    number = Whole((rows.time - literal(begin, Float)) / literal(day, Float)).label("day")
    place = Whole(rows.score / literal(unit, Float)).label("bin")
    chosen = and_(rows.session_id.in_(of_it), rows.decided == str(Verdict.OK), rows.score.is_not(None))
    return select(number, place, func.count()).where(chosen).group_by(literal_column("day"), literal_column("bin"))


def names(table: Table) -> Select[Any]:
    """All sources or all detectors, with their numbers."""
    return select(table.c.id, table.c.name)


def names_in_use(table: Table, number: ColumnElement[int]) -> Select[Any]:
    """The names of those that have a session, in the order of the alphabet."""
    return select(table.c.name).where(table.c.id.in_(select(number))).order_by(func.lower(table.c.name), table.c.name)


def oldest_ids(number: int, limit: int) -> Select[Any]:
    """Some inspections of a session."""
    return select(inspection.c.id).where(inspection.c.session_id == number).limit(limit)


def _inspections(which: Filter) -> ColumnElement[bool]:
    """The terms on inspections. The one that leaves the fewest rows chooses the index.

    SQLite, which keeps no account of what is rare, would as soon walk all OK parts of all time to find those of one
    session.
    """
    terms: list[ColumnElement[bool]] = []
    if which.since is not None:
        terms.append(inspection.c.time >= which.since)
    if which.until is not None:
        terms.append(inspection.c.time < which.until)
    verdict = [] if which.verdict is None else [inspection.c.decided == str(which.verdict)]
    named = _named(inspection, which)
    if which.session is not None:
        # There is an index on both, so both choose.
        chosen = [inspection.c.session_id == which.session, *verdict]
        others = named
    else:
        falling = [*named, *verdict] if which.verdict is Verdict.OK else [*verdict, *named]
        chosen, others = falling[:1], falling[1:]
    return and_(true(), *terms, *chosen, *(ChoosingNothing(one) for one in others))


def _sessions(which: Filter) -> ColumnElement[bool]:
    terms: list[ColumnElement[bool]] = []
    if which.since is not None:
        terms.append(session.c.started >= which.since)
    if which.until is not None:
        terms.append(session.c.started < which.until)
    if which.session is not None:
        terms.append(session.c.id == which.session)
    return and_(true(), *terms, *_named(session, which))


def _named(table: Table, which: Filter) -> list[ColumnElement[bool]]:
    """The terms on source and detector; a name that was never recorded has no number, and nothing equals that."""
    terms: list[ColumnElement[bool]] = []
    for column, named, name in (
        (table.c.source_id, source, which.source),
        (table.c.detector_id, detector, which.detector),
    ):
        if name is not None:
            terms.append(column == select(named.c.id).where(named.c.name == name).scalar_subquery())
    return terms
