"""What a detector would judge otherwise had it learned a picture that "was fine", and a button to keep that."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QProgressBar,
    QTableView,
    QVBoxLayout,
)

from inspector.core.events import Event, Progress, Stage
from inspector.gui.widgets.inspectiontable import plain_table
from inspector.gui.widgets.rowmodel import Columns, RowModel
from inspector.gui.worker import Failure, Runner
from inspector.jobs import learning
from inspector.jobs.learning import Learning, Taught
from inspector.reports.flips import HARM_WORDS, Flip, Harm

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from inspector.core.image import Image
    from inspector.gui.panel import Panel
    from inspector.gui.theme import Theme
    from inspector.jobs.learning import Past

_WIDE, _HIGH = 720, 460
_ROW = 32
_HARM = 4
_BAD = frozenset({Harm.MISSED, Harm.FALSE_ALARM})


class Lessons(QObject):
    """Has a detector of the workspace learn a picture, for one panel; its threads outlive the dialog."""

    def __init__(self, panel: Panel, kept: Callable[[], None] = lambda: None) -> None:
        """Work for this panel; `kept` is called when a detector has changed."""
        super().__init__(panel)
        self._panel = panel
        self._kept = kept
        self._runner, self._writer = Runner(self), Runner(self)
        self._then: Callable[[], None] = lambda: None
        self._writer.done.connect(lambda _: self._then())
        self._writer.failed.connect(panel.tell)
        self._runner.failed.connect(self._failed)
        self.dialog: LessonDialog | None = None

    @property
    def busy(self) -> bool:
        """Whether something is learned or written."""
        return self._runner.running or self._writer.running

    def stop(self) -> None:
        """Ask that to end."""
        self._runner.cancel()
        self._writer.cancel()

    def wait(self, seconds: float) -> bool:
        """Wait for its end; say whether it came."""
        return all([self._runner.wait(seconds), self._writer.wait(seconds)])

    def ask(self, bundle: Path, name: str, image: Callable[[], Image], past: Callable[[], Sequence[Past]]) -> None:
        """Show what learning a picture would change.

        Args:
            bundle: of the detector.
            name: of the picture.
            image: gives it; called in another thread.
            past: gives what was judged before, likewise.
        """
        if self.busy:
            return
        self.dialog = dialog = LessonDialog(self._panel.context.theme, bundle.name, name, self._panel)
        self._runner.reported.connect(dialog.hear)
        self._runner.done.connect(dialog.show_taught)
        dialog.wanted.accepted.connect(self._keep)
        dialog.finished.connect(self._closed)
        self._runner.run(lambda listener: learning.study(Learning(bundle, [(name, image())], past()), listener))
        dialog.open()

    def _keep(self) -> None:
        dialog = self.dialog
        if dialog is None or dialog.taught is None:
            return
        taught = dialog.taught
        dialog.accept()

        def then() -> None:
            self._panel.context.detectors_changed.emit()
            self._kept()
            text = self.tr("{name} has learned that picture.").format(name=taught.bundle.name)
            self._panel.messages.good(text, self.tr("Undo"), partial(self._undo, taught.bundle))

        self._write(lambda: learning.keep(taught), then)

    def _undo(self, bundle: Path) -> None:
        def then() -> None:
            self._panel.context.detectors_changed.emit()
            self._kept()
            self._panel.messages.good(self.tr("{name} is as it was before.").format(name=bundle.name))

        self._write(lambda: learning.undo(bundle), then)

    def _write(self, job: Callable[[], None], then: Callable[[], None]) -> None:
        if not self._writer.running:
            self._then = then
            self._writer.run(lambda _: job())

    def _failed(self, failure: Failure) -> None:
        if self.dialog is not None:
            self.dialog.reject()
        self._panel.tell(failure)

    def _closed(self) -> None:
        dialog, self.dialog = self.dialog, None
        self._runner.cancel()
        if dialog is not None:
            self._runner.reported.disconnect(dialog.hear)
            self._runner.done.disconnect(dialog.show_taught)
            dialog.deleteLater()


class LessonDialog(QDialog):
    """The picture's level before and after, and the past verdicts that flip, the worst first."""

    def __init__(self, theme: Theme, detector: str, name: str, parent: Panel) -> None:
        """Say that it is looked into.

        Args:
            theme: gives the colours.
            detector: its name.
            name: of the picture.
            parent: the panel it stands over.
        """
        super().__init__(parent)
        self._theme = theme
        self._detector = detector
        self.taught: Taught | None = None
        self.setWindowTitle(self.tr("This was fine"))
        self.resize(_WIDE, _HIGH)
        title = QLabel(name)
        title.setObjectName("section")
        self.words = QLabel(self.tr("Looking at what would change …"))
        self.words.setWordWrap(True)
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.setAccessibleName(self.tr("Progress"))
        titles = (self.tr("Picture"), self.tr("Label"), self.tr("Before"), self.tr("After"), self.tr("What changes"))
        self.rows: RowModel[Flip] = RowModel(
            Columns(titles, self._cells, frozenset({2, 3}), colour=self._colour, tip=lambda flip, _: flip.name)
        )
        self.rows.setParent(self)
        self.table = QTableView()
        self.table.setAccessibleName(self.tr("Past verdicts that flip"))
        self.table.setModel(self.rows)
        plain_table(self.table, _ROW)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.wanted = QDialogButtonBox()
        self.keep = self.wanted.addButton(self.tr("Keep"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.keep.setProperty("primary", True)
        self.keep.setEnabled(False)
        self.wanted.addButton(self.tr("Leave it as it was"), QDialogButtonBox.ButtonRole.RejectRole)
        self.wanted.rejected.connect(self.reject)
        page = QVBoxLayout(self)
        page.setContentsMargins(20, 16, 20, 16)
        page.setSpacing(10)
        for widget in (title, self.words, self.bar):
            page.addWidget(widget)
        page.addWidget(self.table, 1)
        page.addWidget(self.wanted)
        self.setWindowModality(Qt.WindowModality.WindowModal)

    def hear(self, event: Event) -> None:
        """Show how far it is."""
        if isinstance(event, Stage):
            self.bar.setRange(0, event.total or 0)
        elif isinstance(event, Progress) and event.total:
            self.bar.setValue(event.done)

    def show_taught(self, taught: Taught) -> None:
        """Show what would change."""
        self.taught = taught
        self.bar.setVisible(False)
        [(_, before, after)] = taught.levels
        words = self.tr("{detector} gives this picture the level {before} now, and would give it {after}.").format(
            detector=self._detector, before=f"{before:.2f}", after=f"{after:.2f}"
        )
        if after > 1:
            words += " " + self.tr("That is still NG: teach it one or two more of the kind.")
        tally = taught.tally
        if not tally.both:
            words += " " + self.tr("There are no past pictures to see what else changes.")
        elif not tally.flipped:
            words += " " + self.tr("None of the {n} past verdicts nearest to the threshold changes.").format(
                n=tally.both
            )
        else:
            text = self.tr("{flips} of the {n} past verdicts nearest to the threshold change:")
            words += " " + text.format(flips=tally.flipped, n=tally.both)
        self.words.setText(words)
        self.rows.set_rows(tally.worst)
        self.table.setVisible(bool(tally.worst))
        if not tally.worst:
            self.adjustSize()
        self.keep.setEnabled(True)
        self.keep.setFocus()

    @staticmethod
    def _cells(flip: Flip) -> tuple[str, ...]:
        levels = ("–" if level is None else f"{level:.2f}" for level in (flip.old_level, flip.new_level))
        before, after = (f"{verdict} {level}" for verdict, level in zip((flip.old, flip.new), levels, strict=True))
        return (flip.name, flip.label, before, after, HARM_WORDS[flip.harm])

    def _colour(self, flip: Flip, column: int) -> str | None:
        return self._theme.colours.ng if flip.harm in _BAD and column == _HARM else None
