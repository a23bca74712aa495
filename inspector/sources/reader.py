"""The thread that reads a camera, which may be given up at any moment."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from inspector.core.image import Image

_RETRY_S = 0.02
"""A camera that was pulled out answers at once, again and again; this keeps a core free meanwhile."""


class Grabber(Protocol):
    """An open camera or stream."""

    def grab(self) -> Image | None:
        """Wait for the next picture; None when there was none, or a torn one, and there may be more.

        Raises:
            SourceError: there will be none.
        """

    @property
    def missed(self) -> int:
        """How many pictures came since it was opened and were not given, because newer ones had come."""

    def release(self) -> None:
        """Let go of it."""


class Reader(threading.Thread):
    """Opens one grabber and reads it until stopped; releases it itself, since a driver may keep a read waiting.

    Attributes:
        arrived: when the last picture came, or else when it was opened, by `time.monotonic`; None while it is not open.
        pictures: how many came.
        fault: what ended the thread, if it was not stopped.
    """

    def __init__(
        self,
        open_grabber: Callable[[threading.Event], Grabber],
        *,
        name: str,
        came: Callable[[Reader, Image], None],
        changed: Callable[[], None],
    ) -> None:
        """Prepare.

        Args:
            open_grabber: opens it, in this thread; given what is set when that is no longer wanted.
            name: of the source.
            came: takes each picture, in this thread.
            changed: called when it was opened, and when the thread ends.
        """
        super().__init__(name=f"reader of {name}", daemon=True)
        self.begun = time.monotonic()
        self.arrived: float | None = None
        self.pictures = 0
        self.fault: Exception | None = None
        self._open, self._came, self._changed = open_grabber, came, changed
        self._grabber: Grabber | None = None
        self._stopping = threading.Event()

    @property
    def missed(self) -> int:
        """How many pictures the grabber passed over."""
        return self._grabber.missed if self._grabber is not None else 0

    def run(self) -> None:
        """Open, read, release."""
        try:
            self._grabber = self._open(self._stopping)
            self.arrived = time.monotonic()
            self._changed()
            while not self._stopping.is_set():
                image = self._grabber.grab()
                if image is None:
                    self._stopping.wait(_RETRY_S)
                else:
                    self.arrived = time.monotonic()
                    self.pictures += 1
                    self._came(self, image)
        except Exception as error:  # noqa: BLE001 - the watchdog looks at it
            self.fault = error
        finally:
            if self._grabber is not None:
                self._grabber.release()
            self._changed()

    def stop(self) -> None:
        """Have it end when it next can; returns at once."""
        self._stopping.set()
