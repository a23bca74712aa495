"""What is measured in a process of its own: `python -m tests.benchmarks.child WHAT …`, one JSON object at the end.

Imports nothing heavy before it is needed: it times how soon the program begins, too.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_AT_ONCE = 16
_DECODERS = 2
_PEERS = 2_000


def _tell(**figures: float) -> None:
    import json

    sys.stdout.write(json.dumps(figures) + "\n")
    sys.stdout.flush()


@dataclass(frozen=True)
class _Clock:
    """A moment, by the wall's clock and by this process's, which stands still while others have the cores."""

    wall: float = field(default_factory=time.perf_counter)
    cpu: float = field(default_factory=time.process_time)

    def figures(self, name: str, count: int, *, until: _Clock | None = None) -> dict[str, float]:
        """Images a second and milliseconds of CPU an image, for `count` of them since then."""
        end = until or _Clock()
        return {name: count / (end.wall - self.wall), f"{name}_cpu": (end.cpu - self.cpu) * 1e3 / count}


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


def _batch_rates(folder: Path, bundle: Path, out: Path, workers: int = 0) -> dict[str, float]:
    from inspector.core import events
    from inspector.jobs.batch import Batch, batch

    stages: list[_Clock] = []
    judged = 0

    def listener(event: events.Event) -> None:
        nonlocal judged
        if isinstance(event, events.Stage) and event.name in ("Inspecting", "Writing the report"):
            stages.append(_Clock())
        elif isinstance(event, events.Judged):
            judged += 1

    batch(Batch(folder, bundle, out, workers=workers), listener)
    inspecting, report = stages[0], stages[-1]
    return inspecting.figures("batch", judged, until=report) | inspecting.figures("with_report", judged)


def _decode_rate(folder: Path, most: int | None = None) -> dict[str, float]:
    from concurrent.futures import ThreadPoolExecutor

    from inspector.sources.decode import read_image

    files = sorted(folder.glob("*.jpg"))[:most]

    def read(file: Path) -> None:
        read_image(file)

    with ThreadPoolExecutor(_DECODERS) as pool:
        clock = _Clock()
        list(pool.map(read, files))
        return clock.figures("decode", len(files))


def _network_rate(folder: Path, bundle: Path) -> dict[str, float]:
    from inspector.detectors import load
    from inspector.sources.decode import read_image

    detector = load(bundle)
    files = sorted(folder.glob("*.jpg"))
    placed = detector.place([read_image(file) for file in files[: 8 * _AT_ONCE]])
    clock = _Clock()
    count = 0
    while count < len(files):
        start = count % len(placed)
        count += len(detector.measure_placed(placed[start : start + _AT_ONCE]))
    return clock.figures("network", count)


def _scale(folder: Path, bundle: Path, out: Path) -> None:
    """As `_speed`, with peers on so many files at most, and the network however it is quickest on both cores."""
    _decode_rate(folder, _PEERS)
    before = _decode_rate(folder, _PEERS)["decode"], _best_network_rate(folder, bundle)
    batch = _batch_rates(folder, bundle, out)
    after = _decode_rate(folder, _PEERS)["decode"], _best_network_rate(folder, bundle)
    decode, network = (2 / (1 / one + 1 / other) for one, other in zip(before, after, strict=True))
    _tell(decode=decode, network=network, batch=batch["batch"])


def _best_network_rate(folder: Path, bundle: Path) -> float:
    from concurrent.futures import ThreadPoolExecutor

    from inspector.detectors import load
    from inspector.sources.decode import read_image

    images = [read_image(file) for file in sorted(folder.glob("*.jpg"))[: 8 * _AT_ONCE]]
    rates = []
    for threads in (0, 1):
        detector = load(bundle, threads=threads)
        placed = detector.place(images)
        parts = [placed[start : start + _AT_ONCE] for start in range(0, len(placed), _AT_ONCE)]
        parts = [part for _ in range(_PEERS // len(placed)) for part in parts]
        with ThreadPoolExecutor(_DECODERS if threads else 1) as pool:
            list(pool.map(detector.measure_placed, parts[:8]))
            clock = _Clock()
            list(pool.map(detector.measure_placed, parts))
            rates.append(clock.figures("rate", _AT_ONCE * len(parts))["rate"])
    return max(rates)


def _speed(folder: Path, bundle: Path, out: Path) -> None:
    """The batch, between two halves of what it is compared with, so that what else the machine does meets both."""
    _decode_rate(folder)  # once for the disk's cache
    before = _decode_rate(folder) | _network_rate(folder, bundle)
    batch = _batch_rates(folder, bundle, out)
    after = _network_rate(folder, bundle) | _decode_rate(folder)
    peers = {name: _joined(name, before[name], after[name]) for name in before}
    _tell(**peers, **batch, place_cpu=_place_cost(folder, bundle))


def _joined(name: str, one: float, other: float) -> float:
    """Two figures over equally many images as one over all: costs are averaged, and so are the times behind rates."""
    return (one + other) / 2 if name.endswith("_cpu") else 2 / (1 / one + 1 / other)


def _place_cost(folder: Path, bundle: Path) -> float:
    from inspector.detectors import load
    from inspector.sources.decode import read_image

    detector = load(bundle)
    images = [read_image(file) for file in sorted(folder.glob("*.jpg"))[: 8 * _AT_ONCE]]
    clock = _Clock()
    detector.place(images)
    return clock.figures("place", len(images))["place_cpu"]


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


def _train(folder: Path, name: str) -> None:
    from inspector.detectors import method
    from inspector.sources.dataset import LazyImages, read_dataset

    clock = _Clock()
    method(name)().fit(LazyImages(read_dataset(folder).items))
    _tell(seconds=time.perf_counter() - clock.wall, peak_mb=peak_mb())


def _main(what: str, *arguments: str) -> None:
    if what == "first":
        started, *rest = arguments
        _first(float(started), *rest)
        return
    from pathlib import Path

    if what == "train":
        _train(Path(arguments[0]), arguments[1])
        return
    folder, bundle, out = map(Path, arguments[:3])
    if what == "speed":
        _speed(folder, bundle, out)
    elif what == "scale":
        _scale(folder, bundle, out)
    elif what == "workers":
        _tell(**_batch_rates(folder, bundle, out, int(arguments[3])))
    elif what == "memory":
        _batch_rates(folder, bundle, out)
        _tell(peak_mb=peak_mb())


if __name__ == "__main__":
    _main(*sys.argv[1:])
