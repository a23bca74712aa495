"""Buttons and keys of a panel: each is one action, so that the shortcuts page finds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QPushButton

from inspector.gui.theme import icon

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QAbstractButton, QWidget

    from inspector.gui.theme import Theme

Look: TypeAlias = Literal["", "primary", "danger"]
"""Names of properties that the style sheet knows."""

_SMALL = 18
_ACTION = "action"


def add_action(widget: QWidget, text: str, key: str, do: Callable[[], object]) -> QAction:
    """Give `widget` an action whose key works while the focus is in it."""
    action = QAction(text, widget)
    action.setShortcut(QKeySequence(key))
    action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    action.triggered.connect(lambda *_: do())
    widget.addAction(action)
    return action


def offer(button: QAbstractButton, offered: bool) -> None:  # noqa: FBT001 - as `setEnabled`
    """Enable or disable a button together with its key."""
    button.setEnabled(offered)
    action = button.property(_ACTION)
    if isinstance(action, QAction):
        action.setEnabled(offered)


class ActionButtons(QObject):
    """Makes the buttons of one panel and keeps their icons in the colours of the theme."""

    def __init__(self, panel: QWidget, theme: Theme) -> None:
        """Make none yet."""
        super().__init__(panel)
        self._panel = panel
        self._theme = theme
        self._pictures: dict[QAbstractButton, str] = {}
        theme.changed.connect(self._draw)

    def button(self, text: str, picture: str, key: str, do: Callable[[], object], look: Look = "") -> QPushButton:
        """A button that does what `key` does; its tooltip names the key.

        Args:
            text: translated.
            picture: the name of an icon.
            key: as `QKeySequence` reads it.
            do: called with nothing.
            look: of the one that is pressed next, or of one that takes something away.
        """
        button = QPushButton(text)
        if look:
            button.setProperty(look, True)
        button.setToolTip(f"{text} ({key})")
        button.setAccessibleName(text)
        action = self.action(text, key, do)
        button.clicked.connect(action.trigger)
        button.setProperty(_ACTION, action)
        self.picture(button, picture)
        return button

    def action(self, text: str, key: str, do: Callable[[], object]) -> QAction:
        """A key without a button."""
        return add_action(self._panel, text, key, do)

    def picture(self, button: QAbstractButton, picture: str) -> None:
        """Have `button` show this icon."""
        if self._pictures.get(button) != picture:
            self._pictures[button] = picture
            self._draw_one(button)

    def _draw(self) -> None:
        for button in self._pictures:
            self._draw_one(button)

    def _draw_one(self, button: QAbstractButton) -> None:
        colours = self._theme.colours
        ink = colours.on_accent if button.property("primary") else colours.text
        if button.property("danger"):
            ink = colours.ng
        button.setIcon(icon(self._pictures[button], ink, size=_SMALL, disabled=colours.quiet))
