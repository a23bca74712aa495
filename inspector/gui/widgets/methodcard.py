"""A method to choose: what it is for, whether it says where, and how fast it is if that was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QMouseEvent

    from inspector.gui.models.train import Card


class MethodCard(QFrame):
    """One of several; works like a radio button, by mouse and by keyboard."""

    chosen = Signal(str)
    """The registry's name of the method."""

    def __init__(self, card: Card) -> None:
        """Say what the method is."""
        super().__init__()
        self.card = card
        self.setObjectName("card")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._title = QLabel(_said(card.title))
        self._title.setObjectName("section")
        summary = QLabel(_said(card.summary))
        summary.setWordWrap(True)
        summary.setObjectName("hint")
        self._where = QLabel(self.tr("says where") if card.says_where else self.tr("says only whether"))
        self._where.setObjectName("badge")
        self.speed = QLabel()
        self.speed.setObjectName("badge")
        self.speed.setVisible(False)
        badges = QVBoxLayout()  # side by side they are wider than the column of cards
        badges.setSpacing(4)
        for badge in (self._where, self.speed):
            badges.addWidget(badge, 0, Qt.AlignmentFlag.AlignLeft)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(6)
        column.addWidget(self._title)
        column.addWidget(summary, 1)
        column.addLayout(badges)
        self.setAccessibleName(f"{_said(card.title)}. {_said(card.summary)}")
        self.select(on=False)

    @property
    def selected(self) -> bool:
        """Whether it is the one chosen."""
        return bool(self.property("selected"))

    def select(self, *, on: bool) -> None:
        """Show it as chosen or not."""
        self.setProperty("selected", on)
        self.setAccessibleDescription(self.tr("chosen") if on else "")
        self.style().unpolish(self)
        self.style().polish(self)

    def show_speed(self, text: str) -> None:
        """Say what was measured here, or nothing."""
        self.speed.setText(text)
        self.speed.setVisible(bool(text))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose it."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(self.card.name)
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose it with the space bar or Enter."""
        if event.key() in {Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.chosen.emit(self.card.name)
        else:
            super().keyPressEvent(event)


def _said(text: str) -> str:
    """A method's own text, in the user's language."""
    return QCoreApplication.translate("Methods", text)
