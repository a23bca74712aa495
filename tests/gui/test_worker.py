"""The one way a job's events reach the window."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from inspector.core.errors import Cancelled, SourceError
from inspector.core.events import Judged, Listener, Progress, Stage
from inspector.core.inspection import Inspection, Verdict
from inspector.gui.worker import Failure, Runner, Worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot


def endings(worker: Worker) -> list[str]:
    heard: list[str] = []
    worker.done.connect(lambda outcome: heard.append(f"done {outcome}"))
    worker.cancelled.connect(lambda: heard.append("cancelled"))
    worker.failed.connect(lambda failure: heard.append(f"failed {failure.message} bug={failure.is_bug}"))
    return heard


def fails(error: BaseException) -> Callable[[Listener], None]:
    def job(_listener: Listener) -> None:
        raise error

    return job


@pytest.mark.parametrize(
    ("job", "ending"),
    [
        (lambda _listener: 7, "done 7"),
        (fails(Cancelled()), "cancelled"),
        (fails(SourceError("The camera is gone.")), "failed The camera is gone. bug=False"),
        (fails(ZeroDivisionError("oh")), "failed ZeroDivisionError: oh bug=True"),
        (fails(KeyboardInterrupt()), "failed KeyboardInterrupt:  bug=True"),
    ],
)
def test_that_a_job_ends_in_exactly_one_way(qtbot: QtBot, job: Callable[[Listener], object], ending: str) -> None:
    worker = Worker(job)
    heard = endings(worker)
    worker.start()
    qtbot.waitUntil(lambda: bool(heard))
    assert worker.wait(5000)
    assert heard == [ending]


def test_that_a_bugs_traceback_comes_along(qtbot: QtBot) -> None:
    worker = Worker(fails(ZeroDivisionError("oh")))
    with qtbot.waitSignal(worker.failed) as blocker:
        worker.start()
    assert worker.wait(5000)
    failure: Failure = blocker.args[0]
    assert "ZeroDivisionError: oh" in failure.trace
    assert "in job" in failure.trace


def test_that_cancelling_ends_a_job_at_its_next_event(qtbot: QtBot) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def job(listener: Listener) -> None:
        begun.set()
        go_on.wait(5)
        listener(Stage("never heard"))

    worker = Worker(job)
    heard: list[object] = []
    worker.reported.connect(heard.append)
    worker.start()
    assert begun.wait(5)
    with qtbot.waitSignal(worker.cancelled):
        worker.cancel()
        go_on.set()
    assert worker.wait(5000)
    assert heard == []


def test_that_inspections_and_a_flood_of_progress_do_not_queue_up(qtbot: QtBot) -> None:
    inspection = Inspection("a.png", "d", 1.0, 2.0, Verdict.OK, 0.0)

    def job(listener: Listener) -> None:
        listener(Stage("Inspecting", 20_000))
        for number in range(20_000):
            listener(Judged(inspection))
            listener(Progress(number, 20_000))
        listener(Progress(20_000, 20_000))

    worker = Worker(job)
    heard: list[object] = []
    worker.reported.connect(heard.append)
    with qtbot.waitSignal(worker.done):
        worker.start()
    assert worker.wait(5000)
    assert heard[0] == Stage("Inspecting", 20_000)
    assert heard[-1] == Progress(20_000, 20_000)
    assert len(heard) < 500
    assert not any(isinstance(event, Judged) for event in heard)


def test_that_a_runner_runs_one_job_at_a_time_and_can_run_again(qtbot: QtBot) -> None:
    runner = Runner()
    go_on = threading.Event()
    outcomes: list[object] = []
    runner.done.connect(outcomes.append)
    running = []
    runner.run(lambda _listener: go_on.wait(5) and "first")
    running.append(runner.running)
    runner.run(lambda _listener: "not started")
    with qtbot.waitSignal(runner.ended):
        go_on.set()
    running.append(runner.running)
    assert running == [True, False]
    with qtbot.waitSignal(runner.ended):
        runner.run(lambda _listener: "second")
    assert outcomes == ["first", "second"]


def test_that_a_job_can_be_started_from_where_another_ended(qtbot: QtBot) -> None:
    runner = Runner()
    outcomes: list[object] = []

    def next_one(outcome: object) -> None:
        outcomes.append(outcome)
        if len(outcomes) < 3:
            runner.run(lambda _listener: len(outcomes))

    runner.done.connect(next_one)
    runner.run(lambda _listener: 0)
    qtbot.waitUntil(lambda: outcomes == [0, 1, 2])
    qtbot.waitUntil(lambda: not runner.running)
