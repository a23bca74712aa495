"""The search of a GAN, played in the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from inspector.gui.widgets.searchdialog import SearchDialog
from tests.detectors.pictures import bad
from tests.detectors.template import save_template
from tests.detectors.test_gan import searching
from tests.gui.test_live import make_panel, play, until_over

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from inspector.gui.context import Context
    from inspector.gui.panels.live import LivePanel

pytestmark = [
    pytest.mark.qt_log_ignore("does not support propagateSizeHints"),
    pytest.mark.training,
    pytest.mark.timeout(300),
]


@pytest.fixture
def panel(qtbot: QtBot, context: Context) -> Iterator[LivePanel]:
    yield from make_panel(qtbot, context)


def opened(panel: LivePanel, steps: int) -> SearchDialog:
    assert panel.context.workspace is not None
    bundle = panel.context.workspace.detectors / f"{steps}"
    searching(steps).save(bundle)
    dialog = SearchDialog(panel.context.theme, panel.searcher, bundle, bad(3), panel)
    dialog.open()
    return dialog


def test_that_a_search_is_played_and_can_be_stepped_through(qtbot: QtBot, panel: LivePanel) -> None:
    dialog = opened(panel, 40)
    qtbot.waitUntil(lambda: dialog.search is not None, timeout=20_000)
    qtbot.waitUntil(lambda: dialog.slider.value() >= 2, timeout=5_000)
    dialog.play.click()
    assert not dialog.playing
    dialog.slider.setValue(dialog.slider.maximum())
    assert "Step 40 of 40" in dialog.words.text()
    assert all(view.has_image for view in dialog.views)
    dialog.reject()


def test_that_closing_ends_a_search_that_would_take_long(qtbot: QtBot, panel: LivePanel) -> None:
    dialog = opened(panel, 800)
    assert panel.searcher.running
    with qtbot.waitSignal(panel.searcher.cancelled, timeout=20_000):
        dialog.reject()


def test_that_a_search_is_offered_only_where_there_was_one(qtbot: QtBot, panel: LivePanel, tmp_path: Path) -> None:
    assert panel.context.workspace is not None
    detectors = panel.context.workspace.detectors
    save_template(detectors / "template")
    searching(5).save(detectors / "searching")
    play(qtbot, panel, tmp_path / "plain", "gb")
    until_over(qtbot, panel)
    assert not panel.act.found.isVisible()
    panel.watch(f"folder:{tmp_path / 'plain'}", str(detectors / "searching"))
    qtbot.waitUntil(lambda: panel.act.found.isVisible() and panel.act.found.isEnabled(), timeout=20_000)
    until_over(qtbot, panel)
    panel.act.found.click()
    [dialog] = panel.findChildren(SearchDialog)
    qtbot.waitUntil(lambda: dialog.search is not None, timeout=20_000)
    dialog.reject()
