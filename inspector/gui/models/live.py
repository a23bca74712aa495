"""What the Live panel shows: the pictures of a frame, the big verdict, the scores and the figures."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from inspector.core.inspection import Verdict

if TYPE_CHECKING:
    from inspector.core.image import Image
    from inspector.core.inspection import Inspection
    from inspector.detectors import Detector
    from inspector.jobs.live import Shown

STALE_S = 2.0
"""A feed of which nothing new was judged for so long says nothing about the part in front of it."""

GAIN = 3
"""How many times a difference is strengthened so that the eye sees it: always the same, so that frames compare."""

_TRACE = 600
_WINDOW_S = 2.0


class Look(StrEnum):
    """How a frame is shown."""

    MAP = "map"
    CONTOUR = "contour"
    DIFFERENCE = "difference"
    RECONSTRUCTION = "reconstruction"
    PLAIN = "plain"
    BESIDE = "beside"


@dataclass(frozen=True, slots=True)
class Looks:
    """How frames are to be shown: the look, and how much of the picture the red parts of the map hide, in 0..1."""

    look: Look = Look.MAP
    opacity: float = 0.5


@dataclass(frozen=True, slots=True)
class Painted:
    """The pictures of one frame, and the frame itself with its verdict: what is shown always belongs together.

    Attributes:
        shown: the frame, what was measured and what is said of it.
        pictures: one, or input, reconstruction and difference; none when the frame could not be read.
        missing: the look asked for, when the method cannot give it and the plain picture stands in.
    """

    shown: Shown
    pictures: tuple[Image, ...]
    missing: Look | None = None


def paint(detector: Detector, shown: Shown, looks: Looks) -> Painted:
    """Make the pictures of a frame. Not for the GUI's thread: it scales and paints whole pictures."""
    from inspector.imaging.overlay import contour
    from inspector.jobs.judging import overlay_of, picture, reconstruction_of

    frame, measured = shown.frame, shown.measured
    if frame is None or measured is None:
        return Painted(shown, ())
    image = frame.image
    one: Image | None = image
    if looks.look is Look.MAP:
        one = overlay_of(detector, image, measured, opacity=looks.opacity)
    elif looks.look is Look.CONTOUR:
        limit = detector.threshold.map_value
        one = None
        if measured.map is not None and limit is not None:
            where = detector.fitted.placement.onto_picture(
                measured.map, *image.shape[:2], tiled=measured.tiled, pose=measured.pose
            )
            one = contour(image, where, limit)
    elif looks.look is Look.RECONSTRUCTION:
        one = reconstruction_of(detector, image, measured)
    elif looks.look in {Look.DIFFERENCE, Look.BESIDE}:
        made = picture(detector, image, measured, shown.inspection)
        one = None if made.difference is None else _strengthened(made.difference)
        if looks.look is Look.BESIDE and made.reconstruction is not None and one is not None:
            return Painted(shown, (image, made.reconstruction, one))
    return Painted(shown, (image,), looks.look) if one is None else Painted(shown, (one,))


def _strengthened(image: Image) -> Image:
    return np.minimum(image.astype(np.uint16) * GAIN, 255).astype(np.uint8)


class Phase(StrEnum):
    """Where a feed stands."""

    IDLE = "idle"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    LOST = "lost"


class Sign(StrEnum):
    """What the banner says. Only `OK` is green: it stands for a frame judged just now, while the feed runs."""

    NONE = "none"
    OK = "OK"
    NG = "NG"
    HELD_OK = "held OK"
    CHANGED = "changed"
    """It would be OK, but the picture is not what the detector was trained on."""
    UNREADABLE = "Unreadable"
    STALE = "stale"
    STOPPED = "stopped"
    LOST = "lost"


class Silence(StrEnum):
    """What it means when no new frame comes."""

    NOTHING = "nothing"
    """Frames are given when they are asked for, as from a file."""
    WAITING = "waiting"
    """The next picture has not arrived, as in a folder that is watched: the last one still is the last one."""
    STALE = "stale"
    """Something is wrong, as with a camera: the frame shown is not what is in front of it."""
    LOST = "lost"
    """The camera is lost, as its source knows: nothing is said until it is back."""


