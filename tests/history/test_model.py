"""The history against a plain list of what was recorded."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from inspector.core.inspection import Inspection, Verdict
from inspector.history import Filter, History, SessionHandle, Writer
from tests.history.records import BEGIN, inspection

SOURCES, DETECTORS = ("camera 0", "größe"), ("bolts", "nuts")

moments = st.integers(0, 20)
inspections = st.builds(
    lambda number, score, voted: inspection(number, score, voted=voted),
    moments,
    st.none() | st.floats(0, 5),
    st.none() | st.sampled_from(list(Verdict)),
)
filters = st.builds(
    lambda since, until, source, detector, verdict: Filter(
        None if since is None else BEGIN + since, None if until is None else BEGIN + until, source, detector, verdict
    ),
    st.none() | moments,
    st.none() | moments,
    st.sampled_from((None, *SOURCES, "nobody's")),
    st.sampled_from((None, *DETECTORS)),
    st.sampled_from((None, *Verdict)),
)


@dataclass(eq=False)
class Known:
    """A session as it should be in the history."""

    handle: SessionHandle
    source: str
    detector: str
    ended: bool = False
    said: list[Inspection] = field(default_factory=list)


@cache
def _empty() -> Path:
    """A history without anything in it: making one takes longer than most examples."""
    path = Path(tempfile.mkdtemp()) / "history.db"
    atexit.register(shutil.rmtree, path.parent)
    History.open(path).close()
    return path


class HistoryMachine(RuleBasedStateMachine):
    running = Bundle("running")
    over = Bundle("over")

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "history.db"
        shutil.copy(_empty(), self.path)
        self.writer = Writer(self.path)
        self.known: list[Known] = []
        self.history = History.open(self.path)

    def teardown(self) -> None:
        if hasattr(self, "history"):
            self.writer.close()
            self.history.close()
            shutil.rmtree(self.folder)

    @rule(target=running, source=st.sampled_from(SOURCES), detector=st.sampled_from(DETECTORS))
    def start(self, source: str, detector: str) -> Known:
        one = Known(self.writer.start("live", source, detector, "", 1.0), source, detector)
        self.known.append(one)
        return one

    @rule(session=running, said=st.lists(inspections, max_size=5))
    def add(self, session: Known, said: list[Inspection]) -> None:
        for one in said:
            session.handle.add(one)
        session.said += said

    @rule(target=over, session=consumes(running))
    def end(self, session: Known) -> Known:
        session.handle.end(note="over")
        session.ended = True
        return session

    @rule(session=consumes(over))
    def delete(self, session: Known) -> None:
        assert self.writer.flush()
        assert session.handle.id is not None
        self.history.delete(session.handle.id)
        self.known.remove(session)

    @rule()
    def open_anew(self) -> None:
        self.history.close()
        self.history = History.open(self.path)

    def meant(self, which: Filter) -> list[tuple[Known, int, Inspection]]:
        return [
            (session, index, one)
            for session in self.known
            for index, one in enumerate(session.said)
            if (which.since is None or one.time >= which.since)
            and (which.until is None or one.time < which.until)
            and which.source in (None, session.source)
            and which.detector in (None, session.detector)
            and which.verdict in (None, one.voted or one.verdict)
        ]

    @rule(which=filters, limit=st.integers(1, 7))
    def read(self, which: Filter, limit: int) -> None:
        assert self.writer.flush()
        meant = self.meant(which)
        assert self.history.count(which) == len(meant)
        read, after = [], None
        while page := self.history.inspections(which, after=after, limit=limit):
            assert len(page) <= limit
            read += page
            after = page[-1].place
        assert [row.place for row in read] == sorted((row.place for row in read), reverse=True)
        assert [row.id for row in reversed(read)] == [row.id for row in self.history.each(which)]
        found = sorted((row.session, row.index, row.inspection.name, row.inspection.score or 0) for row in read)
        assert found == sorted((session.handle.id, index, one.name, one.score or 0) for session, index, one in meant)

    @rule(which=filters, bucket=st.integers(1, 10))
    def draw_a_trend(self, which: Filter, bucket: int) -> None:
        assert self.writer.flush()
        meant = self.meant(which)
        drawn = self.history.trend(which, bucket)
        starts = [one.start for one in drawn]
        assert starts == sorted(set(starts))
        for verdict in Verdict:
            counted = sum(
                {Verdict.OK: one.ok, Verdict.NG: one.ng, Verdict.UNREADABLE: one.unreadable}[verdict] for one in drawn
            )
            assert counted == sum((one.voted or one.verdict) is verdict for _, _, one in meant)
        for one in drawn:
            scores = [said.score for _, _, said in meant if one.start <= said.time < one.start + bucket]
            readable = [score for score in scores if score is not None]
            assert one.ok + one.ng + one.unreadable == len(scores)
            assert (one.lowest, one.highest) == ((min(readable), max(readable)) if readable else (None, None))

    @invariant()
    def sessions_count_what_they_hold(self) -> None:
        if not hasattr(self, "history"):
            return
        assert self.writer.flush()
        sessions = {one.id: one for one in self.history.sessions()}
        assert set(sessions) == {one.handle.id for one in self.known}
        for one in self.known:
            session = sessions[one.handle.id or 0]
            decided = [said.voted or said.verdict for said in one.said]
            assert (session.ok, session.ng, session.unreadable) == tuple(decided.count(verdict) for verdict in Verdict)
            assert (session.ended is not None) == one.ended
        assert self.history.sources() == sorted({one.source for one in self.known})
        assert self.history.detectors() == sorted({one.detector for one in self.known})


TestHistory = HistoryMachine.TestCase
TestHistory.settings = settings(
    max_examples=25,
    stateful_step_count=20,
    suppress_health_check=[HealthCheck.too_slow],
    deadline=None,
    phases=set(Phase) - {Phase.explain},  # which traces every line, and takes minutes
)
