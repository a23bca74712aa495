"""How files come into the Collect panel: chosen in a dialog or dropped on it, then labelled, then copied."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QLabel

from inspector.gui.models.collect import kinds_of
from inspector.gui.widgets.importer import ImportDialog
from inspector.jobs.labels import Group, Where

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inspector.gui.models.collect import Dropped
    from inspector.gui.panels.collect.panel import CollectPanel

_MARGIN = 12


class Adding(QObject):
    """Asks for files and for what they show. Also hears what is dragged over the panel."""

    def __init__(self, panel: CollectPanel) -> None:
        """Take drops for this panel."""
        super().__init__(panel)
        self._panel = panel
        self._context = panel.context
        self.drop_here = QLabel(self.tr("Drop to add to the workspace"), panel)
        self.drop_here.setObjectName("drop-here")
        self.drop_here.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.drop_here.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.drop_here.setVisible(False)
        panel.setAcceptDrops(True)
        panel.installEventFilter(self)

    def ask_pictures(self) -> None:
        """Have image files chosen, to be added."""
        kinds = self.tr("Images (*.png *.jpg *.jpeg *.bmp *.tif *.tiff *.webp);;All files (*)")
        names, _ = QFileDialog.getOpenFileNames(self._panel, self.tr("Add pictures"), self._start(), kinds)
        if names:
            self._context.remember("collect/folder", str(Path(names[0]).parent))
            self.add([Path(name) for name in names])

    def ask_dataset(self) -> None:
        """Have a folder chosen, to be imported."""
        name = QFileDialog.getExistingDirectory(self._panel, self.tr("Import a data set"), self._start())
        if name:
            self._context.remember("collect/folder", name)
            self.add([Path(name)])

    def add(self, paths: Sequence[Path]) -> None:
        """Add files and folders, after asking what they show."""
        self._panel.messages.clear()
        self._panel.files.look(paths, self._ask_label)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hear what is dragged over the panel."""
        if isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
            self.drop_here.setVisible(False)
            paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
            event.acceptProposedAction()
            if paths:
                self.add(paths)
            return True
        if isinstance(event, QDragEnterEvent):
            urls = event.mimeData().urls()
            if self._context.workspace is not None and any(url.isLocalFile() for url in urls):
                event.acceptProposedAction()
                self.drop_here.setGeometry(self._panel.rect().adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN))
                self.drop_here.setVisible(True)
                self.drop_here.raise_()
            return True
        if event.type() == QEvent.Type.DragLeave:
            self.drop_here.setVisible(False)
        return super().eventFilter(watched, event)

    def _ask_label(self, dropped: Dropped) -> None:
        panel = self._panel
        if not dropped.images:
            panel.messages.warn(self.tr("There are no pictures in what you chose (PNG, JPEG, BMP, TIFF, WebP)."))
            return
        kinds = {group: kinds_of(group, panel.entries) for group in Group}
        dialog = ImportDialog(dropped, kinds, self._label_here(), panel)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(lambda where: panel.files.add(dropped, where))
        dialog.open()

    def _label_here(self) -> Where:
        """The label of the heading chosen: who looks at scratches most likely adds one."""
        group, _, kind = self._panel.gallery.heading.partition("/")
        return Where(Group(group), kind) if group in set(Group) else Where(Group.NORMAL)

    def _start(self) -> str:
        return self._context.recall("collect/folder", str(Path.home()))
