"""The Detectors panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtWidgets import QPushButton

from inspector.detectors import load
from inspector.gui.models.detectors import cells, size_text
from inspector.gui.panels.detectors import DetectorsPanel
from inspector.jobs.library import describe
from tests.detectors.pictures import bad, good
from tests.detectors.template import save_template
from tests.detectors.template_metric import save_metric
from tests.gui.hosting import host
from tests.jobs.folders import part_set
from tests.sources.drawing import save

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

    from inspector.gui.context import Context
    from inspector.jobs.workspace import Workspace


@pytest.fixture
def workspace(workspace: Workspace) -> Workspace:
    """The one that is open, with a detector."""
    save_template(workspace.detectors / "bolts")
    return workspace


@pytest.fixture
def panel(qtbot: QtBot, context: Context, workspace: Workspace) -> Iterator[DetectorsPanel]:
    made = DetectorsPanel(context)
    made.workspace_changed()
    window: QWidget = host(qtbot, made)
    quiet(qtbot, made)
    yield made
    made.stop()
    assert made.wait(5)
    assert window is not None


def quiet(qtbot: QtBot, panel: DetectorsPanel) -> None:
    def over() -> bool:
        # A thread may be over a moment before what it found is handed on.
        return panel._lists._now is None and panel._compares._now is None and not panel.busy()

    qtbot.waitUntil(over, timeout=20_000)


def names(panel: DetectorsPanel) -> list[str]:
    return [one.name for one in panel.listing.rows.rows]


def select_all(panel: DetectorsPanel) -> None:
    flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    for row in range(panel.listing.rows.rowCount()):
        panel.listing.table.selectionModel().select(panel.listing.rows.index(row, 0), flags)


def test_that_a_detector_is_listed_and_selected(panel: DetectorsPanel) -> None:
    assert names(panel) == ["bolts"]
    assert [one.name for one in panel.chosen] == ["bolts"]
    assert "Threshold" in panel.listing.facts.text()
    assert panel.act.watch.isEnabled()


def test_that_a_broken_bundle_is_listed_with_its_error(
    qtbot: QtBot, panel: DetectorsPanel, workspace: Workspace
) -> None:
    (workspace.detectors / "torn").mkdir()
    (workspace.detectors / "torn" / "bundle.json").write_text("{")
    panel.reload()
    quiet(qtbot, panel)
    table = panel.listing.table
    # Not `selectRow`: with a key that another test's keyboard left down it would add to the selection.
    flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
    table.selectionModel().select(table.model().index(1, 0), flags)
    assert names(panel) == ["bolts", "torn"]
    assert "torn cannot be used" in panel.listing.facts.text()
    assert not panel.act.watch.isEnabled()
    assert panel.act.delete.isEnabled()


def test_that_renaming_and_duplicating_change_the_list(qtbot: QtBot, panel: DetectorsPanel, context: Context) -> None:
    with qtbot.waitSignal(context.detectors_changed):
        panel.rename(panel.chosen[0], "nuts")
    qtbot.waitUntil(lambda: names(panel) == ["nuts"])
    assert [one.name for one in panel.chosen] == ["nuts"]
    quiet(qtbot, panel)
    panel.duplicate()
    qtbot.waitUntil(lambda: sorted(names(panel)) == ["nuts", "nuts-2"])


def test_that_a_name_that_is_taken_is_refused_in_the_panel(
    qtbot: QtBot, panel: DetectorsPanel, workspace: Workspace
) -> None:
    save_template(workspace.detectors / "nuts", 40)
    panel.rename(panel.chosen[0], "nuts")
    qtbot.waitUntil(lambda: "already" in panel.messages.text)


def test_that_deleting_can_be_undone(qtbot: QtBot, panel: DetectorsPanel, workspace: Workspace) -> None:
    panel.delete()
    qtbot.waitUntil(lambda: not names(panel))
    assert panel.pages.currentWidget() is panel.empty
    assert not (workspace.detectors / "bolts").exists()
    quiet(qtbot, panel)
    panel.messages._do()
    qtbot.waitUntil(lambda: names(panel) == ["bolts"])
    assert panel.pages.currentWidget() is panel.listing


def test_that_an_exported_detector_can_be_imported(qtbot: QtBot, panel: DetectorsPanel, tmp_path: Path) -> None:
    panel.export_to(panel.chosen[0], tmp_path / "sent.zip")
    qtbot.waitUntil(lambda: "exported" in panel.messages.text)
    quiet(qtbot, panel)
    panel.import_from(tmp_path / "sent.zip")
    qtbot.waitUntil(lambda: len(names(panel)) == 2)
    quiet(qtbot, panel)
    (tmp_path / "no.zip").write_bytes(b"no zip")
    panel.import_from(tmp_path / "no.zip")
    qtbot.waitUntil(lambda: "torn or no zip" in panel.messages.text)


def test_that_a_threshold_is_set_and_undone(qtbot: QtBot, panel: DetectorsPanel, workspace: Workspace) -> None:
    path = workspace.detectors / "bolts"
    before = describe(path).threshold
    assert before is not None
    panel.set_threshold()
    qtbot.waitUntil(lambda: panel.bench.bench is not None)
    assert panel.bench.bench is not None
    panel.bench.bench.move(before.value * 2)
    panel.bench.save()
    qtbot.waitUntil(lambda: "saved" in panel.messages.text)
    assert describe(path).threshold != before
    panel.messages._do()
    qtbot.waitUntil(lambda: describe(path).threshold == before)
    panel.back()
    assert panel.pages.currentWidget() is panel.listing
    quiet(qtbot, panel)


def test_that_detectors_are_compared_on_the_same_images(
    qtbot: QtBot, panel: DetectorsPanel, workspace: Workspace
) -> None:
    for number in range(4):
        save(workspace.normal / f"{number}.png", good(5000 + number))
        save(workspace.abnormal / "spot" / f"{number}.png", bad(6000 + number))
    panel.duplicate()
    qtbot.waitUntil(lambda: len(names(panel)) == 2)
    quiet(qtbot, panel)
    select_all(panel)
    panel.compare()
    qtbot.waitUntil(lambda: panel.comparing.figures.rowCount() == 2, timeout=10_000)
    assert panel.comparing.images.rowCount() == 8
    assert [one.auroc for one in panel.comparing.figures.rows] == [1.0, 1.0]
    quiet(qtbot, panel)
    assert all(one.ms_per_image for one in panel.listing.rows.rows)  # and no AUROC of images that may be trained on


def test_that_a_comparison_without_images_says_so(qtbot: QtBot, panel: DetectorsPanel) -> None:
    panel.compare()
    qtbot.waitUntil(lambda: "No images" in panel.messages.text)


def test_that_the_other_panels_are_asked_for_work(qtbot: QtBot, panel: DetectorsPanel, workspace: Workspace) -> None:
    path = str(workspace.detectors / "bolts")
    with qtbot.waitSignal(panel.context.live_requested) as heard:
        panel.act.watch.click()
    assert heard.args == ["", path]
    with qtbot.waitSignal(panel.context.batch_requested) as heard:
        panel.act.inspect.click()
    assert heard.args == ["", path]


@pytest.mark.parametrize(("size", "text"), [(12, "12 B"), (172_300, "172 kB"), (3.4e6, "3.4 MB"), (5e9, "5 GB")])
def test_that_sizes_are_short(size: float, text: str) -> None:
    assert size_text(size) == text


def test_that_what_is_not_known_is_a_dash(workspace: Workspace) -> None:
    texts = cells(describe(workspace.detectors / "bolts"))
    assert texts[0] == "bolts"
    assert texts[5:7] == ("–", "–")


def test_that_a_comparison_shows_known_and_unseen_kinds_apart(
    qtbot: QtBot, panel: DetectorsPanel, workspace: Workspace, tmp_path: Path
) -> None:
    save_metric(workspace.detectors / "taught")
    panel.reload()
    quiet(qtbot, panel)
    parts = part_set(tmp_path / "parts")
    for number in range(3):
        save(parts / "test" / "faint" / f"{number}.png", good(800 + number))
    select_all(panel)
    panel.compare(parts)
    quiet(qtbot, panel)
    table = panel.comparing.kinds.rows
    cells = [
        [table.index(row, column).data() for column in range(table.columnCount())] for row in range(len(table.rows))
    ]
    mine = [row for row in cells if row[0] == "taught"]
    assert [row[1:4] for row in mine] == [
        ["good", "", "6"],
        ["faint", "unseen", "3"],
        ["spot", "known", "4"],
        ["all known kinds", "known", "4"],
        ["all unseen kinds", "unseen", "3"],
    ]
    assert "unseen ones were not" in panel.comparing.kinds.note.text()
    assert [row[1] for row in cells if row[0] == "bolts"] == ["good", "faint", "spot"]
    assert "52.7%" in str(table.index(cells.index(mine[2]), 0).data(Qt.ItemDataRole.ToolTipRole))


def test_that_distances_are_compared_and_one_is_taken_and_put_back(
    qtbot: QtBot, panel: DetectorsPanel, workspace: Workspace, tmp_path: Path
) -> None:
    saved = save_metric(workspace.detectors / "taught")
    assert not panel.act.distances.isVisible()  # of the one that judges by none
    panel.reload()
    quiet(qtbot, panel)
    panel.listing.table.selectRow(names(panel).index("taught"))
    # A reload of its own, by what the folder's watcher saw, may still be under way.
    qtbot.waitUntil(panel.act.distances.isEnabled, timeout=10_000)
    panel.compare_distances(part_set(tmp_path / "parts"))
    quiet(qtbot, panel)
    page = panel.distances
    shown = [one.name for one in page.rows.rows]
    assert sorted(shown) == ["cosine", "euclidean", "knn", "lof", "mahalanobis"]
    assert "6 normal and 4 abnormal" in page.note.text()
    page.table.selectRow(shown.index("euclidean"))
    assert not page.take.isEnabled()
    page.table.selectRow(shown.index("lof"))
    assert "local outlier factor" in page.words.text()
    page.take.click()
    qtbot.waitUntil(lambda: load(saved).config()["distance"] == "lof", timeout=10_000)
    quiet(qtbot, panel)
    assert panel.pages.currentWidget() is panel.listing
    undo = next(one for one in panel.findChildren(QPushButton) if one.text() == "Undo")
    undo.click()
    qtbot.waitUntil(lambda: load(saved).config()["distance"] == "euclidean", timeout=10_000)
    quiet(qtbot, panel)
