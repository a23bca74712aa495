"""The list of detectors, and what is known of the one that is selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from inspector.gui.models.detectors import cells
from inspector.gui.widgets.inspectiontable import plain_table
from inspector.gui.widgets.rowmodel import Columns, RowModel

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.gui.theme import Theme
    from inspector.jobs.library import Saved

_ROW = 38
_WIDTHS = (0, 200, 150, 80, 110, 80, 70, 90)
_AUROC = 5


class Listing(QWidget):
    """Shows the detectors; several may be selected, to be compared."""

    selected = Signal()

    def __init__(self, theme: Theme) -> None:
        """Show none yet."""
        super().__init__()
        self._theme = theme
        titles = (
            self.tr("Name"),
            self.tr("Method"),
            self.tr("Trained"),
            self.tr("Images"),
            self.tr("Threshold"),
            self.tr("AUROC"),
            self.tr("ms"),
            self.tr("Size"),
        )
        columns: Columns[Saved] = Columns(
            titles, self._cells, frozenset(range(3, 8)), tip=self._tip, colour=self._colour
        )
        self.rows: RowModel[Saved] = RowModel(columns)
        self.rows.setParent(self)
        self.table = QTableView()
        self.table.setAccessibleName(self.tr("Detectors"))
        self.table.setModel(self.rows)
        plain_table(self.table, _ROW)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for place, wide in enumerate(_WIDTHS[1:], 1):
            header.resizeSection(place, wide)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._select())
        self.rows.modelReset.connect(self._select)
        self.facts = QLabel()
        self.facts.setWordWrap(True)
        self.facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        box = QFrame()
        box.setObjectName("box")
        column = QVBoxLayout(box)
        column.setContentsMargins(16, 12, 16, 12)
        self.action_row = QHBoxLayout()
        self.action_row.setSpacing(8)
        column.addWidget(self.facts)
        column.addLayout(self.action_row)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(12)
        page.addWidget(self.table, 1)
        page.addWidget(box)

    def show_detectors(self, saved: list[Saved], select: Path | None = None) -> None:
        """Show these, and select the one at this path, or those that were selected."""
        kept = {select} if select is not None else {one.path for one in self.chosen}
        self.rows.set_rows(saved)
        flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        for row, one in enumerate(saved):
            if one.path in kept:
                index = self.rows.index(row, 0)
                self.table.selectionModel().select(index, flags)
                self.table.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
        if saved and not self.chosen:
            self.table.selectRow(0)

    @property
    def chosen(self) -> list[Saved]:
        """Those selected, in the list's order."""
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        return [self.rows.rows[row] for row in rows]

    def _select(self) -> None:
        chosen = self.chosen
        if len(chosen) == 1:
            self.facts.setText(self._words(chosen[0]))
        elif chosen:
            text = self.tr("{n} detectors selected: compare them on the same images.")
            self.facts.setText(text.format(n=len(chosen)))
        else:
            self.facts.setText(self.tr("Select a detector."))
        self.selected.emit()

    def _words(self, one: Saved) -> str:
        if one.error is not None:
            return self.tr("{name} cannot be used: {error}").format(name=one.name, error=one.error)
        words = [f"{one.name}  –  {one.title}"]
        if one.threshold is not None:
            text = self.tr("Threshold {value}: {why}.")
            words.append(text.format(value=f"{one.threshold.value:.4g}", why=one.threshold.explanation.rstrip(".")))
        if one.auroc is not None:
            words.append(self.tr("AUROC {auroc} on {data}.").format(auroc=f"{one.auroc:.3f}", data=one.auroc_of))
        if one.learned:
            text = self.tr("Pictures learned singly since: {n}; lessons that can be taken back: {m}.")
            words.append(text.format(n=one.learned, m=one.steps))
        return "\n".join(words)

    def _cells(self, one: Saved) -> tuple[str, ...]:
        texts = cells(one)
        return texts if one.error is None else (texts[0], self.tr("cannot be used"), *texts[2:])

    def _tip(self, one: Saved, column: int) -> str | None:
        if column == _AUROC and one.auroc is not None:
            return self.tr("On {data}").format(data=one.auroc_of)
        return one.error or str(one.path)

    def _colour(self, one: Saved, column: int) -> str | None:
        return self._theme.colours.ng if one.error is not None and column == 1 else None
