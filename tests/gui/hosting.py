"""A window for one panel that asks nothing of the platform: its own limits are those of the panel inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def host(qtbot: QtBot, panel: QWidget) -> QWidget:
    """Show `panel` inside of a window that has no limits to its size, as `offscreen` warns of those."""
    window = QWidget()
    window.resize(1200, 700)
    panel.setParent(window)
    panel.resize(window.size())
    qtbot.addWidget(window)
    window.show()
    panel.show()
    return window
