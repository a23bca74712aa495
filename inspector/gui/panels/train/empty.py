"""What is missing before anything can be trained."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from inspector.gui.models.train import FEWEST, GOOD_MANY

_WIDE = 520


class EmptyPage(QWidget):
    """Says to collect pictures first, with a button for it."""

    collect = Signal()

    def __init__(self) -> None:
        """Lay the page out."""
        super().__init__()
        title = QLabel(self.tr("Collect pictures of good parts first"))
        title.setObjectName("heading")
        self._words = QLabel()
        self._words.setObjectName("hint")
        self._words.setWordWrap(True)
        self._words.setFixedWidth(_WIDE)
        self._words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.button = QPushButton(self.tr("Collect images"))
        self.button.setProperty("primary", True)
        self.button.clicked.connect(self.collect)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addStretch(2)
        for widget in (title, self._words, self.button):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        self.show_count(0)

    def show_count(self, normal: int) -> None:
        """Say how many there are."""
        text = self.tr(
            "A detector learns from good parts alone. It takes at least {fewest} pictures of them, better {many} or "
            "more; this workspace has {normal}. A few pictures of bad parts show how well it works."
        )
        self._words.setText(text.format(fewest=FEWEST, many=GOOD_MANY, normal=normal))
        # A centred label is not asked how high it is at its width.
        self._words.setMinimumHeight(self._words.heightForWidth(_WIDE))
