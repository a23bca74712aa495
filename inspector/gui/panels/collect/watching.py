"""The live preview: runs the source in a thread, and shows its newest frame 30 times a second."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from inspector.core.events import Event, FeedChanged, Warned
from inspector.core.latest import Latest
from inspector.gui.models.collect_feed import Seen, preview
from inspector.gui.worker import Runner

if TYPE_CHECKING:
    from collections.abc import Callable

    from inspector.core.events import Listener
    from inspector.sources.base import Source

_SCREEN_MS = 33


class Watching(QObject):
    """One source at a time. `seen` is what stands on the screen, and so what a person means to capture."""

    shown = Signal(object)
    """A `Seen`, from the window's own timer."""
    changed = Signal()
    """It began or ended."""
    ended = Signal()
    """The source gave all it had."""
    warned = Signal(str)
    failed = Signal(object)

    def __init__(self, parent: QObject, make_source: Callable[[str], Source] | None = None) -> None:
        """Watch nothing yet.

        Args:
            parent: the panel.
            make_source: opens a spec; for tests.
        """
        super().__init__(parent)
        self._make = make_source
        self._screen: Latest[Seen] = Latest()
        self.seen: Seen | None = None
        self._lost = False
        self._runner = Runner(self)
        self._runner.reported.connect(self._hear)
        self._runner.done.connect(lambda _: self.ended.emit())
        self._runner.failed.connect(self.failed)
        self._runner.ended.connect(self._over)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_SCREEN_MS)
        self._timer.timeout.connect(self._tick)

    @property
    def running(self) -> bool:
        """Whether a source is open, or about to be."""
        return self._runner.running

    def start(self, spec: str) -> None:
        """Watch this source; does nothing while one is watched."""
        if self._runner.running:
            return
        self.seen, self._lost = None, False
        screen = self._screen = Latest()

        def job(listener: Listener) -> int:
            return preview(self._opened(spec), screen, listener)

        self._runner.run(job)
        self._timer.start()
        self.changed.emit()

    def stop(self) -> None:
        """End it; returns at once."""
        self._runner.cancel()

    def wait(self, seconds: float) -> bool:
        """Wait for the thread; say whether it is over."""
        return self._runner.wait(seconds)

    def _opened(self, spec: str) -> Source:
        if self._make is not None:
            return self._make(spec)
        from inspector.sources.spec import open_source

        return open_source(spec)

    def _hear(self, event: Event) -> None:
        if isinstance(event, Warned):
            self.warned.emit(event.message)
        elif isinstance(event, FeedChanged):
            lost, self._lost = self._lost, event.state.lost
            if event.state.lost:
                self.seen = None  # what stands there is no longer what would be captured
            if event.state.lost and not lost:
                self.warned.emit(event.state.reason + " " + self.tr("It is opened again and again until it is back."))

    def _tick(self) -> None:
        seen = self._screen.take()
        if seen is not None:
            self.seen = seen
            self.shown.emit(seen)

    def _over(self) -> None:
        self._timer.stop()
        self._tick()
        self.seen = None
        self.changed.emit()
