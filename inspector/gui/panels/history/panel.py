"""The History panel."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QMessageBox, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from inspector.gui.models.history import Archive, Overview, pictures_of
from inspector.gui.panel import Panel
from inspector.gui.panels.history.drift import DriftWatch
from inspector.gui.panels.history.filters import Filters
from inspector.gui.panels.history.tables import InspectionPages, SessionList
from inspector.gui.panels.history.trend import Trend
from inspector.gui.widgets.actionbuttons import ActionButtons, offer
from inspector.gui.widgets.detailview import DetailView
from inspector.gui.widgets.emptypage import EmptyPage
from inspector.gui.widgets.lessons import Lessons
from inspector.gui.widgets.newest import NewestRunner
from inspector.gui.worker import Runner
from inspector.jobs.batch import REPORT
from inspector.jobs.learning import past_of_history, picture_of
from inspector.sources.decode import read_image

if TYPE_CHECKING:
    from collections.abc import Callable

    from inspector.gui.context import Context
    from inspector.gui.models.batch import Pictures
    from inspector.gui.worker import Failure
    from inspector.history import Recorded

_SETTLE_MS = 60


class HistoryPanel(Panel):
    """Live sessions and batches with their inspections: filtered, drawn over time, looked at and exported."""

    NAME = "history"
    ICON = "history"

    def __init__(self, context: Context) -> None:
        """Lay out the panel."""
        super().__init__(
            context,
            QCoreApplication.translate("HistoryPanel", "History"),
            QCoreApplication.translate("HistoryPanel", "Every live session and every folder inspected."),
        )
        self._archive: Archive | None = None
        self._reads = NewestRunner(self)
        self._pages = NewestRunner(self)
        self._looks = NewestRunner(self)
        self._runner = Runner(self)
        self._after: Callable[[object], None] = lambda _: None
        self._stale = True
        self._one: Recorded | None = None
        self.lessons = Lessons(self)
        self.filters = Filters()
        self.sessions = SessionList()
        self.trend = Trend(context.theme)
        self.table = InspectionPages(context.theme)
        self.detail = DetailView(
            context.theme, self.tr("Select an inspection to see its picture."), ("image", "overlay")
        )
        self.drift = DriftWatch(self)
        self.stack = QStackedWidget()
        self._lay_out()
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(_SETTLE_MS)
        self._settled.timeout.connect(self.reload)
        self._connect()

    @property
    def archive(self) -> Archive | None:
        """What is read; None without a workspace."""
        return self._archive

    def reload(self) -> None:
        """Read what the filter asks for."""
        archive = self._archive
        if archive is None:
            return
        self._stale = False
        which, writer = self.filters.filter(self.sessions.session), self.context.writer()
        self._pages.stop()
        self._reads.do(lambda listener: archive.overview(which, writer, listener), self._show, self._failed)

    def export_to(self, path: Path) -> None:
        """Write the inspections shown as a table."""
        archive, which = self._archive, self.filters.filter(self.sessions.session)
        if archive is None or self._runner.running:
            return

        def exported(number: object) -> None:
            self.messages.good(self.tr("{n:,} inspections were exported to {path}.").format(n=number, path=path))

        self._after = exported
        self._runner.run(lambda _: archive.export(path, which))

    def delete_session(self, number: int) -> None:
        """Delete a session for good."""
        archive = self._archive
        if archive is None or self._runner.running:
            return
        self._after = lambda _: self.context.history_changed.emit()
        self._runner.run(lambda _: archive.delete(number))

    def workspace_changed(self) -> None:
        """Show another workspace's history."""
        self.stop()
        self.wait(5)
        if self._archive is not None:
            self._archive.close()
        workspace = self.context.workspace
        self._archive = None if workspace is None else Archive(workspace.history)
        self.messages.clear()
        self.drift.forget()
        self._show(None)
        self._stale = True
        if self.isVisible():
            self.reload()

    def shown(self) -> None:
        """Read what came since."""
        self.drift.stale = True
        self.reload()

    def busy(self) -> bool:
        """Whether something is read or written."""
        reading = (self._reads, self._pages, self._looks, self.drift, self.lessons)
        return any(one.busy for one in reading) or self._runner.running

    def stop(self) -> None:
        """Ask that to end."""
        self._settled.stop()
        for one in (self._reads, self._pages, self._looks, self.drift, self.lessons):
            one.stop()
        self._runner.cancel()

    def wait(self, seconds: float) -> bool:
        """Wait until nothing runs, and let go of the file."""
        threads = (self._reads, self._pages, self._looks, self._runner, self.drift, self.lessons)
        ended = [one.wait(seconds) for one in threads]
        if all(ended) and self._archive is not None:
            self._archive.close()
        return all(ended)

    def _lay_out(self) -> None:
        self.empty = EmptyPage(
            self.tr("Nothing was inspected yet"),
            self.tr("Watch a feed live or inspect a folder; every verdict is recorded here."),
            [
                (self.tr("Inspect a folder"), lambda: self.context.show_panel.emit("batch")),
                (self.tr("Watch live"), lambda: self.context.show_panel.emit("live")),
            ],
        )
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        self.trend.setFixedHeight(178)
        column.addWidget(self.trend)
        lower = QSplitter(Qt.Orientation.Horizontal)
        lower.addWidget(self.table)
        lower.addWidget(self.detail)
        lower.setSizes([580, 310])
        lower.setChildrenCollapsible(False)
        column.addWidget(lower, 1)
        whole = QSplitter(Qt.Orientation.Horizontal)
        whole.addWidget(self.sessions)
        whole.addWidget(middle)
        whole.setSizes([236, 910])
        whole.setStretchFactor(1, 1)
        whole.setChildrenCollapsible(False)
        for splitter in (lower, whole):
            splitter.setHandleWidth(10)
        page = QWidget()
        rows = QVBoxLayout(page)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(10)
        rows.addWidget(self.filters)
        rows.addWidget(whole, 1)
        self.page = page
        self.stack.addWidget(self.empty)
        self.stack.addWidget(page)
        self.body.addWidget(self.stack, 1)
        make = ActionButtons(self, self.context.theme)
        self.learn_one = make.button(self.tr("Learn as good"), "train", "L", self.learn)
        self.report = make.button(self.tr("Open report"), "search", "Ctrl+R", self._open_report)
        self.delete = make.button(self.tr("Delete session"), "trash", "Del", self._ask_delete)
        self.export = make.button(self.tr("Export …"), "export", "Ctrl+E", self._ask_export)
        for button in (self.learn_one, self.report, self.delete, self.export):
            self.buttons.addWidget(button)

    def _connect(self) -> None:
        self.filters.changed.connect(self._settled.start)
        self.sessions.chosen.connect(self._settled.start)
        self.table.chosen.connect(self._chosen)
        self.table.rows.wanted = self._next_page
        self._runner.done.connect(self._did)
        self._runner.failed.connect(self.tell)
        self.context.history_changed.connect(self._recorded)

    def _did(self, outcome: object) -> None:
        self._after(outcome)

    def _recorded(self) -> None:
        self._stale = self.drift.stale = True
        if self.isVisible():
            self.reload()

    def _show(self, overview: Overview | None) -> None:
        there = overview is not None
        self.stack.setCurrentWidget(self.page if there else self.empty)
        self.trend.show_trend(overview)
        self.table.rows.begin(overview.first if overview else [])
        if overview is not None:
            self.drift.reload()
            self.sessions.show_sessions(overview.sessions)
            self.filters.offer(overview.sources, overview.detectors)
            self.filters.total.setText(self.tr("{n:,} inspections").format(n=overview.total))
        session = self.sessions.session
        found = None if session is None or not there else self.sessions.get(session)
        for button, offered in (
            (self.export, there),
            (self.delete, found is not None),
            (self.report, found is not None and found.report is not None),
            (self.learn_one, there and self._one is not None),
        ):
            button.setVisible(there)
            offer(button, offered)

    def _failed(self, failure: Failure) -> None:
        self._show(None)
        self.tell(failure)

    def _next_page(self) -> None:
        archive, rows = self._archive, self.table.rows
        if archive is None or not rows.rows:
            return
        which, place = self.filters.filter(self.sessions.session), rows.rows[-1].place

        def failed(failure: Failure) -> None:
            rows.give_up()
            self.tell(failure)

        self._pages.do(lambda _: archive.page(which, place), rows.add_page, failed)

    def learn(self) -> None:
        """Show what the detector would judge otherwise had it learned the selected picture."""
        one, workspace = self._one, self.context.workspace
        if one is None or workspace is None:
            return
        bundle, picture = workspace.detectors / one.inspection.detector, picture_of(one)
        if not bundle.is_dir():
            text = self.tr("The detector {name} is not in this workspace any more.")
            self.messages.warn(text.format(name=one.inspection.detector))
        elif picture is None:
            self.messages.warn(self.tr("No picture was kept of it, and its file is not there any more."))
        else:
            where = workspace.history
            self.lessons.ask(
                bundle, picture.name, lambda: read_image(picture), lambda: past_of_history(where, bundle.name)
            )

    def _chosen(self, one: Recorded | None) -> None:
        self._one = one
        offer(self.learn_one, one is not None and one.inspection.score is not None)
        self._looks.stop()
        if one is None:
            self.detail.clear()
            return
        self.detail.show_inspection(one.inspection, self.tr("Opening …"))
        session = self.sessions.get(one.session)
        report = None if session is None else session.report

        def shown(pictures: Pictures) -> None:
            there = pictures.image is not None or pictures.overlay is not None
            nothing = one.inspection.error or self.tr("No picture was kept of it, and its file is not there any more.")
            self.detail.show_pictures(pictures if there else None, nothing)

        self._looks.do(lambda listener: pictures_of(one, report, listener), shown, self.tell)

    def _open_report(self) -> None:
        number = self.sessions.session
        session = None if number is None else self.sessions.get(number)
        if session is None or session.report is None:
            return
        page = session.report / REPORT
        if page.is_file():
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(page)))
        else:
            self.messages.error(self.tr("The report {path} is not there any more.").format(path=page))

    def _ask_delete(self) -> None:
        number = self.sessions.session
        if number is None:
            return
        ask = QMessageBox(self)
        ask.setIcon(QMessageBox.Icon.Question)
        ask.setWindowTitle(self.tr("Delete session"))
        ask.setText(self.tr("Delete this session with its inspections and pictures? This cannot be undone."))
        ask.setStandardButtons(QMessageBox.StandardButton.Cancel)
        delete = ask.addButton(self.tr("Delete"), QMessageBox.ButtonRole.DestructiveRole)
        delete.clicked.connect(partial(self.delete_session, number))
        ask.open()

    def _ask_export(self) -> None:
        start = Path.home() / f"{self.tr('inspections')} {datetime.now().astimezone():%Y-%m-%d}.csv"
        chosen, kind = QFileDialog.getSaveFileName(
            self, self.tr("Export what is shown"), str(start), "CSV (*.csv);;Parquet (*.parquet)"
        )
        if chosen:
            path = Path(chosen)
            if "parquet" in kind and path.suffix.lower() in {"", ".csv"}:
                path = path.with_suffix(".parquet")
            self.export_to(path)
