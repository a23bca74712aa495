"""What the terminal shows while a job runs, and how Ctrl-C ends one."""

from __future__ import annotations

import json
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from inspector.core import events
from inspector.core.errors import Cancelled
from inspector.core.inspection import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from rich.progress import Task

    from inspector.core.inspection import Inspection

out = Console(soft_wrap=True, highlight=False)
"""Results: what a program may read."""

err = Console(stderr=True, soft_wrap=True, highlight=False)
"""Progress, warnings and errors: what a person reads."""

MOST_WARNINGS = 20

VERDICT_STYLES = {Verdict.OK: "green", Verdict.NG: "bold red", Verdict.UNREADABLE: "bold yellow"}


PROVIDER_HELP = "What networks run on: cpu, or cuda, directml, coreml, openvino where installed; see: inspector doctor."


def use_provider(name: str) -> None:
    """Have this command, and what it starts, judge on what `--provider` says; empty leaves it as it is.

    Raises:
        OptionError: it is not known, or not installed.
    """
    if name:
        from inspector.detectors.providers import use

        use(name)


def print_json(value: Any) -> None:
    """One JSON value on a line of its own, whatever the terminal's width."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n")
    sys.stdout.flush()


def inspection_line(inspection: Inspection) -> Text:
    """One inspection as a line for people; no name can colour it."""
    line = Text(f"{inspection.decided!s:<10}", style=VERDICT_STYLES[inspection.decided])
    if inspection.level is None:
        return line.append(f" {inspection.name}: {inspection.error}", style="")
    return line.append(f" level {inspection.level:8.3f}  score {inspection.score:<12.6g} {inspection.name}", style="")


class _Rate(ProgressColumn):
    """How many steps a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.1f}/s", style="cyan")


class TerminalListener:
    """Shows a job's events as rich progress on standard error, and raises `Cancelled` once it was interrupted."""

    def __init__(self) -> None:
        """Show nothing yet."""
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
        )
        self._progress = Progress(*columns, console=err, transient=True, disable=not err.is_terminal)
        self._task: Any = None
        self._warnings = 0
        self.interrupted = threading.Event()

    def __call__(self, event: events.Event) -> None:
        """Show one event.

        Raises:
            Cancelled: it was asked to stop.
        """
        self.check()
        match event:
            case events.Stage(name, total):
                self._stage(name, total)
            case events.Progress(done, total):
                self._update(completed=done, total=total)
            case events.Epoch(number, total, values):
                note = "  ".join(f"{name} {value:.4f}" for name, value in values.items())
                self._update(note=f"epoch {number} of {total}  {note}")
            case events.Warned(message):
                self._warn(message)
            case _:
                pass

    def check(self) -> None:
        """For jobs that wait between events.

        Raises:
            Cancelled: it was asked to stop.
        """
        if self.interrupted.is_set():
            raise Cancelled

    def _stage(self, name: str, total: int | None) -> None:
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(name, total=total, note="")
        if not err.is_terminal:
            err.print(f"{name} …" if total is None else f"{name} ({total:,}) …")

    def _update(self, **fields: Any) -> None:
        if self._task is not None:
            self._progress.update(self._task, **fields)

    def _warn(self, message: str) -> None:
        self._warnings += 1
        if self._warnings <= MOST_WARNINGS:
            err.print(Text(f"Warning: {message}", style="yellow"))
        if self._warnings == MOST_WARNINGS:
            err.print(Text("Further warnings are not shown.", style="yellow"))

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_args: object) -> None:
        self._progress.stop()


@contextmanager
def listening() -> Iterator[TerminalListener]:
    """A listener on the terminal that Ctrl-C and SIGTERM cancel at the next event, so that the job can tidy up.

    A second Ctrl-C does not wait for the next event.
    """
    listener = TerminalListener()

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        if listener.interrupted.is_set():
            raise KeyboardInterrupt
        listener.interrupted.set()

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with listener:
            yield listener
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
