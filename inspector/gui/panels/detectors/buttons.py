"""The Detectors panel's buttons and keys: each is one action, so that the shortcuts page finds it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QFileDialog, QInputDialog, QPushButton

from inspector.gui.theme import icon

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from inspector.gui.panels.detectors.panel import DetectorsPanel
    from inspector.gui.theme import Theme
    from inspector.jobs.library import Saved

_SMALL = 18


class Buttons:
    """Import and train, or back, in the panel's head; what is done with a detector below the list."""

    def __init__(self, panel: DetectorsPanel, theme: Theme) -> None:
        """Make them and put them in their places."""
        self._panel = panel
        self._theme = theme
        self._icons: dict[QPushButton, str] = {}
        self.back = self._button(_tr("Back to the list"), "detectors", "Alt+Left", panel.back)
        self.take_in = self._button(_tr("Import …"), "import", "Ctrl+I", self.ask_import)
        self.watch = self._button(_tr("Watch live"), "live", "Ctrl+L", panel.watch)
        self.inspect = self._button(_tr("Inspect a folder"), "batch", "Ctrl+B", panel.inspect)
        self.watch.setProperty("primary", True)
        for button in (self.back, self.take_in, self.inspect, self.watch):
            panel.buttons.addWidget(button)
        self.threshold = self._button(_tr("Set threshold"), "train", "T", panel.set_threshold)
        self.compare = self._button(_tr("Compare"), "compare", "C", panel.compare)
        self.rename = self._button(_tr("Rename …"), "edit", "F2", self.ask_name)
        self.duplicate = self._button(_tr("Duplicate"), "copy", "Ctrl+Shift+D", panel.duplicate)
        self.export = self._button(_tr("Export …"), "export", "Ctrl+E", self.ask_export)
        self.delete = self._button(_tr("Delete"), "trash", "Del", panel.delete)
        self.delete.setProperty("danger", True)
        for button in (self.threshold, self.compare, self.rename, self.duplicate, self.export):
            panel.listing.action_row.addWidget(button)
        panel.listing.action_row.addStretch(1)
        panel.listing.action_row.addWidget(self.delete)
        theme.changed.connect(self._draw)
        self._draw()

    def refresh(self, chosen: Sequence[Saved], *, listing: bool, busy: bool) -> None:
        """Offer what can be done now.

        Args:
            chosen: the detectors selected.
            listing: whether the list is shown, and not a page of its own.
            busy: whether something is being done.
        """
        usable = [one for one in chosen if one.error is None]
        one = len(chosen) == 1 and listing and not busy
        for button in (self.watch, self.inspect, self.threshold, self.duplicate, self.export):
            _offer(button, one and len(usable) == 1)
        _offer(self.rename, one)
        _offer(self.compare, bool(usable) and listing and not busy)
        _offer(self.delete, bool(chosen) and listing and not busy)
        _offer(self.take_in, listing and not busy)
        _offer(self.back, not listing)
        words = _tr("Measure") if len(usable) == 1 else _tr("Compare")
        self.compare.setText(words)
        self.compare.setToolTip(
            f"{words} (C): " + _tr("figures on labelled images; select several to compare them side by side")
        )
        self.back.setVisible(not listing)
        for button in (self.take_in, self.inspect, self.watch):
            button.setVisible(listing)

    def ask_import(self) -> None:
        """Ask which file to take in."""
        chosen, _ = QFileDialog.getOpenFileName(
            self._panel, _tr("Import a detector"), str(Path.home()), _tr("Exported detectors (*.zip)")
        )
        if chosen:
            self._panel.import_from(Path(chosen))

    def ask_export(self) -> None:
        """Ask where to export the selected detector."""
        for one in self._panel.chosen[:1]:
            start = str(Path.home() / f"{one.name}.zip")
            chosen, _ = QFileDialog.getSaveFileName(self._panel, _tr("Export the detector"), start, "*.zip")
            if chosen:
                self._panel.export_to(one, Path(chosen))

    def ask_name(self) -> None:
        """Ask for the selected detector's new name."""
        for one in self._panel.chosen[:1]:
            name, given = QInputDialog.getText(self._panel, _tr("Rename the detector"), _tr("Name"), text=one.name)
            if given:
                self._panel.rename(one, name)

    def _button(self, text: str, picture: str, key: str, do: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(f"{text} ({key})")
        button.setAccessibleName(text)
        self._icons[button] = picture
        action = QAction(text, self._panel)
        action.setShortcut(QKeySequence(key))
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(lambda *_: do())
        self._panel.addAction(action)
        button.clicked.connect(action.trigger)
        button.setProperty("action", action)
        return button

    def _draw(self) -> None:
        colours = self._theme.colours
        for button, picture in self._icons.items():
            ink = colours.on_accent if button.property("primary") else colours.text
            button.setIcon(icon(picture, colours.ng if button.property("danger") else ink, size=_SMALL))


def _offer(button: QPushButton, offered: bool) -> None:  # noqa: FBT001 - as `setEnabled`
    button.setEnabled(offered)
    action = button.property("action")
    if isinstance(action, QAction):
        action.setEnabled(offered)


def _tr(text: str) -> str:
    return QCoreApplication.translate("DetectorsPanel", text)
