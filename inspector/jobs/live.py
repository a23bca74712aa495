"""Watch a source: judge its frames as they come, the newest first where they come faster than they can be judged."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from inspector.core.errors import FrameError
from inspector.core.events import FeedChanged, Judged, Listener, PictureChanged, Progress, Stage, ignore
from inspector.core.inspection import Inspection, Verdict
from inspector.core.voting import ALONE, Voter, Voting
from inspector.jobs.changed import Changed
from inspector.jobs.judging import details_for_pictures, inspect, interruptible, unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

    from inspector.core.feedstate import FeedState
    from inspector.core.frame import Frame
    from inspector.core.inspection import Measured
    from inspector.core.latest import Latest
    from inspector.detectors import Detector
    from inspector.imaging.appearance import Change
    from inspector.imaging.placement import Placed
    from inspector.jobs.trigger import Trigger
    from inspector.sources.base import Source


@dataclass(frozen=True, slots=True)
class Shown:
    """What a screen shows of one frame: all of it belongs to this frame.

    Attributes:
        frame: None when it could not be read.
        measured: what the detector said of it; None when it could not be read.
        inspection: what is said of it.
        missed: frames that were not judged since the feed began, because newer ones had come.
        changes: in what the feed's pictures do not look as the training images did, the largest first.
    """

    frame: Frame | None
    measured: Measured | None
    inspection: Inspection
    missed: int
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class LiveOutcome:
    """What a feed came to: how many frames were judged so, and how many were passed over for newer ones."""

    ok: int
    ng: int
    unreadable: int
    missed: int
    seconds: float


class _Appearance:
    """Looks at every judged frame, and tells a listener when the picture has changed, and when it is as before."""

    def __init__(self, detector: Detector, source: str, listener: Listener) -> None:
        appearance = detector.fitted.appearance
        self._changed = None if appearance is None else Changed(appearance)
        self._source, self._listener = source, listener
        self._told = False

    def look(self, placed: Placed, time: float) -> tuple[Change, ...]:
        if self._changed is None:
            return ()
        found = self._changed.add(placed, time)
        if bool(found) != self._told:
            self._told = bool(found)
            self._listener(PictureChanged(self._source, tuple(map(str, found))))
        return found

    def reset(self) -> None:
        if self._changed is not None:
            self._changed.reset()


class StateTeller:
    """Tells a listener each change in how it stands with a camera or stream."""

    def __init__(self, listener: Listener) -> None:
        """Nothing is told yet."""
        self._listener = listener
        self._told: FeedState | None = None

    def tell(self, source: Source) -> None:
        """Tell it if it changed since the last time."""
        state = source.state
        if state is not None and state is not self._told:
            self._told = state
            self._listener(FeedChanged(source.name, state))


def live(
    source: Source,
    detector: Detector,
    listener: Listener = ignore,
    *,
    name: str = "",
    frames: int | None = None,
    screen: Latest[Shown] | None = None,
    threshold: Callable[[], float | None] = lambda: None,
    pictures: bool = True,
    record: Callable[[Shown], None] | None = None,
    voting: Voting = ALONE,
    trigger: Trigger | None = None,
) -> LiveOutcome:
    """Judge the frames of a source until it ends, `frames` were judged, or the listener raises `Cancelled`.

    A camera source gives its newest frame and counts those passed over, so a slow detector never lags behind; of files,
    also those that arrive in a watched folder, none is passed over.

    Args:
        source: not open yet; it is opened and closed here.
        detector: fitted.
        listener: hears `Judged` for every frame, and `FeedChanged` when a camera or stream is lost or comes back.
        name: of the detector, as it is recorded.
        frames: how many to judge at most; None goes on.
        screen: where what is to be shown is put; the one who shows takes the newest at its own pace.
        threshold: asked before each frame for a threshold moved by hand; None means the detector's own.
        pictures: whether what is shown comes with reconstruction and the like.
        record: given every frame with what was said of it, before the listener hears of it, such as `Recorder.keep`.
        voting: how several frames make one verdict; frames before a loss of the camera do not vote on those after it.
        trigger: when a part is judged; None judges every frame. A part takes as many frames as its vote or mean has,
            and gives one inspection, of the last of them. Frames between parts are not judged, and so not said to be
            anything; `Progress` is told for them.

    Raises:
        SourceError: the source cannot be opened, or is over before its end; what was judged before has been told.
    """
    details = details_for_pictures(detector) if pictures and screen is not None else ()
    counted = dict.fromkeys(Verdict, 0)
    started = time.monotonic()
    teller, parts = StateTeller(listener), _Parts(voting, trigger)
    appearance = _Appearance(detector, source.name, listener)

    def go_on() -> None:
        listener(Progress(sum(counted.values()), frames or source.total))

    with source, interruptible(detector, go_on):
        listener(Stage("Watching", frames or source.total))
        while frames is None or sum(counted.values()) < frames:
            got = _read(source)
            teller.tell(source)
            if source.state is not None and source.state.lost:
                parts.lose()
                appearance.reset()
            if got is None and source.ended:
                break
            if got is None or not parts.take(got):
                go_on()  # nothing came, or nothing to judge: whoever wants to cancel is heard all the same
                continue
            shown = _judge(detector, name or detector.METHOD, got, threshold(), details, _missed(source), appearance)
            shown = replace(shown, inspection=parts.voted(shown.inspection))
            if not parts.complete:
                go_on()
                continue
            counted[shown.inspection.decided] += 1
            if screen is not None:
                screen.put(shown)
            if record is not None:
                record(shown)
            listener(Judged(shown.inspection))
        missed = _missed(source)
    return LiveOutcome(
        counted[Verdict.OK],
        counted[Verdict.NG],
        counted[Verdict.UNREADABLE],
        missed,
        time.monotonic() - started,
    )


class _Parts:
    """Which frames are judged, and what they vote: without a trigger every frame ends a part."""

    def __init__(self, voting: Voting, trigger: Trigger | None) -> None:
        self._voter, self._trigger = Voter(voting), trigger
        self._size = max(voting.mean, voting.out_of)
        self._left = 0

    @property
    def complete(self) -> bool:
        """Whether the part is over, so that something can be said of it."""
        return self._trigger is None or self._left == 0

    def lose(self) -> None:
        """The camera is lost: what was seen of a part is forgotten."""
        self._voter.reset()
        self._left = 0

    def take(self, got: Frame | FrameError) -> bool:
        """Whether this frame is to be judged."""
        if self._trigger is None:
            return True
        begins = not isinstance(got, FrameError) and self._trigger.wants(got)
        if begins and not self._left:
            self._voter.reset()
            self._left = self._size
        if not self._left:
            return False
        self._left -= 1
        return True

    def voted(self, inspection: Inspection) -> Inspection:
        """The inspection with the vote after it. A part that was found NG stays so if its last frame cannot be read."""
        voted = self._voter.vote(inspection)
        if self._trigger is not None and voted is Verdict.UNREADABLE and self._voter.agreed:
            voted = Verdict.NG
        return replace(inspection, voted=voted)


def _judge(
    detector: Detector,
    name: str,
    got: Frame | FrameError,
    override: float | None,
    details: tuple[str, ...],
    missed: int,
    appearance: _Appearance,
) -> Shown:
    limit = detector.threshold.value if override is None else override
    if isinstance(got, FrameError):
        return Shown(None, None, unreadable(got, detector=name, threshold=limit), missed)
    begun = time.perf_counter()
    placed = detector.place([got.image])
    [measured] = detector.measure_placed(placed, details)
    milliseconds = (time.perf_counter() - begun) * 1e3
    inspection = inspect(
        name=got.name,
        detector=name,
        score=measured.score,
        threshold=limit,
        taken=got.time,
        milliseconds=milliseconds,
        label=got.label,
        overridden=override is not None,
    )
    return Shown(got, measured, inspection, missed, appearance.look(placed[0], got.time))


def _read(source: Source) -> Frame | FrameError | None:
    try:
        return source.read()
    except FrameError as error:
        return error


def _missed(source: Source) -> int:
    """What a live source passed over for newer frames; files are never passed over."""
    return int(getattr(source, "missed", 0))
