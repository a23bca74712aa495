"""The guards in conftest.py: one that never fires is worth nothing."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

CASES = """
import logging, multiprocessing, threading, time
import pytest

log = logging.getLogger("inspector.somewhere")

def test_quiet():
    log.info("nothing to see")

def test_warns():
    log.warning("torn frame")

def test_warns_in_a_logger_that_does_not_propagate():
    deaf = logging.getLogger("deaf")
    deaf.propagate = False
    deaf.warning("torn frame")

def test_warns_as_declared(expect_log):
    expect_log("torn fr.me")
    log.warning("torn frame")

def test_declares_and_does_not_warn(expect_log):
    expect_log("torn frame")

@pytest.mark.allow_logs("inspector")
def test_may_warn():
    log.warning("torn frame")

@pytest.mark.allow_logs("inspect")
def test_may_not_warn_under_a_name_that_only_begins_alike():
    log.warning("torn frame")

def test_leaves_a_thread():
    threading.Thread(target=time.sleep, args=(60,), name="left over", daemon=True).start()

def test_leaves_a_thread_that_ends_soon():
    threading.Thread(target=time.sleep, args=(0.01,)).start()

def test_leaves_a_process():
    multiprocessing.get_context("spawn").Process(target=time.sleep, args=(60,)).start()
"""

PASSED = {
    "test_quiet",
    "test_warns_as_declared",
    "test_may_warn",
    "test_leaves_a_thread_that_ends_soon",
}


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest prints about `CASES` under our conftest."""
    folder = tmp_path_factory.mktemp("guarded")
    conftest = (Path(__file__).parent / "conftest.py").read_text("utf-8")
    impatient = re.sub(r"^GRACE_S = .*$", "GRACE_S = 0.5", conftest, flags=re.MULTILINE)
    assert impatient != conftest
    (folder / "conftest.py").write_text(impatient, "utf-8")
    (folder / "test_cases.py").write_text(CASES, "utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = allow_logs\n", "utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "-rA", "--tb=short"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


def test_that_each_guard_fails_its_test_and_no_other(outcome: str) -> None:
    failed = set(re.findall(r"^(?:FAILED|ERROR) test_cases\.py::(\w+)", outcome, re.MULTILINE))
    assert failed == set(re.findall(r"^def (test_\w+)", CASES, re.MULTILINE)) - PASSED, outcome


@pytest.mark.parametrize(
    "sentence",
    [
        "Unexpected log record: WARNING inspector.somewhere: torn frame",
        "Expected log record that never came: torn frame",
        "left running: thread left over",
        "left running: process SpawnProcess-1",
    ],
)
def test_that_a_guard_says_what_it_saw(outcome: str, sentence: str) -> None:
    assert sentence in outcome
