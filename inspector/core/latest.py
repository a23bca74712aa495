"""One place where only the newest thing lies."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """A place for one thing between a fast giver and a slower taker, in two threads.

    `put` never waits and replaces what was not taken; `take` gives the newest and leaves the place empty; `missed`
    counts what was replaced untaken. A full queue would hold old frames and drop new ones: the wrong way round.
    """

    def __init__(self) -> None:
        """Make an empty, open place."""
        self._condition = threading.Condition()
        self._full = False
        self._item: T | None = None
        self._missed = 0
        self._closed = False

    def put(self, item: T) -> None:
        """Lay down `item`, in place of whatever was not taken. Does nothing once closed."""
        with self._condition:
            if self._closed:
                return
            if self._full:
                self._missed += 1
            self._item, self._full = item, True
            self._condition.notify()

    def take(self, timeout: float = 0.0) -> T | None:
        """Take the newest item, waiting up to `timeout` seconds for one. None when there is none, or once closed."""
        with self._condition:
            if not self._full and not self._closed and timeout > 0:
                self._condition.wait_for(lambda: self._full or self._closed, timeout)
            if not self._full:
                return None
            item, self._item, self._full = self._item, None, False
            return item

    def close(self) -> None:
        """Wake a waiting taker; what lies here can still be taken, nothing more can be put."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    @property
    def closed(self) -> bool:
        """Whether nothing more will come."""
        with self._condition:
            return self._closed

    @property
    def missed(self) -> int:
        """How many items were replaced before anybody took them."""
        with self._condition:
            return self._missed
