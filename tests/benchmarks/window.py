"""`startup` and `responsiveness`: how soon the window is there, and how well it answers while it works."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from tests.benchmarks.harness import Bar, Benchmark, Request, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.benchmarks.harness import Figures

STARTUP = """Seconds from starting the process to the window's first painted frame, and peak memory by then: *inspector*
opens the sample workspace as it was left; *bare* is a window with one empty plot, Qt and pyqtgraph alone. Files are in
the disk's cache. *heavy_imports* counts scikit-learn, TensorFlow and Keras among the modules imported."""

RESPONSIVENESS = """How late a precise 5 ms timer in the window's event loop is, while the sample's 60 normal images
train (a child process, from its start on), while a feed of 640x480 JPEG files is judged and shown as fast as can be,
and both. The detector's threshold lies above the feed's normal frames, so that few are NG and written with their
pictures, as on a line (*ng_share*). On a real X server (Xvfb) where there is one."""

_WATCHED_S = 20.0
_CASES = ("train", "live", "both")


@contextmanager
def _display() -> Iterator[dict[str, str]]:
    """An environment with a display: Xvfb's where it is installed, else none is painted to."""
    environment = dict(os.environ)
    if shutil.which("Xvfb") is None:
        yield environment | {"QT_QPA_PLATFORM": "offscreen"}
        return
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1920x1080x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=(writing,), stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as answer:
            number = answer.readline().strip()
        yield environment | {"DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
    finally:
        server.terminate()
        server.wait()


def child(*arguments: str) -> Figures:
    """What `window_child` measures, on a display of its own."""
    with _display() as environment:
        command = [sys.executable, "-m", "tests.benchmarks.window_child"]
        filled = [one.format(begun=time.time()) for one in arguments]
        done = subprocess.run([*command, *filled], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        msg = f"{' '.join(arguments)} ended with {done.returncode}: {done.stderr[-2000:]}"
        raise RuntimeError(msg)
    return {str(name): float(value) for name, value in json.loads(done.stdout.splitlines()[-1]).items()}


def prepared(request: Request) -> Path:
    """A folder of settings under which the window opens on the sample workspace; made if it is not there."""
    folder = request.work / "window-of-normals"
    if not (folder / "config" / "inspector.ini").is_file():
        shutil.rmtree(folder, ignore_errors=True)
        command = [sys.executable, "-m", "tests.benchmarks.window_child", "prepare", str(folder)]
        subprocess.run(command, env=dict(os.environ) | {"QT_QPA_PLATFORM": "offscreen"}, check=True)
    return folder


def _start(request: Request) -> Figures:
    folder = prepared(request)
    own, peer = child("startup", "{begun}", str(folder)), child("bare", "{begun}")
    return {
        **own,
        "bare_first_painted_s": peer["first_painted_s"],
        "bare_peak_mb": peer["peak_mb"],
        "over_bare": own["first_painted_s"] / peer["first_painted_s"],
    }


def _starts(request: Request) -> list[Unit]:
    return [Unit("warm start", "inspector", {"round": n}, partial(_start, request)) for n in request.seeds]


def _lag(request: Request, case: str) -> Figures:
    return child("lag", case, str(_WATCHED_S), str(prepared(request)))


def _lags(request: Request) -> list[Unit]:
    return [
        Unit(case, "inspector", {"round": n, "seconds": _WATCHED_S}, partial(_lag, request, case))
        for case in _CASES
        for n in request.seeds
    ]


STARTUP_BENCHMARK = Benchmark(
    "startup",
    STARTUP,
    5,
    _starts,
    (Bar("first_painted_s", "≤", 1.2), Bar("peak_mb", "≤", 220), Bar("heavy_imports", "≤", 0)),
)
RESPONSIVENESS_BENCHMARK = Benchmark(
    "responsiveness", RESPONSIVENESS, 3, _lags, (Bar("lag_p99_ms", "≤", 16), Bar("lag_max_ms", "≤", 100))
)
