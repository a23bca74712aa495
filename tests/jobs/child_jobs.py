"""Job functions that a child process can import by name."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import NoReturn

from inspector.core.errors import FrameError, InspectorError
from inspector.core.events import Epoch, Listener, Progress, Stage


class ParticularError(InspectorError):
    """Wants more than a text."""

    def __init__(self, what: str, where: str) -> None:
        super().__init__(f"{what} in {where}")


def count(number: int, listener: Listener) -> int:
    listener(Stage("Counting", number))
    for done in range(1, number + 1):
        listener(Progress(done, number))
    listener(Epoch(1, 1, {"loss": 0.5}))
    return number * 2


def niceness(_request: None, _listener: Listener) -> int:
    return os.nice(0)


def where(_request: None, _listener: Listener) -> tuple[int, bool]:
    return os.getpid(), signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def talk_and_tidy(marker: Path, listener: Listener) -> None:
    """Talks without end; writes the marker while it is there, and leaves the word "tidied" when it is cancelled."""
    done = 0
    try:
        while True:
            done += 1
            listener(Progress(done))
    finally:
        marker.write_text("tidied", encoding="utf-8")


def say_nothing(_request: None, listener: Listener) -> None:
    listener(Stage("Silence"))
    threading.Event().wait()


def refuse_to_die(_request: None, listener: Listener) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    say_nothing(None, listener)


def die_of(number: int, listener: Listener) -> None:
    listener(Progress(1))
    os.kill(os.getpid(), number)


def leave_at_once(code: int, _listener: Listener) -> NoReturn:
    os._exit(code)


def leave_politely(code: int, _listener: Listener) -> NoReturn:
    raise SystemExit(code)


def torn_frame(name: str, _listener: Listener) -> None:
    msg = f"{name} is torn."
    raise FrameError(msg, name=name)


def particular(_request: None, _listener: Listener) -> None:
    what = "dust"
    raise ParticularError(what, "the lens")


def blunder(_request: None, _listener: Listener) -> float:
    return 1 / 0


def use_up_memory(_request: None, _listener: Listener) -> None:
    raise MemoryError


def give_what_cannot_cross(_request: None, _listener: Listener) -> object:
    return threading.Lock()
