"""The Batch panel."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt

from inspector.core.errors import SourceError
from inspector.core.events import Event, Judged, Listener, Progress, Stage
from inspector.core.image import Label
from inspector.core.inspection import Inspection, Verdict, judge
from inspector.gui.panels.batch import BatchPanel
from inspector.gui.panels.batch.setup import span
from inspector.jobs.batch import Batch, BatchOutcome, batch
from tests.gui.hosting import host
from tests.jobs.folders import spoil

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

    from inspector.gui.context import Context


@pytest.fixture
def make(qtbot: QtBot, context: Context, bundle: Path) -> Iterator[Callable[..., BatchPanel]]:
    panels: list[BatchPanel] = []
    windows: list[QWidget] = []

    def panel(run: Callable[[Batch, Listener], BatchOutcome] = batch) -> BatchPanel:
        assert context.workspace is not None
        link = context.workspace.detectors / "spots"
        link.symlink_to(bundle, target_is_directory=True)
        made = BatchPanel(context, run)
        made.workspace_changed()
        windows.append(host(qtbot, made))
        panels.append(made)
        return made

    yield panel
    for one in panels:
        one.stop()
        assert one.wait(5)


def finish(qtbot: QtBot, panel: BatchPanel) -> None:
    qtbot.waitUntil(lambda: panel.progress.isHidden() and not panel._timer.isActive(), timeout=20_000)


def scripted(number: int) -> Callable[[Batch, Listener], BatchOutcome]:
    def run(job: Batch, listener: Listener) -> BatchOutcome:
        listener(Stage("Inspecting", number))
        for index in range(number):
            score = index % 100 / 50
            label = Label(abnormal=index % 2 == 1, kind="dent" if index % 2 else "good")
            name = f"{index % 7}/{index:06}.png"
            listener(Judged(Inspection(name, "d", score, 1.0, judge(score, 1.0), 0.0, label=label)))
            listener(Progress(index + 1, number))
        return BatchOutcome(job.out, number, 0, 0, None, 1.0)

    return run


def test_that_a_folder_is_inspected_and_shown(qtbot: QtBot, make: Callable[..., BatchPanel], folder: Path) -> None:
    panel, torn = make(), spoil(folder)
    panel.inspect(str(folder), str(panel.setup.detector.path))
    assert panel.busy()
    finish(qtbot, panel)
    rows = panel.results.table.rows
    assert rows.rowCount() == 10 + len(torn)
    summary = panel.results.summary
    assert [summary.text(name) for name in ("ok", "ng", "unreadable")] == ["6", "4", str(len(torn))]
    assert summary.text("auroc") == "1.000"
    assert summary.text("misses") == "0 of 4"
    assert "unreadable" in panel.messages.text
    assert panel.outcome is not None
    assert (panel.outcome.out / "report.html").is_file()
    assert panel.context.workspace is not None
    assert panel.outcome.out.parent == panel.context.workspace.folder / "reports"


def test_that_a_selected_row_shows_its_pictures(qtbot: QtBot, make: Callable[..., BatchPanel], folder: Path) -> None:
    panel = make()
    panel.inspect(str(folder), str(panel.setup.detector.path))
    finish(qtbot, panel)
    panel.results.table.sortByColumn(2, Qt.SortOrder.DescendingOrder)
    panel.results.table.selectRow(0)
    qtbot.waitUntil(lambda: panel.results.detail.has_pictures, timeout=10_000)
    assert all(view.has_image for view in panel.results.detail.views.values())
    assert "spot/" in panel.results.detail.title.text()


def test_that_a_torn_file_says_why(qtbot: QtBot, make: Callable[..., BatchPanel], folder: Path) -> None:
    panel = make()
    spoil(folder)
    panel.inspect(str(folder), str(panel.setup.detector.path))
    finish(qtbot, panel)
    filters = panel.results.filters
    filters.verdict.setCurrentIndex(filters.verdict.findData(str(Verdict.UNREADABLE)))
    panel.results.table.selectRow(0)
    assert "Unreadable" in panel.results.detail.facts.text()
    assert not panel.results.detail.has_pictures


def test_that_many_rows_come_filtered_and_sorted(qtbot: QtBot, make: Callable[..., BatchPanel], folder: Path) -> None:
    panel = make(scripted(20_000))
    panel.results.table.sortByColumn(2, Qt.SortOrder.DescendingOrder)
    panel.inspect(str(folder), str(panel.setup.detector.path))
    finish(qtbot, panel)
    rows = panel.results.table.rows
    assert rows.rowCount() == 20_000
    assert rows.inspection(0).score == pytest.approx(1.98)
    panel.results.filters.verdict.setCurrentIndex(1)
    assert rows.rowCount() == 20_000 * 49 // 100
    panel.results.filters.text.setText("00019")
    qtbot.waitUntil(lambda: rows.rowCount() < 100)
    assert panel.results.filters.folder.count() == 8


def test_that_a_selection_goes_with_its_row(qtbot: QtBot, make: Callable[..., BatchPanel], folder: Path) -> None:
    panel = make(scripted(300))
    panel.inspect(str(folder), str(panel.setup.detector.path))
    finish(qtbot, panel)
    table = panel.results.table
    table.selectRow(123)
    before = table.number
    table.sortByColumn(2, Qt.SortOrder.DescendingOrder)
    assert table.number == before
    assert table.currentIndex().row() != 123


def test_that_cancelling_keeps_rows_and_offers_to_run_again(
    qtbot: QtBot, make: Callable[..., BatchPanel], folder: Path
) -> None:
    go_on = threading.Event()

    def run(job: Batch, listener: Listener) -> BatchOutcome:
        listener(Judged(Inspection("a.png", "d", 0.5, 1.0, Verdict.OK, 0.0)))
        go_on.wait(5)
        listener(Progress(1, 2))
        raise AssertionError

    panel = make(run)
    panel.inspect(str(folder), str(panel.setup.detector.path))
    qtbot.waitUntil(lambda: panel.results.table.rows.rowCount() == 1)
    panel.cancel()
    assert not panel.act.cancel.isEnabled()
    go_on.set()
    finish(qtbot, panel)
    assert "Cancelled" in panel.messages.text
    assert panel.outcome is None
    assert panel.results.table.rows.rowCount() == 1
    assert panel.act.start.isEnabled()


class StopsAfter:
    """A batch that waits after so many files until it is cancelled."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.reached = threading.Event()

    def __call__(self, job: Batch, listener: Listener) -> BatchOutcome:
        judged = 0

        def hear(event: Event) -> None:
            nonlocal judged
            listener(event)
            judged += isinstance(event, Judged) and not event.again
            if isinstance(event, Judged) and judged == self.number:
                self.reached.set()
                while True:
                    time.sleep(0.005)
                    listener(Progress(judged))

        return batch(job, hear)


