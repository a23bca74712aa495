"""The Batch panel's buttons and keys: each is one action, so that the shortcuts page finds it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QMenu, QPushButton

from inspector.gui.models.batch import EXPORTS, export, label_image
from inspector.gui.widgets.actionbuttons import ActionButtons, offer
from inspector.gui.worker import Runner
from inspector.jobs.collection import Collection
from inspector.jobs.labels import ABNORMAL, NORMAL, Where

if TYPE_CHECKING:
    from collections.abc import Callable

    from inspector.core.image import Label
    from inspector.gui.panels.batch.panel import BatchPanel
    from inspector.gui.theme import Theme


class Buttons:
    """Start, cancel, report and export in the panel's head; relabelling below the picture."""

    def __init__(self, panel: BatchPanel, theme: Theme) -> None:
        """Make them and put them in their places."""
        self._panel = panel
        make = ActionButtons(panel, theme)
        self._collection: Collection | None = None
        self._runner = Runner(panel)
        self._after: Callable[[object], None] = lambda _: None
        self._runner.done.connect(lambda outcome: self._after(outcome))  # noqa: PLW0108 - which one it is changes
        self._runner.failed.connect(panel.tell)
        self.report = make.button(_tr("Open report"), "search", "Ctrl+R", panel.open_report)
        self.export = QPushButton(_tr("Export"))
        self.export.setAccessibleName(_tr("Export the report"))
        make.picture(self.export, "export")
        menu = QMenu(self.export)
        for kind, title in (
            ("csv", _tr("Table (CSV) …")),
            ("json", _tr("Summary (JSON) …")),
            ("html", _tr("Report (HTML) …")),
        ):
            menu.addAction(title).triggered.connect(partial(self._ask_export, kind))
        self.export.setMenu(menu)
        self.export.setProperty("menu", True)  # leaves room for the arrow
        self.cancel = make.button(_tr("Cancel"), "stop", "Shift+F5", panel.cancel)
        self.start = make.button(_tr("Inspect"), "play", "F5", panel.start, "primary")
        for button in (self.report, panel.changes.button, self.export, self.cancel, self.start):
            panel.buttons.addWidget(button)
        self.fine = make.button(_tr("This is good"), "good", "G", partial(self.relabel, NORMAL))
        self.bad = make.button(_tr("This is bad"), "bad", "B", partial(self.relabel, ABNORMAL))
        self.fine.setAccessibleDescription(_tr("Adds the image to the workspace's normal images"))
        self.bad.setAccessibleDescription(_tr("Adds the image to the workspace's abnormal images"))
        self.learn = make.button(_tr("Learn as good"), "train", "L", panel.learn)
        self.learn.setAccessibleDescription(_tr("Shows what would change if the detector learned the image"))
        for button in (self.fine, self.bad, self.learn):
            panel.results.label_row.addWidget(button)
        panel.results.label_row.addStretch(1)
        make.action(_tr("Choose a folder to inspect"), "Ctrl+Shift+O", panel.setup.browse)
        make.action(_tr("Search the table"), "Ctrl+F", panel.results.filters.text.setFocus)
        self.selected(False)

    @property
    def busy(self) -> bool:
        """Whether something is copied."""
        return self._runner.running

    def stop(self) -> None:
        """Ask that to end."""
        self._runner.cancel()

    def wait(self, seconds: float) -> bool:
        """Wait for its end; say whether it came."""
        return self._runner.wait(seconds)

    def workspace_changed(self) -> None:
        """Relabel in this one."""
        workspace = self._panel.context.workspace
        self._collection = None if workspace is None else Collection(workspace)

    def refresh(self, *, running: bool, cancelling: bool, ready: bool) -> None:
        """Offer what can be done now."""
        self.start.setVisible(not running)
        self.cancel.setVisible(running)
        offer(self.start, ready and not running)
        offer(self.cancel, running and not cancelling)
        self.cancel.setText(_tr("Cancelling …") if cancelling and running else _tr("Cancel"))
        there = self._panel.outcome is not None
        offer(self.report, there)
        self.export.setEnabled(there)
        for button in (self.report, self.export):
            button.setVisible(there)
        self._panel.changes.offer(there=there and not running)

    def selected(self, there: bool) -> None:  # noqa: FBT001 - as `setEnabled`
        """Offer what is done with a row."""
        for button in (self.fine, self.bad, self.learn):
            offer(button, there)

    def relabel(self, where: Where) -> None:
        """Take the selected image into the workspace as this, and count it so."""
        panel, collection = self._panel, self._collection
        number, job = panel.results.table.number, panel.job
        if number is None or job is None or collection is None or self._runner.running:
            return
        one = panel.results.table.rows.all.rows[number]
        if not isinstance(job.folder, Path):
            panel.messages.warn(_tr("The image is on a server. Copy it to this computer to add it to the workspace."))
            return
        path = job.folder / one.name

        def copied(_: object) -> None:
            rows = panel.results.table.rows
            if number >= len(rows.all) or rows.all.rows[number].name != one.name:
                return
            rows.label(number, where.label)
            panel.results.refresh()
            text = _tr("{name} is now among the workspace's {where} images.")
            panel.messages.good(
                text.format(name=one.name, where=where.text), _tr("Undo"), partial(self._undo, number, one.label)
            )
            panel.context.images_changed.emit()

        self._after = copied
        self._runner.run(lambda listener: label_image(collection, path, where, listener))

    def _undo(self, number: int, label: Label | None) -> None:
        collection = self._collection
        if collection is None or self._runner.running:
            return

        def undone(_: object) -> None:
            rows = self._panel.results.table.rows
            if number < len(rows.all):
                rows.label(number, label)
            self._panel.results.refresh()
            self._panel.context.images_changed.emit()

        self._after = undone
        self._runner.run(lambda _: collection.undo())

    def _ask_export(self, kind: str) -> None:
        outcome = self._panel.outcome
        if outcome is None:
            return
        start = Path.home() / f"{outcome.out.name} {EXPORTS[kind]}"
        chosen, _ = QFileDialog.getSaveFileName(self._panel, _tr("Export"), str(start), f"*.{kind}")
        if chosen:
            self.export_to(kind, Path(chosen))

    def export_to(self, kind: str, target: Path) -> None:
        """Copy a file of the report there."""
        outcome = self._panel.outcome
        if outcome is None or self._runner.running:
            return
        self._after = lambda path: self._panel.messages.good(_tr("Exported to {path}.").format(path=path))
        self._runner.run(lambda listener: export(outcome, kind, target, listener))


def _tr(text: str) -> str:
    return QCoreApplication.translate("BatchPanel", text)
