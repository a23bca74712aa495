"""Judging by the workers of Dask."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from inspector.core.errors import Cancelled, SourceError
from inspector.core.events import Event, Judged, Stage, Warned
from inspector.core.files import attempt_at
from inspector.core.inspection import Verdict
from inspector.jobs.batch import RESULTS, Batch, batch
from inspector.jobs.chunks import How
from inspector.jobs.cluster import Cluster, ClusterError
from inspector.jobs.unfinished import unfinished
from inspector.sources.item import Item
from tests.detectors.pictures import good
from tests.detectors.template import save_template
from tests.jobs.folders import part_set, spoil
from tests.sources.drawing import save

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.allow_logs("distributed", "asyncio", "tornado", "bokeh")

KILLED = """
import os, signal, sys
from pathlib import Path
from inspector.core.events import Judged
from inspector.jobs.batch import Batch, batch

left = int(sys.argv[4])

def listener(event):
    global left
    if isinstance(event, Judged) and not event.again:
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    folder, bundle, out = map(Path, sys.argv[1:4])
    batch(Batch(folder, bundle, out, workers=1, resume=True), listener)
"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_template(tmp_path_factory.mktemp("bundle") / "detector")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return part_set(tmp_path / "parts") / "test"


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """A scheduler with one worker, a thread of this process; as a stranger's cluster would be found."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, protocol="tcp", dashboard_address="127.0.0.1:0"
    ) as cluster:
        yield str(cluster.scheduler_address)


def rows(out: Path) -> list[dict[str, str]]:
    with (out / RESULTS).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def same_rows(out: Path, job: Batch, tmp_path: Path) -> None:
    """As of a run on this computer that was not disturbed."""
    other = batch(replace(job, out=tmp_path / "reference", scheduler="", workers=0, resume=False)).out
    assert [row["path"] for row in rows(out)] == [row["path"] for row in rows(other)]
    scores = [[float(row["score"] or -1) for row in rows(one)] for one in (out, other)]
    assert scores[0] == pytest.approx(scores[1], rel=1e-5)


def many(folder: Path, count: int) -> Path:
    for number in range(count):
        save(folder / f"{number:04}.png", good(number % 50))
    return folder


def workers_of_mine() -> list[psutil.Process]:
    return [one for one in psutil.Process().children(recursive=True) if "spawn_main" in " ".join(one.cmdline())]


def test_that_a_cluster_judges_as_this_computer_does(
    scheduler: str, folder: Path, bundle: Path, tmp_path: Path
) -> None:
    spoil(folder)
    heard: list[Event] = []
    job = Batch(folder, bundle, tmp_path / "out", scheduler=scheduler, overlays="ng")
    outcome = batch(job, heard.append)
    assert (outcome.ok, outcome.ng, outcome.unreadable, outcome.known) == (6, 4, 5, 0)
    assert len(list((job.out / "overlays").rglob("*.png"))) == 4
    assert [event.name for event in heard if isinstance(event, Stage)] == [
        "Inspecting",
        f"Connecting to {scheduler}",
        "Inspecting",
        "Writing the report",
    ]
    same_rows(job.out, job, tmp_path)


def test_that_a_cluster_does_not_judge_what_is_unchanged(
    scheduler: str, folder: Path, bundle: Path, tmp_path: Path
) -> None:
    job = Batch(folder, bundle, tmp_path / "out", scheduler=scheduler)
    batch(job)
    first, second = [row["path"] for row in rows(job.out)][:2]
    os.utime(folder / first, (5, 5))
    save(folder / second, good(99))
    assert batch(job).known == 9
    same_rows(job.out, replace(job, afresh=True), tmp_path)


def test_that_a_worker_that_is_killed_costs_no_row(bundle: Path, tmp_path: Path) -> None:
    many(tmp_path / "many", 400)
    job = Batch(tmp_path / "many", bundle, tmp_path / "out", workers=2)
    killed: list[int] = []
    judged: list[str] = []

    def listener(event: Event) -> None:
        if isinstance(event, Judged):
            judged.append(event.inspection.name)
            if len(judged) == 100:
                victim = workers_of_mine()[0]
                killed.append(victim.pid)
                victim.kill()

    outcome = batch(job, listener)
    assert killed
    assert (outcome.ok, outcome.unreadable) == (400, 0)
    assert judged == [f"{number:04}.png" for number in range(400)]
    same_rows(job.out, job, tmp_path)
    assert not workers_of_mine()


def test_that_a_program_that_is_killed_goes_on(folder: Path, bundle: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    script = tmp_path / "killed.py"
    script.write_text(KILLED, encoding="utf-8")
    arguments = [str(one) for one in (script, folder, bundle, out)]
    ended = subprocess.run([sys.executable, *arguments, "4"], timeout=60, check=False, stderr=subprocess.PIPE)
    assert ended.returncode == -signal.SIGKILL
    [left] = unfinished(tmp_path)
    assert (left.done, left.job.workers) == (4, 1)
    again: list[Event] = []
    assert batch(replace(left.job, workers=0), again.append).ok == 6
    assert sum(isinstance(event, Judged) and event.again for event in again) == 4
    same_rows(out, left.job, tmp_path)


def test_that_a_cluster_run_is_cancelled_and_kept(scheduler: str, folder: Path, bundle: Path, tmp_path: Path) -> None:
    job = Batch(folder, bundle, tmp_path / "out", scheduler=scheduler)
    judged = 0

    def listener(event: Event) -> None:
        nonlocal judged
        judged += isinstance(event, Judged)
        if judged == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        batch(job, listener)
    assert attempt_at(job.out).exists()
    assert batch(replace(job, resume=True)).ok == 6


def test_that_a_scheduler_that_is_not_there_is_told(
    folder: Path, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inspector.jobs.cluster._CONNECT_S", 0.5)
    for address in ("tcp://127.0.0.1:9", "nonsense"):
        with pytest.raises(ClusterError, match=f"No Dask scheduler answers at {address}"):
            batch(Batch(folder, bundle, tmp_path / "out", scheduler=address))
    assert not (tmp_path / "out").exists()


def test_that_a_scheduler_without_workers_is_told(folder: Path, bundle: Path, tmp_path: Path) -> None:
    from distributed import LocalCluster

    with (
        LocalCluster(n_workers=0, processes=False, protocol="tcp", dashboard_address="127.0.0.1:0") as cluster,
        pytest.raises(ClusterError, match="has no workers"),
    ):
        batch(Batch(folder, bundle, tmp_path / "out", scheduler=str(cluster.scheduler_address)))


def test_that_workers_that_do_not_fit_are_told(
    scheduler: str, folder: Path, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = Batch(folder, bundle, tmp_path / "out", scheduler=scheduler)
    with monkeypatch.context() as patch:
        patch.setattr("inspector.jobs.cluster_worker.version_here", old_version)
        with pytest.raises(ClusterError, match=r"has inspector 0\.0\.1"):
            batch(job)
    with monkeypatch.context() as patch:
        patch.setattr("inspector.jobs.cluster_worker.sees_here", blind)
        with pytest.raises(ClusterError, match="does not see"):
            batch(job)
    with monkeypatch.context() as patch:
        patch.setattr("inspector.jobs.cluster_worker.version_here", without)
        with pytest.raises(ClusterError, match="cannot import inspector"):
            batch(job)


def old_version() -> str:
    return "0.0.1"


def blind(_folder: str) -> bool:
    return False


def without() -> str:
    raise ModuleNotFoundError(name="inspector")


def test_that_without_dask_it_is_told_how_to_get_it(
    folder: Path, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError, match=r"inspector\[cluster\]"):
        batch(Batch(folder, bundle, tmp_path / "out", workers=1))


class Deadly:
    """A client whose workers die of one file, as Dask tells it; everything else is judged at once."""

    def __init__(self, deadly: str) -> None:
        self._deadly = deadly

    def submit(self, _judge: Any, _token: str, how: How, items: list[Item], _named: Any, **_: Any) -> Any:
        from distributed.scheduler import KilledWorker

        from inspector.jobs.chunks import Done
        from inspector.jobs.judging import inspect

        class Future:
            def add_done_callback(self, callback: Any) -> None:
                callback(self)

            def release(self) -> None:
                pass

            def result(self) -> list[Done]:
                if any(item.relative == deadly for item in items):
                    msg = "task"
                    raise KilledWorker(msg, type("Worker", (), {"address": "w"})(), 4)
                return [
                    Done(inspect(name=one.name, detector="d", score=0.5, threshold=1.0, taken=0.0)) for one in items
                ]

        deadly = self._deadly
        return Future()


def test_that_a_file_that_ends_every_worker_is_unreadable_and_no_other_is(bundle: Path, tmp_path: Path) -> None:
    cluster = Cluster(How("d", 1.0, overridden=False, overlays="none"), bundle)
    items = [Item(tmp_path, f"{number}.png") for number in range(4)]
    client = Deadly("2.png")
    done = list(cluster._taken(client, cluster._send(client, items), lambda: None))
    assert [one.inspection.name for one in done] == [item.name for item in items]
    assert [one.inspection.verdict is Verdict.UNREADABLE for one in done] == [False, False, True, False]
    assert "ended each worker" in (done[2].inspection.error or "")


def test_that_it_gives_up_when_no_worker_is_left(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Event] = []
    cluster = Cluster(How("d", 1.0, overridden=False, overlays="none"), bundle, listener=heard.append)
    monkeypatch.setattr("inspector.jobs.cluster._count", lambda _: 0)
    cluster._there, cluster._progressed = 2, -1e9
    with pytest.raises(ClusterError, match="--resume"):
        cluster._look_after(None)
    assert [event.message for event in heard if isinstance(event, Warned)] == [
        "2 of 2 workers are gone; their files are judged by others."
    ]


def test_that_what_the_server_of_the_files_says_reaches_the_caller(
    scheduler: str, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(tmp_path / "many", 3)

    def away(_item: Item) -> bytes:
        msg = "s3://parts does not answer"
        raise SourceError(msg)

    monkeypatch.setattr(Item, "read", away)
    with pytest.raises(SourceError, match="does not answer"):
        batch(Batch(tmp_path / "many", bundle, tmp_path / "out", scheduler=scheduler))
