"""Jobs of which only the newest matters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from inspector.gui.worker import Runner

if TYPE_CHECKING:
    from collections.abc import Callable

    from inspector.core.events import Event
    from inspector.gui.worker import Failure, Job


@dataclass(frozen=True, slots=True)
class _Order:
    job: Job
    done: Callable[[Any], None]
    failed: Callable[[Failure], None]
    heard: Callable[[Event], None] | None


class NewestRunner(QObject):
    """Runs one job at a time. A new one cancels the one under way, of which nothing is heard any more."""

    def __init__(self, parent: QObject) -> None:
        """Run nothing yet."""
        super().__init__(parent)
        self._runner = Runner(self)
        self._now: _Order | None = None
        self._next: _Order | None = None
        self._runner.reported.connect(self._hear)
        self._runner.done.connect(self._done)
        self._runner.failed.connect(self._failed)
        self._runner.ended.connect(self._go_on)

    def do(
        self,
        job: Job,
        done: Callable[[Any], None],
        failed: Callable[[Failure], None],
        heard: Callable[[Event], None] | None = None,
    ) -> None:
        """Run `job` as soon as what runs now has ended, and hand on what comes of it."""
        order = _Order(job, done, failed, heard)
        if self._runner.running:
            self._now, self._next = None, order
            self._runner.cancel()
        else:
            self._now = order
            self._runner.run(job)

    @property
    def busy(self) -> bool:
        """Whether a job is under way."""
        return self._runner.running

    def stop(self) -> None:
        """Have the job under way end, unheard."""
        self._now = self._next = None
        self._runner.cancel()

    def wait(self, seconds: float) -> bool:
        """Wait for the thread's end; say whether it came."""
        return self._runner.wait(seconds)

    def _hear(self, event: Event) -> None:
        if self._now is not None and self._now.heard is not None:
            self._now.heard(event)

    def _done(self, outcome: object) -> None:
        order, self._now = self._now, None
        if order is not None:
            order.done(outcome)

    def _failed(self, failure: Failure) -> None:
        order, self._now = self._now, None
        if order is not None:
            order.failed(failure)

    def _go_on(self) -> None:
        # What was told of the end may have started the next already.
        if self._next is not None and not self._runner.running:
            order, self._next = self._next, None
            self._now = order
            self._runner.run(order.job)
