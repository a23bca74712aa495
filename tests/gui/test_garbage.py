"""Where garbage is collected."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import weakref
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from inspector.gui.worker import Worker

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from inspector.core.events import Listener
    from inspector.gui.garbage import GarbageCollector


class Knot(QObject):
    """In a cycle with itself, as a widget is with a slot that is a closure over it."""

    def __init__(self, ended_in: list[int]) -> None:
        super().__init__()
        self.itself = self
        weakref.finalize(self, lambda: ended_in.append(threading.get_ident()))


def allocate(_listener: Listener) -> int:
    """Far more garbage than any threshold; give the thread that did it."""
    for _ in range(100_000):
        knot: list[object] = []
        knot.append(knot)
    return threading.get_ident()


def test_that_an_object_is_destroyed_in_the_guis_thread_however_much_a_worker_allocates(
    qtbot: QtBot, collector: GarbageCollector
) -> None:
    collector.collect()
    ended_in: list[int] = []
    knots = [Knot(ended_in) for _ in range(3)]
    worker = Worker(allocate)
    with qtbot.waitSignal(worker.done) as blocker:
        knots.clear()
        worker.start()
        assert worker.wait(10_000)
        assert not ended_in
    assert blocker.args[0] != threading.get_ident()
    qtbot.waitUntil(lambda: len(ended_in) == 3)
    assert set(ended_in) == {threading.get_ident()}


def test_that_what_is_not_due_is_left_alone(collector: GarbageCollector) -> None:
    gc.collect()
    before = [one["collections"] for one in gc.get_stats()]
    collector.collect()
    assert [one["collections"] for one in gc.get_stats()] == before


def test_that_python_collects_again_afterwards(collector: GarbageCollector) -> None:
    assert not gc.isenabled()
    collector.end()
    assert gc.isenabled()
    gc.disable()


def test_that_the_programs_application_has_one() -> None:
    # In a process of its own: here the application is pytest's.
    code = "import gc; from inspector.gui.app import application; kept = application(); print(gc.isenabled())"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout.strip() == "False"
