"""Chooses one of the workspace's detectors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox

if TYPE_CHECKING:
    from inspector.gui.context import Context

_MANIFEST = "bundle.json"


class DetectorPicker(QComboBox):
    """Lists the detectors that are there now. None of them is opened."""

    def __init__(self, context: Context) -> None:
        """Offer none yet."""
        super().__init__()
        self._context = context
        self.setAccessibleName(self.tr("Detector"))
        self.setMinimumWidth(160)

    def refresh(self, wanted: str = "") -> None:
        """List them anew; keep the choice, or take the one with the path `wanted`."""
        workspace = self._context.workspace
        there = sorted(path.parent for path in workspace.detectors.glob(f"*/{_MANIFEST}")) if workspace else []
        kept = wanted or str(self.currentData() or "")
        with QSignalBlocker(self):
            self.clear()
            for path in there:
                if not path.name.startswith("."):
                    self.addItem(path.name, str(path))
            if wanted and self.findData(wanted) < 0 and Path(wanted).is_dir():
                self.addItem(Path(wanted).name, wanted)
            self.setCurrentIndex(max(0, self.findData(kept)))
        self.setEnabled(self.count() > 0)

    @property
    def path(self) -> Path | None:
        """The one chosen."""
        chosen = self.currentData()
        return Path(chosen) if chosen else None
