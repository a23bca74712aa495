"""`throughput` and `first-file`: a batch over many files, beside what it is made of, and how soon it begins."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspector.core.errors import InspectorError
from tests.benchmarks import made
from tests.benchmarks.harness import Bar, Benchmark, Request, Unit

if TYPE_CHECKING:
    from tests.benchmarks.harness import Figures

ABOUT = """`conv-autoencoder` at 96x96 on generated JPEG files of 640x480 (varied content, quality 90), no overlays.
*batch* is the job over all files: from the first file asked for to the last one judged (*with_report* also writes the
report, with pictures of the 50 worst). *decode* reads the same files with two threads and does nothing else;
*network* is `measure_placed` of inputs placed beforehand, 16 at a time, on all cores. All in one process, decode and
network once before the batch and once after; *share* is batch / (1 / (1/decode + 1/network)). *cpu_ms* is what an
image costs all cores together, which others on the machine change less, and *cpu_share* is (decode + network) / batch
of it; *place* brings a decoded picture to the network's size and is in neither. Others on the machine move *share*
either way, since the three do not ask for equally many cores: read its spread. Peak memory is of the process of a
batch over so many files (hard links to the same ones)."""

METHOD = "conv-autoencoder"
OPTIONS: dict[str, Any] = {"size": 96}
FILES, MANY_FILES = 2_000, 20_000

BARS = (
    Bar("share", "≥", 0.85),
    Bar("peak_growth", "≤", 1.1),
)


def _units(request: Request) -> list[Unit]:
    settings = {"files": FILES, "options": OPTIONS}
    speed = [
        Unit(f"{FILES:,} files", METHOD, settings | {"round": number}, partial(_speed, request.work))
        for number in request.seeds
    ]
    case = f"{FILES:,} and {MANY_FILES:,} files"
    return [*speed, Unit(case, METHOD, settings | {"many": MANY_FILES, "round": 0}, partial(_memory, request.work))]


@cache
def prepare(work: Path) -> tuple[Path, Path]:
    """The folder of photographs, which may be there from another time, and a bundle this program made now."""
    photographs = made.photographs(work, FILES)
    return photographs, made.small_detector(work / "throughput-detector", METHOD, OPTIONS, photographs)


def _speed(work: Path) -> Figures:
    photographs, bundle = prepare(work)
    with tempfile.TemporaryDirectory() as folder:
        answer = child("speed", str(photographs), str(bundle), str(Path(folder) / "report"))
    decode, network, batch = answer["decode"], answer["network"], answer["batch"]
    return {
        "batch_images_per_s": batch,
        "with_report_images_per_s": answer["with_report"],
        "decode_images_per_s": decode,
        "network_images_per_s": network,
        "share": batch * (1 / decode + 1 / network),
        "share_with_report": answer["with_report"] * (1 / decode + 1 / network),
        "batch_cpu_ms": answer["batch_cpu"],
        "decode_cpu_ms": answer["decode_cpu"],
        "network_cpu_ms": answer["network_cpu"],
        "place_cpu_ms": answer["place_cpu"],
        "cpu_share": (answer["decode_cpu"] + answer["network_cpu"]) / answer["batch_cpu"],
    }


def _memory(work: Path) -> Figures:
    photographs, bundle = prepare(work)
    peaks = []
    for count in (FILES, MANY_FILES):
        links = work / f"links-{count}"
        shutil.rmtree(links, ignore_errors=True)
        try:
            with tempfile.TemporaryDirectory() as folder:
                made.linked(photographs, links, count)
                peaks.append(child("memory", str(links), str(bundle), str(Path(folder) / "report"))["peak_mb"])
        finally:
            shutil.rmtree(links, ignore_errors=True)
    few, many = peaks
    return {f"peak_mb_{FILES}": few, f"peak_mb_{MANY_FILES}": many, "peak_growth": many / few}


def child(*arguments: str) -> dict[str, float]:
    """Run `tests.benchmarks.child` in a fresh process and give what it measured."""
    command = [sys.executable, "-m", "tests.benchmarks.child", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        message = f"The process that was to be measured failed: {done.stderr.strip()[-2000:]}"
        raise InspectorError(message)
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


BENCHMARK = Benchmark("throughput", ABOUT, 5, _units, BARS)


FIRST_ABOUT = """Seconds from starting the process of `inspector batch` until its first file is judged, in a folder of
2,000 JPEG files, with `conv-autoencoder` at 96x96. *imports* is how long a process takes that only starts Python and
imports NumPy, OpenCV and ONNX Runtime, which no judging can do without. Files are in the disk's cache."""

FIRST_BARS = (Bar("first_judged_s", "≤", 2.0),)

_PEER = "import numpy, cv2, onnxruntime"


def _first_units(request: Request) -> list[Unit]:
    return [
        Unit(
            "inspector batch",
            METHOD,
            {"files": FILES, "options": OPTIONS, "round": number},
            partial(_first, request.work),
        )
        for number in request.seeds
    ]


def _first(work: Path) -> Figures:
    photographs, bundle = prepare(work)
    with tempfile.TemporaryDirectory() as folder:
        judged = child("first", repr(time.time()), str(photographs), str(bundle), str(Path(folder) / "report"))
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", _PEER], check=True)
    return {"first_judged_s": judged["first"], "imports_s": time.perf_counter() - started}


FIRST_BENCHMARK = Benchmark("first-file", FIRST_ABOUT, 5, _first_units, FIRST_BARS)
