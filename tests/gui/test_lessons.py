"""Learn from one click, in Batch, Live and History."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from inspector.detectors import load, method
from inspector.gui.panels.batch import BatchPanel
from inspector.gui.panels.detectors import DetectorsPanel
from inspector.gui.panels.history import HistoryPanel
from inspector.gui.panels.live import LivePanel
from tests.detectors.pictures import bad, good, goods
from tests.detectors.template import save_template
from tests.gui.hosting import host
from tests.sources.drawing import save

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

    from inspector.gui.context import Context
    from inspector.gui.widgets.lessons import LessonDialog, Lessons
    from inspector.jobs.workspace import Workspace

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trained") / "surface"
    method("padim")(size=32).fit(goods(60)).save(path)
    return path


@pytest.fixture
def detector(workspace: Workspace, trained: Path) -> Path:
    """A bundle of the workspace's own, since it will be changed."""
    load(trained).save(workspace.detectors / "surface")
    return workspace.detectors / "surface"


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    folder = tmp_path / "parts"
    for number in range(3):
        save(folder / "good" / f"{number}.png", good(900 + number))
        save(folder / "good" / f"strange{number}.png", bad(number))
    return folder


@pytest.fixture
def batch_panel(qtbot: QtBot, context: Context, detector: Path, parts: Path) -> Iterator[BatchPanel]:
    made = BatchPanel(context)
    made.workspace_changed()
    window: QWidget = host(qtbot, made)
    made.inspect(str(parts), str(detector))
    qtbot.waitUntil(lambda: made.progress.isHidden() and not made._timer.isActive(), timeout=20_000)
    yield made
    made.stop()
    assert made.wait(5)
    assert window is not None


def choose(panel: BatchPanel, name: str) -> None:
    rows = panel.results.table.rows
    number = next(place for place, one in enumerate(rows.all.rows) if one.name == name)
    panel.results.table.selectRow([int(shown) for shown in rows.all.shown].index(number))


def taught(qtbot: QtBot, lessons: Lessons) -> LessonDialog:
    dialog = lessons.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.taught is not None, timeout=20_000)
    return dialog


def test_that_a_row_is_learned_after_its_flips_were_seen_and_taken_back(
    qtbot: QtBot, batch_panel: BatchPanel, detector: Path, context: Context
) -> None:
    before = load(detector).identity
    choose(batch_panel, "good/strange1.png")
    batch_panel.act.learn.click()
    assert batch_panel.busy()
    dialog = taught(qtbot, batch_panel.lessons)
    assert "level" in dialog.words.text()
    assert dialog.rows.rowCount() == dialog.taught.tally.flipped  # type: ignore[union-attr]
    assert dialog.taught.tally.both == 6  # type: ignore[union-attr]
    assert load(detector).identity == before
    with qtbot.waitSignal(context.detectors_changed):
        dialog.keep.click()
    assert load(detector).identity != before
    assert load(detector).fitted.record.lessons[0].images[0][0] == "good/strange1.png"
    qtbot.waitUntil(lambda: "has learned" in batch_panel.messages.text and not batch_panel.busy())
    with qtbot.waitSignal(context.detectors_changed):
        batch_panel.messages._do()
    assert load(detector).identity == before


def test_that_what_is_not_kept_changes_nothing(qtbot: QtBot, batch_panel: BatchPanel, detector: Path) -> None:
    before = load(detector).identity
    choose(batch_panel, "good/strange1.png")
    batch_panel.act.learn.click()
    taught(qtbot, batch_panel.lessons).reject()
    qtbot.waitUntil(lambda: not batch_panel.busy())
    assert load(detector).identity == before
    batch_panel.act.learn.click()
    dialog = batch_panel.lessons.dialog
    assert dialog is not None
    dialog.reject()  # while it is still looked into
    qtbot.waitUntil(lambda: not batch_panel.busy())
    assert batch_panel.messages.text.endswith("unreadable.")


def test_that_a_method_that_cannot_says_so(
    qtbot: QtBot, batch_panel: BatchPanel, workspace: Workspace, parts: Path
) -> None:
    other = save_template(workspace.detectors / "other")
    batch_panel.inspect(str(parts), str(other))
    qtbot.waitUntil(lambda: batch_panel.progress.isHidden() and not batch_panel._timer.isActive(), timeout=20_000)
    choose(batch_panel, "good/strange1.png")
    batch_panel.act.learn.click()
    qtbot.waitUntil(lambda: "cannot take in single images" in batch_panel.messages.text)
    assert batch_panel.lessons.dialog is None


def test_that_a_row_of_the_history_is_learned(
    qtbot: QtBot, batch_panel: BatchPanel, detector: Path, context: Context
) -> None:
    panel = HistoryPanel(context)
    panel.workspace_changed()
    window = host(qtbot, panel)
    panel.reload()
    qtbot.waitUntil(lambda: panel.table.rows.rowCount() == 6, timeout=20_000)
    assert not panel.learn_one.isEnabled()
    row = next(place for place, one in enumerate(panel.table.rows.rows) if "strange" in one.inspection.name)
    panel.table.selectRow(row)
    qtbot.waitUntil(panel.learn_one.isEnabled)
    panel.learn_one.click()
    dialog = taught(qtbot, panel.lessons)
    assert dialog.taught is not None
    assert dialog.taught.tally.both == 6
    with qtbot.waitSignal(context.detectors_changed):
        dialog.keep.click()
    assert load(detector).fitted.record.counts["learned"] == 1
    qtbot.waitUntil(lambda: not panel.busy())
    panel.stop()
    assert panel.wait(5)
    assert window is not None


def test_that_a_frame_of_a_feed_is_learned(qtbot: QtBot, context: Context, detector: Path, parts: Path) -> None:
    panel = LivePanel(context)
    panel.resize(1100, 640)
    panel.workspace_changed()
    panel.show()
    panel.controls.pace.setCurrentIndex(panel.controls.pace.count() - 1)
    panel.controls.repeat.setChecked(False)
    assert not panel.act.learn.isVisible()
    panel.watch(f"folder:{parts}", str(detector))
    qtbot.waitUntil(lambda: panel.feed is not None and not panel.runner.running, timeout=20_000)
    qtbot.waitUntil(lambda: panel.act.learn.isEnabled() and panel.act.learn.isVisible(), timeout=20_000)
    panel.act.learn.click()
    dialog = taught(qtbot, panel.lessons)
    with qtbot.waitSignal(context.detectors_changed):
        dialog.keep.click()
    assert load(detector).fitted.record.counts["learned"] == 1
    panel.end()
    qtbot.waitUntil(lambda: not panel.busy())
    assert panel.wait(5)
    panel.close()
    panel.deleteLater()


def test_that_the_last_lesson_is_taken_back_among_the_detectors(qtbot: QtBot, context: Context, detector: Path) -> None:
    before = load(detector).identity
    load(detector).learned([("1.png", bad(1))]).save(detector, undoable=True)
    panel = DetectorsPanel(context)
    panel.workspace_changed()
    window = host(qtbot, panel)
    qtbot.waitUntil(lambda: bool(panel.chosen), timeout=20_000)
    assert "Pictures learned singly since: 1" in panel.listing.facts.text()
    qtbot.waitUntil(panel.act.unlearn.isEnabled)
    panel.act.unlearn.click()
    qtbot.waitUntil(lambda: "is taken back" in panel.messages.text and not panel.busy(), timeout=20_000)
    assert load(detector).identity == before
    qtbot.waitUntil(lambda: not panel.act.unlearn.isEnabled())
    panel.stop()
    assert panel.wait(5)
    assert window is not None
