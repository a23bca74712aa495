from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from inspector.gui.theme import Theme
from inspector.gui.widgets.sourcepicker import SourcePicker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

ADDRESS = "rtsp://adam:hidden@127.0.0.1/x?token=abc"


@pytest.fixture
def picker(qtbot: QtBot, qapp: QApplication) -> Iterator[SourcePicker]:
    window = QWidget()  # `offscreen` warns of the picker's own limits to its size
    qtbot.addWidget(window)
    made = SourcePicker(Theme(qapp, "light"))
    made.setParent(window)
    made.resize(600, 60)
    yield made
    assert made.wait(10)


@pytest.mark.parametrize(
    "spec",
    [
        "camera:0",
        "camera:HD Webcam",
        "folder:/parts",
        "watch:/parts",
        "/parts/film.avi",
        "loop:/parts/film.avi",
        "http://127.0.0.1:8080/video.mjpg",
        ADDRESS,
    ],
)
def test_that_every_source_is_given_as_it_was_set(picker: SourcePicker, spec: str) -> None:
    picker.set_spec(spec)
    assert picker.spec() == spec


def test_that_credentials_are_seen_only_while_they_are_written(qtbot: QtBot, picker: SourcePicker) -> None:
    picker.set_spec(ADDRESS)
    picker.window().show()
    picker.window().activateWindow()
    picker.kind.setFocus()
    assert picker.address.text() == "rtsp://127.0.0.1/x?token=…"
    picker.address.setFocus()
    qtbot.waitUntil(picker.address.hasFocus)
    assert picker.address.text() == ADDRESS
    QTest.keyClick(picker.address, Qt.Key.Key_End)
    with qtbot.waitSignal(picker.changed):
        QTest.keyClicks(picker.address, "d")
    assert picker.spec() == ADDRESS + "d"
    picker.kind.setFocus()
    qtbot.waitUntil(lambda: picker.address.text() == "rtsp://127.0.0.1/x?token=…")
    assert picker.spec() == ADDRESS + "d"
