"""Keeps a camera or stream open: notices its silence, gives it up, and opens it again."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from inspector.core.errors import SourceError
from inspector.core.feedstate import Condition, FeedState
from inspector.core.latest import Latest
from inspector.sources.reader import Grabber, Reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from inspector.core.image import Image

_STUCK = 3
"""So many readers may hang in a driver. One that hangs cannot be ended, and another would hang beside it."""

_JOIN_S = 2.0
"""How long `stop` waits for a read that is under way."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long what may take, in seconds.

    Attributes:
        opening: until it is open; then the attempt is given up.
        silence: without a picture; then it is lost.
        stale: without a picture; then the last one says nothing about now. Shorter than `silence`.
        first_rest: before it is opened again; each further attempt in vain doubles it.
        longest_rest: and so it stays.
        retries: whether it is opened again at all.
    """

    opening: float = 30.0
    silence: float = 5.0
    stale: float = 2.0
    first_rest: float = 0.5
    longest_rest: float = 10.0
    retries: bool = True

    def rest(self, failures: int) -> float:
        """Seconds to rest after so many attempts in vain."""
        return float(min(self.longest_rest, self.first_rest * 2.0 ** min(failures, 32)))


class Watchdog(threading.Thread):
    """Owns the reader of a source. Nothing here ever waits for a read: a reader that hangs is left behind.

    Attributes:
        latest: the newest picture in RGB and when it came, in seconds since the epoch.
        state: how it stands; replaced as a whole, so that any thread may look.
        fault: what ended the watch for good: a bug, or the loss where nothing is retried.
    """

    def __init__(
        self,
        name: str,
        first: Grabber,
        open_again: Callable[[threading.Event], Grabber],
        patience: Patience,
        clock: Callable[[], float],
    ) -> None:
        """Prepare to watch.

        Args:
            name: of the source.
            first: open already.
            open_again: opens another after a loss; given what is set when that is no longer wanted.
            patience: how long what may take.
            clock: gives the seconds since the epoch.
        """
        super().__init__(name=f"watchdog of {name}", daemon=True)
        self.latest: Latest[tuple[Image, float]] = Latest()
        self.state = FeedState(Condition.OPENING, time.monotonic())
        self.fault: Exception | None = None
        self._named, self._patience, self._clock = name, patience, clock
        self._open_again = open_again
        self._condition = threading.Condition()
        self._stopping = False
        self._missed_before = 0
        self._stuck: list[Reader] = []
        self._reader = self._new_reader(lambda _: first)

    @property
    def missed(self) -> int:
        """How many pictures were replaced by newer ones before they were read."""
        return self.latest.missed + self._missed_before + self._reader.missed

    def run(self) -> None:
        """Watch, lose, rest, open again."""
        failures = 0
        while (reason := self._watched()) is not None:
            reader = self._reader
            self._give_up(reader, reason)
            if reader.fault is not None and not isinstance(reader.fault, SourceError):
                self._end(reader.fault)
                return
            if not self._patience.retries:
                self._end(SourceError(reason))
                return
            failures = 0 if reader.pictures else failures + 1
            if not self._rested(self._patience.rest(failures)):
                return
            self._open(reason)

    def stop(self) -> None:
        """End, waiting a short while for a read under way."""
        with self._condition:
            self._stopping = True
            self._condition.notify_all()
        self.latest.close()
        if self.ident is not None:
            self.join(_JOIN_S)
        self._reader.stop()
        if self._reader.ident is not None:
            self._reader.join(_JOIN_S)

    def _watched(self) -> str | None:
        """Watch the reader until it is lost, and say why; None when this is to end."""
        reader, patience = self._reader, self._patience
        with self._condition:
            reader.start()  # also when this is to end at once: it is the reader that releases what is open
            while not self._stopping:
                now = time.monotonic()
                if reader.fault is not None:
                    return str(reader.fault)
                if reader.arrived is None:
                    until, why = reader.begun + patience.opening, self._unopened()
                else:
                    until, why = reader.arrived + patience.silence, self._silent()
                    stale = reader.arrived + patience.stale
                    if self.state.condition is Condition.LIVE and stale < until:
                        if now < stale:
                            until, why = stale, ""
                        else:
                            self._say(Condition.STALE)
                if now >= until:
                    return why
                self._condition.wait(until - now)
        return None

    def _came(self, reader: Reader, image: Image) -> None:
        """Take a picture, unless it comes from a reader that was given up."""
        with self._condition:
            if reader is not self._reader or self._stopping:
                return
            # A picture that came a moment before the loss was told is dropped with it.
            if self.state.condition in (Condition.LOST, Condition.RETRYING):
                return
            if self.state.condition is not Condition.LIVE:
                self.state = FeedState(Condition.LIVE, time.monotonic())
                self._condition.notify_all()  # from now on it may become stale
            self.latest.put((image, self._clock()))

    def _changed(self) -> None:
        with self._condition:
            self._condition.notify_all()

    def _give_up(self, reader: Reader, reason: str) -> None:
        with self._condition:
            reader.stop()
            self._stuck = [one for one in (*self._stuck, reader) if one.is_alive()]
            # What lies there untaken is older than the loss and must not be judged as if it were of now.
            self.latest.take()
            self.state = FeedState(Condition.LOST, time.monotonic(), reason)

    def _rested(self, seconds: float) -> bool:
        """Rest before the next attempt; false when this is to end."""
        with self._condition:
            end = time.monotonic() + seconds
            self.state = replace(self.state, condition=Condition.RETRYING, retry_at=end)
            while not self._stopping and (left := end - time.monotonic()) > 0:
                self._condition.wait(left)
            return not self._stopping

    def _open(self, reason: str) -> None:
        with self._condition:
            self._missed_before += self._reader.missed
            self._stuck = [one for one in self._stuck if one.is_alive()]
            opens = self._open_again if len(self._stuck) < _STUCK else self._refuse
            self._reader = self._new_reader(opens)
            self.state = FeedState(Condition.OPENING, time.monotonic(), reason)

    def _new_reader(self, opens: Callable[[threading.Event], Grabber]) -> Reader:
        return Reader(opens, name=self._named, came=self._came, changed=self._changed)

    def _refuse(self, _stopping: threading.Event) -> Grabber:
        msg = f"The {self._named} hangs in its driver. Pull its cable out and in again, or restart the program."
        raise SourceError(msg)

    def _end(self, fault: Exception) -> None:
        self.fault = fault
        self.latest.close()

    def _say(self, condition: Condition) -> None:
        self.state = FeedState(condition, time.monotonic())

    def _unopened(self) -> str:
        return f"The {self._named} could not be opened within {self._patience.opening:g} s."

    def _silent(self) -> str:
        return (
            f"The {self._named} is lost: no picture came for {self._patience.silence:g} s. Check its cable and power."
        )
