"""A bug of the program, shown with all that a report of it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QVBoxLayout

from inspector import __version__

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from inspector.gui.worker import Failure


class BugDialog(QDialog):
    """Shows a traceback that can be copied. Opened without blocking: a running feed goes on."""

    def __init__(self, failure: Failure, parent: QWidget | None) -> None:
        """Fill the dialog."""
        super().__init__(parent)
        self.setWindowTitle(self.tr("A bug in inspector"))
        self.resize(720, 440)
        text = QLabel(self.tr("Something went wrong that is not your fault. Your images and detectors are safe."))
        text.setWordWrap(True)
        self.details = QPlainTextEdit(f"inspector {__version__}\n{failure.message}\n\n{failure.trace}")
        self.details.setReadOnly(True)
        self.details.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.details.setAccessibleName(self.tr("Details of the bug"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton(self.tr("Copy the text"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.details.toPlainText()))
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(text)
        layout.addWidget(self.details, 1)
        layout.addWidget(buttons)


def show_bug(failure: Failure, parent: QWidget | None) -> BugDialog:
    """Open a bug dialog and go on."""
    dialog = BugDialog(failure, parent)
    dialog.open()
    return dialog
