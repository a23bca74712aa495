"""The page of keyboard shortcuts, gathered from what the window can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow


class ShortcutsDialog(QDialog):
    """Lists every action of the window and its panels that has a key: what is not an action cannot be missing here."""

    def __init__(self, window: QMainWindow) -> None:
        """Gather the shortcuts of `window`."""
        super().__init__(window)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        self.resize(460, 520)
        page = QWidget()
        grid = QGridLayout(page)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(8)
        for line, (text, keys) in enumerate(_shortcuts(window)):
            key = QLabel(keys)
            key.setObjectName("key")
            grid.addWidget(QLabel(text), line, 0)
            grid.addWidget(key, line, 1, Qt.AlignmentFlag.AlignRight)
        grid.setRowStretch(grid.rowCount(), 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(page)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(area, 1)
        layout.addWidget(buttons)


def _shortcuts(window: QMainWindow) -> list[tuple[str, str]]:
    found = {}
    for action in window.findChildren(QAction):
        keys = action.shortcut().toString()
        if keys and action.text():
            found[keys] = action.text().replace("&", "")
    return [(text, keys) for keys, text in found.items()]
