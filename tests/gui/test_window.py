"""The window around the panels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from inspector.gui.app import build_window
from inspector.gui.panels.collect import CollectPanel
from inspector.jobs.workspace import Workspace
from inspector.sources.save import write_image
from tests.detectors.pictures import good

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from inspector.core.places import Places
    from inspector.gui.window import Window

# What the platform "offscreen" says of every window.
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


@pytest.fixture
def window(qtbot: QtBot, places: Places, tmp_path: Path) -> Iterator[Window]:
    made = build_window(places, workspace=Workspace.create(tmp_path / "workspace").folder)
    made.show()
    yield made
    made.close()
    qtbot.waitUntil(lambda: not made.isVisible())
    made.context.theme.setParent(None)
    made.context.theme.deleteLater()
    made.deleteLater()


def test_that_a_picture_asked_for_is_selected_in_collect(qtbot: QtBot, window: Window) -> None:
    workspace = window.context.workspace
    assert workspace is not None
    for number in range(3):
        write_image(workspace.normal / f"{number}.png", good(number))
    window.show_panel("train")
    window.context.picture_requested.emit(str(workspace.normal / "1.png"))
    collect = window.panel("collect")
    assert isinstance(collect, CollectPanel)
    assert collect.isVisible()
    qtbot.waitUntil(lambda: collect.chosen() == [workspace.normal / "1.png"], timeout=5000)
    qtbot.waitUntil(lambda: collect.looking.image is not None, timeout=5000)


def test_that_figures_of_a_feed_are_seen_from_every_panel(window: Window) -> None:
    for name in window.names:
        window.show_panel(name)
        window.context.feed_told.emit(f"30.0 fps in {name}")
        assert window.feed.isVisible()
        assert window.feed.text() == f"30.0 fps in {name}"
    window.context.feed_told.emit("")
    assert window.feed.text() == ""