def sign(phase: Phase, verdict: Verdict | None, age: float, silence: Silence, *, changed: bool = False) -> Sign:
    """What the banner says.

    Args:
        phase: of the feed.
        verdict: of the frame shown; None when there is none.
        age: seconds since a frame was judged.
        silence: what it means that nothing new came for a while.
        changed: whether the picture is no longer what it was in training; then nothing is green.
    """
    without_frame = {
        Phase.LOST: Sign.LOST,
        Phase.STOPPED: Sign.STOPPED,
        Phase.IDLE: Sign.NONE,
        Phase.STARTING: Sign.NONE,
    }
    if phase in without_frame:
        return without_frame[phase]
    # A frame that was frozen because it is NG stays so: it is looked at, and does not claim to be of now.
    lost = silence is Silence.LOST and not (phase is Phase.PAUSED and verdict is Verdict.NG)
    if lost or verdict is None:
        return Sign.LOST if lost else Sign.NONE
    if verdict is Verdict.UNREADABLE:
        return Sign.UNREADABLE
    quiet = phase is Phase.RUNNING and age > STALE_S
    if quiet and silence is Silence.STALE:
        return Sign.STALE
    if verdict is Verdict.NG:
        return Sign.NG
    held = phase is Phase.PAUSED or (quiet and silence is Silence.WAITING)
    good = Sign.HELD_OK if held else Sign.OK
    return Sign.CHANGED if changed else good


class Trace:
    """The last scores of a feed, for the plot; of fixed size, so that a feed may run for weeks.

    Written by the feed's thread and read by the window's: the reader copies, the writer replaces single numbers.
    """

    def __init__(self, length: int = _TRACE) -> None:
        """Remember `length` frames."""
        self._scores = np.full(length, np.nan)
        self._bad = np.zeros(length, np.bool_)
        self.count = 0

    def add(self, inspection: Inspection) -> None:
        """Append a frame; one that could not be read is a gap."""
        place = self.count % len(self._scores)
        self._scores[place] = np.nan if inspection.score is None else inspection.score
        self._bad[place] = inspection.decided is Verdict.NG
        self.count += 1

    def read(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
        """Frame numbers, scores (NaN for unreadable) and which were NG, oldest first."""
        count, length = self.count, len(self._scores)
        held = min(count, length)
        numbers = np.arange(count - held, count)
        places = numbers % length
        return numbers, self._scores[places], self._bad[places]


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers beside the picture. Times are None until there is something to tell."""

    fps: float
    judging_ms: float | None
    latency_ms: float | None
    missed: int
    ok: int
    ng: int
    unreadable: int


class Tally:
    """Counts verdicts and measures the pace of a feed. Written by its thread, read by the window's."""

    def __init__(self) -> None:
        """Count nothing yet."""
        self._counts = dict.fromkeys(Verdict, 0)
        self._times: deque[float] = deque(maxlen=256)
        self._judging: deque[float] = deque(maxlen=30)
        self._latency: deque[float] = deque(maxlen=30)
        self.missed = 0
        self.last = 0.0

    def judged(self, inspection: Inspection, missed: int, now: float | None = None) -> None:
        """One more frame was judged."""
        self._counts[inspection.decided] += 1
        self.missed = missed
        self.last = time.monotonic() if now is None else now
        self._times.append(self.last)
        if inspection.milliseconds is not None:
            self._judging.append(inspection.milliseconds)

    def arrived(self, read_at: float, now: float | None = None) -> None:
        """A frame that was read then (`time.monotonic`) stands on the screen."""
        self._latency.append(((time.monotonic() if now is None else now) - read_at) * 1e3)

    def age(self, now: float | None = None) -> float:
        """Seconds since a frame was judged; 0 when none was."""
        if not self._times:
            return 0.0
        return (time.monotonic() if now is None else now) - self.last

    def figures(self, now: float | None = None) -> Figures:
        """The numbers now."""
        now = time.monotonic() if now is None else now
        recent = [one for one in tuple(self._times) if now - one <= _WINDOW_S]
        span = recent[-1] - recent[0] if len(recent) > 1 else 0.0
        return Figures(
            (len(recent) - 1) / span if span > 0 else 0.0,
            _mean(self._judging),
            _mean(self._latency),
            self.missed,
            self._counts[Verdict.OK],
            self._counts[Verdict.NG],
            self._counts[Verdict.UNREADABLE],
        )


def _mean(values: deque[float]) -> float | None:
    held = tuple(values)
    return sum(held) / len(held) if held else None


def decimals_for(value: float) -> int:
    """So many decimals that four figures of `value` are seen."""
    if not value > 0:
        return 4
    return int(min(12, max(0, 3 - np.floor(np.log10(value)))))


def spoken(value: float) -> str:
    """A score or threshold with four figures, never in powers of ten where people must compare."""
    return f"{value:.{decimals_for(value)}f}"
