"""The Batch panel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QStackedWidget

from inspector.core.errors import InspectorError
from inspector.core.events import Event, Warned
from inspector.core.inspection import Verdict
from inspector.gui.models.batch import Inspecting, Looker, Pictures, Run, Store, report_folder
from inspector.gui.panel import Panel
from inspector.gui.panels.batch.buttons import Buttons
from inspector.gui.panels.batch.changes import Changes
from inspector.gui.panels.batch.results import Results
from inspector.gui.panels.batch.resuming import Resuming
from inspector.gui.panels.batch.setup import HowFar, Setup
from inspector.gui.widgets.emptypage import EmptyPage
from inspector.gui.widgets.lessons import Lessons
from inspector.gui.widgets.newest import NewestRunner
from inspector.gui.worker import Failure, Runner
from inspector.jobs.batch import REPORT, Batch, BatchOutcome, batch, called
from inspector.jobs.learning import past_of_report
from inspector.sources.item import Item, read_item

if TYPE_CHECKING:
    from inspector.core.inspection import Inspection
    from inspector.gui.context import Context
    from inspector.jobs.chunks import Overlays
    from inspector.jobs.learning import Past
    from inspector.jobs.workspace import Workspace

_TAKE_MS = 100
_AT_ONCE = 1500
_ARRANGE_EVERY = 10
_LOOK_MS = 60


class BatchPanel(Panel):
    """Inspects a folder with a detector of the workspace. Rows appear as they are judged."""

    NAME = "batch"
    ICON = "batch"

    def __init__(self, context: Context, run: Run = batch) -> None:
        """Lay out the panel.

        Args:
            context: shared by the panels.
            run: the job; for tests.
        """
        super().__init__(
            context,
            QCoreApplication.translate("BatchPanel", "Batch"),
            QCoreApplication.translate("BatchPanel", "Inspect every image of a folder and get a report."),
        )
        self._run = run
        self.store = Store()
        self.outcome: BatchOutcome | None = None
        self.job: Batch | None = None
        self._cancelling = False
        self.runner = Runner(self)
        self._looks = NewestRunner(self)
        self.resuming = Resuming(self)
        self.lessons = Lessons(self)
        self._looker = Looker()
        self.setup = Setup(context)
        self.progress = HowFar()
        self.results = Results(context.theme, self._path_of)
        self.changes = Changes(self)
        self.act = Buttons(self, context.theme)
        self._pages = QStackedWidget()
        self._lay_out()
        self._ticks = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_TAKE_MS)
        self._timer.timeout.connect(self.tick)
        self._look = QTimer(self)
        self._look.setSingleShot(True)
        self._look.setInterval(_LOOK_MS)
        self._look.timeout.connect(self._look_closer)
        self.runner.reported.connect(self._hear)
        self.runner.done.connect(self._done)
        self.runner.cancelled.connect(self._cancelled)
        self.runner.failed.connect(self._failed)
        self.runner.ended.connect(self._refresh)
        self.results.table.chosen.connect(self._chosen)
        context.detectors_changed.connect(self._detectors_changed)
        self.setup.entered.connect(self.act.start.click)
        self._refresh()

    def inspect(self, folder: str, detector: str) -> None:
        """Inspect this folder with this detector; where either is empty, have it chosen."""
        self.setup.choose(folder, detector)
        self._refresh()
        if folder and detector:
            self.start()

    def start(self) -> None:
        """Inspect what is chosen."""
        workspace, detector = self.context.workspace, self.setup.detector.path
        if self.runner.running or workspace is None or detector is None:
            return
        try:
            folder = self.setup.path
        except InspectorError as error:
            self.messages.error(str(error))
            return
        if folder is None:
            self.messages.warn(self.tr("Choose a folder of images first."), self.tr("Choose …"), self.setup.browse)
            return
        self.setup.remember()
        out = report_folder(workspace, folder)
        overlays: Overlays = "ng" if self.setup.overlays.isChecked() else "none"
        scheduler = self.setup.scheduler
        if scheduler == "":
            self.messages.warn(self.tr("Give the address of the cluster's scheduler, such as tcp://host:8786."))
            return
        self._begin(Batch(folder, detector, out, overlays=overlays, scheduler=scheduler or ""), fresh=workspace)

    def resume(self, job: Batch) -> None:
        """Go on with a run that was cut off."""
        if self.runner.running or self.context.workspace is None:
            return
        self.setup.choose(str(job.folder), str(job.detector))
        self._begin(job)

    def _begin(self, job: Batch, fresh: Workspace | None = None) -> None:
        self.messages.clear()
        self.results.clear()
        self._looks.stop()
        self.resuming.runner.stop()
        self.changes.runner.stop()
        self.store = Store()
        self.outcome = None
        self._cancelling = False
        self.job = job
        self.results.summary.note.setText(
            self.tr("{detector} on {folder}").format(detector=job.detector.name, folder=called(job.folder))
        )
        self.progress.begin()
        self.runner.run(Inspecting(job, self.store, self.context.writer(), self._run, fresh))
        self._timer.start()
        self._refresh()

    def cancel(self) -> None:
        """End the inspection; it can be resumed."""
        self._cancelling = True
        self.runner.cancel()
        self._refresh()

    def tick(self) -> None:
        """Show what was judged since."""
        more = self.store.take(_AT_ONCE)
        self._ticks += 1
        rows = self.results.table.rows
        if more:
            self.results.add(more)
        if not more and not self.runner.running:
            self._timer.stop()
            self.results.refresh()
        if not rows.all.in_order_of_coming and (self._ticks % _ARRANGE_EVERY == 0 or not self._timer.isActive()):
            rows.arrange()

    def open_report(self) -> None:
        """Show the report in the browser."""
        if self.outcome is None:
            return
        report = self.outcome.out / REPORT
        if not report.is_file():
            self.messages.error(self.tr("The report {path} is not there any more.").format(path=report))
            return
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(report)))

    def learn(self) -> None:
        """Show what the detector would judge otherwise had it learned the selected image."""
        number, job, outcome = self.results.table.number, self.job, self.outcome
        if number is None or job is None:
            return
        one = self.results.table.rows.all.rows[number]
        if one.score is None:
            self.messages.warn(self.tr("That image could not be read, so nothing can be learned from it."))
            return
        item = Item(job.folder, one.name)

        def past() -> list[Past]:
            return [] if outcome is None else past_of_report(outcome.out)

        self.lessons.ask(job.detector, one.name, lambda: read_item(item), past)

    def workspace_changed(self) -> None:
        """Show nothing of another workspace's."""
        if self.runner.running:
            self.runner.cancel()
            self.runner.wait(5)
        self.changes.runner.stop()
        self.store = Store()
        self.job = self.outcome = None
        self.results.clear()
        self.messages.clear()
        self.act.workspace_changed()
        self.setup.restore()
        self._refresh()
        self.resuming.look()

    def busy(self) -> bool:
        """Whether something is inspected, looked at or copied."""
        working = (self.changes.runner, self._looks, self.resuming.runner, self.act, self.lessons)
        return self.runner.running or any(one.busy for one in working)

    def stop(self) -> None:
        """Ask all that to end."""
        self._timer.stop()
        self._look.stop()
        self.runner.cancel()
        self._looks.stop()
        self.resuming.runner.stop()
        self.changes.runner.stop()
        self.act.stop()
        self.lessons.stop()
        self.results.table.rows.close()

    def wait(self, seconds: float) -> bool:
        """Wait until nothing runs."""
        rows = self.results.table.rows
        threads = (self.runner, self.changes.runner, self._looks, self.resuming.runner, self.act, self.lessons, rows)
        ended = [one.wait(seconds) for one in threads]
        return all(ended)

    def save_state(self) -> None:
        """Keep the choices."""
        self.setup.remember()

    def _lay_out(self) -> None:
        self._no_detector = EmptyPage(
            self.tr("There is no detector to inspect with yet"),
            self.tr("Train one on pictures of good parts, then come back here."),
            [(self.tr("Train a detector"), self.context.train_requested.emit)],
        )
        self._nothing = EmptyPage(
            self.tr("Inspect a whole folder"),
            self.tr(
                "Choose a folder of images. Each is judged, and you get a table, figures and a report to send on.\n"
                "Sub-folders named good, or by a kind of defect, are taken for labels."
            ),
            [(self.tr("Choose a folder …"), self._choose_and_start)],
        )
        for page in (self._no_detector, self._nothing, self.results):
            self._pages.addWidget(page)
        self.body.addWidget(self.setup)
        self.body.addWidget(self.progress)
        self.body.addWidget(self._pages, 1)

    def _choose_and_start(self) -> None:
        self.setup.browse()
        if self.setup.folder.text().strip():
            self.start()

    def _detectors_changed(self) -> None:
        self.setup.detector.refresh()
        self._refresh()

    def _refresh(self) -> None:
        """Show what can be done now."""
        running = self.runner.running
        has_detector = self.setup.detector.path is not None
        self.setup.setEnabled(has_detector and not running)
        self.progress.setVisible(running)
        something = running or len(self.results.table.rows.all) > 0
        page = self.results if something else self._nothing if has_detector else self._no_detector
        self._pages.setCurrentWidget(page)
        self.act.refresh(running=running, cancelling=self._cancelling, ready=has_detector)

    def _hear(self, event: Event) -> None:
        if isinstance(event, Warned):
            self.messages.warn(event.message)
        else:
            self.progress.hear(event)

    def _done(self, outcome: BatchOutcome) -> None:
        self.outcome = outcome
        words = self.tr("Inspected {total:,} images: {ok:,} OK, {ng:,} NG, {unreadable:,} unreadable.").format(
            total=outcome.ok + outcome.ng + outcome.unreadable,
            ok=outcome.ok,
            ng=outcome.ng,
            unreadable=outcome.unreadable,
        )
        if outcome.known:
            words += " " + self.tr("{n:,} are unchanged since the last report and were not judged again.").format(
                n=outcome.known
            )
        self.changes.look()
        tell = self.messages.warn if outcome.unreadable else self.messages.good
        tell(words, self.tr("Open report"), self.open_report)
        self.context.history_changed.emit()

    def _cancelled(self) -> None:
        self.resuming.cancelled()
        self.context.history_changed.emit()

    def _failed(self, failure: Failure) -> None:
        self.resuming.failed(failure)
        self.context.history_changed.emit()

    def _path_of(self, inspection: Inspection) -> Path | None:
        """Where the image is on this computer, if it is."""
        if self.job is None or not isinstance(self.job.folder, Path):
            return None
        return self.job.folder / inspection.name

    def _chosen(self, inspection: Inspection | None) -> None:
        self.act.selected(inspection is not None)
        if inspection is None:
            self._look.stop()
            self._looks.stop()
            self.results.detail.clear()
            return
        if inspection.verdict is Verdict.UNREADABLE:
            self._looks.stop()
            self.results.detail.show_inspection(inspection, inspection.error or "")
            return
        self.results.detail.show_inspection(inspection, self.tr("Looking closer …"))
        self._look.start()

    def _look_closer(self) -> None:
        """Make the pictures of the selected row."""
        number, job = self.results.table.number, self.job
        if number is None or job is None:
            return
        one = self.results.table.rows.all.rows[number]
        item = Item(job.folder, one.name)

        def shown(pictures: Pictures) -> None:
            self.results.detail.show_pictures(pictures)

        def failed(failure: Failure) -> None:
            if failure.is_bug:
                self.tell(failure)
            self.results.detail.show_pictures(None, failure.message)

        self._looks.do(lambda listener: self._looker.look(item, job.detector, one, listener), shown, failed)
