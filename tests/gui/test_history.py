"""The History panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from inspector.core.inspection import Verdict
from inspector.gui.models.history import PAGE
from inspector.gui.panels.history import HistoryPanel
from inspector.history import Writer, is_there
from inspector.sources.save import encode_image
from tests.detectors.pictures import good
from tests.gui.hosting import host
from tests.history.records import BEGIN, inspection, record
from tests.sources.drawing import save

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from inspector.gui.context import Context
    from inspector.jobs.workspace import Workspace


@pytest.fixture
def panel(qtbot: QtBot, context: Context) -> Iterator[HistoryPanel]:
    made = HistoryPanel(context)
    made.workspace_changed()
    window = host(qtbot, made)
    yield made
    made.stop()
    assert made.wait(5)
    assert window is not None


def read(qtbot: QtBot, panel: HistoryPanel) -> None:
    panel.reload()
    settle(qtbot, panel)


def settle(qtbot: QtBot, panel: HistoryPanel) -> None:
    def over() -> bool:
        # A thread may be over a moment before what it found is handed on.
        handed_on = all(one._now is None for one in (panel._reads, panel._pages, panel._looks, panel.drift.reads))
        return handed_on and not panel._settled.isActive() and not panel.busy()

    qtbot.waitUntil(over, timeout=20_000)


def scores(count: int) -> list[float]:
    return [2.0 if number % 4 == 0 else 0.5 for number in range(count)]


def test_that_an_empty_history_says_what_to_do(qtbot: QtBot, panel: HistoryPanel, workspace: Workspace) -> None:
    read(qtbot, panel)
    assert panel.stack.currentWidget() is panel.empty
    assert not is_there(workspace.history)
    with qtbot.waitSignal(panel.context.show_panel) as heard:
        panel.empty.buttons[1].click()
    assert heard.args == ["live"]


def test_that_sessions_and_inspections_are_shown_page_by_page(
    qtbot: QtBot, panel: HistoryPanel, workspace: Workspace
) -> None:
    record(workspace.history, [inspection(number, score) for number, score in enumerate(scores(450))])
    read(qtbot, panel)
    assert panel.sessions.count() == 2
    assert "450" in panel.filters.total.text()
    rows = panel.table.rows
    # The view may have asked for more than the first page by itself; the rest comes when it is scrolled to.
    assert rows.rowCount() >= PAGE
    while not rows.complete:
        before = rows.rowCount()
        panel.table.scrollToBottom()
        rows.fetchMore(panel.table.rootIndex())
        qtbot.waitUntil(lambda before=before: rows.rowCount() > before)  # type: ignore[misc]
    assert rows.rowCount() == 450
    times = [one.inspection.time for one in rows.rows]
    assert times == sorted(times, reverse=True)


def test_that_filters_narrow_what_is_shown(qtbot: QtBot, panel: HistoryPanel, workspace: Workspace) -> None:
    record(workspace.history, [inspection(number, score) for number, score in enumerate(scores(8))])
    record(workspace.history, [inspection(number) for number in range(3)], source="camera 1", detector="nuts")
    read(qtbot, panel)
    assert panel.table.rows.rowCount() == 11
    panel.filters.verdict.setCurrentIndex(panel.filters.verdict.findData(str(Verdict.NG)))
    settle(qtbot, panel)
    assert {one.inspection.verdict for one in panel.table.rows.rows} == {Verdict.NG}
    panel.filters.reset()
    settle(qtbot, panel)
    panel.filters.detector.setCurrentIndex(panel.filters.detector.findData("nuts"))
    settle(qtbot, panel)
    assert panel.table.rows.rowCount() == 3
    panel.filters.reset()
    settle(qtbot, panel)
    panel.sessions.setCurrentRow(1)
    settle(qtbot, panel)
    assert len({one.session for one in panel.table.rows.rows}) == 1


def test_that_what_is_recorded_meanwhile_appears(qtbot: QtBot, panel: HistoryPanel, context: Context) -> None:
    read(qtbot, panel)
    writer = context.writer()
    assert writer is not None
    session = writer.start("batch", "parts", "bolts", "abc", 1.0)
    session.add(inspection(1))
    session.end()
    context.history_changed.emit()
    qtbot.waitUntil(lambda: panel.table.rows.rowCount() == 1)


def test_that_the_picture_of_an_inspected_file_is_found(
    qtbot: QtBot, panel: HistoryPanel, workspace: Workspace, tmp_path: Path
) -> None:
    folder, report = tmp_path / "parts", tmp_path / "report"
    save(folder / "000.png", good(1))
    save(report / "overlays" / "000.png.png", good(2))
    with Writer(workspace.history) as writer:
        session = writer.start("batch", str(folder), "bolts", "abc", 1.0)
        session.add(inspection(0))
        session.add(inspection(1))
        session.end(report=report)
    read(qtbot, panel)
    panel.table.selectRow(1)
    qtbot.waitUntil(lambda: panel.detail.has_pictures)
    assert all(view.has_image for view in panel.detail.views.values())
    panel.table.selectRow(0)  # its file is not there
    settle(qtbot, panel)
    assert not panel.detail.has_pictures
    panel.sessions.setCurrentRow(1)
    settle(qtbot, panel)
    assert panel.report.isEnabled()


def test_that_what_is_shown_is_exported(
    qtbot: QtBot, panel: HistoryPanel, workspace: Workspace, tmp_path: Path
) -> None:
    record(workspace.history, [inspection(number) for number in range(5)])
    read(qtbot, panel)
    panel.export_to(tmp_path / "out.csv")
    qtbot.waitUntil(lambda: "5 inspections" in panel.messages.text)
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 6


def test_that_a_session_is_deleted(qtbot: QtBot, panel: HistoryPanel, workspace: Workspace) -> None:
    number = record(workspace.history, [inspection(number) for number in range(5)])
    record(workspace.history, [inspection(9)])
    read(qtbot, panel)
    panel.delete_session(number)
    qtbot.waitUntil(lambda: panel.sessions.count() == 2)
    settle(qtbot, panel)
    assert panel.table.rows.rowCount() == 1


def test_that_a_history_that_is_none_is_told_in_the_panel(
    qtbot: QtBot, panel: HistoryPanel, workspace: Workspace
) -> None:
    (workspace.folder / "history.db").write_bytes(b"this is no database, and long enough to be looked at as one" * 20)
    panel.context.close()
    read(qtbot, panel)
    assert str(workspace.history) in panel.messages.text
    assert panel.stack.currentWidget() is panel.empty


def days(workspace: Workspace, levels: list[float], picture: bytes | None) -> None:
    """A day for each level, of 40 good parts that score around it."""
    for day, level in enumerate(levels):
        with Writer(workspace.history, pictures=100) as writer:
            session = writer.start("live", "camera 0", "bolts", "abc", 1.0)
            for number in range(40):
                score = level + (number % 9 - 4) / 100
                one = inspection(number, score, time=BEGIN + day * 86_400 + number)
                session.add(one, None if picture is None or level < 0.6 else lambda: picture)
            session.end()
            assert writer.flush()


def test_that_scores_that_moved_are_told_and_their_pictures_collected(
    qtbot: QtBot, panel: HistoryPanel, workspace: Workspace
) -> None:
    days(workspace, [0.4, 0.4, 0.4, 0.7], encode_image(good(0, (64, 64)), ".jpg"))
    read(qtbot, panel)
    assert "the median is 0.69" in panel.messages.text
    assert panel.trend._drift.isVisible()
    asked: list[bool] = []
    panel.context.train_requested.connect(lambda: asked.append(True))
    panel.messages._act.click()
    qtbot.waitUntil(lambda: bool(asked), timeout=20_000)
    assert len(list((workspace.folder / "images" / "normal").iterdir())) == 40
    panel.messages.clear()
    read(qtbot, panel)
    assert panel.messages.text == ""  # it was said, and dismissed


def test_that_without_pictures_it_is_said_how_to_get_some(
    qtbot: QtBot, panel: HistoryPanel, workspace: Workspace
) -> None:
    days(workspace, [0.4, 0.4, 0.7], None)
    read(qtbot, panel)
    panel.messages._act.click()
    qtbot.waitUntil(lambda: "No pictures of good parts" in panel.messages.text, timeout=20_000)


def test_that_scores_that_stay_are_drawn_and_not_told(qtbot: QtBot, panel: HistoryPanel, workspace: Workspace) -> None:
    days(workspace, [0.4] * 4, None)
    read(qtbot, panel)
    assert panel.messages.text == ""
    assert panel.trend._drift.isVisible()
