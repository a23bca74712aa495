"""Recording what was judged, without keeping whoever judges waiting for a disk."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Self

from inspector.core.errors import InspectorError
from inspector.history.address import Where, here
from inspector.history.errors import HistoryError
from inspector.history.handle import SessionHandle
from inspector.history.pictures import Pictures
from inspector.history.steps import Begin, Encode, End, Facts, Keeping, Kept, Row, Step

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from inspector.core.inspection import Inspection
    from inspector.history.rows import Kind
    from inspector.history.store import Store

_log = logging.getLogger(__name__)

_EVERY_S = 0.4
_RETRY_S = 1.0
_AT_ONCE = 5000


class Writer:
    """The one thread of a process that writes its history; a context manager that closes it.

    Other processes may have a writer on the same file. What was added is in the file, and outlives the program however
    it ends, half a second later. The file is opened on the writer thread, when the first session starts or `prepare`
    says so.

    Attributes:
        where: the history.
        lost: inspections that could not be recorded, over all sessions.
    """

    def __init__(
        self,
        where: Where,
        *,
        on_problem: Callable[[InspectorError | None], None] | None = None,
        room: int = 10_000,
        pictures: int = 16,
    ) -> None:
        """Make a writer; nothing is touched yet.

        Args:
            where: the history, which need not exist.
            on_problem: hears, on the writer thread, each new `problem`, and None when it is over.
            room: how many inspections may wait for the disk.
            pictures: of how many inspections pictures may wait; each holds a frame in memory.
        """
        self.where = where
        self.lost = 0
        self._on_problem = on_problem
        self._room, self._picture_room = room, pictures
        self._pictures = Pictures(here(where))
        self._changed = threading.Condition()
        self._hurry = threading.Event()
        self._steps: deque[Step] = deque()
        self._keeping: deque[Keeping] = deque()
        self._kept: list[Kept] = []
        self._put = self._written = self._tries = 0
        self._preparing = self._closing = False
        self._thread: threading.Thread | None = None
        self._store: Store | None = None
        self._row_problem: InspectorError | None = None
        self._picture_problem: InspectorError | None = None

    @property
    def problem(self) -> InspectorError | None:
        """Why nothing, or no picture, can be recorded at present. It is tried again every second."""
        return self._row_problem or self._picture_problem

    def start(self, kind: Kind, source: str, detector: str, identity: str, threshold: float) -> SessionHandle:
        """Begin a session. Never waits: whether the history can be opened shows in `problem`."""
        handle = SessionHandle(self, Facts(kind, source, detector, identity, threshold, time.time()))
        self.prepare()
        with self._changed:
            self._append(Begin(handle))
        return handle

    def prepare(self) -> None:
        """Have the file opened in the meantime, which takes half a second the first time; `start` does it otherwise."""
        with self._changed:
            if self._thread is None and not self._closing:
                self._preparing = True
                self._thread = threading.Thread(target=self._run, name="history", daemon=True)
                self._thread.start()

    def flush(self, timeout: float = 10.0) -> bool:
        """Wait until all that was added before is in the file; False when the disk refuses or `timeout` s are over."""
        with self._changed:
            if self._thread is None:
                return True
            target, tries = self._put, self._tries

            def written() -> bool:
                return self._written >= target and not self._keeping and not self._kept

            def settled() -> bool:
                return written() or (self._tries > tries and self._row_problem is not None) or self._closing

            self._hurry.set()
            self._changed.wait_for(settled, timeout)
            self._hurry.clear()
            return written()

    def close(self, timeout: float = 10.0) -> None:
        """Write what waits and end the thread. What the disk refuses is lost and counted; nothing is waited for twice.

        Sessions not ended stay without an end in the history.
        """
        with self._changed:
            self._closing = True
            self._hurry.set()
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def put(
        self,
        handle: SessionHandle,
        index: int,
        inspection: Inspection,
        picture: Encode | None,
        overlay: Encode | None,
    ) -> None:
        """Have a row written, and its pictures after it. For `SessionHandle`."""
        with self._changed:
            if handle.facts.kind == "batch":
                self._changed.wait_for(lambda: self._has_room() or self._row_problem is not None or self._closing)
            if self._closing or not self._has_room():
                handle.lost += 1
                self.lost += 1
                return
            self._append(Row(handle, index, inspection))
            if picture is None and overlay is None:
                return
            if len(self._keeping) < self._picture_room:
                self._keeping.append(Keeping(handle, index, inspection.time, self._put, picture, overlay))
            else:
                handle.pictures_lost += 1

    def put_end(self, handle: SessionHandle, report: Path | None, note: str) -> None:
        """Have the end of a session written. For `SessionHandle`."""
        with self._changed:
            self._append(End(handle, time.time(), handle.lost, report, note))

    def _has_room(self) -> bool:
        return len(self._steps) < self._room

    def _append(self, step: Step) -> None:
        self._steps.append(step)
        self._put += 1
        self._changed.notify_all()

    def _run(self) -> None:
        """Commit what came, then write pictures until it is time for the next commit."""
        try:
            while True:
                with self._changed:
                    self._changed.wait_for(self._has_work)
                done = self._commit()
                now = time.monotonic()
                next_commit = now + (_EVERY_S if done else _RETRY_S)
                while done and self._can_keep() and time.monotonic() < next_commit:
                    self._keep(self._keeping[0])
                    with self._changed:
                        self._keeping.popleft()
                if self._closing:
                    if not done or not (self._steps or self._kept or self._keeping):
                        return
                elif not done or len(self._steps) < _AT_ONCE:
                    self._pause(next_commit, failed=not done)
        finally:
            self._give_up()

    def _pause(self, until: float, *, failed: bool) -> None:
        if failed and not self._closing:
            self._hurry.clear()  # whoever hurried has the answer
        self._hurry.wait(max(0.0, until - time.monotonic()))

    def _commit(self) -> bool:
        """Write what waits, oldest first, in one transaction; False when the disk refuses: then it still waits."""
        with self._changed:
            steps, kept = list(islice(self._steps, _AT_ONCE)), list(self._kept)
        problem: InspectorError | None = None
        if steps or kept or self._preparing:
            try:
                began, forlorn = self._open().write(steps, kept)
            except InspectorError as error:
                problem = error
            except Exception as error:  # noqa: BLE001 - logged; a bug must not end the record
                # A bug, and the same rows would meet it again: without them, recording goes on.
                _log.exception("%d inspections cannot be recorded in %s", len(steps), self.where)
                problem = HistoryError(f"{len(steps)} inspections were not recorded in {self.where}: {error!r}.")
                self._drop(steps, kept)
            else:
                for handle, number in began.items():
                    handle.id = number
                self._remove(forlorn)
                self._take(steps, kept)
        self._say(rows=problem, pictures=self._picture_problem)
        with self._changed:
            self._tries += 1
            self._changed.notify_all()
        return problem is None

    def _open(self) -> Store:
        if self._store is not None and self._store.moved:
            self._store.close()
            self._store = None
        if self._store is None:
            from inspector.history.store import Store

            self._store = Store(self.where)
        return self._store

    def _take(self, steps: list[Step], kept: list[Kept]) -> None:
        """These are done with."""
        with self._changed:
            self._preparing = False
            for _ in steps:
                self._steps.popleft()
            del self._kept[: len(kept)]
            self._written += len(steps)

    def _drop(self, steps: list[Step], kept: list[Kept]) -> None:
        """These are lost."""
        with self._changed:
            for step in steps:
                if isinstance(step, Row):
                    step.handle.lost += 1
                    self.lost += 1
            self._take(steps, kept)

    def _has_work(self) -> bool:
        return bool(self._preparing or self._steps or self._kept or self._keeping or self._closing)

    def _can_keep(self) -> bool:
        return bool(self._keeping) and self._keeping[0].behind <= self._written

    def _keep(self, keeping: Keeping) -> None:
        """Write the pictures of one inspection, whose row is in the file."""
        handle = keeping.handle
        if handle.id is None:
            return
        problem: InspectorError | None = None
        paths: list[str | None] = []
        for encode, overlay in ((keeping.picture, False), (keeping.overlay, True)):
            try:
                data = None if encode is None else encode()
                path = None if data is None else self._pictures.write(handle.id, keeping.index, data, overlay=overlay)
            except InspectorError as error:
                problem, path = error, None
            except Exception as error:  # noqa: BLE001 - likewise
                _log.exception("A picture of session %d cannot be made", handle.id)
                problem, path = HistoryError(f"A picture of {self.where} cannot be made: {error!r}."), None
            paths.append(path)
        if any(paths):
            self._kept.append(Kept(handle.id, keeping.index, keeping.time, *paths))
        handle.pictures_lost += problem is not None
        self._say(rows=self._row_problem, pictures=problem)

    def _remove(self, forlorn: list[Kept]) -> None:
        for one in forlorn:
            for path in (one.picture, one.overlay):
                if path is not None:
                    self._pictures.remove(path)

    def _say(self, *, rows: InspectorError | None, pictures: InspectorError | None) -> None:
        before = self.problem
        self._row_problem, self._picture_problem = rows, pictures
        if self._on_problem is None or str(before) == str(self.problem):
            return
        try:
            self._on_problem(self.problem)
        except Exception:  # noqa: BLE001 - likewise
            _log.exception("The listener to problems of %s raised", self.where)

    def _give_up(self) -> None:
        with self._changed:
            self._closing = True
            self._drop(list(self._steps), list(self._kept))
            for keeping in self._keeping:
                keeping.handle.pictures_lost += 1
            self._keeping.clear()
            self._changed.notify_all()
        if self._store is not None:
            self._store.close()
            self._store = None
