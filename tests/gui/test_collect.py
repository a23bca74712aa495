"""The Collect panel: what a person sees and what lies on the disk afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from inspector.core.errors import SourceError
from inspector.gui.models.region import read_region
from inspector.gui.panels.collect import CollectPanel
from inspector.gui.widgets.importer import ImportDialog
from inspector.gui.widgets.regioneditor import Tool
from inspector.jobs.labels import Group
from inspector.sources.base import Shot, Source
from inspector.sources.save import write_image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from inspector.core.image import Image
    from inspector.core.places import Places
    from inspector.gui.context import Context
    from inspector.jobs.workspace import Workspace


pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")

NONE = Qt.KeyboardModifier.NoModifier


def noise(seed: int, size: tuple[int, int] = (48, 64)) -> Image:
    return np.random.default_rng(seed).integers(0, 255, (*size, 3), np.uint8)


class Camera(Source):
    """A live source that shows one picture, again and again."""

    live = True

    def __init__(self, spec: str) -> None:
        super().__init__(spec)
        if "missing" in spec:
            msg = "There is no such camera."
            raise SourceError(msg)

    def _open(self) -> None: ...

    def _next(self) -> Shot | None:
        return Shot(noise(self._given), f"#{self._given}", 0.0)

    def _close(self) -> None: ...


@pytest.fixture
def panel(qtbot: QtBot, context: Context, workspace: Workspace) -> Iterator[CollectPanel]:
    panel = CollectPanel(context, Camera)  # not qtbot's: it would delete the panel before its threads have ended
    panel.resize(1180, 680)
    panel.capture.source._listed = True  # no drivers are asked for cameras
    panel.show()
    with qtbot.waitSignal(panel.files.listed):
        context.use(workspace)
    yield panel
    panel.stop()
    qtbot.waitUntil(lambda: not panel.busy())
    assert panel.wait(5)
    panel.close()
    panel.deleteLater()


@pytest.fixture
def full(panel: CollectPanel, workspace: Workspace, qtbot: QtBot) -> CollectPanel:
    for number in range(4):
        write_image(workspace.normal / f"{number}.png", noise(number))
    write_image(workspace.abnormal / "scratch" / "0.png", noise(9))
    with qtbot.waitSignal(panel.files.listed):
        panel.context.images_changed.emit()
    return panel


def changed(qtbot: QtBot, panel: CollectPanel, do: Callable[[], object]) -> None:
    """Do something that changes files, and wait until the panel shows it."""
    with qtbot.waitSignal(panel.files.listed):
        do()


def watch(qtbot: QtBot, panel: CollectPanel) -> None:
    panel.capture.source.set_spec("camera:0")
    panel.toggle()
    qtbot.waitUntil(lambda: panel.watching.seen is not None)


def press(panel: CollectPanel, key: Qt.Key, modifier: Qt.KeyboardModifier = NONE) -> None:
    QTest.keyClick(panel.gallery.grid, key, modifier)


def names(panel: CollectPanel) -> list[str]:
    return [row.path.name for row in panel.gallery.model.rows]


def select(panel: CollectPanel, *places: int) -> list[Path]:
    paths = [panel.gallery.model.rows[place].path for place in places]
    panel.gallery.grid.choose(paths)
    return paths


def test_that_an_empty_workspace_says_how_to_begin(panel: CollectPanel) -> None:
    assert panel.empty.isVisible()
    assert [button.text() for button in (panel.empty.add, panel.empty.dataset, panel.empty.camera)] == [
        "Add pictures …",
        "Import a data set …",
        "Use a camera",
    ]
    panel.empty.camera.click()
    assert panel.capture.isVisible()
    assert not panel.empty.isVisible()


def test_that_pictures_and_counts_are_shown(full: CollectPanel) -> None:
    assert names(full) == ["0.png", "1.png", "2.png", "3.png", "0.png"]
    counts = {key: item.text(1) for key, item in full.gallery._items.items()}
    assert counts == {"": "5", "normal": "4", "abnormal": "1", "abnormal/scratch": "1"}
    full.gallery.choose_heading("abnormal/scratch")
    assert names(full) == ["0.png"]


def test_that_thumbnails_arrive_and_are_kept_on_the_disk(
    full: CollectPanel, qtbot: QtBot, places: Places, workspace: Workspace
) -> None:
    (workspace.normal / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    changed(qtbot, full, full.context.images_changed.emit)
    model = full.gallery.model

    def all_there() -> bool:
        return all(picture is None or not picture.isNull() for picture in map(model.picture, range(6)))

    qtbot.waitUntil(all_there)
    assert [model.picture(place) is None for place in range(6)] == [False, False, False, False, True, False]
    assert len(list((places.cache / "thumbnails").glob("*/*.jpg"))) == 5


def test_that_the_selected_picture_is_shown_large(full: CollectPanel, qtbot: QtBot) -> None:
    select(full, 1)
    qtbot.waitUntil(lambda: full.capture.picture.has_image)
    assert full.capture.caption.text() == "1.png"
    assert full.looking.image is not None
    assert np.array_equal(full.looking.image, noise(1))


def test_that_the_selection_and_place_survive_a_new_picture(
    full: CollectPanel, qtbot: QtBot, workspace: Workspace
) -> None:
    paths = select(full, 2, 3)
    write_image(workspace.normal / "00.png", noise(7))
    changed(qtbot, full, full.context.images_changed.emit)
    assert len(names(full)) == 6
    assert full.chosen() == paths


@pytest.mark.parametrize(
    ("key", "folder"),
    [
        (Qt.Key.Key_Space, "normal"),
        (Qt.Key.Key_N, "normal"),
        (Qt.Key.Key_A, "abnormal/dent"),
        (Qt.Key.Key_R, "reference/gear"),
    ],
)
def test_that_a_key_captures_what_is_seen(
    full: CollectPanel, qtbot: QtBot, workspace: Workspace, key: Qt.Key, folder: str
) -> None:
    full.capture.kinds[Group.ABNORMAL].setCurrentText("dent")
    full.capture.kinds[Group.REFERENCE].setCurrentText("gear")
    watch(qtbot, full)
    changed(qtbot, full, lambda: press(full, key))
    qtbot.waitUntil(lambda: len(full.entries) == 6)
    captured = max(full.entries, key=lambda entry: entry.modified)
    assert captured.path.parent == workspace.images / folder
    assert "1 captured" in full.capture.note.text()


def test_that_space_captures_to_the_label_used_last(full: CollectPanel, qtbot: QtBot, workspace: Workspace) -> None:
    full.capture.kinds[Group.ABNORMAL].setCurrentText("dent")
    watch(qtbot, full)
    changed(qtbot, full, lambda: press(full, Qt.Key.Key_A))
    changed(qtbot, full, lambda: press(full, Qt.Key.Key_Space))
    assert len(list((workspace.abnormal / "dent").iterdir())) == 2


def test_that_nothing_is_captured_while_nothing_is_seen(full: CollectPanel) -> None:
    press(full, Qt.Key.Key_N)
    full.capture.capture(Group.NORMAL)
    assert not full.files.busy
    assert not full.capture.buttons[Group.NORMAL].isEnabled()


def test_that_space_presses_a_button_that_was_tabbed_to(full: CollectPanel, qtbot: QtBot) -> None:
    watch(qtbot, full)
    full.activateWindow()
    full.capture.toggle.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(full.capture.toggle.hasFocus)
    QTest.keyClick(full.capture.toggle, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not full.watching.running)
    assert len(full.entries) == 5


def test_that_the_timer_captures_again_and_again(full: CollectPanel, qtbot: QtBot) -> None:
    full.capture.seconds.setValue(0.2)
    watch(qtbot, full)
    full.capture.every.setChecked(True)
    qtbot.waitUntil(lambda: len(full.entries) >= 7)
    full.watching.stop()
    qtbot.waitUntil(lambda: not full.watching.running)
    assert not full.capture.every.isChecked()
    assert not full.capture.timer.isActive()


def test_that_undo_takes_back_a_capture(full: CollectPanel, qtbot: QtBot) -> None:
    watch(qtbot, full)
    changed(qtbot, full, lambda: full.capture.capture(Group.NORMAL))
    assert len(full.entries) == 6
    changed(qtbot, full, lambda: press(full, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier))
    assert len(full.entries) == 5


def test_that_a_source_that_cannot_be_opened_is_told_in_the_panel(full: CollectPanel, qtbot: QtBot) -> None:
    full.capture.source.set_spec("camera:missing")
    full.toggle()
    qtbot.waitUntil(lambda: full.messages.text == "There is no such camera.")
    qtbot.waitUntil(lambda: not full.watching.running)
    assert full.capture.toggle.text() == "Start"


def test_that_leaving_the_panel_lets_go_of_the_camera(full: CollectPanel, qtbot: QtBot) -> None:
    watch(qtbot, full)
    full.hide()
    qtbot.waitUntil(lambda: not full.watching.running)


def test_that_pictures_are_relabelled_and_undone(full: CollectPanel, qtbot: QtBot, workspace: Workspace) -> None:
    select(full, 0, 1)
    full.capture.kinds[Group.ABNORMAL].setCurrentText("dent")
    changed(qtbot, full, lambda: press(full, Qt.Key.Key_A, Qt.KeyboardModifier.ShiftModifier))
    assert sorted(path.name for path in (workspace.abnormal / "dent").iterdir()) == ["0.png", "1.png"]
    assert full.gallery._items["abnormal/dent"].text(1) == "2"
    assert full.messages.text == "2 pictures are labelled abnormal/dent now."
    changed(qtbot, full, full.files.undo)
    assert len(list(workspace.normal.iterdir())) == 4
    assert "abnormal/dent" not in full.gallery._items


def test_that_deleted_pictures_lie_in_the_trash_until_undone(
    full: CollectPanel, qtbot: QtBot, workspace: Workspace
) -> None:
    [path, _] = select(full, 0, 1)
    changed(qtbot, full, lambda: press(full, Qt.Key.Key_Delete))
    assert not path.exists()
    assert len(list(workspace.trash.rglob("*.png"))) == 2
    changed(qtbot, full, full.files.undo)
    assert path.exists()
    assert len(full.entries) == 5


def drop(qtbot: QtBot, panel: CollectPanel, *paths: Path) -> ImportDialog:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    keys = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(QPoint(40, 40), *keys)
    QApplication.sendEvent(panel, enter)
    assert enter.isAccepted()
    assert panel.adding.drop_here.isVisible()
    QApplication.sendEvent(panel, QDropEvent(QPointF(40, 40), *keys))
    assert not panel.adding.drop_here.isVisible()
    qtbot.waitUntil(lambda: bool(panel.findChildren(ImportDialog)))
    dialog: ImportDialog = panel.findChildren(ImportDialog)[-1]
    return dialog


def test_that_dropped_files_get_the_label_that_was_chosen(
    panel: CollectPanel, qtbot: QtBot, tmp_path: Path, workspace: Workspace
) -> None:
    write_image(tmp_path / "a" / "1.png", noise(1))
    write_image(tmp_path / "2.png", noise(2))
    dialog = drop(qtbot, panel, tmp_path / "a", tmp_path / "2.png")
    dialog.choose(Group.ABNORMAL, "dent")
    changed(qtbot, panel, dialog.accept)
    assert sorted(path.name for path in (workspace.abnormal / "dent").iterdir()) == ["1.png", "2.png"]
    assert panel.messages.text == "Pictures added: 2."


def test_that_a_data_set_keeps_its_labels(panel: CollectPanel, qtbot: QtBot, tmp_path: Path) -> None:
    for number, place in enumerate(("train/good/0.png", "train/good/1.png", "test/hole/0.png")):
        write_image(tmp_path / "set" / place, noise(number))
    dialog = drop(qtbot, panel, tmp_path / "set")
    assert dialog.where is None
    changed(qtbot, panel, dialog.accept)
    counts = {key: item.text(1) for key, item in panel.gallery._items.items()}
    assert counts == {"": "3", "normal": "2", "abnormal": "1", "abnormal/hole": "1"}
    changed(qtbot, panel, panel.files.undo)
    assert panel.empty.isVisible()


def test_that_what_is_no_picture_is_named(panel: CollectPanel, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x", encoding="utf-8")
    panel.adding.add([tmp_path / "notes.txt"])
    qtbot.waitUntil(lambda: "no pictures" in panel.messages.text)


def test_that_the_doctors_findings_can_be_put_right(full: CollectPanel, qtbot: QtBot, workspace: Workspace) -> None:
    write_image(workspace.normal / "4 copy.png", noise(0))
    changed(qtbot, full, full.context.images_changed.emit)
    with qtbot.waitSignal(full.doctor.found, timeout=20_000):
        full.ask_doctor()
    assert full.gallery.heading == "doctor"
    full.gallery.choose_heading("doctor/duplicate")
    assert names(full) == ["0.png", "4 copy.png"]
    full.act.extras.click()
    assert [path.name for path in full.chosen()] == ["4 copy.png"]
    changed(qtbot, full, lambda: full.files.delete(full.chosen()))
    assert full.gallery._items["doctor"].text(1) == "0"
    qtbot.waitUntil(lambda: not full.doctor.runner.running)


def test_that_areas_are_drawn_saved_and_found_again(full: CollectPanel, qtbot: QtBot, workspace: Workspace) -> None:
    full.draw_areas()
    editor = full.areas.editor
    qtbot.waitUntil(lambda: editor.has_image)

    def at(x: float, y: float) -> QPoint:
        rect = editor.sceneRect()
        return editor.mapFromScene(x * rect.width(), y * rect.height())

    port, left = editor.viewport(), Qt.MouseButton.LeftButton
    QTest.mousePress(port, left, NONE, at(0.1, 0.1))
    QTest.mouseMove(port, at(0.9, 0.8))
    QTest.mouseRelease(port, left, NONE, at(0.9, 0.8))
    full.areas.ignore.setChecked(True)
    full.areas._tools[Tool.POLYGON].setChecked(True)
    for x, y in ((0.3, 0.3), (0.6, 0.3), (0.5, 0.6)):
        QTest.mouseClick(port, left, NONE, at(x, y))
    assert not full.areas.save.isEnabled()
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert [area.side for area in editor.draft.areas] == ["include", "ignore"]
    full.areas.save.click()
    qtbot.waitUntil(lambda: full.messages.text.startswith("Saved."))
    region = read_region(workspace)
    assert region.bounds() == pytest.approx((0.1, 0.1, 0.9, 0.8), abs=0.02)
    assert len(region.ignore[0]) == 3
    full.draw_areas()
    assert full.areas.editor.draft.region() == region
    full.areas.cancel.click()
    assert full.gallery.isVisible()


def test_that_undo_while_drawing_takes_back_the_area(full: CollectPanel, qtbot: QtBot, workspace: Workspace) -> None:
    select(full, 0)
    changed(qtbot, full, lambda: full.files.delete(full.chosen()))
    full.draw_areas()
    editor = full.areas.editor
    qtbot.waitUntil(lambda: editor.has_image)
    editor.change(editor.draft.added("include", ((0.1, 0.1), (0.5, 0.1), (0.5, 0.5))))
    full.activateWindow()
    editor.setFocus()
    qtbot.waitUntil(editor.hasFocus)
    QTest.keyClick(editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert editor.draft.areas == ()
    assert not full.files.busy
    assert len(list(workspace.normal.iterdir())) == 3


def test_that_every_control_has_a_name(full: CollectPanel) -> None:
    from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit

    for kind in (QComboBox, QLineEdit, QAbstractSpinBox):
        for widget in full.findChildren(kind):
            inner = isinstance(widget, QLineEdit) and isinstance(widget.parentWidget(), (QComboBox, QAbstractSpinBox))
            assert inner or widget.accessibleName(), widget
    for button in full.findChildren(QAbstractButton):
        assert button.accessibleName() or button.text() or not button.isVisible(), button
