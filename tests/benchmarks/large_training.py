"""`large-training`: how long the patch detectors take to train, and how much memory, on few pictures and on many."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tests.benchmarks import made
from tests.benchmarks.harness import Bar, Benchmark, Request, Unit
from tests.benchmarks.throughput import child

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.harness import Figures

ABOUT = """`Detector.fit` with default options (256x256, the built-in backbone) on JPEG files of 640x480 (generated,
varied content, quality 90; hard links of 1,000 distinct ones), each training in a process of its own. *seconds* is from
the first file listed to the detector trained, decoding included, without the start of Python; *peak_mb* is the most
memory that process ever held."""

METHODS = ("patch-and-pool", "patchcore")
_DISTINCT = 1000
_FEW, _MANY = 400, 7000
_LIMITS = {_FEW: 60.0, _MANY: 15 * 60.0}

BARS = (
    *(Bar("seconds", "≤", limit, case=f"{count:,} pictures") for count, limit in _LIMITS.items()),
    Bar("peak_mb", "≤", 4000.0),
)


def _units(request: Request) -> list[Unit]:
    return [
        Unit(
            f"{count:,} pictures",
            name,
            {"round": number, "count": count, "options": "default"},
            partial(_run, request.work, name, count),
        )
        for count in _LIMITS
        for name in METHODS
        for number in request.seeds
    ]


def _run(work: Path, name: str, count: int) -> Figures:
    photographs = made.photographs(work, _DISTINCT)
    links = work / f"large-training-{count}"
    if not links.is_dir():
        made.linked(photographs, links, count)
    return child("train", str(links), name)


BENCHMARK = Benchmark("large-training", ABOUT, 1, _units, BARS)
