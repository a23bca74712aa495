from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from inspector.core.errors import BundleError, Cancelled, OutputError, SourceError
from inspector.core.events import Event, Judged, Progress, Stage
from inspector.core.inspection import Verdict
from inspector.jobs.batch import REPORT, RESULTS, SUMMARY, Batch, batch
from inspector.jobs.journal import LEDGER
from tests.contract.detectors import Heard
from tests.detectors.pictures import bad
from tests.detectors.template import save_template
from tests.jobs.folders import ODD_NAME, part_set, spoil
from tests.sources.drawing import save

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_template(tmp_path_factory.mktemp("bundle") / "detector")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return part_set(tmp_path / "parts – 部品") / "test"


def _rows(out: Path) -> dict[str, dict[str, str]]:
    with (out / RESULTS).open(encoding="utf-8", newline="") as file:
        return {row["path"]: row for row in csv.DictReader(file)}


def _left(folder: Path) -> list[str]:
    """What people see there; what a run that is resumed goes on from is hidden, and tested in test_resume.py."""
    return sorted(one.name for one in folder.iterdir() if not one.name.startswith("."))


def test_that_a_folder_becomes_a_report(folder: Path, bundle: Path, tmp_path: Path) -> None:
    heard = Heard()
    outcome = batch(Batch(folder, bundle, tmp_path / "out"), heard)
    assert (outcome.ok, outcome.ng, outcome.unreadable, outcome.auroc) == (6, 4, 0, 1.0)
    assert _left(tmp_path / "out") == sorted([REPORT, SUMMARY, RESULTS, LEDGER])
    rows = _rows(tmp_path / "out")
    assert len(rows) == 10
    assert {row["verdict"] for name, row in rows.items() if name.startswith("spot/")} == {"NG"}
    assert rows[f"good/{ODD_NAME}"]["verdict"] == "OK"
    assert {row["label"] for row in rows.values()} == {"good", "spot"}
    judged = [event.inspection for event in heard.of(Judged)]
    assert [one.name for one in judged] == list(rows)
    assert [one.score for one in judged] == [float(row["score"]) for row in rows.values()]
    assert [event.name for event in heard.of(Stage)] == ["Inspecting", "Writing the report"]
    assert Progress(10, 10) in heard.events
    summary = json.loads((tmp_path / "out" / SUMMARY).read_text(encoding="utf-8"))
    assert summary["counts"] == {"total": 10, "ok": 6, "ng": 4, "unreadable": 0}
    assert summary["complete"] is True


def test_that_files_that_cannot_be_read_are_rows_and_never_ok(folder: Path, bundle: Path, tmp_path: Path) -> None:
    torn = spoil(folder)
    outcome = batch(Batch(folder, bundle, tmp_path / "out"))
    assert (outcome.ok, outcome.ng, outcome.unreadable) == (6, 4, len(torn))
    rows = _rows(tmp_path / "out")
    for name in torn:
        row = rows.pop(name)
        assert (row["verdict"], row["score"], row["level"]) == ("Unreadable", "", "")
        assert row["error"]
    assert {row["error"] for row in rows.values()} == {""}
    assert not any("notes" in name for name in rows)
    summary = json.loads((tmp_path / "out" / SUMMARY).read_text(encoding="utf-8"))
    assert summary["complete"] is False
    assert sorted(row["path"] for row in summary["unreadable"]) == torn


def test_that_a_folder_of_torn_files_alone_still_gives_a_report(bundle: Path, tmp_path: Path) -> None:
    save(tmp_path / "in" / "whole.png", bad())
    torn = spoil(tmp_path / "in")
    (tmp_path / "in" / "whole.png").unlink()
    outcome = batch(Batch(tmp_path / "in", bundle, tmp_path / "out"))
    assert (outcome.ok, outcome.ng, outcome.unreadable, outcome.auroc) == (0, 0, len(torn), None)
    assert (tmp_path / "out" / REPORT).is_file()


@pytest.mark.parametrize("content", ["nothing", "text files", "no folder", "a file"])
def test_that_a_folder_without_images_is_told_and_leaves_nothing(bundle: Path, tmp_path: Path, content: str) -> None:
    folder = tmp_path / "in"
    if content == "a file":
        folder.write_text("text")
    elif content != "no folder":
        folder.mkdir()
    if content == "text files":
        (folder / "a.txt").write_text("text")
    before = _left(tmp_path)
    with pytest.raises(SourceError) as caught:
        batch(Batch(folder, bundle, tmp_path / "out"))
    assert str(folder) in str(caught.value)
    assert _left(tmp_path) == before


def test_that_a_missing_detector_is_told_and_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="does not exist"):
        batch(Batch(folder, tmp_path / "gone", tmp_path / "out"))
    assert not (tmp_path / "out").exists()


class CancelsAt:
    """A listener that cancels when an event is such."""

    def __init__(self, when: Callable[[Event], bool]) -> None:
        self._when = when

    def __call__(self, event: Event) -> None:
        if self._when(event):
            raise Cancelled


