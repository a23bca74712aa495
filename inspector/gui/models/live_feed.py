"""A feed on which somebody looks: judged by one detector or two, recorded, and frozen on NG."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.core.events import Event, FeedChanged, Judged, Listener, PictureChanged, Stage, Warned
from inspector.core.inspection import Verdict
from inspector.core.latest import Latest
from inspector.core.voting import ALONE, Voter, Voting
from inspector.detectors.projection import projection_of
from inspector.gui.models.live import Silence, Tally, Trace
from inspector.gui.models.live_pace import Paced, Tempo
from inspector.history.pictures import Which, wanted
from inspector.jobs.live import LiveOutcome, Shown, live
from inspector.jobs.recording import Recorder
from inspector.jobs.sending import Sender
from inspector.jobs.trigger import OnCall, parse_trigger
from inspector.sources.watched import WatchedFolderSource

if TYPE_CHECKING:
    from inspector.core.feedstate import FeedState
    from inspector.core.inspection import Inspection
    from inspector.detectors import Detector
    from inspector.detectors.projection import Projection
    from inspector.history.writer import Writer
    from inspector.outputs import Outlets, OutletState
    from inspector.sources.base import Source


@dataclass
class Judge:
    """One of a feed's detectors.

    Attributes:
        path: its bundle.
        name: as it is recorded.
        detector: once it is loaded.
        projection: the plane its frames lie in, where it has one.
        override: a threshold moved by hand; None is the detector's own.
        trace: its last scores.
        voter: of the detectors behind the first, whose votes `live` counts.
    """

    path: Path
    name: str
    detector: Detector | None = None
    projection: Projection | None = None
    override: float | None = None
    trace: Trace = field(default_factory=Trace)
    voter: Voter = field(default_factory=Voter)


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """One frame as each detector judged it, and when it was read (`time.monotonic`). Equal only to itself."""

    shown: tuple[Shown, ...]
    read_at: float


class Feed:
    """The job of watching. Called with a listener it runs until the source ends or the listener cancels."""

    def __init__(
        self,
        spec: str,
        bundles: list[Path],
        tempo: Tempo,
        *,
        open_source: Callable[[str], Source] | None = None,
        load: Callable[[Path], Detector] | None = None,
        writer: Writer | None = None,
        voting: Voting = ALONE,
        trigger: str = "always",
        outlets: Callable[[], Outlets] | None = None,
    ) -> None:
        """Prepare.

        Args:
            spec: the source, as `open_source` reads it.
            bundles: one detector or more; the first decides on freezing.
            tempo: by which it is played.
            open_source: makes the source; for tests.
            load: loads a detector; for tests.
            writer: of the history; None records nothing.
            voting: how several frames make one verdict.
            trigger: when a part is judged, as `parse_trigger` reads it.
            outlets: gives the outputs that are told what is found, for as long as the feed is on.
        """
        self.spec, self.bundles = spec, bundles
        self.tempo = tempo
        self.judges = [Judge(path, path.name) for path in bundles]
        self.screen: Latest[Moment] = Latest()
        self.tally = Tally()
        self.freeze = False
        self.frozen = False
        self.voting = voting
        self.trigger = parse_trigger(trigger)
        if self.trigger is None:  # else a part's frames but the last are seen by the first detector alone
            for judge in self.judges:
                judge.voter = Voter(voting)
        self._silence = Silence.NOTHING
        self._source: Source | None = None
        self._unjudged = False
        """Whether nothing was judged since the camera was lost."""
        self.pictures: Which = "ng"
        self._make_source, self._load, self._writer = open_source, load, writer
        self._make_outlets = outlets
        self._outlets: Outlets | None = None

    @property
    def outputs(self) -> list[OutletState]:
        """How it stands with the outputs."""
        outlets = self._outlets
        return [] if outlets is None else outlets.states

    @property
    def state(self) -> FeedState | None:
        """How it stands with the camera or stream; None for all else, and while it is closed."""
        source = self._source
        return None if source is None else source.state

    @property
    def silence(self) -> Silence:
        """What it means that no new frame comes."""
        state = self.state
        lost = (state is not None and state.lost) or (self._unjudged and not self.tempo.paused)
        if lost:
            return Silence.LOST
        return self._silence if self.trigger is None else Silence.WAITING

    @property
    def by_part(self) -> bool:
        """Whether frames between parts are not judged."""
        return self.trigger is not None

    def fire(self) -> None:
        """Have a part judged now, where that is asked for by a key."""
        if isinstance(self.trigger, OnCall):
            self.trigger.fire()

    def __call__(self, listener: Listener) -> LiveOutcome:
        """Run; see `jobs.live.live`."""
        listener(Stage("Loading the detector"))
        for judge in self.judges:
            detector = self._loaded(judge.path)
            judge.projection = projection_of(detector)
            judge.detector = detector
        source = Paced(self._opened(), self.tempo)
        self._silence, self._source = _silence_of(source.inner), source.inner
        raw: Latest[Shown] = Latest()
        with ExitStack() as stack:
            if self._make_outlets is not None:
                self._outlets = stack.enter_context(self._make_outlets())
            senders = [self._sender(source, judge, listener) for judge in self.judges]
            pairs = zip(self.judges, senders, strict=True)
            recorders = [stack.enter_context(self._recorder(source, judge, sender)) for judge, sender in pairs]

            def hear(event: Event) -> None:
                if isinstance(event, FeedChanged) and event.state.lost:
                    self._unjudged = True
                    for judge in self.judges:
                        judge.voter.reset()
                shown = raw.take() if isinstance(event, Judged) else None
                if shown is not None:
                    self._judged(shown, source.read_at, recorders, senders)
                elif isinstance(event, FeedChanged):
                    recorders[0](event)
                    for recorder in recorders[1:]:
                        recorder.note(event)  # and the outputs are told once
                elif isinstance(event, PictureChanged):
                    recorders[0](event)
                listener(event)

            first = self.judges[0]
            assert first.detector is not None  # noqa: S101 - loaded above
            return live(
                source,
                first.detector,
                hear,
                name=first.name,
                screen=raw,
                threshold=lambda: first.override,
                voting=self.voting,
                trigger=self.trigger,
            )

    def _judged(self, shown: Shown, read_at: float, recorders: list[Recorder], senders: list[Sender]) -> None:
        self._unjudged = False
        every = (shown, *(judge_again(judge, shown) for judge in self.judges[1:]))
        for judge, recorder, sender, one in zip(self.judges, recorders, senders, every, strict=True):
            judge.trace.add(one.inspection)
            sender.keep(one)
            if wanted(self.pictures, one.inspection):
                recorder.keep(one)
            recorder(Judged(one.inspection))
        self.tally.judged(shown.inspection, shown.missed)
        if self.freeze and any(one.inspection.decided is Verdict.NG for one in every):
            # Here, before the next frame is read: what stands on the screen is the very frame that was NG.
            self.frozen = True
            self.tempo.pause()
        self.screen.put(Moment(every, read_at))

    def _recorder(self, source: Source, judge: Judge, sender: Sender) -> Recorder:
        return Recorder(sender, self._writer, kind="live", source=source.name, detector=judge.detector, pictures="all")

    def _sender(self, source: Source, judge: Judge, listener: Listener) -> Sender:
        def warn(event: Event) -> None:
            if isinstance(event, Warned):
                listener(event)

        return Sender(warn, self._outlets, source=source.name, detector=judge.detector)

    def _loaded(self, path: Path) -> Detector:
        if self._load is not None:
            return self._load(path)
        from inspector.detectors import load

        return load(path)

    def _opened(self) -> Source:
        if self._make_source is not None:
            return self._make_source(self.spec)
        from inspector.sources.spec import open_source

        return open_source(self.spec)


def _silence_of(source: Source) -> Silence:
    if not source.live:
        return Silence.NOTHING
    return Silence.WAITING if isinstance(source, WatchedFolderSource) else Silence.STALE


def judge_again(judge: Judge, shown: Shown) -> Shown:
    """The same frame, judged by another detector."""
    from inspector.jobs.judging import details_for_pictures, inspect

    detector = judge.detector
    assert detector is not None  # noqa: S101 - a feed loads its detectors before it reads
    override = judge.override
    limit = detector.threshold.value if override is None else override
    if shown.frame is None:
        return _voted(judge, replace(shown.inspection, detector=judge.name, threshold=limit), shown)
    begun = time.perf_counter()
    [measured] = detector.measure([shown.frame.image], details_for_pictures(detector))
    inspection = inspect(
        name=shown.frame.name,
        detector=judge.name,
        score=measured.score,
        threshold=limit,
        taken=shown.frame.time,
        milliseconds=(time.perf_counter() - begun) * 1e3,
        label=shown.frame.label,
        overridden=override is not None,
    )
    return _voted(judge, inspection, replace(shown, measured=measured))


def _voted(judge: Judge, inspection: Inspection, shown: Shown) -> Shown:
    return replace(shown, inspection=replace(inspection, voted=judge.voter.vote(inspection)))
