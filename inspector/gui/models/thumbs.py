"""Small pictures of large ones: made in the background, kept on the disk."""

from __future__ import annotations

import hashlib
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from inspector.core.cv import cv2
from inspector.core.errors import FrameError, OutputError
from inspector.sources.decode import read_image
from inspector.sources.save import write_image

if TYPE_CHECKING:
    from collections.abc import Callable

    from inspector.core.image import Image

SIDE = 136
"""Height and width that a thumbnail fits into, in pixels."""

_THREADS = 2
_WAITING = 400
_KEPT = 20_000
_STEP = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file as it was when it was listed: when it changes, its thumbnail is another one."""

    path: Path
    modified: float
    size: int


Made: TypeAlias = "tuple[Wanted, Image | None]"
"""A thumbnail; None where the file cannot be read."""


def shrink(image: Image, side: int = SIDE) -> Image:
    """An image that fits into a square; small ones stay as they are."""
    high, wide = image.shape[:2]
    scale = min(1.0, side / max(high, wide))
    if scale == 1:
        return image
    size = (max(1, round(wide * scale)), max(1, round(high * scale)))
    small: Image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    return small


class ThumbnailStore:
    """Makes thumbnails and keeps them in a folder, of which nobody minds the loss."""

    def __init__(self, folder: Path, *, kept: int = _KEPT) -> None:
        """Use this folder.

        Args:
            folder: made when something is first written to it.
            kept: so many files at most lie there, about.
        """
        self._folder = folder
        self._kept = kept
        self._written = 0

    def get(self, wanted: Wanted) -> Image | None:
        """The thumbnail of a file, from the folder or anew; None when the file cannot be read."""
        place = self._place(wanted)
        if place.exists():
            with suppress(FrameError):  # torn: make it anew
                return read_image(place)
        try:
            small = shrink(read_image(wanted.path))
        except FrameError:
            return None
        with suppress(OutputError):  # a full disk costs time, not pictures
            write_image(place, small)
            self._written += 1
            if self._written % _STEP == 0:
                self.prune()
        return small

    def prune(self) -> None:
        """Delete the oldest thumbnails beyond what is kept."""
        files = []
        for path in self._folder.glob("*/*.jpg"):
            with suppress(OSError):
                files.append((path.stat().st_mtime, path))
        for _, path in sorted(files)[: max(0, len(files) - self._kept)]:
            path.unlink(missing_ok=True)

    def _place(self, wanted: Wanted) -> Path:
        key = f"{wanted.path}\n{wanted.modified!r}\n{wanted.size}\n{SIDE}"
        name = hashlib.sha1(key.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()
        return self._folder / name[:2] / f"{name}.jpg"


class Thumbnailer:
    """Makes thumbnails in threads of its own, what was asked for last first, since that is what one looks at now.

    Threads end when there is nothing left to do, so an idle one holds nothing.
    """

    def __init__(self, make: Callable[[Wanted], Image | None], *, threads: int = _THREADS) -> None:
        """Make thumbnails by `make`, which is called from several threads."""
        self._make = make
        self._most = threads
        self._lock = threading.Lock()
        self._waiting: dict[Wanted, None] = {}
        self._under_way: set[Wanted] = set()
        self._made: list[Made] = []
        self._threads: set[threading.Thread] = set()

    def want(self, wanted: Wanted) -> None:
        """Ask for one. What was asked for long ago, and scrolled away since, is forgotten."""
        with self._lock:
            if wanted in self._under_way:
                return
            self._waiting.pop(wanted, None)
            self._waiting[wanted] = None
            while len(self._waiting) > _WAITING:
                del self._waiting[next(iter(self._waiting))]
            if len(self._threads) < self._most:
                thread = threading.Thread(target=self._work, name="thumbnails", daemon=True)
                self._threads.add(thread)
                thread.start()

    def take(self, most: int) -> list[Made]:
        """What was made since; no more than `most` at once."""
        with self._lock:
            taken, self._made = self._made[:most], self._made[most:]
            return taken

    @property
    def idle(self) -> bool:
        """Whether nothing is wanted, under way or waiting to be taken."""
        with self._lock:
            return not (self._waiting or self._under_way or self._made)

    def forget(self) -> None:
        """Make nothing that was asked for."""
        with self._lock:
            self._waiting.clear()
            self._made.clear()

    def wait(self, seconds: float) -> bool:
        """Wait for the threads to end, after `forget`; say whether they have."""
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join(seconds)
        return not any(thread.is_alive() for thread in threads)

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._threads.discard(threading.current_thread())
                    return
                wanted, _ = self._waiting.popitem()
                self._under_way.add(wanted)
            made: Image | None = None
            try:
                made = self._make(wanted)
            finally:
                with self._lock:
                    self._under_way.discard(wanted)
                    self._made.append((wanted, made))
