"""Work on the workspace's files: one errand after the other, beside the window's thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from PySide6.QtCore import QObject, Signal

from inspector.gui.worker import Runner

if TYPE_CHECKING:
    from inspector.gui.worker import Job

Then: TypeAlias = Callable[[Any], None]


class Errands(QObject):
    """Runs jobs in the order they were given; none is lost because another is under way."""

    started = Signal(str)
    """What is being done now, for people; empty for what takes no time worth a word."""
    reported = Signal(object)
    failed = Signal(object)
    quiet = Signal()
    """Nothing is left to do."""

    def __init__(self, parent: QObject) -> None:
        """Do nothing yet."""
        super().__init__(parent)
        self._waiting: deque[tuple[Job, Then, str]] = deque()
        self._then: Then | None = None
        self._runner = Runner(self)
        self._runner.reported.connect(self.reported)
        self._runner.done.connect(self._done)
        self._runner.failed.connect(self.failed)
        self._runner.ended.connect(self._next)

    @property
    def busy(self) -> bool:
        """Whether something is not done yet."""
        return self._runner.running or bool(self._waiting)

    @property
    def waiting(self) -> int:
        """How many errands have not begun."""
        return len(self._waiting)

    def do(self, job: Job, then: Then, what: str = "") -> None:
        """Run a job after those before it, then hand its outcome on in the window's thread."""
        self._waiting.append((job, then, what))
        if not self._runner.running:
            self._next()

    def cancel(self) -> None:
        """Have the errand under way end at its next event; those behind it go on."""
        self._runner.cancel()

    def wait(self, seconds: float) -> bool:
        """Wait for the thread; say whether it is over."""
        return self._runner.wait(seconds)

    def _next(self) -> None:
        if self._runner.running:  # whoever heard of the end gave the next already
            return
        if not self._waiting:
            self.quiet.emit()
            return
        job, self._then, what = self._waiting.popleft()
        self._runner.run(job)
        self.started.emit(what)

    def _done(self, outcome: object) -> None:
        if self._then is not None:
            self._then(outcome)
