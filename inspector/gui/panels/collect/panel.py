"""The Collect panel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QSplitter,
    QStackedWidget,
)

from inspector.core.errors import InspectorError
from inspector.gui.models.collect import (
    DOCTOR,
    extras,
    headings,
    kinds_of,
    rows_under,
)
from inspector.gui.models.region import read_region, write_region
from inspector.gui.panel import Panel
from inspector.gui.panels.collect.actions import Actions
from inspector.gui.panels.collect.adding import Adding
from inspector.gui.panels.collect.areas import AreasPage
from inspector.gui.panels.collect.capture import CaptureView
from inspector.gui.panels.collect.doctor import Doctor
from inspector.gui.panels.collect.empty import Empty
from inspector.gui.panels.collect.files import Files
from inspector.gui.panels.collect.gallery import Gallery
from inspector.gui.panels.collect.looking import Looking
from inspector.gui.panels.collect.strip import Strip
from inspector.gui.panels.collect.watching import Watching
from inspector.imaging.region import Region
from inspector.jobs.labels import Group

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QHideEvent

    from inspector.gui.context import Context
    from inspector.jobs.collection import Entry
    from inspector.jobs.labels import Where
    from inspector.sources.base import Source

_LEFT, _RIGHT = 430, 710


class CollectPanel(Panel):
    """Pictures come in on the left, stand in the grid on the right, and are put in order there."""

    NAME = "collect"
    ICON = "collect"

    def __init__(self, context: Context, make_source: Callable[[str], Source] | None = None) -> None:
        """Lay out the panel.

        Args:
            context: shared by the panels.
            make_source: opens a source's spec; for tests.
        """
        super().__init__(context, QCoreApplication.translate("CollectPanel", "Collect"))
        self.entries: list[Entry] = []
        self._listed = self._camera_wanted = False
        self.files = Files(self)
        self.watching = Watching(self, make_source)
        self.doctor = Doctor(self)
        self.capture = CaptureView(context)
        self.gallery = Gallery(context)
        self.areas = AreasPage(context.theme)
        self.empty = Empty()
        self.adding = Adding(self)
        self._strip = Strip()
        self.looking = Looking(self)
        self._lay_out()
        self.act = Actions(self)
        self._connect()
        self._refresh()

    def workspace_changed(self) -> None:
        """Show the images of another workspace."""
        self.watching.stop()
        self.doctor.forget()
        self.files.use_workspace()
        self._listed = self._camera_wanted = False
        self._show_page(self._main)
        self.files.list()

    def shown(self) -> None:
        """Files may have come by other means."""
        self.files.list()
        focus = QApplication.focusWidget()
        if focus is None or not self.isAncestorOf(focus):
            self.gallery.grid.setFocus()

    def busy(self) -> bool:
        """Whether a source is open, or something is being written or looked through."""
        return self.watching.running or self.files.busy or self.doctor.runner.running

    def stop(self) -> None:
        """End what can be ended."""
        self.watching.stop()
        self.files.errands.cancel()
        self.doctor.runner.cancel()
        self.looking.stop()

    def wait(self, seconds: float) -> bool:
        """Wait for the threads."""
        threads = (self.watching, self.files, self.doctor.runner, self.looking, self.gallery, self.capture.source)
        return all(one.wait(seconds) for one in threads)

    def save_state(self) -> None:
        """Keep what is chosen."""
        self.capture.save_state()
        self.context.remember("collect/split", self._split.saveState())

    def chosen(self) -> list[Path]:
        """The files selected in the grid."""
        return [row.path for row in self.gallery.grid.chosen()]

    def toggle(self) -> None:
        """Start or stop the preview."""
        if self.watching.running:
            self.watching.stop()
            return
        spec = self.capture.source.spec()
        if spec:
            self.messages.clear()
            self.capture.save_state()
            self.watching.start(spec)
            self.capture.picture.setFocus()  # Space is to capture, not to press Stop

    def use_camera(self) -> None:
        """Show the source picker, though there are no pictures yet."""
        self._camera_wanted = True
        self._refresh()
        self.capture.source.setFocus()

    def ask_doctor(self) -> None:
        """Look through the images for faults."""
        self.messages.clear()
        self.doctor.look(self.entries)
        self._refresh()

    def draw_areas(self) -> None:
        """Draw the region on what is seen, or on the first normal image."""
        workspace = self.context.workspace
        if workspace is None or not (self.entries or self.looking.image is not None):
            return
        try:
            region = read_region(workspace)
        except InspectorError as error:
            self.messages.warn(str(error))
            region = Region()
        self._show_page(self.areas)
        self.areas.begin(region)
        if self.looking.image is not None:
            self.areas.show_image(self.looking.image)
        elif self.entries:
            self.looking.open(self.entries[0].path, self.areas.show_image)

    def look_at(self, path: str) -> None:
        """Select this file."""
        self.watching.stop()
        self.looking.jump(Path(path))

    def choose_extras(self) -> None:
        """Of pictures that are alike, select all but one."""
        self.gallery.grid.choose(extras(self.gallery.heading, self.doctor.findings or ()))

    def event(self, event: QEvent) -> bool:
        """Let Space press a button that has the focus: someone who works by keys tabbed there."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            pressable = isinstance(QApplication.focusWidget(), (QAbstractButton, QComboBox))
            if event.key() == Qt.Key.Key_Space and not event.modifiers() and pressable:
                event.accept()
                return True
        return super().event(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Let go of the camera: another panel may want it."""
        if not event.spontaneous():
            self.watching.stop()
        super().hideEvent(event)

    def _show_entries(self, entries: object) -> None:
        assert isinstance(entries, list)  # noqa: S101 - what `Collection.entries` gives
        self.entries = entries
        self._listed = True
        self.doctor.recheck(entries)
        self._show_headings()
        self.capture.show_kinds({group: kinds_of(group, entries) for group in Group})
        self.looking.arrive()
        self._refresh()

    def _show_headings(self) -> None:
        self.gallery.show_headings(headings(self.entries, self.doctor.findings))
        self._show_rows()

    def _show_rows(self) -> None:
        key = self.gallery.heading
        self.gallery.show_rows(rows_under(key, self.entries, self.doctor.findings or ()))
        self.act.extras.setVisible(bool(extras(key, self.doctor.findings or ())))

    def _diagnosed(self) -> None:
        self._refresh()
        if any(finding.kind != "highest" for finding in self.doctor.findings or ()):
            self.gallery.choose_heading(DOCTOR)
            text = self.tr("Select a picture to read what is the matter with it, then relabel it or trash it.")
            self.messages.warn(text)
        else:
            self.messages.good(self.tr("The doctor found nothing to complain about."))

    def _capture(self, where: Where) -> None:
        if self.watching.seen is not None:
            self.files.capture(self.watching.seen.frame, where)

    def _watch_changed(self) -> None:
        running = self.watching.running
        self.capture.show_running(running=running)
        if running:
            self.looking.show(None, instead=self.tr("Opening …"))
        else:
            self.looking.show_selected()
        self._refresh()

    def _save_areas(self, region: Region) -> None:
        workspace = self.context.workspace
        if workspace is None:
            return
        text = self.tr("Saved. Detectors trained from now on look there.")
        if region.everything:
            text = self.tr("Saved. Detectors trained from now on look at the whole picture.")
        self.files.errands.do(lambda _: write_region(workspace, region), lambda _: self.messages.good(text))
        self._show_page(self._main)

    def _connect(self) -> None:
        self.context.images_changed.connect(self.files.list)
        self.files.listed.connect(self._show_entries)
        self.files.captured.connect(self.capture.captured)
        self.files.errands.started.connect(self._strip.begin)
        self.files.errands.reported.connect(self._strip.hear)
        self.files.errands.quiet.connect(self._strip.end)
        self._strip.cancel_asked.connect(self.files.errands.cancel)
        self.capture.start_asked.connect(self.toggle)
        self.capture.stop_asked.connect(self.watching.stop)
        self.capture.capture_asked.connect(self._capture)
        self.watching.shown.connect(self.looking.show_seen)
        self.watching.changed.connect(self._watch_changed)
        self.watching.failed.connect(self.tell)
        self.watching.warned.connect(self.messages.warn)
        self.watching.ended.connect(lambda: self.messages.good(self.tr("The source is at its end.")))
        self.doctor.changed.connect(self._show_headings)
        self.doctor.found.connect(self._diagnosed)
        self.doctor.runner.ended.connect(self._refresh)
        self.gallery.heading_changed.connect(self._show_rows)
        self.gallery.grid.selected.connect(self.looking.show_selected)
        self.empty.add_asked.connect(self.adding.ask_pictures)
        self.empty.import_asked.connect(self.adding.ask_dataset)
        self.empty.camera_asked.connect(self.use_camera)
        self.areas.closed.connect(lambda: self._show_page(self._main))
        self.areas.saved.connect(self._save_areas)

    def _lay_out(self) -> None:
        self._split = QSplitter()
        self._split.setChildrenCollapsible(False)
        self._split.setHandleWidth(12)
        self._split.addWidget(self.capture)
        self._split.addWidget(self.gallery)
        self._split.setStretchFactor(0, 2)
        self._split.setStretchFactor(1, 5)
        self.capture.setMinimumWidth(330)
        self.gallery.setMinimumWidth(480)
        kept = self.context.settings.value("collect/split")
        if kept is None or not self._split.restoreState(kept):
            self._split.setSizes([_LEFT, _RIGHT])
        self._main = QStackedWidget()
        self._main.addWidget(self.empty)
        self._main.addWidget(self._split)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._main)
        self._pages.addWidget(self.areas)
        self.body.addWidget(self._pages, 1)
        self.body.addWidget(self._strip)
        self.body.addWidget(self.doctor.strip)

    def _show_page(self, page: QStackedWidget | AreasPage) -> None:
        self._pages.setCurrentWidget(page)
        self.hint.setText(self.tr("Where detectors that are trained from now on look, and what they ignore."))
        self.hint.setVisible(page is self.areas)
        self.act.all.setEnabled(page is self._main)
        for place in range(self.buttons.count()):
            item = self.buttons.itemAt(place)
            widget = None if item is None else item.widget()
            if widget is not None:
                widget.setVisible(page is self._main)

    def _refresh(self) -> None:
        running = self.watching.running
        any_pictures = bool(self.entries)
        full = any_pictures or running or self._camera_wanted or not self._listed
        self._main.setCurrentIndex(1 if full else 0)
        self.act.refresh(running=running, any_pictures=any_pictures)
