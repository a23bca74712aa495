"""One output at work: a thread that delivers what waits, in order, and tries again what did not go through."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from inspector.core.errors import InspectorError
from inspector.outputs.errors import OutputFault, Refused
from inspector.outputs.queue import DiskQueue

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from inspector.outputs.message import Message
    from inspector.outputs.settings import Output

_log = logging.getLogger(__name__)

_FIRST_REST_S, _LONGEST_REST_S = 0.5, 30.0
_TO_GO_S = 2.0


class Deliverer(Protocol):
    """Takes a message to where it goes."""

    def deliver(self, message: Message) -> None:
        """Take it there, within the output's time-out.

        Raises:
            OutputFault: it did not go through.
        """

    def close(self) -> None:
        """Let go of connections."""


@dataclass(frozen=True, slots=True)
class OutletState:
    """How it stands with an output. Numbers are since the program began to use it.

    Attributes:
        name: of the output.
        sent: messages delivered.
        waiting: messages on the disk, to be delivered.
        lost: messages that will not be delivered: no room was left, or they were refused.
        held_back: events not told because of the rate limit.
        problem: why the last attempt failed; empty when it did not.
        retry_at: when it is tried again, by `time.monotonic`.
    """

    name: str
    sent: int = 0
    waiting: int = 0
    lost: int = 0
    held_back: int = 0
    problem: str = ""
    retry_at: float | None = None


class Outlet(threading.Thread):
    """Delivers one output's messages. Nobody who judges ever waits for it.

    Attributes:
        output: its settings.
        state: how it stands; replaced as a whole, so that any thread may look.
    """

    def __init__(
        self, output: Output, folder: Path, make: Callable[[Output], Deliverer], *, first_rest: float = _FIRST_REST_S
    ) -> None:
        """Prepare; nothing is touched yet.

        Args:
            output: its settings.
            folder: where its messages wait.
            make: makes what delivers.
            first_rest: seconds before the second attempt; each further one in vain doubles it, up to 30.
        """
        super().__init__(name=f"output {output.name}", daemon=True)
        self.output = output
        self.state = OutletState(output.name)
        self._queue = DiskQueue(folder, output.room)
        self._make, self._first_rest = make, first_rest
        self._changed = threading.Condition()
        self._closing = False
        self._last = -float("inf")
        self._fault = ""
        """Why the last attempt to deliver failed."""
        self._held_back = 0

    def wants(self, event: str, now: float | None = None) -> bool:
        """Whether an event of this name is to be told now; one that the rate limit keeps back is counted.

        The end of a state (`back`, `as before`) is told whenever its beginning would be: it must not be swallowed.
        """
        from inspector.outputs.message import belongs_to

        if belongs_to(event) not in self.output.on:
            return False
        now = time.monotonic() if now is None else now
        if event in {"lost", "back", "changed", "as before"}:
            return True
        if now - self._last < self.output.seconds_apart:
            self._held_back += 1
            with self._changed:
                self._say(held_back=self.state.held_back + 1)
            return False
        self._last = now
        return True

    def held_back(self) -> int:
        """How many events were kept back since this was asked last."""
        number, self._held_back = self._held_back, 0
        return number

    def open(self) -> None:
        """Take its place on the disk and begin to deliver what lies there.

        Raises:
            OutputError: there is no place for its messages.
        """
        self._queue.__enter__()
        self._say(waiting=len(self._queue))
        self.start()

    def put(self, message: Message) -> None:
        """Keep a message for delivery; what the disk does not take is lost and counted.

        Not for who judges: it waits for the disk.
        """
        try:
            with self._changed:
                dropped = self._queue.put(message, pictures=self.output.with_pictures)
                self._say(waiting=len(self._queue))  # under the lock: an older number must not follow a newer one
                self._changed.notify_all()
        except InspectorError as error:
            self.lose(1, str(error))
            return
        if dropped:
            self.lose(dropped, f"There is no more room for messages, so the oldest are lost. {self._fault}".strip())

    def lose(self, number: int, reason: str) -> None:
        """Count messages that will not be delivered."""
        if reason != self.state.problem:
            _log.info("Output %s: %s", self.output.name, reason)
        with self._changed:
            self._say(lost=self.state.lost + number, problem=reason)

    def run(self) -> None:
        """Deliver until closed."""
        deliverer = self._make(self.output)
        try:
            tries = 0
            while (found := self._next()) is not None:
                name, message = found
                tries = 0 if self._deliver(deliverer, name, message, tries) else tries + 1
                if tries and not self._rest(tries):
                    break
        finally:
            deliverer.close()
            self._queue.__exit__(None, None, None)

    def close(self, seconds: float = _TO_GO_S) -> None:
        """Deliver what goes through at once, for so long at most; the rest stays on the disk for the next time."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self.ident is not None:
            self.join(seconds)

    def _next(self) -> tuple[str, Message] | None:
        """The next message, waiting for it; None when this is to end."""
        with self._changed:
            while True:
                found = self._queue.first()
                self._say(waiting=len(self._queue))
                if found is not None or self._closing:
                    return found
                self._changed.wait()

    def _deliver(self, deliverer: Deliverer, name: str, message: Message, tries: int) -> bool:
        """Try once; whether the message is done with."""
        try:
            deliverer.deliver(message)
        except Refused as fault:
            self.lose(1, str(fault))
            self._drop(name)
            return True
        except OutputFault as fault:
            most = self.output.ATTEMPTS
            if most is not None and tries + 1 >= most:
                self.lose(1, str(fault))
                self._drop(name)
                return True
            self._fault = str(fault)
            self._say(problem=self._fault)
            return False
        except Exception as error:  # noqa: BLE001
            # A bug, or a library's surprise: this message must not stop all the others for good.
            _log.exception("Output %s could not deliver", self.output.name)
            self.lose(1, f"{type(error).__name__}: {error}")
            self._drop(name)
            return True
        self._fault = ""
        # Counted before it is dropped: who waits until nothing waits any more reads numbers that are right.
        with self._changed:
            self._say(sent=self.state.sent + 1, problem="", retry_at=None)
        self._drop(name)
        return True

    def _drop(self, name: str) -> None:
        with self._changed:
            self._queue.drop(name)
            self._say(waiting=len(self._queue))

    def _rest(self, tries: int) -> bool:
        """Rest before the next attempt; false when this is to end."""
        end = time.monotonic() + min(_LONGEST_REST_S, self._first_rest * 2.0 ** min(tries - 1, 16))
        self._say(retry_at=end)
        with self._changed:
            while not self._closing and (left := end - time.monotonic()) > 0:
                self._changed.wait(left)
            return not self._closing

    def _say(self, **changes: object) -> None:
        with self._changed:
            self.state = replace(self.state, **changes)  # type: ignore[arg-type]
