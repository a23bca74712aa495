"""The rows above the results: what is inspected by which detector, and how far it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from inspector.core.events import Event, Progress, Stage
from inspector.gui.models.batch import Pace
from inspector.gui.widgets.detectorpicker import DetectorPicker
from inspector.sources.remote import parse_folder

if TYPE_CHECKING:
    from inspector.gui.context import Context
    from inspector.sources.item import Folder

_MINUTE = 60
_HOUR = 3600


class Setup(QWidget):
    """Picks a folder and a detector, and remembers them for the next start."""

    entered = Signal()
    """Return was pressed in the folder's line."""

    def __init__(self, context: Context) -> None:
        """Show what was chosen last."""
        super().__init__()
        self._context = context
        self.folder = QLineEdit()
        self.folder.setPlaceholderText(self.tr("A folder of images, searched with its sub-folders"))
        self.folder.setAccessibleName(self.tr("Folder to inspect"))
        self.folder.returnPressed.connect(self.entered)
        self.browse_button = QPushButton(self.tr("Choose …"))
        self.browse_button.setAccessibleName(self.tr("Choose the folder to inspect"))
        self.browse_button.clicked.connect(self.browse)
        self.detector = DetectorPicker(context)
        self.overlays = QCheckBox(self.tr("Keep overlays of NG"))
        self.overlays.setToolTip(self.tr("Writes the overlay of every image judged NG beside the report"))
        self.overlays.setChecked(context.recall("batch/overlays", "true") != "false")
        self.where = QComboBox()
        self.where.setAccessibleName(self.tr("Who judges"))
        self.where.setToolTip(self.tr("Very many images can be judged by the workers of a Dask cluster"))
        self.where.addItem(self.tr("This computer"), "here")
        self.where.addItem(self.tr("Cluster"), "cluster")
        self.cluster = QLineEdit(context.recall("batch/scheduler"))
        self.cluster.setPlaceholderText("tcp://host:8786")
        self.cluster.setToolTip(self.tr("Address of the cluster's scheduler, as 'dask scheduler' says it"))
        self.cluster.setAccessibleName(self.tr("Address of the cluster's scheduler"))
        self.cluster.setVisible(False)
        self.where.currentIndexChanged.connect(lambda _: self.cluster.setVisible(self.scheduler is not None))
        self.where.setCurrentIndex(max(0, self.where.findData(context.recall("batch/where"))))
        self._lay_out()

    def _lay_out(self) -> None:
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(8)
        what = (
            (self.tr("Folder"), self.folder, 1),
            ("", self.browse_button, 0),
            (self.tr("Detector"), self.detector, 0),
        )
        how = ((self.tr("Judged by"), self.where, 0), ("", self.cluster, 0), ("", self.overlays, 0))
        for widgets in (what, how):
            row = QHBoxLayout()
            row.setSpacing(8)
            for text, widget, stretch in widgets:
                if text:
                    label = QLabel(text)
                    label.setBuddy(widget)
                    row.addWidget(label)
                row.addWidget(widget, stretch)
            rows.addLayout(row)
        row.addStretch(1)
        self.cluster.setMinimumWidth(220)

    @property
    def path(self) -> Folder | None:
        """The folder chosen.

        Raises:
            SourceError: it is at an address that nothing here can read.
        """
        text = self.folder.text().strip()
        return parse_folder(text) if text else None

    @property
    def scheduler(self) -> str | None:
        """The address of a cluster's scheduler, perhaps still empty; None where this computer judges."""
        return self.cluster.text().strip() if self.where.currentData() == "cluster" else None

    def browse(self) -> None:
        """Ask for a folder."""
        start = self.folder.text() or str(Path.home())
        chosen = QFileDialog.getExistingDirectory(self, self.tr("Choose a folder to inspect"), start)
        if chosen:
            self.folder.setText(chosen)

    def choose(self, folder: str, detector: str) -> None:
        """Show these as chosen; an empty text leaves the choice as it is."""
        if folder:
            self.folder.setText(folder)
        self.detector.refresh(detector)

    def restore(self) -> None:
        """Show what was chosen last in this workspace."""
        kept = self._context.recall_path("batch/folder")
        if kept is not None and not self.folder.text():
            self.folder.setText(str(kept))
        self.detector.refresh(self._context.recall("batch/detector"))

    def remember(self) -> None:
        """Keep the choice."""
        self._context.remember("batch/folder", self.folder.text())
        self._context.remember("batch/detector", str(self.detector.path or ""))
        self._context.remember("batch/where", str(self.where.currentData()))
        self._context.remember("batch/scheduler", self.cluster.text().strip())
        self._context.remember("batch/overlays", "true" if self.overlays.isChecked() else "false")


class HowFar(QWidget):
    """A progress bar with the rate and the time left."""

    def __init__(self) -> None:
        """Show nothing yet."""
        super().__init__()
        self.bar = QProgressBar()
        self.bar.setAccessibleName(self.tr("Progress of the inspection"))
        self.words = QLabel()
        self.words.setObjectName("hint")
        self._pace = Pace()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.bar)
        column.addWidget(self.words)
        self.begin()

    def begin(self) -> None:
        """Nothing is known yet."""
        self.bar.setRange(0, 0)
        self.bar.setFormat("")
        self.words.setText(self.tr("Looking for images …"))

    def hear(self, event: Event) -> None:
        """Show what a job tells."""
        if isinstance(event, Stage):
            self._pace.begin()
            self.bar.setRange(0, event.total or 0)
            self.bar.setValue(0)
            names = {
                "Inspecting": self.tr("Inspecting"),
                "Writing the report": self.tr("Writing the report"),
                "Loading the detector": self.tr("Loading the detector"),
            }
            self._stage = names.get(event.name, event.name)
            self.words.setText(f"{self._stage} …")
        elif isinstance(event, Progress) and event.total:
            self._pace.hear(event)
            self.bar.setRange(0, event.total)
            self.bar.setValue(event.done)
            self.bar.setFormat("%p %")
            words = [self._stage, self.tr("{done:,} of {total:,}").format(done=event.done, total=event.total)]
            if self._pace.rate is not None:
                words.append(self.tr("{rate} images/s").format(rate=f"{self._pace.rate:.3g}"))
            if self._pace.left is not None:
                words.append(self.tr("{time} left").format(time=span(self._pace.left)))
            self.words.setText("  ·  ".join(words))


def span(seconds: float) -> str:
    """A length of time for people: `"42 s"`, `"3 min"`, `"2 h 05 min"`."""
    if seconds < _MINUTE:
        return f"{max(1, round(seconds))} s"
    if seconds < _HOUR:
        return f"{round(seconds / _MINUTE)} min"
    return f"{int(seconds // _HOUR)} h {int(seconds % _HOUR // _MINUTE):02} min"
