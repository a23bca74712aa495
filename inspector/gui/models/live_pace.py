"""The pace of a feed on which somebody looks: it pauses, steps, repeats, and plays files at a speed one can follow."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from inspector.sources.base import Shot, Source

if TYPE_CHECKING:
    from inspector.core.feedstate import FeedState

FOLDER_FPS = 5.0
"""At which a folder is shown that has no pace of its own."""

_LOOK_UP_S = 0.1
"""The longest that a feed at rest goes without asking whether it should end."""


class Tempo:
    """Pause, step and pace. The window turns it, the feed's thread waits by it."""

    def __init__(self) -> None:
        """Run at the source's own pace."""
        self._condition = threading.Condition()
        self._paused = False
        self._steps = 0
        self._fps: float | None = None
        self._due = 0.0
        self.repeat = False

    @property
    def paused(self) -> bool:
        """Whether frames are only given by `step`."""
        with self._condition:
            return self._paused

    def pause(self) -> None:
        """Give no frame until `resume` or `step`."""
        with self._condition:
            self._paused, self._steps = True, 0

    def resume(self) -> None:
        """Go on."""
        with self._condition:
            self._paused, self._due = False, 0.0
            self._condition.notify_all()

    def step(self) -> None:
        """Pause, and give one frame."""
        with self._condition:
            self._paused = True
            self._steps += 1
            self._condition.notify_all()

    def set_fps(self, fps: float | None) -> None:
        """Frames a second; None is the source's own pace, infinity none at all."""
        with self._condition:
            self._fps, self._due = fps, 0.0
            self._condition.notify_all()

    def wake(self) -> None:
        """Have the waiting thread look up."""
        with self._condition:
            self._condition.notify_all()

    def wait(self, own_fps: float | None) -> bool:
        """Wait a short while for the time of the next frame; say whether it has come.

        Args:
            own_fps: the source's own pace; None when it needs none.
        """
        with self._condition:
            if self._paused:
                if not self._steps:
                    self._condition.wait(_LOOK_UP_S)
                    return False
                self._steps -= 1
                return True
            fps = own_fps if self._fps is None or own_fps is None else self._fps
            if fps is None:
                return True
            left = self._due - time.monotonic()
            if left > 0:
                self._condition.wait(min(left, _LOOK_UP_S))
            now = time.monotonic()
            if self.paused or now < self._due:
                return False
            # From when it was due, so that small delays do not add up; from now where it cannot keep up.
            self._due = (self._due if now - self._due < 1 / fps else now) + 1 / fps
            return True


class Paced(Source):
    """Another source's frames, at the tempo of someone who watches."""

    live = True  # so that a `read` may come back with nothing while it is paused

    def __init__(self, inner: Source, tempo: Tempo) -> None:
        """Wrap `inner`, not open yet."""
        super().__init__(inner.name)
        self.inner = inner
        self._tempo = tempo
        self._round = 0
        self._rest = 0
        """What a camera gave while nobody was to see it: not missed, but not wanted."""
        self.read_at = 0.0

    @property
    def ended(self) -> bool:
        """Whether the source gave all it had, and is not to begin again."""
        return self.inner.ended

    @property
    def missed(self) -> int:
        """What was passed over for newer frames, except while paused."""
        return max(0, self._missed() - self._rest)

    @property
    def state(self) -> FeedState | None:
        """How it stands with the camera or stream."""
        return self.inner.state

    def _open(self) -> None:
        self.inner.open()
        self.total = None if self._tempo.repeat else self.inner.total
        self._round = self._rest = 0

    def _close(self) -> None:
        self.inner.close()

    def _next(self) -> Shot | None:
        before, paused = self._missed(), self._tempo.paused
        come = self._tempo.wait(self._own_fps())
        if paused:
            self._rest += self._missed() - before
        if not come:
            return None
        frame = self.inner.read()
        if frame is None and self.inner.ended and self._tempo.repeat and self._round:
            self.inner.close()
            self.inner.open()
            self._round = 0
            frame = self.inner.read()
        self.read_at = time.monotonic()
        if frame is None:
            return None
        self._round += 1
        return Shot(frame.image, frame.name, frame.time, frame.path, frame.label)

    def _own_fps(self) -> float | None:
        if self.inner.live:
            return None
        return getattr(self.inner, "fps", None) or FOLDER_FPS

    def _missed(self) -> int:
        return int(getattr(self.inner, "missed", 0))
