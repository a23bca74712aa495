"""A line in a panel that says what went wrong or well, until it is dismissed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton

from inspector.gui.theme import icon

if TYPE_CHECKING:
    from collections.abc import Callable

    from inspector.gui.theme import Theme


class MessageBar(QFrame):
    """Shows one message where it belongs. A dialog would stop a feed for news that can wait."""

    def __init__(self, theme: Theme) -> None:
        """Show nothing yet."""
        super().__init__()
        self.setObjectName("message")
        self._theme = theme
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._act, self._other = QPushButton(), QPushButton()
        self._actions: dict[QPushButton, Callable[[], None]] = {}
        for button in (self._act, self._other):
            button.setVisible(False)
            button.clicked.connect(partial(self._do, button))
        self._close = QToolButton()
        self._close.setToolTip(self.tr("Dismiss"))
        self._close.setAccessibleName(self.tr("Dismiss the message"))
        self._close.clicked.connect(self.clear)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.addWidget(self._text, 1)
        row.addWidget(self._act)
        row.addWidget(self._other)
        row.addWidget(self._close)
        theme.changed.connect(self._draw)
        self._draw()
        self.setVisible(False)

    @property
    def text(self) -> str:
        """What is shown now; empty when nothing is."""
        return "" if self.isHidden() else self._text.text()

    def error(self, text: str, action: str = "", do: Callable[[], None] | None = None) -> None:
        """Say what went wrong, and perhaps offer a way out."""
        self._show("error", text, action, do)

    def warn(
        self, text: str, action: str = "", do: Callable[[], None] | None = None, *others: tuple[str, Callable[[], None]]
    ) -> None:
        """Say what one should know; offer one thing to do, or two."""
        self._show("warn", text, action, do)
        for title, act in others:
            self._offer(self._other, title, act)

    def good(self, text: str, action: str = "", do: Callable[[], None] | None = None) -> None:
        """Say what went well."""
        self._show("good", text, action, do)

    def clear(self) -> None:
        """Show nothing."""
        self.setVisible(False)
        self._text.clear()
        self._actions.clear()

    def _show(self, kind: str, text: str, action: str, do: Callable[[], None] | None) -> None:
        self._text.setText(text)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._offer(self._act, action, do)
        self._offer(self._other, "", None)
        self.setProperty("kind", kind)
        self.style().unpolish(self)
        self.style().polish(self)
        self.setAccessibleName(text)
        self.setVisible(True)

    def _offer(self, button: QPushButton, title: str, do: Callable[[], None] | None) -> None:
        button.setText(title)
        button.setVisible(bool(title))
        self._actions.pop(button, None)
        if do is not None:
            self._actions[button] = do

    def _do(self, button: QPushButton | None = None) -> None:
        action = self._actions.get(button or self._act)
        self.clear()
        if action is not None:
            action()

    def _draw(self) -> None:
        self._close.setIcon(icon("close", self._theme.colours.quiet, size=16))
