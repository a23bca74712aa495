"""Judging many files on this computer: a few at a time on each core, given in order."""

from __future__ import annotations

import os
import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from inspector.core.errors import Cancelled
from inspector.jobs.chunks import Done, How, judge_files
from inspector.jobs.known import Known, Nothing
from inspector.sources.save import write_image

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from inspector.core.image import Image
    from inspector.detectors import Detector
    from inspector.sources.item import Item

_AT_ONCE = 16
_AHEAD = 4
_CHUNK_S = 0.25
"""Rows appear about so often, however slow the method is."""

_LOOK_S = 0.1
_MOST_THREADS = 32


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return min(len(os.sched_getaffinity(0)), _MOST_THREADS)
    return min(os.cpu_count() or 1, _MOST_THREADS)


class Threads:
    """Judges on this computer: each thread reads, places and measures a few files, start to end.

    Each run of a network then takes one core, and the cores work on different files: that leaves none of them waiting,
    as it does where all of them share each small network.

    The detector is to be loaded with `threads=1`.
    """

    def __init__(self, how: How, detector: Detector, overlays: Path, known: Known | None = None) -> None:
        """Prepare.

        Args:
            how: files are judged.
            detector: fitted.
            overlays: the folder for them.
            known: what need not be judged again.
        """
        self._how, self._detector, self._overlays = how, detector, overlays
        self._known = known or Nothing()
        self._stopped = threading.Event()
        self._size = 1

    def judged(self, items: Iterable[Item], go_on: Callable[[], None]) -> Generator[Done]:
        """Give all items judged, in their order.

        Args:
            items: as many as there are; a few are taken ahead.
            go_on: called ten times a second while there is nothing to give; cancels by raising.

        Raises:
            SourceError: the server on which they lie does not answer.
            OutputError: an overlay cannot be written.
        """
        rest = iter(items)
        waiting: deque[Future[list[Done]]] = deque()
        threads = cores()
        pool = ThreadPoolExecutor(threads, thread_name_prefix="judge")
        with self._listening():
            try:
                while True:
                    while len(waiting) < threads * _AHEAD and (some := list(islice(rest, self._size))):
                        waiting.append(pool.submit(self._judge, some))
                    if not waiting:
                        return
                    yield from _waited(waiting.popleft(), go_on)
            finally:
                # Cancelled in the middle, nobody wants what was asked for ahead.
                self._stopped.set()
                pool.shutdown(wait=True, cancel_futures=True)

    @contextmanager
    def _listening(self) -> Iterator[None]:
        """Have a search of seconds end when nobody waits for it any more."""

        def pulse() -> None:
            if self._stopped.is_set():
                raise Cancelled

        before, self._detector.pulse = self._detector.pulse, pulse
        try:
            yield
        finally:
            self._detector.pulse = before

    def _judge(self, items: list[Item]) -> list[Done]:
        done = judge_files(self._how, self._detector, items, self._known, self._keep)
        spent = sum(one.inspection.milliseconds or 0.0 for one in done) / 1e3
        if spent > 0:
            self._size = max(1, min(_AT_ONCE, int(_CHUNK_S * len(items) / spent)))
        return done

    def _keep(self, name: str, overlay: Image) -> None:
        write_image(overlay_path(self._overlays, name), overlay)


def overlay_path(folder: Path, name: str) -> Path:
    """Where an overlay goes, always below the folder: an index may name pictures that lie outside of its own."""
    path = PurePath(f"{name}.png")
    return folder / PurePath(*("_" if part == ".." else part for part in path.relative_to(path.anchor).parts))


def _waited(future: Future[list[Done]], go_on: Callable[[], None]) -> list[Done]:
    while True:
        try:
            return future.result(_LOOK_S)
        except TimeoutError:
            if future.done():
                raise
            go_on()
