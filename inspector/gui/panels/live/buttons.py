"""The Live panel's buttons and keys: each is one action, so that the shortcuts page finds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from inspector.gui.models.live import Phase
from inspector.gui.widgets.actionbuttons import ActionButtons, offer

if TYPE_CHECKING:
    from inspector.gui.panels.live.panel import LivePanel


class Buttons:
    """Start, pause, step and stop in the panel's head; what one does with a frame beside the picture."""

    def __init__(self, panel: LivePanel) -> None:
        """Make them and put them in their places."""
        self._panel = panel
        self._made = make = ActionButtons(panel, panel.context.theme)
        self.phase = Phase.IDLE
        self.start = make.button(_tr("Start"), "play", "F5", panel.start, "primary")
        self.pause = make.button(_tr("Pause"), "pause", "P", panel.toggle)
        self.step = make.button(_tr("Step"), "step", ".", panel.step)
        self.stop = make.button(_tr("Stop"), "stop", "Shift+F5", panel.end)
        self.snapshot = make.button(_tr("Snapshot"), "camera", "Ctrl+S", self._snapshot)
        for button in (self.start, self.pause, self.step, self.stop, self.snapshot):
            panel.buttons.addWidget(button)
        self.fine = make.button(_tr("This was fine"), "good", "G", lambda: self._file(abnormal=False))
        self.bad = make.button(_tr("This is bad"), "bad", "B", lambda: self._file(abnormal=True))
        self.fine.setAccessibleDescription(_tr("Adds the frame to the workspace's normal images"))
        self.bad.setAccessibleDescription(_tr("Adds the frame to the workspace's abnormal images"))
        self.found = make.button(_tr("How it was found"), "search", "H", panel.show_search)
        self.found.setAccessibleDescription(_tr("Plays the search for what the frame was compared with"))
        self.learn = make.button(_tr("Learn as good"), "train", "L", panel.learn)
        self.learn.setAccessibleDescription(_tr("Shows what would change if the detector learned the frame"))
        for button in (self.fine, self.bad, self.learn, self.found):
            panel.controls.add_button(button)
        self.found.setVisible(False)
        make.action(_tr("Show the feed another way"), "M", panel.controls.next_look)
        make.action(_tr("Show the embedding, or do not"), "E", panel.controls.embedding.toggle)
        make.action(_tr("Freeze on NG, or do not"), "F", panel.controls.freeze.toggle)
        make.action(_tr("Choose how verdicts are made"), "V", panel.choose_verdicts)
        make.action(_tr("Set up outputs"), "O", panel.outputs.choose)
        make.action(_tr("Judge a part now"), "J", panel.fire)
        make.action(_tr("Show the whole picture"), "0", panel.display.fit)

    def enable(self, phase: Phase, *, ready: bool, frame: bool, search: bool, learns: bool) -> None:
        """Offer what can be done now.

        Args:
            phase: of the feed.
            ready: whether something is chosen that can be started.
            frame: whether a frame that could be read is shown.
            search: whether it was judged by a search.
            learns: whether the detector takes in single images.
        """
        self.phase = phase
        on = phase in {Phase.RUNNING, Phase.PAUSED}
        offer(self.start, ready)
        offer(self.pause, on)
        offer(self.step, on)
        offer(self.stop, on or phase is Phase.STARTING)
        for button in (self.fine, self.bad, self.snapshot):
            offer(button, frame)
        offer(self.learn, frame and learns)
        self.learn.setVisible(learns)
        offer(self.found, frame and search)
        self.found.setVisible(search)
        words = _tr("Resume") if phase is Phase.PAUSED else _tr("Pause")
        if self.pause.text() != words:
            self.pause.setText(words)
            self.pause.setToolTip(f"{words} (P)")
            self._made.picture(self.pause, "play" if phase is Phase.PAUSED else "pause")

    def _file(self, *, abnormal: bool) -> None:
        frame = self._panel.display.frame
        if frame is not None:
            self._panel.keeper.file(frame, abnormal=abnormal)

    def _snapshot(self) -> None:
        if self._panel.display.frame is not None:
            self._panel.keeper.snapshot(self._panel.display.painted[0])


def _tr(text: str) -> str:
    return QCoreApplication.translate("LivePanel", text)
