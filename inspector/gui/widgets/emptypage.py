"""What stands in a panel that has nothing to show yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class EmptyPage(QWidget):
    """Says what to do first, and has buttons for it; the last of them is the main one."""

    def __init__(self, words: str, more: str, buttons: Sequence[tuple[str, Callable[[], object]]]) -> None:
        """Lay out translated words, and buttons with what they do."""
        super().__init__()
        title = QLabel(words)
        title.setObjectName("figure")
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        title.setWordWrap(True)
        text = QLabel(more)
        text.setObjectName("placeholder")
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        text.setWordWrap(True)
        row = QHBoxLayout()
        row.addStretch(1)
        self.buttons: list[QPushButton] = []
        for place, (name, do) in enumerate(buttons, 1):
            button = QPushButton(name)
            button.setProperty("primary", place == len(buttons))
            button.clicked.connect(lambda _=False, do=do: do())
            row.addWidget(button)
            self.buttons.append(button)
        row.addStretch(1)
        page = QVBoxLayout(self)
        page.setSpacing(12)
        page.addStretch(1)
        page.addWidget(title)
        page.addWidget(text)
        page.addLayout(row)
        page.addStretch(1)
