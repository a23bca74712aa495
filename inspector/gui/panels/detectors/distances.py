"""One training judged by each distance, and the choice of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QLabel, QPushButton, QTableView

from inspector.gui.panels.detectors.measuring import MeasuringPage
from inspector.gui.widgets.inspectiontable import plain_table
from inspector.gui.widgets.rowmodel import Columns, RowModel

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.core.kinds import GroupFigures
    from inspector.gui.theme import Theme
    from inspector.jobs.distances import DistanceFigures, DistanceTable

_ROW = 36


class DistancesPage(MeasuringPage):
    """A table of distances, the best first; the one selected can be taken."""

    taken = Signal(str)
    """Judge by this distance from now on."""

    def __init__(self, theme: Theme) -> None:
        """Show nothing yet."""
        super().__init__()
        self._theme = theme
        self.take = QPushButton(self.tr("Use this distance"))
        self.take.setProperty("primary", True)
        self.take.clicked.connect(self._take)
        self.rows: RowModel[DistanceFigures] = RowModel(Columns((), lambda _: ()))
        self.rows.setParent(self)
        self.table = QTableView()
        self.table.setAccessibleName(self.tr("Figures of each distance"))
        self.table.setModel(self.rows)
        plain_table(self.table, _ROW)
        self.table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.table.selectionModel().selectionChanged.connect(self._ready)
        self.words = QLabel()
        self.words.setObjectName("help")
        self.words.setWordWrap(True)
        below = QHBoxLayout()
        below.addWidget(self.words, 1)
        below.addWidget(self.take)
        self.page.addWidget(self.table, 1)
        self.page.addLayout(below)

    def begin(self, name: str) -> None:
        """A comparison for this detector began."""
        self.began(name)
        self.words.clear()
        self.rows.set_rows([])
        self.take.setEnabled(False)

    def show_table(self, found: DistanceTable, folder: Path, *, own: bool) -> None:
        """Show what came of it.

        Args:
            found: of all distances.
            folder: of the images.
            own: whether these are the workspace's, on which the detector may have been trained.
        """
        where = self.tr("this workspace") if own else folder.name
        words = self.tr("by each distance on {normal} normal and {abnormal} abnormal images of {where}")
        words = words.format(normal=found.normal, abnormal=found.abnormal, where=where)
        if found.unreadable:
            words += self.tr("; {n} unreadable").format(n=found.unreadable)
        if own:
            words += ".  " + self.tr("Some of them were trained on: choose other images for figures that hold.")
        self.note.setText(words)
        self.rows.set_columns(self._columns(split=any(one.known or one.unseen for one in found.distances)))
        self.rows.set_rows(found.distances)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.selectRow(0)
        self._ready()

    def _ready(self, *_: object) -> None:
        one = self._selected()
        self.take.setEnabled(one is not None and not one.chosen and one.threshold is not None)
        if one is None:
            self.words.clear()
        elif one.threshold is None:
            self.words.setText(self.tr("This detector is older than distances can be changed: train it anew for that."))
        else:
            text = self.tr("{name}: {unit}. Its threshold would be {threshold}, by the rule in force.")
            if one.chosen:
                text = self.tr("{name}: {unit}. It judges now, at its threshold {threshold}.")
            self.words.setText(text.format(name=one.name, unit=one.unit, threshold=f"{one.threshold:.4g}"))

    def _selected(self) -> DistanceFigures | None:
        places = self.table.selectionModel().selectedRows()
        return self.rows.rows[places[0].row()] if places else None

    def _take(self) -> None:
        one = self._selected()
        if one is not None:
            self.take.setEnabled(False)
            self.taken.emit(one.name)

    def _columns(self, *, split: bool) -> Columns[DistanceFigures]:
        groups = (self.tr("Known missed"), self.tr("Unseen missed")) if split else ()
        titles = (
            self.tr("Distance"),
            self.tr("AUROC"),
            self.tr("False alarms"),
            self.tr("Misses"),
            *groups,
            self.tr("ms a frame"),
        )

        def texts(one: DistanceFigures) -> tuple[str, ...]:
            counts = one.counts
            alarms = misses = "–"
            if counts is not None:
                alarms = _of(counts.normal_ng, counts.normal_ok + counts.normal_ng)
                misses = _of(counts.abnormal_ok, counts.abnormal_ok + counts.abnormal_ng)
            return (
                self.tr("{name} (in use)").format(name=one.name) if one.chosen else one.name,
                "–" if one.image_auroc is None else f"{one.image_auroc:.3f}",
                alarms,
                misses,
                *((_missed(one.known), _missed(one.unseen)) if split else ()),
                f"{one.ms_per_frame:.2f}",
            )

        return Columns(titles, texts, frozenset(range(1, len(titles))), tip=lambda one, _: f"{one.name}: {one.unit}")


def _of(wrong: int, total: int) -> str:
    return f"{wrong} / {total}" if total else "–"


def _missed(group: GroupFigures | None) -> str:
    return "–" if group is None else _of(group.missed, group.n)
