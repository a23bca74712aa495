"""Messages that wait on the disk for their delivery: each a file, in order, bounded."""

from __future__ import annotations

import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Self

from inspector.core.errors import OutputError
from inspector.core.files import PARTIAL, whole_file
from inspector.core.lock import only_one
from inspector.outputs.message import Message

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

_LOCK = ".lock"
_PLACES = 16
_BYTES = 200_000_000


class DiskQueue:
    """The oldest message first. Used by one thread that puts and one that takes; `with` holds its place.

    Two processes with the same output do not share a place: the second takes the next free one, and what a process
    left behind is found by the one that takes its place.
    """

    def __init__(self, folder: Path, room: int, *, most_bytes: int = _BYTES) -> None:
        """Prepare; nothing is touched yet.

        Args:
            folder: of this output's messages.
            room: how many messages may wait.
            most_bytes: so much disk they may take.
        """
        self._folder = folder
        self._room, self._most_bytes = room, most_bytes
        self._held = ExitStack()
        self._place = folder
        self._waiting: dict[str, int] = {}
        """Names of files and their sizes, the oldest first."""
        self._last = 0

    def __enter__(self) -> Self:
        """Take a place.

        Raises:
            OutputError: no place can be had.
        """
        for number in range(_PLACES):
            place = self._folder / str(number)
            try:
                place.mkdir(parents=True, exist_ok=True)
                self._held.enter_context(only_one(place / _LOCK, f"{place} is used"))
            except OutputError:
                continue
            except OSError as error:
                msg = f"Messages cannot be kept in {place}: {error.strerror or error}. Make it writable."
                raise OutputError(msg) from error
            self._take(place)
            return self
        msg = f"{_PLACES} runs of the program use {self._folder}. End some of them."
        raise OutputError(msg)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, message: Message, *, pictures: bool) -> int:
        """Keep a message; gives how many of the oldest were dropped to make room.

        Raises:
            OutputError: the disk is full or cannot be written to.
        """
        data = message.as_json(pictures=pictures)
        # Names sort by time, and go on upwards when the clock is put back.
        self._last = max(self._last + 1, time.time_ns())
        name = f"{self._last:020}-{message.id}.json"
        with whole_file(self._place / name) as partial:
            partial.write_bytes(data)
        self._waiting = self._waiting | {name: len(data)}
        dropped = 0
        while len(self._waiting) > 1 and (
            len(self._waiting) > self._room or sum(self._waiting.values()) > self._most_bytes
        ):
            self.drop(next(iter(self._waiting)))
            dropped += 1
        return dropped

    def first(self) -> tuple[str, Message] | None:
        """The oldest message and its name here; a torn file is put away."""
        while self._waiting:
            name = next(iter(self._waiting))
            try:
                return name, Message.from_json((self._place / name).read_bytes())
            except (OSError, ValueError):
                self.drop(name)
        return None

    def drop(self, name: str) -> None:
        """It was delivered, or is given up."""
        with suppress(OSError):
            (self._place / name).unlink(missing_ok=True)
        # A new dict, not a change: the other thread may be going through the old one.
        self._waiting = {key: size for key, size in self._waiting.items() if key != name}

    def _take(self, place: Path) -> None:
        for rest in place.glob(f"{PARTIAL}*"):
            rest.unlink(missing_ok=True)
        files = sorted(place.glob("[0-9]*-*.json"))
        self._place = place
        self._waiting = {file.name: file.stat().st_size for file in files}
        if files and (number := files[-1].name.partition("-")[0]).isdigit():
            self._last = int(number)
