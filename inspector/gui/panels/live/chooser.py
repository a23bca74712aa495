"""The row above the picture: what is watched, and by which detector or two."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from inspector.gui.widgets.sourcepicker import SourcePicker

if TYPE_CHECKING:
    from inspector.gui.context import Context

_MANIFEST = "bundle.json"


class Chooser(QWidget):
    """Picks a source and one or two of the workspace's detectors; remembers them for the next start."""

    changed = Signal()
    """Something else is chosen."""

    def __init__(self, context: Context) -> None:
        """Offer what there is."""
        super().__init__()
        self._context = context
        self.source = SourcePicker(context.theme)
        self.first = QComboBox()
        self.first.setAccessibleName(self.tr("Detector"))
        self.second = QComboBox()
        self.second.setAccessibleName(self.tr("Second detector, beside the first"))
        self.second.setToolTip(self.tr("A second detector judges the same frames, side by side"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.source, 1)
        for text, box in ((self.tr("Detector"), self.first), (self.tr("beside"), self.second)):
            label = QLabel(text)
            label.setBuddy(box)
            box.setMinimumWidth(150)
            box.setMaximumWidth(220)
            row.addWidget(label)
            row.addWidget(box)
            box.currentIndexChanged.connect(self.changed)
        self.source.changed.connect(self.changed)

    def refresh(self) -> None:
        """Offer the detectors that are there now; keep what was chosen."""
        workspace = self._context.workspace
        there = sorted(path.parent for path in workspace.detectors.glob(f"*/{_MANIFEST}")) if workspace else []
        there = [path for path in there if not path.name.startswith(".")]
        for box, key, nothing in (
            (self.first, "live/detector", ""),
            (self.second, "live/second", self.tr("none")),
        ):
            kept = str(box.currentData() or self._context.recall(key))
            with QSignalBlocker(box):
                box.clear()
                if nothing:
                    box.addItem(nothing, "")
                for path in there:
                    box.addItem(path.name, str(path))
                place = box.findData(kept)
                box.setCurrentIndex(max(0, place))
                box.setEnabled(bool(there))
        several = len(there) > 1
        self.second.setEnabled(several)
        if not several:
            self.second.setCurrentIndex(0)

    def restore(self) -> None:
        """Show the source chosen last."""
        kept = self._context.recall("live/source")
        if kept and not self.source.spec():
            self.source.set_spec(kept)

    def remember(self) -> None:
        """Keep the choice."""
        self._context.remember("live/source", self.source.spec())
        self._context.remember("live/detector", self.first.currentData() or "")
        self._context.remember("live/second", self.second.currentData() or "")

    def choose(self, source: str, detector: str) -> None:
        """Show this source and detector as chosen; an empty text leaves the choice as it is."""
        self.refresh()
        if source:
            self.source.set_spec(source)
        if detector:
            if self.first.findData(detector) < 0:
                self.first.addItem(Path(detector).name, detector)
                self.first.setEnabled(True)
            self.first.setCurrentIndex(self.first.findData(detector))

    def bundles(self) -> list[Path]:
        """The detectors chosen: none, one or two."""
        chosen = [str(box.currentData() or "") for box in (self.first, self.second)]
        return [Path(one) for one in dict.fromkeys(chosen) if one] if chosen[0] else []