def cut_off(qtbot: QtBot, make: Callable[..., BatchPanel], folder: Path) -> tuple[BatchPanel, StopsAfter]:
    """A panel whose run was cancelled after a few images."""
    run = StopsAfter(4)
    panel = make(run)
    panel.inspect(str(folder), str(panel.setup.detector.path))
    qtbot.waitUntil(run.reached.is_set, timeout=20_000)
    panel.cancel()
    finish(qtbot, panel)
    return panel, run


def resume(panel: BatchPanel) -> None:
    button = panel.messages._act
    assert button.text() == "Resume"
    button.click()


def test_that_a_cancelled_run_is_resumed_to_the_report_of_the_whole(
    qtbot: QtBot, make: Callable[..., BatchPanel], folder: Path
) -> None:
    panel, run = cut_off(qtbot, make, folder)
    assert panel.messages._other.text() == "Run again"
    run.number = 100
    resume(panel)
    finish(qtbot, panel)
    assert panel.outcome is not None
    assert (panel.outcome.ok, panel.outcome.ng) == (6, 4)
    assert panel.results.table.rows.rowCount() == 10
    assert (panel.outcome.out / "report.html").is_file()


def test_that_a_run_left_when_the_window_closed_is_offered_at_the_next_start(
    qtbot: QtBot, make: Callable[..., BatchPanel], folder: Path
) -> None:
    run = StopsAfter(4)
    first = make(run)
    first.inspect(str(folder), str(first.setup.detector.path))
    qtbot.waitUntil(run.reached.is_set, timeout=20_000)
    first.stop()
    assert first.wait(5)
    again = BatchPanel(first.context)
    window = host(qtbot, again)
    again.workspace_changed()
    qtbot.waitUntil(lambda: "4 of 10" in again.messages.text, timeout=5000)
    resume(again)
    finish(qtbot, again)
    assert again.results.table.rows.rowCount() == 10
    again.workspace_changed()
    qtbot.waitUntil(lambda: not again.busy())
    assert again.messages.text == ""
    again.stop()
    assert window.isVisible()
    assert again.wait(5)


