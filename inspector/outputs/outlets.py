"""All outputs of a station: who judges hands an event over and goes on at once."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from inspector.core.errors import InspectorError
from inspector.outputs.deliverers import deliverer_of
from inspector.outputs.message import Message, belongs_to, message
from inspector.outputs.outlet import Outlet, OutletState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import TracebackType

    from inspector.outputs.outlet import Deliverer
    from inspector.outputs.settings import Output

_log = logging.getLogger(__name__)

_ROOM = 16
_JOIN_S = 5.0


@dataclass(frozen=True, slots=True)
class Parcel:
    """An event to be told.

    Attributes:
        message: without pictures.
        frame: gives the frame as a JPEG file; called on the outputs' thread, and only where an output wants pictures.
        overlay: likewise.
    """

    message: Message
    frame: Callable[[], bytes | None] | None = None
    overlay: Callable[[], bytes | None] | None = None


class Outlets:
    """The outputs at work; a context manager that ends them.

    `tell` takes microseconds: whether an output wants the event is decided at once, the pictures are encoded and
    everything is put on the disk by a thread, and each output delivers by a thread of its own.
    """

    def __init__(
        self,
        outputs: Sequence[Output],
        folder: Path,
        *,
        make: Callable[[Output], Deliverer] = deliverer_of,
        first_rest: float | None = None,
        room: int = _ROOM,
    ) -> None:
        """Begin to deliver, also what is left of the time before.

        Args:
            outputs: those that are enabled are used.
            folder: where messages wait, one folder for each output.
            make: makes what delivers; for tests.
            first_rest: seconds before the second attempt; for tests.
            room: of how many events pictures may wait to be encoded; each holds a frame in memory.
        """
        rests = {} if first_rest is None else {"first_rest": first_rest}
        self._outlets = [Outlet(one, folder / _folder_name(one.name), make, **rests) for one in outputs if one.enabled]
        self._changed = threading.Condition()
        self._parcels: deque[tuple[Parcel, list[tuple[Outlet, int]]]] = deque()
        self._room = room
        self._closing = False
        self._closed: list[OutletState] = []
        for outlet in tuple(self._outlets):
            try:
                outlet.open()
            except InspectorError as error:
                self._outlets.remove(outlet)
                self._closed.append(OutletState(outlet.output.name, problem=str(error)))
        self._thread = threading.Thread(target=self._run, name="outputs", daemon=True)
        if self._outlets:
            self._thread.start()

    @property
    def states(self) -> list[OutletState]:
        """How it stands with each, in the order of the settings."""
        return [one.state for one in self._outlets] + self._closed

    def hears(self, event: str) -> bool:
        """Whether any output is told of such events at all: asked before a message is made for every frame."""
        return any(belongs_to(event) in one.output.on for one in self._outlets)

    def tell(self, parcel: Parcel) -> None:
        """Hand an event to the outputs that want it. Never waits; where too many wait, it is lost and counted."""
        now = time.monotonic()
        wanted = [(one, one.held_back()) for one in self._outlets if one.wants(parcel.message.event, now)]
        if not wanted:
            return
        with self._changed:
            if len(self._parcels) < self._room and not self._closing:
                self._parcels.append((parcel, wanted))
                self._changed.notify_all()
                return
        for outlet, _ in wanted:
            outlet.lose(1, "Events come faster than the disk takes them. Let them come further apart.")

    def wait(self, seconds: float = 10.0) -> bool:
        """Wait until nothing waits any more, in memory or on the disk; False when the time is over."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with self._changed:
                busy = bool(self._parcels)
            if not busy and not any(one.state.waiting for one in self._outlets):
                return True
            time.sleep(0.01)
        return False

    def close(self) -> None:
        """End: what goes through within two seconds goes out, the rest stays on the disk for the next time."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join(_JOIN_S)
        closers = [threading.Thread(target=one.close, daemon=True) for one in self._outlets]
        for one in closers:
            one.start()
        for one in closers:
            one.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._parcels and not self._closing:
                    self._changed.wait()
                if not self._parcels:
                    return
                parcel, wanted = self._parcels[0]
            self._spread(parcel, wanted)
            with self._changed:
                self._parcels.popleft()  # only now: `wait` takes an empty queue for done

    @staticmethod
    def _spread(parcel: Parcel, wanted: list[tuple[Outlet, int]]) -> None:
        whole = parcel.message
        if any(outlet.output.with_pictures for outlet, _ in wanted):
            whole = replace(whole, frame=_called(parcel.frame), overlay=_called(parcel.overlay))
        for outlet, held_back in wanted:
            outlet.put(replace(whole, document=whole.document | {"held_back": held_back}))


def test_output(output: Output) -> float:
    """Deliver a message of the event `test`, at once and only once; gives the seconds it took.

    Raises:
        OutputFault: it did not go through; the text says why.
    """
    import numpy as np

    from inspector.core.cv import cv2

    picture = np.full((48, 64, 3), 200, np.uint8)
    jpeg = cv2.imencode(".jpg", picture)[1].tobytes()
    deliverer = deliverer_of(output)
    begun = time.monotonic()
    try:
        note = "A test of this output: nothing was found."
        deliverer.deliver(replace(message("test", source="", reason=note), frame=jpeg, overlay=jpeg))
    finally:
        deliverer.close()
    return time.monotonic() - begun


test_output.__test__ = False  # type: ignore[attr-defined] # pytest takes it for a test where it is imported


def _called(encode: Callable[[], bytes | None] | None) -> bytes | None:
    try:
        return None if encode is None else encode()
    except Exception:  # noqa: BLE001
        # An event without its picture is better than none.
        _log.exception("A picture for an output could not be encoded")
        return None


def _folder_name(name: str) -> str:
    """A name for the disk: what a person calls an output may hold anything."""
    plain = "".join(one if one.isascii() and one.isalnum() else "-" for one in name)[:40]
    return f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
