"""The Detectors panel's buttons and keys: each is one action, so that the shortcuts page finds it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QInputDialog

from inspector.gui.models.detectors import judges_by_distance
from inspector.gui.widgets.actionbuttons import ActionButtons, offer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inspector.gui.panels.detectors.panel import DetectorsPanel
    from inspector.gui.theme import Theme
    from inspector.jobs.library import Saved


class Buttons:
    """Import and train, or back, in the panel's head; what is done with a detector below the list."""

    def __init__(self, panel: DetectorsPanel, theme: Theme) -> None:
        """Make them and put them in their places."""
        self._panel = panel
        make = ActionButtons(panel, theme)
        self.back = make.button(_tr("Back to the list"), "detectors", "Alt+Left", panel.back)
        self.take_in = make.button(_tr("Import …"), "import", "Ctrl+I", self.ask_import)
        self.watch = make.button(_tr("Watch live"), "live", "Ctrl+L", panel.watch, "primary")
        self.inspect = make.button(_tr("Inspect a folder"), "batch", "Ctrl+B", panel.inspect)
        for button in (self.back, self.take_in, self.inspect, self.watch):
            panel.buttons.addWidget(button)
        self.threshold = make.button(_tr("Set threshold"), "train", "T", panel.set_threshold)
        self.compare = make.button(_tr("Compare"), "compare", "C", panel.compare)
        self.distances = make.button(_tr("Compare distances"), "compare", "Shift+C", panel.compare_distances)
        self.distances.setToolTip(_tr("Which distance is best for these images, without training anew") + " (Shift+C)")
        self.rename = make.button(_tr("Rename …"), "edit", "F2", self.ask_name)
        self.duplicate = make.button(_tr("Duplicate"), "copy", "Ctrl+Shift+D", panel.duplicate)
        self.unlearn = make.button(_tr("Take back lesson"), "undo", "Ctrl+Z", panel.unlearn)
        self.unlearn.setToolTip(_tr("As it was before the last picture was learned as good (Ctrl+Z)"))
        self.export = make.button(_tr("Export …"), "export", "Ctrl+E", self.ask_export)
        self.delete = make.button(_tr("Delete"), "trash", "Del", panel.delete, "danger")
        for button in (self.threshold, self.compare, self.distances, self.rename, self.duplicate, self.export):
            panel.listing.action_row.addWidget(button)
        panel.listing.action_row.addStretch(1)
        panel.listing.action_row.addWidget(self.delete)

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
            offer(button, one and len(usable) == 1)
        offer(self.rename, one)
        offer(self.unlearn, one and bool(usable) and usable[0].steps > 0)
        self.unlearn.setVisible(any(each.steps for each in usable))
        far = one and len(usable) == 1 and judges_by_distance(usable[0])
        offer(self.distances, far)
        self.distances.setVisible(far)
        offer(self.compare, bool(usable) and listing and not busy)
        offer(self.delete, bool(chosen) and listing and not busy)
        offer(self.take_in, listing and not busy)
        offer(self.back, not listing)
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


def _tr(text: str) -> str:
    return QCoreApplication.translate("DetectorsPanel", text)
