"""What pages have in common on which detectors are measured on labelled images."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from inspector.core.events import Event, Progress, Stage


class MeasuringPage(QWidget):
    """What is measured on which images, how far it is, and the choice of other images. A subclass shows the figures."""

    images_chosen = Signal(object)
    """Measure on the images of this folder (a `Path`) instead."""

    def __init__(self) -> None:
        """Show nothing yet; a subclass adds what it shows to `page`."""
        super().__init__()
        self.title = QLabel()
        self.title.setObjectName("section")
        self.note = QLabel()
        self.note.setObjectName("hint")
        self.note.setWordWrap(True)
        self.other = QPushButton(_tr("Other images …"))
        self.other.setToolTip(_tr("Compare on another folder of labelled images"))
        self.other.clicked.connect(self._ask)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(_tr("Progress of the comparison"))
        top = QHBoxLayout()
        top.addWidget(self.title)
        top.addWidget(self.note, 1)
        top.addWidget(self.other)
        self.page = QVBoxLayout(self)
        self.page.setContentsMargins(0, 0, 0, 0)
        self.page.setSpacing(8)
        self.page.addLayout(top)
        self.page.addWidget(self.bar)

    def began(self, title: str) -> None:
        """Measuring began, of what `title` says."""
        self.title.setText(title)
        self.note.clear()
        self.bar.setRange(0, 0)
        self.bar.setVisible(True)
        self.other.setEnabled(False)

    def hear(self, event: Event) -> None:
        """Show how far it is."""
        if isinstance(event, Stage):
            self.bar.setRange(0, event.total or 0)
        elif isinstance(event, Progress) and event.total:
            self.bar.setRange(0, event.total)
            self.bar.setValue(event.done)

    def end(self) -> None:
        """It is over, one way or the other."""
        self.bar.setVisible(False)
        self.other.setEnabled(True)

    def _ask(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, _tr("Labelled images to compare on"), str(Path.home()))
        if chosen:
            self.images_chosen.emit(Path(chosen))


def _tr(text: str) -> str:
    return QCoreApplication.translate("MeasuringPage", text)
