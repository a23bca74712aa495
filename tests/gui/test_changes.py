"""What the Batch panel says of an earlier report, of a cluster and of addresses."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from inspector.core.events import Judged, Listener
from inspector.core.inspection import Inspection, Verdict
from inspector.detectors import load
from inspector.gui.panels.batch import BatchPanel
from inspector.gui.widgets.flipsdialog import FlipsDialog
from inspector.jobs.batch import Batch, BatchOutcome, batch
from tests.gui.hosting import host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

    from inspector.gui.context import Context

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


@pytest.fixture
def make(qtbot: QtBot, context: Context, bundle: Path) -> Iterator[Callable[..., BatchPanel]]:
    panels: list[BatchPanel] = []
    windows: list[QWidget] = []

    def panel(run: Callable[[Batch, Listener], BatchOutcome] = batch) -> BatchPanel:
        assert context.workspace is not None
        shutil.copytree(bundle, context.workspace.detectors / "spots")
        made = BatchPanel(context, run)
        made.workspace_changed()
        panels.append(made)
        windows.append(host(qtbot, made))
        return made

    yield panel
    for one in panels:
        one.stop()
        assert one.wait(5)


def inspect(qtbot: QtBot, panel: BatchPanel, folder: str, detector: Path | None = None) -> None:
    panel.inspect(folder, str(detector or panel.setup.detector.path))
    qtbot.waitUntil(lambda: not panel.busy() and not panel._timer.isActive(), timeout=20_000)


def dialog(qtbot: QtBot, panel: BatchPanel) -> FlipsDialog:
    qtbot.waitUntil(lambda: bool(panel.window().findChildren(FlipsDialog)), timeout=10_000)
    [found] = panel.window().findChildren(FlipsDialog)
    return found


def test_that_files_which_did_not_change_are_taken_from_the_last_report(
    qtbot: QtBot, make: Callable[..., BatchPanel], folder: Path
) -> None:
    panel = make()
    inspect(qtbot, panel, str(folder))
    assert panel.outcome is not None
    assert panel.outcome.known == 0
    inspect(qtbot, panel, str(folder))
    # Overlays of the four that are NG are painted anew.
    assert panel.outcome.known == 6
    assert "6 are unchanged" in panel.messages.text
    panel.setup.overlays.setChecked(False)
    inspect(qtbot, panel, str(folder))
    assert panel.outcome.known == 10


def test_that_what_changed_since_an_earlier_report_is_shown(
    qtbot: QtBot, make: Callable[..., BatchPanel], folder: Path, bundle: Path
) -> None:
    panel = make()
    inspect(qtbot, panel, str(folder))
    assert not [one for one in panel.changes.menu.actions() if "spots" in one.text()]
    assert panel.context.workspace is not None
    lenient = panel.context.workspace.detectors / "lenient"
    detector = load(bundle)
    detector.use_threshold(replace(detector.threshold, value=1e6))
    detector.save(lenient)
    panel.context.detectors_changed.emit()
    inspect(qtbot, panel, str(folder), lenient)
    [earlier] = [one for one in panel.changes.menu.actions() if "spots" in one.text()]
    earlier.trigger()
    shown = dialog(qtbot, panel)
    assert shown.head.text() == "4 of 10 verdicts changed"
    assert "lenient" in shown.who.text()
    assert "bad part, now OK" in shown.harms.text()
    assert shown.rows.rowCount() == 4
    assert [shown.matrix.data(shown.matrix.index(1, column)) for column in range(4)] == ["was NG", "4", "0", "0"]
    assert panel.outcome is not None
    assert (panel.outcome.out / "flips.html").is_file()
    assert panel.changes.button.isEnabled()
    shown.reject()


def test_that_where_nothing_changed_no_table_is_shown(
    qtbot: QtBot, make: Callable[..., BatchPanel], folder: Path
) -> None:
    panel = make()
    inspect(qtbot, panel, str(folder))
    inspect(qtbot, panel, str(folder))
    panel.changes.menu.actions()[0].trigger()
    shown = dialog(qtbot, panel)
    assert "Every file is judged as before" in shown.harms.text()
    assert shown.table.isHidden()
    shown.reject()


def test_that_a_folder_that_is_no_report_is_told(
    qtbot: QtBot, make: Callable[..., BatchPanel], folder: Path, tmp_path: Path
) -> None:
    panel = make()
    inspect(qtbot, panel, str(folder))
    panel.changes.compare(tmp_path)
    qtbot.waitUntil(lambda: "is no report" in panel.messages.text)
    assert panel.changes.button.isEnabled()


def test_that_a_cluster_is_told_which_scheduler(qtbot: QtBot, make: Callable[..., BatchPanel], folder: Path) -> None:
    jobs: list[Batch] = []

    def run(job: Batch, listener: Listener) -> BatchOutcome:
        jobs.append(job)
        listener(Judged(Inspection("a.png", "d", 0.5, 1.0, Verdict.OK, 0.0)))
        return BatchOutcome(job.out, 1, 0, 0, None, 0.1)

    panel = make(run)
    assert panel.setup.cluster.isHidden()
    panel.setup.where.setCurrentIndex(panel.setup.where.findData("cluster"))
    assert not panel.setup.cluster.isHidden()
    panel.inspect(str(folder), str(panel.setup.detector.path))
    assert "tcp://host:8786" in panel.messages.text
    assert not jobs
    panel.setup.cluster.setText("tcp://judge:8786")
    inspect(qtbot, panel, str(folder))
    assert [job.scheduler for job in jobs] == ["tcp://judge:8786"]
    again = BatchPanel(panel.context)
    again.workspace_changed()
    assert (again.setup.scheduler, again.setup.cluster.isHidden()) == ("tcp://judge:8786", False)
    again.stop()
    assert again.wait(5)
    again.deleteLater()


def test_that_an_address_that_nothing_can_read_is_told(make: Callable[..., BatchPanel]) -> None:
    panel = make()
    panel.inspect("nowhere://bucket/parts", str(panel.setup.detector.path))
    assert "nowhere" in panel.messages.text
    assert not panel.runner.running
