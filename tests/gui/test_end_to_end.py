"""The program as a person uses it: a real window on a real display, in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.xvfb, pytest.mark.slow, pytest.mark.training, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
STORY_S = 240.0
"""When a story is given up: each wait in it has a shorter deadline that says what was waited for."""
GRACE_S = 5.0


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """A display that nobody else draws on."""
    reading, writing = os.pipe()
    with subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1920x1080x24", "-nolisten", "tcp"],
        pass_fds=[writing],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        os.close(writing)
        try:
            with os.fdopen(reading) as answer:  # comes when the display can be used, or ends when Xvfb does
                number = answer.readline().strip()
            assert number, f"Xvfb opened no display (exit code {server.poll()})"
            yield f":{number}"
        finally:
            server.terminate()


def play(story: str, folder: Path, display: str) -> dict[str, Any]:
    """Let the driver play a story; give what it found. No process of it may be left afterwards."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("QT_")}
    environment |= {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.gui.end_to_end_driver", story, str(folder)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # so that all it starts can be asked for by its number
    ) as driver:
        try:
            out, err = driver.communicate(timeout=STORY_S)
            left = _left_of(driver.pid)
        finally:
            if _is_there(driver.pid):
                os.killpg(driver.pid, signal.SIGKILL)
    assert driver.returncode == 0, f"{story} went wrong ({driver.returncode}):\n{err[-6000:]}"
    assert not left, f"{story} left processes running"
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    assert found["partial"] == []
    return found


def _is_there(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _left_of(group: int) -> bool:
    """Whether a process of the group is left; what ends with its parent is given the time to."""
    end = time.monotonic() + GRACE_S
    while _is_there(group) and time.monotonic() < end:
        time.sleep(0.02)
    return _is_there(group)


def test_that_a_new_user_gets_from_the_sample_to_a_history_and_finds_all_of_it_again(
    display: str, tmp_path: Path
) -> None:
    first = play("journey", tmp_path, display)
    assert Path(first["report"]).is_file()
    second = play("back_again", tmp_path, display)
    assert second["workspace"] == first["workspace"]
    assert second["threshold"] == pytest.approx(first["threshold"])
    assert sorted(second["detectors"]) == ["my first", "sample parts"]
    kinds = [(kind, ended) for kind, _, ended in second["sessions"]]
    assert sorted(kinds) == [("batch", True), ("live", True), ("live", True)]


def test_that_closing_the_window_ends_a_training(display: str, tmp_path: Path) -> None:
    found = play("close_while_training", tmp_path, display)
    assert found["detectors"] == ["sample parts"]


def test_that_closing_the_window_ends_an_inspection(display: str, tmp_path: Path) -> None:
    found = play("close_while_inspecting", tmp_path, display)
    assert found["reports"] == []
    [(kind, total, ended)] = found["sessions"]
    assert (kind, ended) == ("batch", True)
    assert 0 < total < 8000
    [(_, done)] = found["unfinished"]  # to go on from; all that was recorded is in it
    assert total <= done < 8000


def test_that_a_killed_training_leaves_a_window_that_works_and_closes_during_a_feed(
    display: str, tmp_path: Path
) -> None:
    found = play("kill_the_child", tmp_path, display)
    assert "SIGKILL" in found["said"]
    assert found["detectors"] == ["sample parts"]
    [(kind, total, ended)] = found["sessions"]
    assert (kind, ended) == ("live", True)
    assert total > 0
