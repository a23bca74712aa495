"""The Batch panel's jobs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from inspector.core.errors import BundleError, FrameError, OutputError
from inspector.core.events import Judged, Progress, ignore
from inspector.gui.models.batch import Inspecting, Looker, Pace, Store, export, label_image, report_folder
from inspector.history import History, Writer
from inspector.jobs.batch import REPORT, RESULTS, SUMMARY, Batch
from inspector.jobs.collection import Collection
from inspector.jobs.labels import ABNORMAL, NORMAL
from inspector.sources.item import Item
from tests.jobs.folders import spoil

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.jobs.workspace import Workspace


def test_that_a_run_is_collected_recorded_and_reported(folder: Path, bundle: Path, workspace: Workspace) -> None:
    store, torn = Store(), spoil(folder)
    out = report_folder(workspace, folder)
    with Writer(workspace.history) as writer:
        outcome = Inspecting(Batch(folder, bundle, out), store, writer)(ignore)
        assert writer.flush()
    judged = store.take(1000)
    assert len(judged) == 10 + len(torn)
    assert store.take(1000) == []
    with History.open(workspace.history) as history:
        [session] = history.sessions()
    assert (session.kind, session.source, session.detector) == ("batch", str(folder), "spots")
    assert (session.ok, session.ng, session.unreadable) == (outcome.ok, outcome.ng, outcome.unreadable)
    assert session.report == out
    assert session.identity


def test_that_a_run_that_fails_says_why(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BundleError):
        Inspecting(Batch(folder, tmp_path / "none", tmp_path / "out"), Store())(ignore)


def test_that_events_are_passed_on(folder: Path, bundle: Path, tmp_path: Path) -> None:
    heard: list[object] = []
    Inspecting(Batch(folder, bundle, tmp_path / "out"), Store())(heard.append)
    assert sum(isinstance(event, Judged) for event in heard) == 10


def test_that_a_report_gets_a_folder_of_its_own(workspace: Workspace, tmp_path: Path) -> None:
    now = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
    first = report_folder(workspace, tmp_path / "line 2", now)
    assert first == workspace.folder / "reports" / "2026-03-04 0506 line 2"
    first.mkdir(parents=True)
    assert report_folder(workspace, tmp_path / "line 2", now) != first


@pytest.mark.parametrize(("kind", "name"), [("csv", RESULTS), ("json", SUMMARY), ("html", REPORT)])
def test_that_an_export_is_the_reports_file(folder: Path, bundle: Path, tmp_path: Path, kind: str, name: str) -> None:
    outcome = Inspecting(Batch(folder, bundle, tmp_path / "out"), Store())(ignore)
    target = export(outcome, kind, tmp_path / "sent" / f"mine.{kind}")
    assert target.read_bytes() == (outcome.out / name).read_bytes()
    (outcome.out / name).unlink()
    with pytest.raises(OutputError, match="Inspect the folder again"):
        export(outcome, kind, target)


def test_that_an_image_from_outside_is_copied_and_one_of_the_workspace_moved(
    folder: Path, workspace: Workspace
) -> None:
    collection = Collection(workspace)
    outside = folder / "spot" / "000.png"
    label_image(collection, outside, NORMAL)
    assert outside.exists()
    [copy] = list(workspace.normal.iterdir())
    assert copy.read_bytes() == outside.read_bytes()
    label_image(collection, copy, ABNORMAL)
    assert not copy.exists()
    assert collection.counts().total == 1
    collection.undo()
    assert copy.exists()


def test_that_a_closer_look_gives_all_pictures(folder: Path, bundle: Path, tmp_path: Path) -> None:
    store, looker = Store(), Looker()
    Inspecting(Batch(folder, bundle, tmp_path / "out"), store)(ignore)
    one = store.take(1)[0]
    for _ in range(2):
        pictures = looker.look(Item(folder, one.name), bundle, one)
        for picture in (pictures.image, pictures.overlay, pictures.reconstruction, pictures.difference):
            assert picture is not None
            assert picture.shape == (32, 32, 3)
    with pytest.raises(FrameError):
        looker.look(Item(folder, "gone.png"), bundle, one)


def test_that_a_store_gives_no_more_than_asked_for(folder: Path, bundle: Path, tmp_path: Path) -> None:
    store = Store()
    Inspecting(Batch(folder, bundle, tmp_path / "out"), store)(ignore)
    assert [len(store.take(6)) for _ in range(3)] == [6, 4, 0]


def test_that_pace_and_time_left_come_from_the_clock() -> None:
    now = [100.0]
    pace = Pace(lambda: now[0])
    pace.hear(Progress(10, 110))
    assert pace.rate is None
    now[0] += 5
    pace.hear(Progress(60, 110))
    assert pace.rate == pytest.approx(10)
    assert pace.left == pytest.approx(5)
    pace.begin()
    assert pace.left is None
