"""The Live panel's buttons and keys: each is one action, so that the shortcuts page finds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QPushButton

from inspector.gui.models.live import Phase
from inspector.gui.theme import icon

if TYPE_CHECKING:
    from collections.abc import Callable

    from inspector.gui.panels.live.panel import LivePanel

_SMALL = 18


class Buttons(QObject):
    """Start, pause, step and stop in the panel's head; what one does with a frame beside the picture."""

    def __init__(self, panel: LivePanel) -> None:
        """Make them and put them in their places."""
        super().__init__(panel)
        self._panel = panel
        self._theme = panel.context.theme
        self._icons: dict[QPushButton, str] = {}
        self._drawn: dict[QPushButton, tuple[str, str]] = {}
        self.phase = Phase.IDLE
        self.start = self._button(_tr("Start"), "play", "F5", panel.start)
        self.start.setProperty("primary", True)
        self.pause = self._button(_tr("Pause"), "pause", "P", panel.toggle)
        self.step = self._button(_tr("Step"), "step", ".", panel.step)
        self.stop = self._button(_tr("Stop"), "stop", "Shift+F5", panel.end)
        self.snapshot = self._button(_tr("Snapshot"), "camera", "Ctrl+S", self._snapshot)
        for button in (self.start, self.pause, self.step, self.stop, self.snapshot):
            panel.buttons.addWidget(button)
        self.fine = self._button(_tr("This was fine"), "good", "G", lambda: self._file(abnormal=False))
        self.bad = self._button(_tr("This is bad"), "bad", "B", lambda: self._file(abnormal=True))
        self.fine.setAccessibleDescription(_tr("Adds the frame to the workspace's normal images"))
        self.bad.setAccessibleDescription(_tr("Adds the frame to the workspace's abnormal images"))
        for button in (self.fine, self.bad):
            panel.controls.add_button(button)
        self._action(_tr("Show the feed another way"), "M", panel.controls.next_look)
        self._action(_tr("Freeze on NG, or do not"), "F", panel.controls.freeze.toggle)
        self._action(_tr("Show the whole picture"), "0", panel.display.fit)
        self._theme.changed.connect(self._draw)
        self._draw()

    def enable(self, phase: Phase, *, ready: bool, frame: bool) -> None:
        """Offer what can be done now.

        Args:
            phase: of the feed.
            ready: whether something is chosen that can be started.
            frame: whether a frame that could be read is shown.
        """
        self.phase = phase
        on = phase in {Phase.RUNNING, Phase.PAUSED}
        self._offer(self.start, ready)
        self._offer(self.pause, on)
        self._offer(self.step, on)
        self._offer(self.stop, on or phase is Phase.STARTING)
        for button in (self.fine, self.bad, self.snapshot):
            self._offer(button, frame)
        words = _tr("Resume") if phase is Phase.PAUSED else _tr("Pause")
        if self.pause.text() != words:
            self.pause.setText(words)
            self.pause.setToolTip(f"{words} (P)")
            self._icons[self.pause] = "play" if phase is Phase.PAUSED else "pause"
        self._draw()

    def _button(self, text: str, picture: str, key: str, do: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(f"{text} ({key})")
        button.setAccessibleName(text)
        self._icons[button] = picture
        action = self._action(text, key, do)
        button.clicked.connect(action.trigger)
        button.setProperty("action", action)
        return button

    def _action(self, text: str, key: str, do: Callable[[], object]) -> QAction:
        action = QAction(text, self._panel)
        action.setShortcut(QKeySequence(key))
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(lambda *_: do())
        self._panel.addAction(action)
        return action

    @staticmethod
    def _offer(button: QPushButton, offered: bool) -> None:  # noqa: FBT001 - as `setEnabled`
        button.setEnabled(offered)
        action = button.property("action")
        if isinstance(action, QAction):
            action.setEnabled(offered)

    def _file(self, *, abnormal: bool) -> None:
        frame = self._panel.display.frame
        if frame is not None:
            self._panel.keeper.file(frame, abnormal=abnormal)

    def _snapshot(self) -> None:
        if self._panel.display.frame is not None:
            self._panel.keeper.snapshot(self._panel.display.painted[0])

    def _draw(self) -> None:
        colours = self._theme.colours
        for button, picture in self._icons.items():
            on = colours.on_accent if button.property("primary") else colours.text
            look = (picture, on if button.isEnabled() else colours.quiet)
            if self._drawn.get(button) != look:
                self._drawn[button] = look
                button.setIcon(icon(*look, size=_SMALL))


def _tr(text: str) -> str:
    return QCoreApplication.translate("LivePanel", text)
