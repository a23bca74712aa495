"""What a history is asked and what it answers, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.core.inspection import Inspection, Verdict

Kind: TypeAlias = Literal["live", "batch"]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which sessions or inspections are meant; None leaves a thing open.

    Attributes:
        since: seconds since the epoch; inspections of this time or later, sessions that started then or later.
        until: seconds since the epoch; inspections, or starts of sessions, before this time.
        source: its name.
        detector: its name.
        verdict: the one that counted: the voted one where there is one. Sessions: those that hold any such.
        session: its id.
    """

    since: float | None = None
    until: float | None = None
    source: str | None = None
    detector: str | None = None
    verdict: Verdict | None = None
    session: int | None = None


EVERYTHING = Filter()


class Place(NamedTuple):
    """Where a row stands in the order of time: what comes `after` it is the next page."""

    time: float
    id: int


@dataclass(frozen=True, slots=True)
class Session:
    """A live watch or a batch run.

    Attributes:
        id: never given twice, not even after the session was deleted.
        kind: what it was.
        source: what a person calls where the frames came from.
        detector: the detector's name.
        identity: of its training; the name may since have been given to another.
        threshold: the detector's own when the session began; each inspection has the one it was judged by.
        started: seconds since the epoch.
        ended: likewise; None while it runs, and for good when the program was killed.
        ok: inspections that were OK: by the voted verdict, where there is one.
        ng: likewise NG.
        unreadable: likewise neither.
        lost: frames that were judged and whose inspections could not be recorded.
        report: the report of a batch.
        note: what a person should know of it.
        station: the computer that recorded it; empty in histories from before there was this.
    """

    id: int
    kind: Kind
    source: str
    detector: str
    identity: str
    threshold: float
    started: float
    ended: float | None
    ok: int
    ng: int
    unreadable: int
    lost: int
    report: Path | None
    note: str
    station: str = ""

    @property
    def total(self) -> int:
        """The inspections recorded."""
        return self.ok + self.ng + self.unreadable

    @property
    def place(self) -> Place:
        """Where it stands among the sessions."""
        return Place(self.started, self.id)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One inspection as it was recorded.

    Attributes:
        id: of the row.
        session: the id of its session.
        source: where the frame came from.
        index: how many frames were judged before it in its session; a gap is a frame that could not be recorded.
        inspection: what was said. A name that is no valid Unicode has backslash escapes.
        picture: the frame, where it was kept.
        overlay: the frame with its map painted on, where it was kept.
    """

    id: int
    session: int
    source: str
    index: int
    inspection: Inspection
    picture: Path | None
    overlay: Path | None

    @property
    def place(self) -> Place:
        """Where it stands among the inspections."""
        return Place(self.inspection.time, self.id)


@dataclass(frozen=True, slots=True)
class Bucket:
    """The inspections of one stretch of time. Scores are None when nothing in it could be read.

    Attributes:
        start: seconds since the epoch.
        ok: how many were OK.
        ng: how many were NG.
        unreadable: how many were neither.
        lowest: score; scores of different detectors do not compare, levels do.
        mean: of the scores.
        highest: score.
        mean_level: of score / threshold, each by the threshold it was judged by.
        highest_level: likewise.
    """

    start: float
    ok: int
    ng: int
    unreadable: int
    lowest: float | None
    mean: float | None
    highest: float | None
    mean_level: float | None
    highest_level: float | None

    @property
    def ng_rate(self) -> float | None:
        """Share of NG among what was judged, in 0..1; None when nothing was."""
        judged = self.ok + self.ng
        return self.ng / judged if judged else None