def test_that_a_run_anew_forgets_what_could_have_been_resumed(
    qtbot: QtBot, make: Callable[..., BatchPanel], folder: Path
) -> None:
    panel, run = cut_off(qtbot, make, folder)
    run.number = 100
    panel.messages._other.click()
    finish(qtbot, panel)
    assert panel.context.workspace is not None
    assert len(list((panel.context.workspace.folder / "reports").iterdir())) == 1


def test_that_the_worlds_faults_are_told_in_the_panel(
    qtbot: QtBot, make: Callable[..., BatchPanel], tmp_path: Path
) -> None:
    def run(job: Batch, listener: Listener) -> BatchOutcome:
        msg = "No images there."
        raise SourceError(msg)

    panel = make(run)
    panel.inspect(str(tmp_path), str(panel.setup.detector.path))
    finish(qtbot, panel)
    assert panel.messages.text == "No images there."


def test_that_relabelling_copies_counts_and_is_undone(
    qtbot: QtBot, make: Callable[..., BatchPanel], folder: Path
) -> None:
    panel = make()
    panel.inspect(str(folder), str(panel.setup.detector.path))
    finish(qtbot, panel)
    workspace = panel.context.workspace
    assert workspace is not None
    panel.results.table.selectRow(9)
    with qtbot.waitSignal(panel.context.images_changed):
        panel.act.fine.click()
    assert len(list(workspace.normal.iterdir())) == 1
    assert panel.results.summary.text("false_alarms") == "1 of 7"
    with qtbot.waitSignal(panel.context.images_changed):
        panel.messages._do()
    assert list(workspace.normal.iterdir()) == []
    assert panel.results.summary.text("false_alarms") == "0 of 6"


def test_that_an_export_goes_where_it_is_wanted(
    qtbot: QtBot, make: Callable[..., BatchPanel], folder: Path, tmp_path: Path
) -> None:
    panel = make()
    panel.inspect(str(folder), str(panel.setup.detector.path))
    finish(qtbot, panel)
    panel.act.export_to("csv", tmp_path / "sent.csv")
    qtbot.waitUntil(lambda: "Exported" in panel.messages.text)
    assert (tmp_path / "sent.csv").exists()


def test_that_without_a_detector_the_way_to_one_is_shown(qtbot: QtBot, context: Context) -> None:
    panel = BatchPanel(context)
    qtbot.addWidget(panel)
    panel.workspace_changed()
    assert panel._pages.currentWidget() is panel._no_detector
    assert not panel.act.start.isEnabled()
    with qtbot.waitSignal(context.train_requested):
        panel._no_detector.buttons[0].click()
    panel.stop()


def test_that_all_that_can_be_pressed_has_a_name(make: Callable[..., BatchPanel]) -> None:
    from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QTableView

    panel = make()
    for kind in (QAbstractButton, QComboBox, QLineEdit):
        for widget in panel.findChildren(kind):
            if widget.objectName().startswith("qt_") or isinstance(widget.parent(), QTableView):
                continue
            text = widget.text() if isinstance(widget, QAbstractButton) else ""
            assert widget.accessibleName() or text or widget.isHidden(), widget


@pytest.mark.parametrize(("seconds", "text"), [(0.2, "1 s"), (42.4, "42 s"), (200, "3 min"), (7500, "2 h 05 min")])
def test_that_times_are_short(seconds: float, text: str) -> None:
    assert span(seconds) == text
