"""What changed against an earlier report of the same folder."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtWidgets import QFileDialog, QMenu, QPushButton

from inspector.gui.models.batch import Earlier, earlier_reports
from inspector.gui.widgets.flipsdialog import FlipsDialog
from inspector.gui.widgets.newest import NewestRunner
from inspector.jobs.flips import Flips, FlipsJob, flips

if TYPE_CHECKING:
    from inspector.gui.panels.batch.panel import BatchPanel
    from inspector.gui.worker import Failure


class Changes(QObject):
    """A button with the earlier reports of the folder; choosing one shows which verdicts changed since."""

    def __init__(self, panel: BatchPanel) -> None:
        """Make the button; nothing is offered before a run is over."""
        super().__init__(panel)
        self._panel = panel
        self.button = QPushButton(_tr("What changed"))
        self.button.setToolTip(_tr("Compare the verdicts with those of an earlier report"))
        self.button.setAccessibleName(_tr("What changed against an earlier report"))
        self.button.setProperty("menu", True)  # leaves room for the arrow
        self.menu = QMenu(self.button)
        self.button.setMenu(self.menu)
        self.button.setVisible(False)
        self.runner = NewestRunner(self)

    def offer(self, *, there: bool) -> None:
        """Show the button where there is a report to compare with others."""
        self.button.setVisible(there)

    def look(self) -> None:
        """Look for earlier reports of the folder that was inspected."""
        workspace, job = self._panel.context.workspace, self._panel.job
        self._list([])
        if workspace is not None and job is not None:
            self.runner.do(partial(earlier_reports, workspace, job.folder, job.out), self._list, self._panel.tell)

    def compare(self, before: Path) -> None:
        """Say what changed since this report."""
        outcome = self._panel.outcome
        if outcome is None:
            return
        self.button.setEnabled(False)
        self.button.setText(_tr("Comparing …"))
        self.runner.do(partial(flips, FlipsJob(before, outcome.out, outcome.out)), self._show, self._failed)

    def _list(self, found: list[Earlier]) -> None:
        self.menu.clear()
        for one in found:
            self.menu.addAction(one.title).triggered.connect(partial(self._chosen, one.report))
        if found:
            self.menu.addSeparator()
        self.menu.addAction(_tr("Another report …")).triggered.connect(self._ask)

    def _show(self, found: Flips) -> None:
        self._compared()
        FlipsDialog(self._panel.context.theme, found, self._panel.window()).open()

    def _failed(self, failure: Failure) -> None:
        self._compared()
        self._panel.tell(failure)

    def _compared(self) -> None:
        self.button.setText(_tr("What changed"))
        self.button.setEnabled(True)

    def _chosen(self, report: Path, _checked: bool = False) -> None:  # noqa: FBT001, FBT002 - as Qt calls it
        self.compare(report)

    def _ask(self) -> None:
        workspace = self._panel.context.workspace
        start = str(Path.home() if workspace is None else workspace.folder)
        chosen = QFileDialog.getExistingDirectory(self._panel, _tr("An earlier report"), start)
        if chosen:
            self.compare(Path(chosen))


def _tr(text: str) -> str:
    return QCoreApplication.translate("BatchChanges", text)
