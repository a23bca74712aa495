"""`scale`: a batch from a thousand files to a hundred thousand, on one machine, on workers, and cut off at random."""

from __future__ import annotations

import csv
import random
import shutil
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from inspector.jobs.batch import RESULTS
from inspector.jobs.journal import LEDGER
from tests.benchmarks import made
from tests.benchmarks.harness import Bar, Benchmark, Request, Unit
from tests.benchmarks.throughput import METHOD, OPTIONS, child

if TYPE_CHECKING:
    from tests.benchmarks.harness import Figures

ABOUT = """`conv-autoencoder` at 96x96 on JPEG files of 640x480 (generated, varied content, quality 90; hard links of
5,000 distinct ones), no overlays, every file judged. *batch_images_per_s* is from the first file asked for to the last
row written. *decode* reads 2,000 of the files with two threads and does nothing else; *network* is `measure_placed` of
inputs placed beforehand on both cores, the quicker of 16 at a time on all cores and of two threads with one core each.
Both are measured once before the batch and once after, in its process; *share* is batch / (1 / (1/decode +
1/network)). *peak_mb* is of a process that does the batch alone. *Workers*: Dask workers of one thread each, started by
the program (from their start until the last row is written, without the report); *speed_up* is two against one.
*Killed*: a batch over 1,000 files is killed (SIGKILL: the whole program, or one of its two workers) at a random moment;
the program is started again with `--resume`. *wrong_rows* counts files that in the end have not exactly one row,
*score_gap* is the largest difference of a score from an undisturbed run's, *judged_again* the files whose row was
there and which were judged a second time."""

_DISTINCT = 5_000
_SIZES = (1_000, 10_000, 100_000)
_ON_WORKERS = 10_000
_KILLED, _KILLS = 1_000, 20

BARS = (
    Bar("share", "≥", 0.9),
    Bar("rate_spread", "≤", 1.1),
    Bar("peak_spread", "≤", 1.1),
    Bar("speed_up", "≥", 1.7),
    Bar("wrong_rows", "≤", 0.0),
    Bar("score_gap", "≤", 1e-5),
)


def _units(request: Request) -> list[Unit]:
    work = request.work
    units = []
    for number in request.seeds:
        settings = {"options": OPTIONS, "round": number}
        units.append(Unit("one machine", METHOD, settings | {"files": list(_SIZES)}, partial(_sizes, work)))
        units.append(Unit("workers", METHOD, settings | {"files": _ON_WORKERS}, partial(_workers, work)))
        units.extend(
            Unit(f"killed: {what}", METHOD, settings | {"kills": _KILLS}, partial(_kills, work, what, number))
            for what in ("program", "worker")
        )
    return units


def _prepare(work: Path, count: int) -> tuple[Path, Path]:
    photographs = made.photographs(work, _DISTINCT)
    links = work / f"scale-{count}"
    if not links.is_dir():
        made.linked(photographs, links, count)
    return links, made.small_detector(work / "scale-detector", METHOD, OPTIONS, photographs)


def _sizes(work: Path) -> Figures:
    figures: dict[str, float] = {}
    rates, peaks = [], []
    for count in _SIZES:
        links, bundle = _prepare(work, count)
        with tempfile.TemporaryDirectory(dir=work) as folder:
            answer = child("scale", str(links), str(bundle), str(Path(folder) / "report"))
            peak = child("memory", str(links), str(bundle), str(Path(folder) / "again"))["peak_mb"]
        decode, network, batch = answer["decode"], answer["network"], answer["batch"]
        figures |= {
            f"batch_images_per_s_{count}": batch,
            f"decode_images_per_s_{count}": decode,
            f"network_images_per_s_{count}": network,
            f"share_{count}": batch * (1 / decode + 1 / network),
            f"peak_mb_{count}": peak,
        }
        rates.append(batch)
        peaks.append(peak)
    shares = [figures[f"share_{count}"] for count in _SIZES]
    return figures | {
        "share": min(shares),
        "rate_spread": max(rates) / min(rates),
        "peak_spread": max(peaks) / min(peaks),
    }


def _workers(work: Path) -> Figures:
    links, bundle = _prepare(work, _ON_WORKERS)
    rates: dict[int, list[float]] = {}
    # In both orders, so that a machine that slows down in the middle harms neither.
    for count in (1, 2, 2, 1):
        with tempfile.TemporaryDirectory(dir=work) as folder:
            answer = child("workers", str(links), str(bundle), str(Path(folder) / "report"), str(count))
        rates.setdefault(count, []).append(answer["batch"])
    one, two = (2 / sum(1 / rate for rate in rates[count]) for count in (1, 2))
    return {"one_images_per_s": one, "two_images_per_s": two, "speed_up": two / one}


def _kills(work: Path, what: str, seed: int) -> Figures:
    links, bundle = _prepare(work, _KILLED)
    dice = random.Random(f"{what} {seed}")
    workers = 2 if what == "worker" else 0
    with tempfile.TemporaryDirectory(dir=work) as place:
        folder = Path(place)
        began = time.perf_counter()
        _run(links, bundle, folder / "calm", workers).wait()
        whole = time.perf_counter() - began
        calm = _scores(folder / "calm")
        wrong, gap, again, killed = 0, 0.0, 0, 0
        for number in range(_KILLS):
            out = folder / str(number)
            process = _run(links, bundle, out, workers)
            time.sleep(dice.uniform(0.1, 0.9) * whole)
            killed += _kill(process, what)
            process.wait()
            told = subprocess.run(
                [*_command(links, bundle, out, workers), "--resume"], capture_output=True, text=True, check=False
            )
            if told.returncode:
                raise RuntimeError(told.stderr[-2000:])
            scores = _scores(out)
            wrong += sum(len(scores.get(name, [])) != 1 for name in calm) + len(set(scores) - set(calm))
            gap = max([gap, *(abs(scores[name][0] - calm[name][0]) for name in calm if name in scores)])
            again += (out / LEDGER).read_bytes().count(b"\n") - 1 - _KILLED
            shutil.rmtree(out)
    return {"wrong_rows": wrong, "score_gap": gap, "killed_in_the_midst": killed, "kept_and_judged_again": again}


def _command(links: Path, bundle: Path, out: Path, workers: int) -> list[str]:
    arguments = ["batch", str(links), "--detector", str(bundle), "--out", str(out), "--pictures", "0"]
    return [sys.executable, "-m", "inspector", *arguments, *(["--workers", str(workers)] if workers else [])]


def _run(links: Path, bundle: Path, out: Path, workers: int) -> subprocess.Popen[bytes]:
    command = [*_command(links, bundle, out, workers), "--resume"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _kill(process: subprocess.Popen[bytes], what: str) -> int:
    """Kill it, or one of its workers; 1 when there was something to kill."""
    if process.poll() is not None:
        return 0
    if what == "program":
        for one in psutil.Process(process.pid).children(recursive=True):
            one.kill()
        process.kill()
        return 1
    children = psutil.Process(process.pid).children(recursive=True)
    workers = [one for one in children if "spawn_main" in " ".join(one.cmdline())]
    if not workers:
        return 0
    workers[0].kill()
    return 1


def _scores(out: Path) -> dict[str, list[float]]:
    scores: dict[str, list[float]] = {}
    with (out / RESULTS).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            scores.setdefault(row["path"], []).append(float(row["score"]))
    return scores


BENCHMARK = Benchmark("scale", ABOUT, 1, _units, BARS)
