"""What cameras and network streams have in common."""

from __future__ import annotations

import time
from abc import abstractmethod
from typing import TYPE_CHECKING

from inspector.core.errors import SourceError
from inspector.sources.base import Shot, Source
from inspector.sources.watchdog import Patience, Watchdog

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from inspector.core.feedstate import FeedState
    from inspector.sources.reader import Grabber


class FeedSource(Source):
    """The newest pictures of something that may fail and come back.

    A thread reads without a pause and keeps the newest picture only: a driver's own queue would hand old ones to a
    reader who is slow. `read` waits a short while and gives None when nothing came. When `open` fails, that is a
    `SourceError`, for then it is mostly a wrong name; when the feed is lost later, it is opened again and again with
    longer and longer rests, until closed. `state` tells which, at any time and from any thread. Without retries a loss
    is a `SourceError` of `read`.
    """

    live = True

    def __init__(self, name: str, *, wait: float, patience: Patience, clock: Callable[[], float] = time.time) -> None:
        """Remember it.

        Args:
            name: what a person calls it, which is free of credentials.
            wait: the longest that `read` waits, in seconds.
            patience: how long what may take.
            clock: gives the seconds since the epoch.
        """
        super().__init__(name)
        self._wait = wait
        self._patience = patience
        self._clock = clock
        self._watchdog: Watchdog | None = None

    @property
    def missed(self) -> int:
        """How many pictures came and were replaced by newer ones before they were read, since `open`."""
        return self._watchdog.missed if self._watchdog else 0

    @property
    def state(self) -> FeedState | None:
        """How it stands with it; None while it is closed."""
        return self._watchdog.state if self._watchdog else None

    @abstractmethod
    def _grabber(self, stopping: threading.Event | None = None) -> Grabber:
        """Open it. Called by `open`, and later in a thread of its own.

        Args:
            stopping: set when it is no longer wanted.

        Raises:
            SourceError: it cannot be opened; the text names it and the way out.
        """

    def _open(self) -> None:
        # In the caller's own thread: macOS asks for the permission to use cameras only there.
        self._watchdog = Watchdog(self.name, self._grabber(), self._grabber, self._patience, self._clock)
        self._watchdog.start()

    def _next(self) -> Shot | None:
        watchdog = self._watchdog
        if watchdog is None:
            msg = f"The {self.name} is closed."
            raise SourceError(msg)
        taken = watchdog.latest.take(self._wait)
        if taken is not None:
            image, when = taken
            return Shot(image, f"{self.name} #{self._given}", when)
        if watchdog.fault is not None:
            raise watchdog.fault
        return None

    def _close(self) -> None:
        if self._watchdog is not None:
            watchdog, self._watchdog = self._watchdog, None
            watchdog.stop()
