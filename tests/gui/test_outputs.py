"""Outputs in the Live panel and its dialog."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from inspector.gui.widgets.outputsdialog import OutputsDialog, kinds
from inspector.outputs.settings import (
    FILE,
    KINDS,
    FolderOutput,
    SoundOutput,
    WebhookOutput,
    read_outputs,
    write_outputs,
)
from tests.detectors.template import save_template
from tests.gui.test_live import make_panel, play, until_over

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from inspector.gui.context import Context
    from inspector.gui.panels.live import LivePanel

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


@pytest.fixture
def panel(qtbot: QtBot, context: Context) -> Iterator[LivePanel]:
    assert context.workspace is not None
    save_template(context.workspace.detectors / "template")
    yield from make_panel(qtbot, context)


def dialog_of(panel: LivePanel) -> OutputsDialog:
    QTest.keyClick(panel, Qt.Key.Key_O)
    [dialog] = [one for one in panel.findChildren(OutputsDialog) if one.isVisible()]
    return dialog


def add(dialog: OutputsDialog, kind: str) -> None:
    dialog.add.activated.emit(dialog.add.findData(kind))


def write(dialog: OutputsDialog, name: str, text: str) -> None:
    [line] = [one for one in dialog.pages.currentWidget().findChildren(QLineEdit) if one.accessibleName() == name]
    line.setText(text)


def test_that_every_ng_of_a_feed_goes_to_the_folder_that_was_set_up(
    qtbot: QtBot, panel: LivePanel, tmp_path: Path
) -> None:
    assert panel.controls.outputs.text() == "No outputs"
    dialog = dialog_of(panel)
    add(dialog, "folder")
    write(dialog, "Folder", str(tmp_path / "found"))
    write(dialog, "Name", "archive")
    dialog.accept()
    assert panel.controls.outputs.text() == "1 output"
    [output] = read_outputs(panel.context.places.config / FILE)
    assert output == FolderOutput(name="archive", path=tmp_path / "found")
    panel.outputs.use([output.model_copy(update={"seconds_apart": 0.0})])
    play(qtbot, panel, tmp_path / "feed", "gbgb")
    until_over(qtbot, panel)
    found = [json.loads(file.read_text()) for file in (tmp_path / "found").rglob("*.json")]
    assert sorted(one["verdict"] for one in found) == ["NG", "NG"]
    assert len(list((tmp_path / "found").rglob("* overlay.jpg"))) == 2
    qtbot.waitUntil(lambda: panel.controls.outputs.text() == "1 output, 2 sent")


def test_that_an_output_that_fails_is_told_in_the_panel_and_the_feed_goes_on(
    qtbot: QtBot, panel: LivePanel, tmp_path: Path
) -> None:
    write_outputs(panel.context.places.config / FILE, [SoundOutput(name="horn", file=tmp_path / "none.wav")])
    panel.controls.repeat.setChecked(True)
    play(qtbot, panel, tmp_path / "feed", "gb")
    qtbot.waitUntil(lambda: panel.controls.outputs.text() == "Output fails: horn", timeout=20_000)
    assert "is not there" in panel.controls.outputs.toolTip()
    qtbot.waitUntil(panel.messages.isVisible, timeout=20_000)
    panel.end()
    until_over(qtbot, panel)


def test_that_each_kind_can_be_added_and_what_is_missing_is_said(qtbot: QtBot, panel: LivePanel) -> None:
    assert set(kinds()) == set(KINDS)
    dialog = dialog_of(panel)
    for kind in KINDS:
        add(dialog, kind)
    assert dialog.list.count() == len(KINDS)
    dialog.accept()
    assert dialog.isVisible()
    assert "Save to a folder" in dialog.note.text()
    assert dialog.list.currentRow() == 0
    for row in range(len(KINDS) - 1, -1, -1):
        dialog.list.setCurrentRow(row)
        dialog.remove.click()
    dialog.accept()
    assert not (panel.context.places.config / FILE).exists()


def test_that_two_of_one_name_are_refused(qtbot: QtBot, panel: LivePanel) -> None:
    dialog = dialog_of(panel)
    add(dialog, "sound")
    add(dialog, "sound")
    assert dialog.list.item(1).text() == "Play a sound 2"
    write(dialog, "Name", "Play a sound")
    dialog.accept()
    assert dialog.isVisible()
    assert "Two outputs" in dialog.note.text()
    dialog.reject()


def test_that_a_test_says_how_it_went(qtbot: QtBot, panel: LivePanel, tmp_path: Path) -> None:
    dialog = dialog_of(panel)
    add(dialog, "folder")
    dialog.test.click()
    assert "full path" in dialog.note.text()
    write(dialog, "Folder", str(tmp_path / "found"))
    dialog.test.click()
    qtbot.waitUntil(lambda: "Delivered" in dialog.note.text(), timeout=20_000)
    assert [json.loads(file.read_text())["event"] for file in (tmp_path / "found").rglob("*.json")] == ["test"]
    add(dialog, "sound")
    write(dialog, "WAV file", str(tmp_path / "none.wav"))
    dialog.test.click()
    qtbot.waitUntil(lambda: "is not there" in dialog.note.text(), timeout=20_000)
    dialog.reject()


def test_that_settings_nobody_can_read_are_left_alone(qtbot: QtBot, panel: LivePanel) -> None:
    path = panel.context.places.config / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("written by hand, and torn")
    panel.outputs.choose()
    assert not panel.findChildren(OutputsDialog)
    panel.outputs.show()
    assert panel.controls.outputs.text() == "Outputs cannot be read"
    assert path.read_text() == "written by hand, and torn"


def test_that_what_the_form_does_not_show_is_kept(qtbot: QtBot, panel: LivePanel) -> None:
    before = WebhookOutput(name="w", url="https://h/x", room=7, authorization="Bearer x", on=("lost",))
    write_outputs(panel.context.places.config / FILE, [before])
    dialog = dialog_of(panel)
    assert dialog.outputs() == [before]
    dialog.accept()
    assert read_outputs(panel.context.places.config / FILE) == [before]
