"""Run a job in a process of its own, so that training can neither stall the window nor take it along when it dies.

The same job function runs in the calling process and in the child; events cross a pipe as the small values they are.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import ForkingPickler
from typing import TYPE_CHECKING, Any, TypeVar

from inspector.core.errors import Cancelled, InspectorError
from inspector.core.events import Event, Listener, ignore

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

Request = TypeVar("Request")
Outcome = TypeVar("Outcome")

GRACE = 5.0
"""How many seconds a child has to tidy up once it was asked to stop."""

_NICER = 5
_TERMINATING = 1.0
_SPAWN = multiprocessing.get_context("spawn")


class ChildDied(InspectorError):  # noqa: N818 - it says what happened
    """The child process ended without an answer: killed, out of memory, or crashed in a native library."""


class ChildFailed(RuntimeError):  # noqa: N818 - likewise
    """A bug in the job: something other than an `InspectorError` was raised in the child.

    Attributes:
        traceback: what the child's interpreter says of it, to be copied into a report.
    """

    def __init__(self, summary: str, traceback: str) -> None:
        """Say what was raised, and where."""
        super().__init__(f"{summary}\n\nIn the child process:\n{traceback}")
        self.traceback = traceback


@dataclass(frozen=True, slots=True)
class _Finished:
    outcome: Any


@dataclass(frozen=True, slots=True)
class _Stopped:
    """The job ended with `Cancelled`."""


@dataclass(frozen=True, slots=True)
class _Fault:
    kind: type[InspectorError]
    text: str


@dataclass(frozen=True, slots=True)
class _Bug:
    summary: str
    traceback: str


def _no_wish() -> None:
    """Want nothing between events."""


def run_in_child(
    function: Callable[[Request, Listener], Outcome],
    request: Request,
    listener: Listener = ignore,
    *,
    poll: Callable[[], None] = _no_wish,
    every: float = 0.1,
    grace: float = GRACE,
) -> Outcome:
    """Run `function(request, listener)` in a child process of lower priority, and give what it gives.

    Whatever `listener` or `poll` raises (`Cancelled` above all) ends the child before it is passed on: the child's next
    event raises `Cancelled` there, so that the job tidies up; one that says nothing for `grace` seconds is killed. The
    child also ends when this process does, however it ends.

    Args:
        function: a job; it must be importable by its name, and import what is heavy itself.
        request: plain values that can be pickled; the outcome likewise.
        listener: hears the child's events, in the calling thread.
        poll: called every `every` seconds at least, in the calling thread, also while the child says nothing (importing
            TensorFlow takes seconds); it may raise `Cancelled` just as `listener` may.
        every: seconds.
        grace: seconds.

    Raises:
        InspectorError: the job raised it: the same class, with the same text.
        ChildDied: the child was killed or crashed.
        ChildFailed: the job raised anything else.
        Cancelled: listener, poll or the job itself raised it.
    """
    # What cannot cross is known before anything was started.
    payload = bytes(ForkingPickler.dumps((function, request)))
    events, childs_events = _SPAWN.Pipe(duplex=False)
    childs_orders, orders = _SPAWN.Pipe(duplex=False)
    with events, orders:
        with childs_events, childs_orders:
            # A daemon: this process' ordinary end also ends the child.
            child = _SPAWN.Process(target=_serve, args=(childs_events, childs_orders, grace), daemon=True)
            child.start()
        # The child's ends are closed here: as the child is their only holder now, its death shows as the pipe's end.
        try:
            answer = _converse(child, events, orders, payload, listener, poll, every)
        except BaseException:
            _stop(child, events, orders, grace)
            raise
        _end(child, grace)
    outcome: Outcome = _taken(answer)
    return outcome


def _converse(
    child: SpawnProcess,
    events: Connection,
    orders: Connection,
    payload: bytes,
    listener: Listener,
    poll: Callable[[], None],
    every: float,
) -> _Finished | _Stopped | _Fault | _Bug:
    """Hand the work over and pass events on until there is an answer."""
    with suppress(ConnectionError):  # a child that died at once is noticed below
        orders.send_bytes(payload)
    while True:
        poll()
        if wait([events, child.sentinel], every):
            message = _receive(child, events)
            if isinstance(message, _Finished | _Stopped | _Fault | _Bug):
                return message
            listener(message)


def _receive(child: SpawnProcess, events: Connection) -> Any:
    """What the child said next; what it said before it died is heard first."""
    # Death shows twice, as the pipe's end and at the sentinel, should some other process of this program have come by
    # the pipe's other end.
    with suppress(EOFError, ConnectionError):
        if events.poll():
            return events.recv()
    raise _died(child)


def _stop(child: SpawnProcess, events: Connection, orders: Connection, grace: float) -> None:
    """Ask the child to stop, and see that it does."""
    try:
        orders.send_bytes(b"stop")
    except OSError:  # it is gone already
        _end(child, 0)
        return
    # A child that waits for room in the pipe to tell its news would never come to tidying up.
    drain = threading.Thread(target=_drain, args=(events,), name="drain", daemon=True)
    drain.start()
    _end(child, grace)
    drain.join(_TERMINATING)


def _drain(events: Connection) -> None:
    with suppress(EOFError, OSError):
        while True:
            events.recv_bytes()


def _end(child: SpawnProcess, grace: float) -> None:
    """Wait for the child's end, and bring it about when it does not come by itself."""
    child.join(grace)
    if child.is_alive():
        child.terminate()
        child.join(_TERMINATING)
    if child.is_alive():
        child.kill()
    child.join()
    child.close()


