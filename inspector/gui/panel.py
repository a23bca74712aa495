"""What every panel is: a page of the window with a heading, a place for messages, and work that can be stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from inspector.gui.widgets.message import MessageBar

if TYPE_CHECKING:
    from inspector.gui.context import Context
    from inspector.gui.worker import Failure


class Panel(QWidget):
    """A page of the window.

    A subclass sets the class attributes, fills `self.body`, puts main buttons into `self.buttons`, and overrides the
    methods below where it has something to say.
    """

    NAME: ClassVar[str]
    """By which the window and settings know it."""
    ICON: ClassVar[str]
    """In `resources/icons`."""

    def __init__(self, context: Context, title: str, hint: str = "") -> None:
        """Lay out the heading.

        Args:
            context: shared by the panels.
            title: translated.
            hint: one translated sentence on what one does here.
        """
        super().__init__()
        self.context = context
        self.setObjectName("panel")
        self.setAccessibleName(title)
        heading = QLabel(title)
        heading.setObjectName("heading")
        self.hint = QLabel(hint)
        self.hint.setObjectName("hint")
        self.hint.setWordWrap(True)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(heading)
        words.addWidget(self.hint)
        if not hint:  # showing it here, where it has no parent yet, would open a window
            self.hint.hide()
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(8)
        top = QHBoxLayout()
        top.addLayout(words, 1)
        top.addLayout(self.buttons)
        top.setAlignment(self.buttons, Qt.AlignmentFlag.AlignTop)
        self.messages = MessageBar(context.theme)
        self.body = QVBoxLayout()
        self.body.setSpacing(12)
        page = QVBoxLayout(self)
        page.setContentsMargins(20, 16, 20, 16)
        page.setSpacing(12)
        page.addLayout(top)
        page.addWidget(self.messages)
        page.addLayout(self.body, 1)
        context.workspace_changed.connect(self.workspace_changed)

    def tell(self, failure: Failure) -> None:
        """Show why a job failed: the world's faults here, bugs in a dialog whose text can be copied."""
        if failure.is_bug:
            from inspector.gui.bug import show_bug

            show_bug(failure, self)
        else:
            self.messages.error(failure.message)

    def workspace_changed(self) -> None:
        """Another workspace is open, or none: show it."""

    def shown(self) -> None:
        """The user came to this panel."""

    def busy(self) -> bool:
        """Whether work is under way that closing the window would end."""
        return False

    def stop(self) -> None:
        """Ask work under way to end; returns at once."""

    def wait(self, seconds: float) -> bool:  # noqa: ARG002 - for those that have something to wait for
        """Wait for work that was asked to end; say whether it has."""
        return True

    def save_state(self) -> None:
        """Keep choices in the context's settings: the window is about to close."""
