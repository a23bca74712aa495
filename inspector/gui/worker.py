"""A thread that runs one job, and the one way its events reach the window."""

from __future__ import annotations

import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from PySide6.QtCore import QObject, QThread, Signal

from inspector.core.errors import Cancelled, InspectorError
from inspector.core.events import Event, Judged, Listener, Progress

Job: TypeAlias = Callable[[Listener], Any]
"""A job with everything but its listener."""

_PROGRESS_EVERY = 1 / 30

_NICER = 5
"""Between the window, 0, and training's child: judging goes before training, and the window before both."""


def give_way() -> None:
    """Have this thread, and those it starts, run after the window's where there is not a core for each.

    On Linux niceness is a thread's own (setpriority(2), "NPTL"), and the only thing that its scheduler looks at: Qt's
    priorities do nothing there. Elsewhere Qt's priorities work, and this does nothing.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICER)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job ended badly.

    Attributes:
        message: for the user.
        trace: the traceback of a bug, to be copied; empty where the world is at fault.
    """

    message: str
    trace: str = ""

    @property
    def is_bug(self) -> bool:
        """Whether the program is at fault, not the world."""
        return bool(self.trace)


class Worker(QThread):
    """Runs one job; emits `reported` any number of times, then exactly one of `done`, `cancelled`, `failed`.

    `Judged` is not emitted: a job judges faster than a window draws, and queued signals are a queue without bound. Who
    wants every inspection passes a job that collects them; who shows frames takes the newest from a `Latest`.
    """

    reported = Signal(object)
    """An `Event` other than `Judged`; `Progress` at most 30 times a second."""
    done = Signal(object)
    """The job's outcome."""
    cancelled = Signal()
    failed = Signal(object)
    """A `Failure`."""

    def __init__(self, job: Job, parent: QObject | None = None) -> None:
        """Prepare to run `job`; `start()` begins."""
        super().__init__(parent)
        self._job = job
        self._stop = threading.Event()
        self._told = 0.0

    def cancel(self) -> None:
        """Have the job end at its next event. May be called from any thread, any number of times."""
        self._stop.set()

    def check(self) -> None:
        """For jobs that wait between events.

        Raises:
            Cancelled: it was asked to end.
        """
        if self._stop.is_set():
            raise Cancelled

    def run(self) -> None:
        """Run the job in this thread."""
        give_way()
        try:
            outcome = self._job(self._hear)
        except Cancelled:
            self.cancelled.emit()
        except InspectorError as error:
            self.failed.emit(Failure(str(error)))
        except BaseException as error:  # noqa: BLE001 - whatever it is, the window must hear of it
            self.failed.emit(Failure(f"{type(error).__name__}: {error}", traceback.format_exc()))
        else:
            self.done.emit(outcome)

    def _hear(self, event: Event) -> None:
        self.check()
        if isinstance(event, Judged):
            return
        if isinstance(event, Progress):
            now = time.monotonic()
            if now - self._told < _PROGRESS_EVERY and event.done != event.total:
                return
            self._told = now
        self.reported.emit(event)


class Runner(QObject):
    """Runs one worker at a time for a panel, and holds it until its thread is truly over."""

    started = Signal()
    reported = Signal(object)
    done = Signal(object)
    cancelled = Signal()
    failed = Signal(object)
    ended = Signal()
    """After whichever of `done`, `cancelled` and `failed` it was; another job can be started."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Run nothing yet."""
        super().__init__(parent)
        self._worker: Worker | None = None

    @property
    def running(self) -> bool:
        """Whether a job is under way."""
        return self._worker is not None

    def run(self, job: Job) -> None:
        """Start a job; does nothing while one is under way."""
        if self._worker is not None:
            return
        worker = Worker(job)
        self._worker = worker
        worker.reported.connect(self.reported)
        for ending in (worker.done, worker.cancelled, worker.failed):
            ending.connect(self._end)
        worker.done.connect(self.done)
        worker.cancelled.connect(self.cancelled)
        worker.failed.connect(self.failed)
        worker.failed.connect(lambda _: self.ended.emit())
        worker.done.connect(lambda _: self.ended.emit())
        worker.cancelled.connect(self.ended)
        worker.start(QThread.Priority.LowPriority)
        self.started.emit()

    def cancel(self) -> None:
        """Ask the job under way to end."""
        if self._worker is not None:
            self._worker.cancel()

    def check(self) -> None:
        """For jobs that wait between events; called in the worker's thread.

        Raises:
            Cancelled: the job under way was asked to end.
        """
        worker = self._worker
        if worker is not None:
            worker.check()

    def wait(self, seconds: float) -> bool:
        """Wait for the thread to end; say whether it did. For closing the window."""
        return self._worker is None or self._worker.wait(int(seconds * 1000))

    def _end(self, *_: object) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            # The signal comes from inside `run`, a moment before the thread is over.
            worker.wait()
            worker.deleteLater()