def _died(child: SpawnProcess) -> ChildDied:
    child.join(GRACE)
    code = child.exitcode
    if code is not None and code < 0:
        try:
            how = f"was ended by {signal.Signals(-code).name}"
        except ValueError:
            how = f"was ended by signal {-code}"
    elif code is not None and code > 255:  # noqa: PLR2004 - Windows' exception codes are read as hexadecimal
        how = f"crashed with code 0x{code:08X}"
    else:
        how = f"ended with exit code {code}"
    if code == -getattr(signal, "SIGKILL", 0):
        why = (
            "The system does so when memory runs out. Close other programs, or choose a smaller image size or batch, "
            "and start again."
        )
    else:
        why = "Nothing was saved. Start again; if it happens again, a smaller image size or batch may help."
    return ChildDied(f"The process that did the work {how} before it was finished. {why}")


def _taken(answer: _Finished | _Stopped | _Fault | _Bug) -> Any:
    if isinstance(answer, _Finished):
        return answer.outcome
    if isinstance(answer, _Stopped):
        raise Cancelled
    if isinstance(answer, _Bug):
        raise ChildFailed(answer.summary, answer.traceback)
    try:
        fault = answer.kind(answer.text)
    except TypeError:  # a class that wants more than a text
        fault = InspectorError(answer.text)
    raise fault


def _serve(events: Connection, orders: Connection, grace: float) -> None:
    """Do the work: what runs in the child."""
    # Ctrl-C reaches every process of a terminal; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_NICER)
    try:
        payload = orders.recv_bytes()
    except (EOFError, OSError):  # nobody is there any more
        return
    stop = threading.Event()
    threading.Thread(target=_watch, args=(orders, stop, grace), name="parent", daemon=True).start()

    def listener(event: Event) -> None:
        if stop.is_set():
            raise Cancelled
        try:
            events.send(event)
        except OSError:
            raise Cancelled from None

    answer = _answer(payload, listener)
    try:
        events.send(answer)
    except OSError:  # nobody waits for it any more
        return
    except Exception as error:  # noqa: BLE001 - an outcome refuses to be pickled with whatever it likes
        events.send(_bug(error))


def _answer(payload: bytes, listener: Listener) -> _Finished | _Stopped | _Fault | _Bug:
    try:
        function, request = ForkingPickler.loads(payload)
        return _Finished(function(request, listener))
    except Cancelled:
        return _Stopped()
    except InspectorError as error:
        return _Fault(type(error), str(error))
    except MemoryError:
        text = "There was not enough memory. Close other programs, or choose a smaller image size or batch."
        return _Fault(InspectorError, text)
    except BaseException as error:  # noqa: BLE001 - also SystemExit: whatever it is, the parent must hear of it
        return _bug(error)


def _bug(error: BaseException) -> _Bug:
    summary = "".join(traceback.format_exception_only(error)).strip()
    return _Bug(summary, "".join(traceback.format_exception(error)))


def _watch(orders: Connection, stop: threading.Event, grace: float) -> None:
    """Hear the parent say stop, or notice its death; in both cases the next event cancels the job."""
    try:
        orders.recv_bytes()
    except (EOFError, OSError):
        stop.set()
        # Nobody is left to kill a job that says nothing, and it must not run on for hours. Ending the interpreter as
        # one does would wait for that job.
        threading.Event().wait(grace)
        os._exit(1)
    stop.set()
