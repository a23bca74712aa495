"""Judging many files: decoded ahead by threads, measured a few at a time, given in order."""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Literal, TypeAlias

from inspector.core.errors import FrameError
from inspector.core.inspection import Inspection, Verdict
from inspector.jobs.journal import Stamp
from inspector.jobs.judging import inspect, overlay_of, unreadable
from inspector.sources.dataset import Item, read_item
from inspector.sources.save import write_image

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from inspector.core.image import Image
    from inspector.core.inspection import Measured
    from inspector.detectors import Detector
    from inspector.imaging.placement import Placed

Overlays: TypeAlias = Literal["none", "ng", "all"]

_DECODERS = 2
_AHEAD = 64
_AT_ONCE = 16
_KEPT_BYTES = 2**23
"""A larger picture is read again for its overlay: `_AHEAD` of 12,000 x 9,000 kept until then would be 20 GB."""


@dataclass(frozen=True, slots=True)
class Judging:
    """How files are judged.

    Attributes:
        detector: fitted.
        name: of the detector.
        threshold: used instead of the detector's own; None for that.
        overlays: of which files to write the overlay as a picture.
        folder: for overlays.
    """

    detector: Detector
    name: str
    threshold: float | None
    overlays: Overlays
    folder: Path

    def judged(self, items: list[Item]) -> Generator[tuple[Inspection, Stamp | None]]:
        """The inspections of all items, in their order, each with what its file was before it was read.

        An overlay is written before its inspection is given.

        Raises:
            OutputError: an overlay cannot be written.
        """
        threshold = self.detector.threshold.value if self.threshold is None else self.threshold
        for pairs in _in_batches(self.detector, items, keep_pictures=self.overlays != "none"):
            readable = [one for _, one in pairs if not isinstance(one, FrameError)]
            started = time.perf_counter()
            measured = iter(self.detector.measure_placed([one.placed for one in readable]))
            spent = (time.perf_counter() - started) * 1e3 / max(len(readable), 1)
            for item, one in pairs:
                if isinstance(one, FrameError):
                    row = unreadable(one, detector=self.name, threshold=threshold, name=item.name, label=item.label)
                    yield row, None
                    continue
                measurement = next(measured)
                inspection = inspect(
                    name=item.name,
                    detector=self.name,
                    score=measurement.score,
                    threshold=threshold,
                    taken=one.read,
                    milliseconds=spent,
                    label=item.label,
                    overridden=self.threshold is not None,
                    terms=measurement.terms,
                )
                if self.overlays != "none":
                    self._keep_overlay(item, one.image, measurement, inspection)
                yield inspection, one.stamp

    def _keep_overlay(self, item: Item, image: Image | None, measured: Measured, inspection: Inspection) -> None:
        path = self.folder / _inside(f"{inspection.name}.png")
        if self.overlays == "all" or inspection.verdict is Verdict.NG:
            with suppress(FrameError):  # gone since it was judged
                painted = overlay_of(self.detector, read_item(item) if image is None else image, measured)
                if painted is not None:
                    write_image(path, painted)
        else:
            path.unlink(missing_ok=True)  # of the file before it changed, by an attempt that was cut off


def _inside(name: str) -> PurePath:
    """A path that stays below the folder it is put to: an index may name pictures that lie outside of its own."""
    path = PurePath(name)
    return PurePath(*("_" if part == ".." else part for part in path.relative_to(path.anchor).parts))


@dataclass(frozen=True, slots=True)
class _Ready:
    placed: Placed
    read: float
    stamp: Stamp | None
    image: Image | None = None


def _in_batches(
    detector: Detector, items: list[Item], *, keep_pictures: bool
) -> Iterator[list[tuple[Item, _Ready | FrameError]]]:
    """Items with their decoded images, in order, a few at a time: at most `_AHEAD` are decoded and not yet judged."""

    def prepare(item: Item) -> _Ready | FrameError:
        stamp = Stamp.of(item.path)
        try:
            image = read_item(item)
        except FrameError as error:
            return error
        [placed] = detector.place([image])
        return _Ready(placed, time.time(), stamp, image if keep_pictures and image.nbytes <= _KEPT_BYTES else None)

    waiting: deque[tuple[Item, Future[_Ready | FrameError]]] = deque()
    pool = ThreadPoolExecutor(_DECODERS, thread_name_prefix="decode")
    try:
        rest = iter(items)
        for item in rest:
            waiting.append((item, pool.submit(prepare, item)))
            if len(waiting) >= _AHEAD:
                yield _take(waiting)
        while waiting:
            yield _take(waiting)
    finally:
        # Cancelled in the middle, nobody wants what was asked for ahead.
        pool.shutdown(wait=True, cancel_futures=True)


def _take(waiting: deque[tuple[Item, Future[_Ready | FrameError]]]) -> list[tuple[Item, _Ready | FrameError]]:
    """The first of `waiting`, waited for, and those behind it that are ready: a large batch must cost no wait."""
    taken: list[tuple[Item, _Ready | FrameError]] = []
    while waiting and len(taken) < _AT_ONCE and (not taken or waiting[0][1].done()):
        item, future = waiting.popleft()
        taken.append((item, future.result()))
    return taken
