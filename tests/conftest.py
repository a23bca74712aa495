"""What holds for every test.

A test fails when it logs a warning nobody expected, and when a thread or a child process outlives it.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import re
import shutil
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

# TensorFlow's C++ side reads this when it is imported. Its remarks about CPU features are not about a test.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from inspector.core.places import Places

# A deadline is a clock, and machines that test are busy. `ci` finds the same examples each time, so that a red run is
# about the change it tests; HYPOTHESIS_PROFILE=explore looks for new ones.
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.register_profile("explore", deadline=None, max_examples=2000, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

GRACE_S = 5.0
"""How long what a test started may take to end after it. Ending sooner costs no wait."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without Xvfb leave out, and list, the tests that need its display; but never on CI."""
    if shutil.which("Xvfb") or os.environ.get("CI"):
        return
    for item in items:
        if item.get_closest_marker("xvfb"):
            item.add_marker(pytest.mark.skip(reason="the program Xvfb is not installed (apt-get install xvfb)"))


@pytest.fixture(autouse=True, scope="session")
def _nothing_is_written_to_the_users_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    # Also for the child processes that tests start.
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
            patch.setenv(name, str(home / name))
        yield


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """Folders for the program to write to, for this test alone."""
    from inspector.core.places import Places

    return Places.under(tmp_path / "places")


@dataclass
class ExpectedLogs:
    """What a test says will be logged at WARNING or above, and what was.

    Call it with a regular expression for each message to come: `expect_log("frame 3 is torn")`. A message that never
    comes fails the test like one that was not expected.
    """

    patterns: list[str] = field(default_factory=list)
    records: list[logging.LogRecord] = field(default_factory=list)

    def __call__(self, pattern: str) -> None:
        self.patterns.append(pattern)

    def complaints(self, allowed_loggers: tuple[str, ...]) -> list[str]:
        """Sentences about what came and should not have, and about what should have and did not."""
        messages = [record.getMessage() for record in self.records]
        unexpected = [
            f"Unexpected log record: {record.levelname} {record.name}: {message} ({record.pathname}:{record.lineno})"
            for record, message in zip(self.records, messages, strict=True)
            if not any(re.search(pattern, message) for pattern in self.patterns)
            and not any(record.name == name or record.name.startswith(f"{name}.") for name in allowed_loggers)
        ]
        missing = [
            f"Expected log record that never came: {pattern}"
            for pattern in self.patterns
            if not any(re.search(pattern, message) for message in messages)
        ]
        return unexpected + missing


@pytest.fixture(autouse=True)
def expect_log(request: pytest.FixtureRequest) -> Iterator[ExpectedLogs]:
    """Declare a log record at WARNING or above; one that was not declared fails the test.

    `@pytest.mark.allow_logs("tensorflow")` lets through what a library says at its own discretion.
    """
    expected = ExpectedLogs()
    make_record = logging.getLogRecordFactory()

    # A handler would miss loggers that do not propagate, and a program under test that sets its logging up anew.
    def remembering(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make_record(*args, **kwargs)
        if record.levelno >= logging.WARNING:
            expected.records.append(record)
        return record

    logging.setLogRecordFactory(remembering)
    try:
        yield expected
    finally:
        logging.setLogRecordFactory(make_record)
    marker = request.node.get_closest_marker("allow_logs")
    complaints = expected.complaints(marker.args if marker else ())
    if complaints:
        pytest.fail("\n".join(complaints), pytrace=False)


_OF_FILE_SYSTEMS = ("fsspecIO", "asyncio_", "Profile", "TCP-Executor", "IO loop", "Dask-")
"""Threads that fsspec and Dask start once for a process and keep."""


def _ours_since(before: set[threading.Thread]) -> set[threading.Thread]:
    # A native thread (Qt's, TensorFlow's) that once ran Python stays listed for good, alive or not, before Python 3.13.
    return {
        one
        for one in threading.enumerate()
        if one not in before
        and not isinstance(one, threading._DummyThread)
        and not one.name.startswith(_OF_FILE_SYSTEMS)
        and "-Dask-" not in one.name
    }


@pytest.fixture(autouse=True)
def _nothing_outlives_its_test() -> Iterator[None]:
    threads_before = set(threading.enumerate())
    children_before = set(multiprocessing.active_children())
    yield
    end = time.monotonic() + GRACE_S
    while (threads := _ours_since(threads_before)) and time.monotonic() < end:
        threads.pop().join(max(0.0, end - time.monotonic()))
    children = set(multiprocessing.active_children()) - children_before
    for child in children:
        child.join(max(0.0, end - time.monotonic()))
    left = [f"thread {one.name}" for one in threads] + [f"process {one.name}" for one in children if one.is_alive()]
    for child in children:
        child.kill()  # or it would run on beside the tests that follow
    if left:
        pytest.fail(f"This test ended and left running: {', '.join(sorted(left))}", pytrace=False)
