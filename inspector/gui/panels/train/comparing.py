"""Several methods on the same images: which to take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from inspector.core.errors import OptionError
from inspector.detectors.options import Options
from inspector.gui.models.comparing import FIRST, Contest, comparison, keep
from inspector.gui.models.region import read_region
from inspector.gui.panels.train.standings import Choices, Standings
from inspector.gui.worker import Failure, Runner
from inspector.jobs.methods import MethodsJob, compare_methods
from inspector.jobs.process import run_in_child
from inspector.jobs.trial import Trial, try_method
from inspector.reports.methods import PAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from inspector.core.events import Listener
    from inspector.gui.context import Context
    from inspector.gui.worker import Job
    from inspector.reports.methods import Compared, MethodRow

_GRACE_S = 3.0
_FEWEST = 3
"""Normal images that a comparison takes: two to learn from and one to measure on."""


class ComparePage(QWidget):
    """Methods to choose on the left; on the right which to take and why, and the figures of each."""

    back = Signal()
    kept = Signal(object)
    """A detector was taken in: its path."""
    told = Signal(object)
    """A `Failure`, to be shown."""

    def __init__(self, context: Context, options_of: Callable[[str], Mapping[str, Any]]) -> None:
        """Lay the page out.

        Args:
            context: shared by the panels.
            options_of: gives the options that the Train page has for a method.
        """
        super().__init__()
        self._context = context
        self._options_of = options_of
        self._runner, self._keeping = Runner(self), Runner(self)
        self._contest = Contest()
        self._note = ""
        self._place: Path | None = None
        self._normal = 0
        self.choices = Choices()
        self.standings = Standings(context.theme)
        self._lay_out()
        self.choices.choose(context.recall("compare/methods", ",".join(FIRST)).split(","))
        self._runner.reported.connect(self.standings.hear)
        self._runner.done.connect(self._done)
        self._runner.cancelled.connect(self._cancelled)
        self._runner.failed.connect(self._failed)
        self._keeping.done.connect(self.kept)
        self._keeping.failed.connect(self.told)
        for runner in (self._runner, self._keeping):
            runner.ended.connect(self._show)
        self.choices.changed.connect(self._offer)
        self.standings.selected.connect(self._offer)
        self._show()

    def busy(self) -> bool:
        """Whether a comparison is under way."""
        return self._runner.running or self._keeping.running

    def stop(self) -> None:
        """Ask it to end."""
        if self._runner.running:
            self.standings.say_stopping()
        self._runner.cancel()
        self._keeping.cancel()

    def wait(self, seconds: float) -> bool:
        """Wait for the end of it."""
        return all([self._runner.wait(seconds), self._keeping.wait(seconds)])

    def clear(self) -> None:
        """Another workspace is open: show nothing of the one before."""
        if not self._runner.running:
            self._contest, self._note, self._place = Contest(), "", None
            self._show()

    def show_count(self, normal: int) -> None:
        """Take in how many images of good parts there are."""
        self._normal = normal
        self._offer()

    def start(self) -> None:
        """Compare what is chosen."""
        workspace, methods = self._context.workspace, self.choices.chosen
        if workspace is None or not methods or self.busy():
            return
        shared: dict[str, Any] = {}
        try:
            if size := self.choices.size_text:
                shared["size"] = list(Options.of({"size": size}).size)
            region = read_region(workspace)
        except OptionError as error:
            self.told.emit(Failure(str(error)))
            return
        if not region.everything:
            shared["region"] = region.as_json()
        self._context.remember("compare/methods", ",".join(methods))
        self._contest, self._note, self._place = Contest.of(methods), "", workspace.comparison
        asked = comparison(workspace, methods, {name: self._options_of(name) for name in methods}, shared)
        self._runner.run(self._job(asked))
        self._show()

    def keep(self) -> None:
        """Take the selected method's detector in among the workspace's."""
        workspace, row = self._context.workspace, self._selected()
        if workspace is None or row is None or self.busy():
            return
        data = self.tr("images set aside")
        self._keeping.run(lambda _: keep(row, workspace, data))
        self._offer()

    def open_report(self) -> None:
        """Show the report in the browser."""
        if self._place is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._place / PAGE)))

    def _job(self, asked: MethodsJob) -> Job:
        def attempt(trial: Trial, listener: Listener) -> MethodRow:
            return run_in_child(try_method, trial, listener, poll=self._runner.check, grace=_GRACE_S)

        def job(listener: Listener) -> Compared:
            return compare_methods(asked, listener, attempt=attempt)

        return job

    def _done(self, compared: Compared) -> None:
        self._contest.compared = compared
        self._show()
        self.standings.select(self._contest.recommended)

    def _cancelled(self) -> None:
        self._contest.interrupt()
        self._note = self.tr("Stopped. What is finished is kept: “Start comparing” goes on from there.")

    def _failed(self, failure: Failure) -> None:
        self._contest.interrupt()
        self.told.emit(failure)

    def _selected(self) -> MethodRow | None:
        """The figures of the selected method, if it was trained."""
        at = self.standings.at
        return at.row if at is not None and at.row is not None and not at.row.failed else None

    def _show(self) -> None:
        self.standings.show_contest(self._contest, running=self._runner.running, note=self._note)
        self._offer()

    def _offer(self) -> None:
        """Offer what can be done now."""
        running = self._runner.running
        self.start_button.setVisible(not running)
        self.start_button.setEnabled(bool(self.choices.chosen) and self._normal >= _FEWEST)
        self.cancel_button.setVisible(running)
        self.back_button.setEnabled(not running)
        self.choices.setEnabled(not running)
        self.report_button.setEnabled(self._contest.compared is not None)
        self.keep_button.setEnabled(self._selected() is not None and not self.busy())

    def _lay_out(self) -> None:
        self.back_button = self._button(self.tr("Back"), self.tr("Back to training one method"), self.back.emit)
        self.report_button = self._button(
            self.tr("Open report"), self.tr("The figures with the ROC, as a page that can be sent on"), self.open_report
        )
        self.keep_button = self._button(
            self.tr("Keep this detector"),
            self.tr("Take the selected one in among the detectors"),
            self.keep,
        )
        self.cancel_button = self._button(
            self.tr("Stop comparing"), self.tr("End it; what is finished is kept"), self.stop
        )
        self.start_button = self._button(self.tr("Start comparing"), self.tr("Train each method chosen"), self.start)
        self.start_button.setProperty("primary", True)
        last = QHBoxLayout()
        last.setSpacing(8)
        last.addWidget(self.back_button)
        last.addStretch(1)
        for button in (self.report_button, self.keep_button, self.cancel_button, self.start_button):
            last.addWidget(button)
        right = QVBoxLayout()
        right.setSpacing(10)
        right.addWidget(self.standings, 1)
        right.addLayout(last)
        page = QHBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(12)
        page.addWidget(self.choices)
        page.addLayout(right, 1)

    @staticmethod
    def _button(text: str, hint: str, do: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(hint)
        button.clicked.connect(lambda _=False: do())
        return button
