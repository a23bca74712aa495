from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from inspector.core.errors import Cancelled, FrameError, InspectorError
from inspector.core.events import Epoch, Event, Progress, Stage
from inspector.jobs.process import ChildDied, ChildFailed, run_in_child
from tests.jobs import child_jobs

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")


class StopAfter:
    """A listener that cancels at its `number`-th event; as `poll`, once `wanted` is set."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.heard: list[Event] = []

    def __call__(self, event: Event) -> None:
        self.heard.append(event)
        if len(self.heard) >= self.number:
            raise Cancelled

    def poll(self) -> None:
        if self.heard:
            raise Cancelled


def test_that_events_are_heard_in_order_in_the_calling_thread_and_the_outcome_comes_back() -> None:
    heard: list[Event] = []
    threads: set[int] = set()

    def listener(event: Event) -> None:
        heard.append(event)
        threads.add(threading.get_ident())

    assert run_in_child(child_jobs.count, 3, listener) == 6
    assert heard == [Stage("Counting", 3), *(Progress(n, 3) for n in (1, 2, 3)), Epoch(1, 1, {"loss": 0.5})]
    assert threads == {threading.get_ident()}


def test_that_the_child_is_another_process_and_leaves_ctrl_c_to_the_parent() -> None:
    process, ignored = run_in_child(child_jobs.where, None)
    assert process != os.getpid()
    assert ignored


@posix
def test_that_the_child_is_nicer_than_its_parent() -> None:
    assert run_in_child(child_jobs.niceness, None) == min(os.nice(0) + 5, 19)


def test_that_a_job_cancelled_while_it_talks_tidies_up(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    with pytest.raises(Cancelled):
        run_in_child(child_jobs.talk_and_tidy, marker, StopAfter(5))
    assert marker.read_text(encoding="utf-8") == "tidied"


@pytest.mark.parametrize(
    "job", [child_jobs.say_nothing, pytest.param(child_jobs.refuse_to_die, marks=posix)], ids=lambda job: job.__name__
)
def test_that_a_job_that_says_nothing_is_cancelled_by_polling(job: Callable[..., None]) -> None:
    stop = StopAfter(1000)
    with pytest.raises(Cancelled):
        run_in_child(job, None, stop.heard.append, poll=stop.poll, every=0.01, grace=0.05)
    assert stop.heard == [Stage("Silence")]


def test_that_cancelling_before_the_first_event_starts_nothing_that_stays() -> None:
    def cancel() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        run_in_child(child_jobs.say_nothing, None, poll=cancel, grace=0.05)


def test_that_a_listener_that_fails_ends_the_child_and_is_not_hidden(tmp_path: Path) -> None:
    def listener(event: Event) -> None:
        raise KeyError(event)

    with pytest.raises(KeyError):
        run_in_child(child_jobs.talk_and_tidy, tmp_path / "marker", listener)
    assert (tmp_path / "marker").exists()


@posix
@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGSEGV"])
def test_that_a_killed_child_is_told_by_the_name_of_the_signal(name: str) -> None:
    heard: list[Event] = []
    with pytest.raises(ChildDied, match=name) as caught:
        run_in_child(child_jobs.die_of, int(signal.Signals[name]), heard.append)
    assert heard == [Progress(1)]
    assert ("memory" in str(caught.value)) == (name == "SIGKILL")


def test_that_a_child_that_leaves_without_a_word_is_told_by_its_exit_code() -> None:
    with pytest.raises(ChildDied, match="exit code 7"):
        run_in_child(child_jobs.leave_at_once, 7)


def test_that_the_worlds_faults_come_back_as_what_they_were() -> None:
    with pytest.raises(FrameError, match=r"^a\.png is torn\.$"):
        run_in_child(child_jobs.torn_frame, "a.png")
    with pytest.raises(InspectorError, match=r"^There was not enough memory"):
        run_in_child(child_jobs.use_up_memory, None)


def test_that_a_fault_whose_class_wants_more_than_a_text_keeps_its_text() -> None:
    with pytest.raises(InspectorError, match=r"^dust in the lens$"):
        run_in_child(child_jobs.particular, None)


def test_that_a_bug_comes_back_with_the_childs_traceback() -> None:
    with pytest.raises(ChildFailed, match="ZeroDivisionError: division by zero") as caught:
        run_in_child(child_jobs.blunder, None)
    assert "child_jobs.py" in caught.value.traceback
    assert "in blunder" in str(caught.value)
    with pytest.raises(ChildFailed, match="SystemExit: 3"):
        run_in_child(child_jobs.leave_politely, 3)


def test_that_an_outcome_that_cannot_cross_is_a_bug_with_a_traceback() -> None:
    with pytest.raises(ChildFailed, match="cannot pickle"):
        run_in_child(child_jobs.give_what_cannot_cross, None)


def test_that_a_job_that_cannot_be_imported_is_refused_before_anything_is_started() -> None:
    with pytest.raises(AttributeError, match="local object"):
        run_in_child(lambda _request, _listener: None, None)


LONELY = """
from inspector.jobs.process import run_in_child
from tests.jobs import child_jobs

if __name__ == "__main__":
    run_in_child(child_jobs.say_nothing, None, lambda event: print("child speaks", flush=True), grace=0.2)
"""


@posix
def test_that_no_child_outlives_a_parent_that_was_killed(tmp_path: Path) -> None:
    script = tmp_path / "lonely.py"
    script.write_text(LONELY, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"child speaks\n"
        parent.kill()
        # The child holds the same pipe as its standard output: it ends when the last of them has.
        assert parent.stdout.read() == b""


def test_that_a_program_started_as_a_module_can_start_children(tmp_path: Path) -> None:
    (tmp_path / "program").mkdir()
    (tmp_path / "program" / "__init__.py").touch()
    main = LONELY.replace("say_nothing, None", "count, 2").replace("grace", "every").replace("speaks", "counts")
    (tmp_path / "program" / "__main__.py").write_text(main, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "program"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "child counts\n" * 4
