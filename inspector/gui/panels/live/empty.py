"""What stands in the Live panel while there is no detector to watch with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from inspector.gui.context import Context


class Empty(QWidget):
    """Says what to do first, and has a button for it."""

    def __init__(self, context: Context) -> None:
        """Lay out the words and the buttons."""
        super().__init__()
        words = QLabel(self.tr("There is no detector to watch with yet"))
        words.setObjectName("figure")
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        more = QLabel(self.tr("Collect pictures of good parts, train a detector on them, then come back here."))
        more.setObjectName("placeholder")
        more.setAlignment(Qt.AlignmentFlag.AlignCenter)
        more.setWordWrap(True)
        self.train = QPushButton(self.tr("Train a detector"))
        self.train.setProperty("primary", True)
        self.train.clicked.connect(context.train_requested)
        self.collect = QPushButton(self.tr("Collect pictures"))
        self.collect.clicked.connect(lambda: context.show_panel.emit("collect"))
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.collect)
        row.addWidget(self.train)
        row.addStretch(1)
        page = QVBoxLayout(self)
        page.setSpacing(12)
        page.addStretch(1)
        page.addWidget(words)
        page.addWidget(more)
        page.addLayout(row)
        page.addStretch(1)
