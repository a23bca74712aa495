from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import pytest

import inspector
from inspector.core.inspection import Verdict
from inspector.history import Filter, History
from tests.history.recording_process import PICTURE

ROOT = Path(inspector.__file__).parent.parent


def start(path: Path, source: str, *count: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.history.recording_process", str(path), source, *count]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_that_two_processes_record_into_a_new_history_at_once(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    # They also race for making the file.
    processes = [start(path, source, "3000") for source in ("window", "watch")]
    for process in processes:
        _, complaint = process.communicate(timeout=100)
        assert process.returncode == 0, complaint
    with History.open(path) as history:
        for source in ("window", "watch"):
            assert [row.index for row in history.each(Filter(source=source))] == list(range(3000))
        assert [(one.ok + one.ng, one.lost) for one in history.sessions()] == [(3000, 0)] * 2
        assert all(one.ended for one in history.sessions())


@pytest.mark.parametrize("lines", [5, 450, 800])
def test_that_a_killed_process_loses_at_most_its_last_second(tmp_path: Path, lines: int) -> None:
    path = tmp_path / "history.db"
    process = start(path, "camera 0")
    assert process.stdout is not None
    with process, process.stdout as said:
        told = list(itertools.islice(said, lines))
        process.kill()
        told += said.read().splitlines(keepends=True)
    times = [float(line.split()[1]) for line in told if line.endswith("\n") and len(line.split()) == 2]
    must = sum(time < times[-1] - 1.0 for time in times)
    with History.open(path) as history:
        rows = list(history.each())
        [session] = history.sessions()
        counted = history.count(Filter(verdict=Verdict.NG))
    assert [row.index for row in rows] == list(range(len(rows)))
    assert len(rows) >= must
    assert session.total == len(rows)
    assert session.ng == counted == sum(row.inspection.verdict is Verdict.NG for row in rows)
    assert session.ended is None
    for row in rows:
        assert row.picture is None or row.picture.read_bytes() == PICTURE
    whole = [one for one in (tmp_path / "pictures").rglob("*.jpg") if not one.name.startswith(".partial-")]
    assert all(one.read_bytes() == PICTURE for one in whole)
    # Whoever comes next records beside what is there.
    after = start(path, "camera 1", "5")
    _, complaint = after.communicate(timeout=100)
    assert after.returncode == 0, complaint
    with History.open(path) as history:
        assert history.count() == len(rows) + 5
