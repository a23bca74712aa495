"""A line that says how far long work is, and ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton

from inspector.core.events import Progress, Stage

if TYPE_CHECKING:
    from inspector.core.events import Event


class Strip(QFrame):
    """Shown while work is under way."""

    cancel_asked = Signal()

    def __init__(self) -> None:
        """Show nothing yet."""
        super().__init__()
        self.setObjectName("box")
        self._what = QLabel()
        self._bar = QProgressBar()
        self._cancel = QPushButton(self.tr("Cancel"))
        self._cancel.clicked.connect(self._asked)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(12)
        row.addWidget(self._what)
        row.addWidget(self._bar, 1)
        row.addWidget(self._cancel)
        self.setVisible(False)

    def begin(self, what: str) -> None:
        """Show that this is under way; nothing when empty."""
        self._what.setText(what)
        self._bar.setAccessibleName(what)
        self._bar.setRange(0, 0)
        self._cancel.setEnabled(True)
        self.setVisible(bool(what))

    def hear(self, event: Event) -> None:
        """Show how far it is."""
        if isinstance(event, Stage):
            self._bar.setRange(0, event.total or 0)
        elif isinstance(event, Progress) and event.total:
            self._bar.setRange(0, event.total)
            self._bar.setValue(event.done)

    def end(self) -> None:
        """It is over."""
        self.setVisible(False)

    def _asked(self) -> None:
        self._cancel.setEnabled(False)
        self.cancel_asked.emit()
