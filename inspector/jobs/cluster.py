"""Judging many files on several processes or machines, by Dask (https://distributed.dask.org).

What is sent are addresses of files and, once to each worker, the detector; what comes back are rows. Dask gives the
work of a worker that is lost to another; rows are taken by the place of their files, so none comes twice.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections import deque
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import inspector
from inspector.core.errors import InspectorError
from inspector.core.events import Listener, Stage, Warned, ignore
from inspector.jobs.chunks import Done, How
from inspector.jobs.judging import unreadable
from inspector.jobs.known import Found, Known, Nothing

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from inspector.sources.item import Item

_EXTRA = "pip install 'inspector[cluster]'"
_CONNECT_S = 10.0
_ALONE_S = 60.0
_LOOK_S = 0.1
_COUNT_S = 2.0
_AT_ONCE = 64
_PAINTED_AT_ONCE = 16
"""Pictures are kept for their overlays until all of a part are judged."""
_AHEAD = 4
_CHUNK_S = 0.5


class ClusterError(InspectorError):
    """Workers cannot be had, do not fit, or are gone."""


@dataclass(slots=True)
class _Part:
    """A few files on their way."""

    items: list[Item]
    here: dict[int, Done]
    future: Any


class Cluster:
    """Judges by the workers of a Dask scheduler, or by worker processes that it starts on this computer."""

    def __init__(
        self,
        how: How,
        bundle: Path,
        known: Known | None = None,
        *,
        scheduler: str = "",
        workers: int = 0,
        total: int | None = None,
        listener: Listener = ignore,
    ) -> None:
        """Prepare; nothing is started before `judged`.

        Args:
            how: files are judged.
            bundle: the detector; its files are sent, so workers need not see them.
            known: what need not be judged again: by name only, as far as contents are compared.
            scheduler: address of one that runs, such as `tcp://host:8786`; empty to start workers here.
            workers: how many to start, each a process with one thread.
            total: how many files there are.
            listener: hears of workers that are lost.
        """
        self._how, self._bundle, self._known = how, bundle, known or Nothing()
        self._scheduler, self._workers = scheduler, workers
        self._total, self._listener = total, listener
        self._token = f"inspector-{uuid.uuid4().hex[:12]}"
        self._size = 1
        self._counted = self._progressed = 0.0
        self._there = 0

    def judged(self, items: Iterable[Item], go_on: Callable[[], None]) -> Generator[Done]:
        """Give all items judged, in their order.

        Args:
            items: as many as there are; a few are taken ahead.
            go_on: called ten times a second while there is nothing to give; cancels by raising.

        Raises:
            ClusterError: there are no workers, they do not fit this program, or all are gone.
            SourceError: the server on which the files lie does not answer.
        """
        rest = iter(items)
        first = next(rest, None)
        if first is None:
            return
        with ExitStack() as held:
            client = held.enter_context(self._client(go_on))
            with self._told():
                self._prepare(client, held, first)
            self._listener(Stage("Inspecting", self._total))
            waiting: deque[_Part] = deque()
            ahead = _chained(first, rest)
            self._progressed = time.monotonic()
            while True:
                with self._told():
                    while len(waiting) < max(self._there, 1) * _AHEAD and (some := list(islice(ahead, self._size))):
                        waiting.append(self._send(client, some))
                if not waiting:
                    return
                yield from self._taken(client, waiting.popleft(), go_on)

    @contextmanager
    def _client(self, go_on: Callable[[], None]) -> Iterator[Any]:
        """A client, and the workers that it needs."""
        try:
            from distributed import Client, LocalCluster
        except ImportError as error:
            msg = f"Workers need more packages: {_EXTRA}"
            raise ClusterError(msg) from error
        with ExitStack() as held:
            go_on()
            if self._scheduler:
                self._listener(Stage(f"Connecting to {self._scheduler}"))
                try:
                    client = Client(self._scheduler, timeout=_CONNECT_S, set_as_default=False)
                except (OSError, TimeoutError, ValueError) as error:
                    msg = (
                        f"No Dask scheduler answers at {self._scheduler}: {_said(error)}. Start one with "
                        "'dask scheduler' and give its address, such as tcp://host:8786."
                    )
                    raise ClusterError(msg) from error
            else:
                self._listener(Stage(f"Starting {self._workers} workers"))
                cluster = LocalCluster(
                    n_workers=self._workers,
                    threads_per_worker=1,
                    processes=True,
                    dashboard_address="127.0.0.1:0",
                    silence_logs="CRITICAL",
                )
                held.callback(cluster.close, timeout=10)
                client = Client(cluster, timeout=_CONNECT_S, set_as_default=False)
            held.enter_context(closing(client))
            yield client

    def _prepare(self, client: Any, held: ExitStack, first: Item) -> None:
        """See that there are workers which fit, and give them the detector."""
        from inspector.jobs import cluster_worker

        self._there = _count(client)
        if not self._there:
            msg = f"The scheduler {self._scheduler} has no workers. Start some: dask worker {self._scheduler}"
            raise ClusterError(msg)
        try:
            versions = client.run(cluster_worker.version_here)
        except ModuleNotFoundError as error:
            msg = f"The workers of {self._scheduler} cannot import {error.name}. Install there: {_EXTRA}"
            raise ClusterError(msg) from error
        others = {address: version for address, version in versions.items() if version != inspector.__version__}
        if others:
            address, version = next(iter(others.items()))
            msg = f"The worker {address} has inspector {version}, here is {inspector.__version__}. Install the same."
            raise ClusterError(msg)
        if isinstance(first.folder, Path):
            blind = [
                one
                for one, sees in client.run(cluster_worker.sees_here, str(first.folder.absolute())).items()
                if not sees
            ]
            if blind:
                msg = (
                    f"The worker {blind[0]} does not see {first.folder.absolute()}. Mount it there at the same place, "
                    "or give an address that all can read, such as s3://bucket/parts."
                )
                raise ClusterError(msg)
        client.register_plugin(cluster_worker.Detectors(self._token, _files_of(self._bundle)))
        held.callback(self._forget, client)

    def _forget(self, client: Any) -> None:
        # A scheduler that is gone has nothing left to forget.
        with suppress(Exception):
            client.unregister_worker_plugin(self._token)

    def _send(self, client: Any, items: list[Item]) -> _Part:
        """Have some files judged, but for those that are known to be unchanged."""
        items = [_absolute(item) for item in items]
        here: dict[int, Done] = {}
        named: dict[str, Found] = {}
        for number, item in enumerate(items):
            stamp = item.stamp()
            found = self._known.unchanged(item, stamp)
            if found is not None and not self._how.wants_overlay(found.inspection):
                here[number] = Done(found.inspection, stamp, found.digest, known=True)
            elif (once := self._known.named(item)) is not None:
                named[item.name] = once
        there = [item for number, item in enumerate(items) if number not in here]
        return _Part(items, here, self._submit(client, there, named) if there else None)

    def _submit(self, client: Any, items: list[Item], named: dict[str, Found]) -> Any:
        from inspector.jobs.cluster_worker import judge_there

        return client.submit(
            judge_there, self._token, self._how, items, named, key=f"{self._token}-{uuid.uuid4().hex}", pure=False
        )

    def _taken(self, client: Any, part: _Part, go_on: Callable[[], None]) -> Iterator[Done]:
        there = iter(self._result(client, part, go_on) if part.future is not None else ())
        for number in range(len(part.items)):
            yield part.here[number] if number in part.here else next(there)

    def _result(self, client: Any, part: _Part, go_on: Callable[[], None]) -> list[Done]:
        from distributed.scheduler import KilledWorker

        items = [item for number, item in enumerate(part.items) if number not in part.here]
        try:
            done: list[Done] = self._waited(client, part.future, go_on)
        except KilledWorker:
            # Some file among these ends every worker that tries it: which, is found by trying them one by one.
            return [self._alone(client, item, go_on) for item in items]
        spent = sum(one.inspection.milliseconds or 0.0 for one in done) / 1e3
        if spent > 0:
            most = _AT_ONCE if self._how.overlays == "none" else _PAINTED_AT_ONCE
            self._size = max(1, min(most, int(_CHUNK_S * len(done) / spent)))
        return done

    def _alone(self, client: Any, item: Item, go_on: Callable[[], None]) -> Done:
        from distributed.scheduler import KilledWorker

        from inspector.core.errors import FrameError

        try:
            [done] = self._waited(client, self._submit(client, [item], {}), go_on)
        except KilledWorker as error:
            msg = f"{item.name} ended each worker that tried to judge it ({_said(error)}). Look at the file."
            row = unreadable(
                FrameError(msg, name=item.name),
                detector=self._how.detector,
                threshold=self._how.threshold,
                name=item.name,
                label=item.label,
            )
            return Done(row)
        return done

    def _waited(self, client: Any, future: Any, go_on: Callable[[], None]) -> list[Done]:
        settled = threading.Event()
        future.add_done_callback(lambda _: settled.set())
        while not settled.wait(_LOOK_S):
            go_on()
            with self._told():
                self._look_after(client)
        self._progressed = time.monotonic()
        try:
            with self._told():
                done: list[Done] = future.result()
        finally:
            future.release()
        return done

    def _look_after(self, client: Any) -> None:
        """Tell of workers that come and go; give up when there is none for a minute."""
        now = time.monotonic()
        if now - self._counted < _COUNT_S:
            return
        self._counted = now
        there = _count(client)
        if there < self._there:
            self._listener(
                Warned(f"{self._there - there} of {self._there} workers are gone; their files are judged by others.")
            )
        if there:
            self._there = there
            self._progressed = max(self._progressed, now - _ALONE_S / 2)
        elif now - self._progressed > _ALONE_S:
            msg = "No worker is left. Start some, and run the same command with --resume: it goes on from here."
            raise ClusterError(msg)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Tell what becomes of the scheduler in words; what is ours passes."""
        from concurrent.futures import CancelledError

        from distributed import CancelledError as DaskCancelled
        from distributed.comm import CommClosedError
        from distributed.scheduler import KilledWorker

        try:
            yield
        except KilledWorker:
            raise
        except (CancelledError, DaskCancelled, CommClosedError, OSError) as error:
            if isinstance(error, TimeoutError):
                raise
            where = self._scheduler or "the workers of this computer"
            msg = f"The connection to {where} is lost: {_said(error)}. Run the same command with --resume to go on."
            raise ClusterError(msg) from error


def _files_of(bundle: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(bundle.iterdir()) if path.is_file()}


def _absolute(item: Item) -> Item:
    return replace(item, folder=item.folder.absolute()) if isinstance(item.folder, Path) else item


def _count(client: Any) -> int:
    """How many threads the workers have together."""
    return int(sum(client.nthreads().values()))


def _chained(first: Item, rest: Iterator[Item]) -> Iterator[Item]:
    yield first
    yield from rest


def _said(error: BaseException) -> str:
    said = str(error).strip() or type(error).__name__
    return said.splitlines()[0].rstrip(".")
