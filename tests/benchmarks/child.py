"""What is measured in a process of its own: `python -m tests.benchmarks.child WHAT …`, one JSON object at the end.

Imports nothing before it is needed: it times how soon the program begins, too.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

_AT_ONCE = 16
_DECODERS = 2


def _tell(**figures: float) -> None:
    import json

    sys.stdout.write(json.dumps(figures) + "\n")
    sys.stdout.flush()


def peak_mb() -> float:
    """The most memory this process ever held, in MB.

    On Linux not `getrusage`'s figure: that one survives `exec`, so a small child of a large process inherits its peak.
    """
    from pathlib import Path

    status = Path("/proc/self/status")
    if status.is_file():
        lines = status.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) / 1e3 for line in lines if line.startswith("VmHWM:")) * 1.024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def _batch_rates(folder: Path, bundle: Path, out: Path) -> dict[str, float]:
    from inspector.core import events
    from inspector.jobs.batch import Batch, batch

    begun = ended = 0.0
    judged = 0

    def listener(event: events.Event) -> None:
        nonlocal begun, ended, judged
        if isinstance(event, events.Stage) and not begun:
            begun = time.perf_counter()
        elif isinstance(event, events.Judged):
            judged += 1
            ended = time.perf_counter()

    batch(Batch(folder, bundle, out), listener)
    return {"batch": judged / (ended - begun), "with_report": judged / (time.perf_counter() - begun)}


def _decode_rate(folder: Path) -> dict[str, float]:
    from concurrent.futures import ThreadPoolExecutor

    from inspector.sources.decode import read_image

    files = sorted(folder.glob("*.jpg"))

    def read(file: Path) -> None:
        read_image(file)

    with ThreadPoolExecutor(_DECODERS) as pool:
        started = time.perf_counter()
        list(pool.map(read, files))
        return {"decode": len(files) / (time.perf_counter() - started)}


def _network_rate(folder: Path, bundle: Path) -> dict[str, float]:
    from inspector.detectors import load
    from inspector.sources.decode import read_image

    detector = load(bundle)
    files = sorted(folder.glob("*.jpg"))
    placed = detector.place([read_image(file) for file in files[: 8 * _AT_ONCE]])
    started = time.perf_counter()
    count = 0
    while count < len(files):
        start = count % len(placed)
        count += len(detector.measure_placed(placed[start : start + _AT_ONCE]))
    return {"network": count / (time.perf_counter() - started)}


def _speed(folder: Path, bundle: Path, out: Path, number: int) -> None:
    _decode_rate(folder)  # once for the disk's cache
    parts: list[Any] = [
        lambda: _decode_rate(folder),
        lambda: _network_rate(folder, bundle),
        lambda: _batch_rates(folder, bundle, out),
    ]
    figures: dict[str, float] = {}
    for index in range(len(parts)):
        figures |= parts[(index + number) % len(parts)]()
    _tell(**figures)


def _first(started: float, folder: str, bundle: str, out: str) -> None:
    """Be `inspector batch`, and look on until a file is judged."""
    from inspector.__main__ import main
    from inspector.cli import terminal

    told = terminal.TerminalListener.__call__
    first: list[float] = []

    def looking_on(self: terminal.TerminalListener, event: object) -> None:
        # By name: importing the events for a comparison could be what is timed.
        if not first and type(event).__name__ == "Judged":
            first.append(time.time() - started)
            self.interrupted.set()  # the rest of the batch is not asked for
        told(self, event)  # type: ignore[arg-type]

    terminal.TerminalListener.__call__ = looking_on  # type: ignore[method-assign]
    main(["batch", folder, "--detector", bundle, "--out", out])
    _tell(first=first[0])


def _main(what: str, *arguments: str) -> None:
    if what == "first":
        started, *rest = arguments
        _first(float(started), *rest)
        return
    from pathlib import Path

    paths = [Path(argument) for argument in arguments[:3]]
    if what == "speed":
        _speed(paths[0], paths[1], paths[2], int(arguments[3]))
    elif what == "memory":
        _batch_rates(paths[0], paths[1], paths[2])
        _tell(peak_mb=peak_mb())


if __name__ == "__main__":
    _main(*sys.argv[1:])
