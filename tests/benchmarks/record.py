"""`history`: what the record of a year costs, and what of it a crash leaves."""

from __future__ import annotations

import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.core.events import ignore
from inspector.core.inspection import Inspection, Verdict
from inspector.gui.models.history import Archive
from inspector.history import Filter, History, Place, Writer
from inspector.history.retention import Keep, prune
from tests.benchmarks.harness import Bar, Benchmark, Request, Unit
from tests.history.recording_process import PICTURE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.harness import Figures

ABOUT = """*A million inspections*: 200 sessions of 5,000 over a hundred days, by four sources and three detectors, one
in fifty NG, written by the program's own writer (*inserts_per_s*, from the first to the last in the file).
*overview_ms* is all that the History panel reads when it opens, *page_ms* the slowest of a hundred pages of 200 rows
scrolled from the top, *deep_page_ms* of pages anywhere, *ng_ms* the panel with only NG shown, *prune_s* deleting the
oldest tenth. *Killed*: a process that records 400 inspections a second, one in twenty with a picture, is killed
(SIGKILL) at a random moment between 0.5 and 4 s; afterwards the history opens, its counts agree with its rows, no row
is missing before the last second, and no picture is half-written. *lost_s_max* is the age of the oldest inspection
that is not there, by the process' own clock."""

_MILLION = 1_000_000
_SESSION = 5_000
_DAY = 86_400.0
_KILLS = 50
_ROOT = Path(__file__).parent.parent.parent


def _rows(number: int) -> Iterator[Inspection]:
    begin = 1_700_000_000.0 + number * _DAY / 2
    detector = f"detector {number % 3}"
    dice = random.Random(number)
    for index in range(_SESSION):
        bad = dice.random() < 1 / 50
        score = dice.uniform(1.1, 3.0) if bad else dice.uniform(0.1, 0.9)
        verdict = Verdict.NG if bad else Verdict.OK
        yield Inspection(f"frame {index}", detector, score, 1.0, verdict, begin + index * 5.0, milliseconds=4.0)


def _million(work: Path) -> Figures:
    with tempfile.TemporaryDirectory(dir=work) as folder:
        path = Path(folder) / "history.db"
        begun = time.perf_counter()
        with Writer(path, room=_MILLION) as writer:
            for number in range(_MILLION // _SESSION):
                session = writer.start("live", f"camera {number % 4}", f"detector {number % 3}", "abc", 1.0)
                for one in _rows(number):
                    session.add(one)
                session.end()
                if not writer.flush(120):
                    raise RuntimeError(str(writer.problem))
        inserts = _MILLION / (time.perf_counter() - begun)
        archive = Archive(path)
        archive.overview(Filter(), None, ignore)
        overview = _timed(lambda: archive.overview(Filter(), None, ignore))
        only_ng = _timed(lambda: archive.overview(Filter(verdict=Verdict.NG), None, ignore))
        with History.open(path) as history:
            pages, place = [], None
            for _ in range(100):
                begun = time.perf_counter()
                page = history.inspections(after=place, limit=200)
                pages.append(time.perf_counter() - begun)
                place = page[-1].place
            dice = random.Random(0)
            deep = [
                _timed(
                    partial(
                        history.inspections, after=Place(1_700_000_000.0 + dice.random() * 100 * _DAY, 0), limit=200
                    )
                )
                for _ in range(100)
            ]
        archive.close()
        size = path.stat().st_size
        pruned = _timed(lambda: prune(path, Keep(days=90), now=1_700_000_000.0 + 100 * _DAY))
        with History.open(path) as history:
            left = history.count()
    return {
        "inserts_per_s": inserts,
        "overview_ms": overview * 1e3,
        "ng_ms": only_ng * 1e3,
        "page_ms": max(pages) * 1e3,
        "deep_page_ms": max(deep) * 1e3,
        "file_mb": size / 1e6,
        "prune_s": pruned,
        "left_after_prune": left,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
    }


def _killed(work: Path, seed: int) -> Figures:
    dice = random.Random(seed)
    longest, rows, broken = 0.0, 0, 0
    for _ in range(_KILLS):
        folder = Path(tempfile.mkdtemp(dir=work))
        try:
            lost, recorded, faults = _kill_once(folder, dice.uniform(0.5, 4.0))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        longest, rows, broken = max(longest, lost), rows + recorded, broken + faults
    return {"kills": _KILLS, "broken": broken, "lost_s_max": longest, "rows": rows}


def _kill_once(folder: Path, after: float) -> tuple[float, int, int]:
    path = folder / "history.db"
    command = [sys.executable, "-m", "tests.history.recording_process", str(path), "camera 0"]
    process = subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process, process.stdout as said:
        told = [said.readline()]
        time.sleep(after)
        process.kill()
        told += said.read().splitlines(keepends=True)
    times = [float(line.split()[1]) for line in told if line.endswith("\n") and len(line.split()) == 2]
    with History.open(path) as history:
        rows = list(history.each())
        [session] = history.sessions()
    whole = [one for one in (folder / "pictures").rglob("*.jpg") if not one.name.startswith(".partial-")]
    faults = (
        [row.index for row in rows] != list(range(len(rows)))
        or session.total != len(rows)
        or any(one.read_bytes() != PICTURE for one in whole)
        or any(row.picture is not None and not row.picture.is_file() for row in rows)
    )
    lost = times[-1] - times[len(rows)] if len(rows) < len(times) else 0.0
    return lost, len(rows), int(faults)


def _timed(work: object) -> float:
    begun = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - begun


def _units(request: Request) -> list[Unit]:
    return [
        unit
        for seed in request.seeds
        for unit in (
            Unit(
                "a million inspections", "history", {"rows": _MILLION, "round": seed}, partial(_million, request.work)
            ),
            Unit("killed", "history", {"kills": _KILLS, "round": seed}, partial(_killed, request.work, seed)),
        )
    ]


BENCHMARK = Benchmark(
    "history",
    ABOUT,
    1,
    _units,
    (
        Bar("overview_ms", "≤", 1000),
        Bar("page_ms", "≤", 33),
        Bar("broken", "≤", 0),
        Bar("lost_s_max", "≤", 1),
    ),
)
