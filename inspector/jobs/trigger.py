"""When a frame is judged: always, or once for each part, at a word, a time or when what is seen comes to rest."""

from __future__ import annotations

import math
import re
import threading
from typing import TYPE_CHECKING, Protocol

import numpy as np

from inspector.core.cv import cv2
from inspector.core.errors import OptionError

if TYPE_CHECKING:
    import numpy.typing as npt

    from inspector.core.frame import Frame
    from inspector.core.image import Image

_EVERY = re.compile(r"every:\s*(\d+(?:\.\d+)?|\.\d+)\s*s?")
_SHORTEST_S, _LONGEST_S = 0.05, 86_400.0

_LONGER_SIDE = 64  # sensor noise is averaged away, a part that moves by a fiftieth of the picture is not
_MOVING, _STILL = 0.020, 0.010  # mean absolute difference of two frames, in 0..1; apart, so that it does not flutter
_SETTLED_S = 0.3


class Trigger(Protocol):
    """Asked of every frame that was read, in order; keeps what it must of them."""

    def wants(self, frame: Frame) -> bool:
        """Whether a part is to be judged that begins with this frame."""


class OnCall:
    """One part for each `fire`, such as a key, from whatever thread; several before a frame comes are one."""

    def __init__(self) -> None:
        """Wait for the first call."""
        self._asked = threading.Event()

    def fire(self) -> None:
        """Have the next frame judged."""
        self._asked.set()

    def wants(self, frame: Frame) -> bool:  # noqa: ARG002 - a trigger's frame
        """Whether it was called since the frame before."""
        asked = self._asked.is_set()
        self._asked.clear()
        return asked


class Every:
    """One part every so many seconds, by the frames' own times, beginning with the first frame."""

    def __init__(self, seconds: float) -> None:
        """Judge every `seconds`.

        Raises:
            OptionError: it is not in 0.05..86,400.
        """
        if not _SHORTEST_S <= seconds <= _LONGEST_S:
            msg = f"Expected a trigger every {_SHORTEST_S:g} to {_LONGEST_S:,.0f} seconds. Received: {seconds:g}"
            raise OptionError(msg)
        self.seconds = seconds
        self._next = -math.inf

    def wants(self, frame: Frame) -> bool:
        """Whether the time has come. A late frame does not bring the later ones closer together."""
        if frame.time < self._next and self._next - frame.time <= self.seconds:  # else the clock was put back
            return False
        late = frame.time - self._next
        self._next = (self._next if 0 <= late < self.seconds else frame.time) + self.seconds
        return True


class Settled:
    """One part each time that what is seen comes to rest after it moved, and the part that lies there at first.

    Consecutive frames are compared, grey and shrunk: a mean absolute difference above .02 of full range is motion; less
    than .01 for 0.3 seconds is rest.
    """

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self._before: npt.NDArray[np.float32] | None = None
        self._still_since: float | None = None
        self._awaited = True

    def wants(self, frame: Frame) -> bool:
        """Whether it has just come to rest."""
        small = _small(frame.image)
        before, self._before = self._before, small
        if before is None or before.shape != small.shape:
            self._awaited, self._still_since = True, None
            return False
        change = float(np.abs(small - before).mean())
        if change > _MOVING:
            self._awaited = True
        if change >= _STILL:
            self._still_since = None
            return False
        if self._still_since is None:
            self._still_since = frame.time
        if self._awaited and frame.time - self._still_since >= _SETTLED_S:
            self._awaited = False
            return True
        return False


def parse_trigger(text: str) -> Trigger | None:
    """A trigger from `"always"` (None), `"motion"`, `"key"` or `"every:SECONDS"`.

    Raises:
        OptionError: it is none of these.
    """
    asked = text.strip().lower()
    if asked in {"", "always"}:
        return None
    if asked == "motion":
        return Settled()
    if asked == "key":
        return OnCall()
    match = _EVERY.fullmatch(asked)
    if match is None:
        msg = f"Expected a trigger: always, motion, key or every:SECONDS. Received: {text!r}"
        raise OptionError(msg)
    return Every(float(match[1]))


def _small(image: Image) -> npt.NDArray[np.float32]:
    high, wide = image.shape[:2]
    scale = min(1.0, _LONGER_SIDE / max(high, wide))
    size = (max(1, round(wide * scale)), max(1, round(high * scale)))
    grey = cv2.cvtColor(cv2.resize(image, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    return np.asarray(grey, np.float32) / np.float32(255)
