"""A folder that is watched: files are given as they arrive."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from inspector.core.errors import FrameError, SourceError
from inspector.sources.base import Shot, Source
from inspector.sources.decode import read_image
from inspector.sources.walk import check_folder, find_images

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_Signature: TypeAlias = tuple[int, int]
"""A file's size in bytes and when it was changed, in nanoseconds."""


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A file that is not given yet: how it looked, and since when it has looked so, by the source's clock."""

    signature: _Signature
    since: float


class WatchedFolderSource(Source):
    """The images that arrive in a folder, once each; one that is written anew under its old name arrives anew.

    The folder is polled, since network drives tell nobody of changes. A file is given when its size and time of change
    were the same in two polls and it decodes, so never while it is being written. One that stays torn for `patience`
    seconds is one `FrameError`. `read` polls once, `interval` seconds after the last poll, and gives None when nothing
    is ready. A folder that is gone for `patience` seconds is a `SourceError`.

    Files have no labels here: sub-folders of a line's pictures are dates and batches.
    """

    live = True

    def __init__(
        self,
        path: Path,
        *,
        existing: bool = False,
        recursive: bool = False,
        interval: float = 0.5,
        patience: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        """Remember the folder.

        Args:
            path: the folder.
            existing: whether the files that are there already are given first.
            recursive: whether sub-folders are watched too.
            interval: seconds between two polls.
            patience: seconds that a torn file, or a folder that is gone, is waited for.
            clock: gives seconds from any beginning.
            pause: waits for so many seconds.
        """
        super().__init__(str(path))
        self.path = path
        self._existing = existing
        self._recursive = recursive
        self._interval = interval
        self._patience = patience
        self._clock = clock
        self._pause = pause
        self._given_files: dict[str, _Signature] = {}
        self._told: set[str] = set()
        self._waiting: dict[str, _Arrival] = {}
        self._ready: deque[str] = deque()
        self._problems: deque[FrameError] = deque()
        self._next_poll = self._seen = 0.0

    def _open(self) -> None:
        check_folder(self.path)
        self._close()
        self._next_poll = self._seen = self._clock()
        if not self._existing:
            self._given_files = self._look()

    def _next(self) -> Shot | None:
        shot = self._first_whole()
        if shot is None:
            self._pause(max(0.0, self._next_poll - self._clock()))
            self._poll()
            shot = self._first_whole()
        return shot

    def _close(self) -> None:
        for container in (self._given_files, self._told, self._waiting, self._ready, self._problems):
            container.clear()

    def _poll(self) -> None:
        """See what is there, and set as ready what has not changed since the last poll."""
        try:
            there = self._look()
        except SourceError:
            if self._clock() - self._seen > self._patience:
                raise
            there = {}
        else:
            self._seen = self._clock()
            self._given_files = {name: self._given_files[name] for name in there if name in self._given_files}
        now = self._clock()
        waiting = {}
        for name, signature in there.items():
            if self._given_files.get(name) == signature:
                continue
            arrival = self._waiting.get(name)
            if arrival is not None and arrival.signature == signature:
                self._ready.append(name)
                waiting[name] = arrival
            else:
                waiting[name] = _Arrival(signature, now)
        self._waiting = waiting
        # From the end of the poll on: listing a large folder on a slow drive may take longer than the interval.
        self._next_poll = now + self._interval

    def _look(self) -> dict[str, _Signature]:
        """Give the image files that are there, in natural order."""
        findings = find_images(self.path, recursive=self._recursive)
        self._problems += [
            FrameError(problem, name=name) for name, problem in findings.problems.items() if name not in self._told
        ]
        self._told = set(findings.problems)
        there = {}
        for name in findings.images:
            signature = _signature(self.path / name)
            if signature is not None:
                there[name] = signature
        return there

    def _first_whole(self) -> Shot | None:
        """Give the first of the ready files that can be read and was not changed meanwhile."""
        if self._problems:
            raise self._problems.popleft()
        while self._ready:
            name = self._ready.popleft()
            shot = self._read(name, self._waiting[name])
            if shot is not None:
                return shot
        return None

    def _read(self, name: str, arrival: _Arrival) -> Shot | None:
        """Read a file; None leaves it for the next poll, which also sees that it is gone or was changed."""
        path = self.path / name
        if _signature(path) != arrival.signature:
            return None
        try:
            image = read_image(path, name=name)
        except FrameError:
            # Some systems set the final size and time before the bytes are there, so it may still become whole.
            if _signature(path) != arrival.signature or self._clock() - arrival.since < self._patience:
                return None
            self._settle(name, arrival)
            raise
        if _signature(path) != arrival.signature:
            return None
        self._settle(name, arrival)
        return Shot(image, name, time.time(), path=path)

    def _settle(self, name: str, arrival: _Arrival) -> None:
        self._given_files[name] = arrival.signature
        del self._waiting[name]


def _signature(path: Path) -> _Signature | None:
    """How a file looks now; None when it is gone."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns
