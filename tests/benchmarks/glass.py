"""`feed`: from the glass to the verdict, by a time drawn into every picture of a network camera."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

from inspector.detectors import method
from inspector.sources.dataset import LazyImages, read_dataset
from tests.benchmarks.harness import Bar, Benchmark, Request, Unit
from tests.benchmarks.made import photographs
from tests.benchmarks.window import child, prepared

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.harness import Figures

ABOUT = """A Motion JPEG camera on loopback, a process of its own, draws the time into every picture of 640x480, 30
times a second; the window watches it for ten minutes, and reads the time back from every frame that was judged.
*latency* is from drawing to the verdict: it holds the camera's encoding, the network, decoding, waiting, and the
detector's own time, which *over_detector_p95_ms* leaves out, frame by frame; two frame times are 66.7 ms. *growth* is
the p95 of the last minute over that of the first; *memory_growth_mb* is of this process from the first minute's end to
the last's. *lag* is how late a precise 5 ms timer in the window's event loop is. With *hanging webhook* every frame is
NG and told to a webhook that takes the connection and never answers. `patch-and-pool` is what is recommended, `anogan`
(its search for every frame) is the slowest. On a real X server (Xvfb)."""

_SECONDS = 600.0
_PICTURES = 60
_TRAINED = {"patch-and-pool": {}, "anogan": {"epochs": 1, "batch": 8}}


def _watch(request: Request, name: str, *, hanging: bool) -> Figures:
    folder = prepared(request)
    pictures = photographs(request.work, _PICTURES)
    bundle = request.work / f"feed-{name}"
    if not bundle.is_dir():
        images = LazyImages(read_dataset(pictures).items[:_PICTURES])
        method(name)(**_TRAINED[name]).fit(images).save(bundle)
    return _served(pictures, bundle, folder, hanging=hanging)


def _served(pictures: Path, bundle: Path, folder: Path, *, hanging: bool) -> Figures:
    command = [sys.executable, "-m", "tests.benchmarks.glass_server", str(pictures)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            base = f"http://127.0.0.1:{int(server.stdout.readline())}"
            hook = f"{base}/hook" if hanging else ""
            return child("glass", f"{base}/video.mjpg", str(bundle), str(_SECONDS), str(folder), hook)
        finally:
            server.stdin.close()


def _units(request: Request) -> list[Unit]:
    return [
        Unit(case, name, {"seconds": _SECONDS, "round": n}, partial(_watch, request, name, hanging=hanging))
        for case, name, hanging in (
            ("hanging webhook", "patch-and-pool", True),
            ("no output", "patch-and-pool", False),
            ("no output", "anogan", False),
        )
        for n in request.seeds
    ]


BENCHMARK = Benchmark(
    "feed",
    ABOUT,
    1,
    _units,
    (
        Bar("over_detector_p95_ms", "≤", 66.7),
        Bar("growth", "≤", 1.1),
        Bar("lag_max_ms", "≤", 100),
    ),
)