@pytest.mark.parametrize(
    "when",
    [
        lambda event: isinstance(event, Stage),
        lambda event: isinstance(event, Judged),
        lambda event: isinstance(event, Judged) and event.inspection.name.startswith("spot/"),
        lambda event: event == Progress(10, 10),
        lambda event: event == Stage("Writing the report", 20),
        lambda event: event == Progress(1, 13),
    ],
    ids=["at once", "first file", "in the middle", "all judged", "before the report", "in the report"],
)
def test_that_a_cancelled_batch_leaves_no_half_report(
    folder: Path, bundle: Path, tmp_path: Path, when: Callable[[Event], bool]
) -> None:
    before = _left(tmp_path)
    with pytest.raises(Cancelled):
        batch(Batch(folder, bundle, tmp_path / "out", pictures=3 if when(Progress(1, 13)) else 50), CancelsAt(when))
    assert _left(tmp_path) == before


def test_that_a_cancelled_batch_leaves_the_older_report(folder: Path, bundle: Path, tmp_path: Path) -> None:
    batch(Batch(folder, bundle, tmp_path / "out"))
    before = {name: (tmp_path / "out" / name).read_bytes() for name in _left(tmp_path / "out")}
    beside = _left(tmp_path)
    save(folder / "spot" / "new.png", bad(7000))
    with pytest.raises(Cancelled):
        batch(Batch(folder, bundle, tmp_path / "out"), CancelsAt(lambda event: isinstance(event, Judged)))
    assert {name: (tmp_path / "out" / name).read_bytes() for name in _left(tmp_path / "out")} == before
    assert _left(tmp_path) == beside
    assert batch(Batch(folder, bundle, tmp_path / "out")).ng == 5


def test_that_a_folder_that_is_no_report_is_left_alone(folder: Path, bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "holidays").mkdir()
    (tmp_path / "holidays" / "sea.txt").write_text("mine")
    heard = Heard()
    with pytest.raises(OutputError, match="left alone"):
        batch(Batch(folder, bundle, tmp_path / "holidays"), heard)
    assert heard.events == []
    assert _left(tmp_path / "holidays") == ["sea.txt"]
    with pytest.raises(OutputError, match="left alone"):
        batch(Batch(folder, bundle, folder))


def test_that_a_threshold_by_hand_is_recorded(folder: Path, bundle: Path, tmp_path: Path) -> None:
    heard = Heard()
    outcome = batch(Batch(folder, bundle, tmp_path / "out", threshold=1e9), heard)
    assert (outcome.ok, outcome.ng) == (10, 0)
    assert all(event.inspection.overridden and event.inspection.threshold == 1e9 for event in heard.of(Judged))
    assert json.loads((tmp_path / "out" / SUMMARY).read_text(encoding="utf-8"))["threshold"]["overridden"] == 10


@pytest.mark.parametrize(("overlays", "count"), [("none", 0), ("ng", 4), ("all", 10)])
def test_that_overlays_are_written_for_those_asked_for(
    folder: Path, bundle: Path, tmp_path: Path, overlays: str, count: int
) -> None:
    batch(Batch(folder, bundle, tmp_path / "out", overlays=overlays))  # type: ignore[arg-type]
    written = list((tmp_path / "out").rglob("*.png"))
    assert len(written) == count
    assert all(one.is_relative_to(tmp_path / "out" / "overlays") for one in written)


def test_that_no_overlay_is_written_outside_of_the_report(bundle: Path, tmp_path: Path) -> None:
    # An index may name pictures that lie elsewhere.
    away = save(tmp_path / "away" / "one.png", bad(1))
    save(tmp_path / "two.png", bad(2))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "index.csv").write_text(f"path,label\n../two.png,1\n{away},1\n../../{tmp_path.name}/two.png,1\n")
    before = sorted(one for one in tmp_path.rglob("*"))
    batch(Batch(tmp_path / "in", bundle, tmp_path / "out", overlays="all"))
    assert sorted(one for one in tmp_path.rglob("*") if not one.is_relative_to(tmp_path / "out")) == before
    assert len(list((tmp_path / "out" / "overlays").rglob("*.png"))) == 3
    assert list(tmp_path.parent.glob("*.png")) == []


def test_that_a_file_gone_before_its_picture_was_made_keeps_its_row(folder: Path, bundle: Path, tmp_path: Path) -> None:
    def remove_all(event: Event) -> None:
        if isinstance(event, Stage) and event.name == "Writing the report":
            shutil.rmtree(folder)

    outcome = batch(Batch(folder, bundle, tmp_path / "out"), remove_all)
    assert outcome.ng == 4
    assert len(_rows(tmp_path / "out")) == 10
    assert (tmp_path / "out" / REPORT).is_file()


def test_that_many_files_are_judged_once_each_and_in_order(bundle: Path, tmp_path: Path) -> None:
    one = save(tmp_path / "in" / "000.png", bad(1)).read_bytes()
    for number in range(1, 150):
        (tmp_path / "in" / f"{number:03}.png").write_bytes(one if number % 7 else b"")
    heard = Heard()
    batch(Batch(tmp_path / "in", bundle, tmp_path / "out", pictures=0), heard)
    judged = [event.inspection for event in heard.of(Judged)]
    assert [each.name for each in judged] == [f"{number:03}.png" for number in range(150)]
    assert [each.verdict is Verdict.UNREADABLE for each in judged] == [n > 0 and n % 7 == 0 for n in range(150)]
    scores = {each.score for each in judged if each.score is not None}
    assert max(scores) == pytest.approx(min(scores), rel=1e-5)
