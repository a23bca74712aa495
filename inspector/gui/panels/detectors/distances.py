"""One training judged by each distance, and the choice of one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from inspector.core.events import Event, Progress, Stage
from inspector.gui.widgets.inspectiontable import plain_table
from inspector.gui.widgets.rowmodel import Columns, RowModel

if TYPE_CHECKING:
    from inspector.core.kinds import GroupFigures
    from inspector.gui.theme import Theme
    from inspector.jobs.distances import DistanceFigures, DistanceTable

_ROW = 36


class DistancesPage(QWidget):
    """A table of distances, the best first; the one selected can be taken."""

    images_chosen = Signal(object)
    """Judge the images of this folder (a `Path`) instead."""
    taken = Signal(str)
    """Judge by this distance from now on."""

    def __init__(self, theme: Theme) -> None:
        """Show nothing yet."""
        super().__init__()
        self._theme = theme
        self.title = QLabel()
        self.title.setObjectName("section")
        self.note = QLabel()
        self.note.setObjectName("hint")
        self.note.setWordWrap(True)
        self.other = QPushButton(self.tr("Other images …"))
        self.other.setToolTip(self.tr("Compare on another folder of labelled images"))
        self.other.clicked.connect(self._ask)
        self.take = QPushButton(self.tr("Use this distance"))
        self.take.setProperty("primary", True)
        self.take.clicked.connect(self._take)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(self.tr("Progress of the comparison"))
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
        top = QHBoxLayout()
        top.addWidget(self.title)
        top.addWidget(self.note, 1)
        top.addWidget(self.other)
        below = QHBoxLayout()
        below.addWidget(self.words, 1)
        below.addWidget(self.take)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(8)
        page.addLayout(top)
        page.addWidget(self.bar)
        page.addWidget(self.table, 1)
        page.addLayout(below)

    def begin(self, name: str) -> None:
        """A comparison for this detector began."""
        self.title.setText(name)
        self.note.clear()
        self.words.clear()
        self.rows.set_rows([])
        self.bar.setRange(0, 0)
        self.bar.setVisible(True)
        self.other.setEnabled(False)
        self.take.setEnabled(False)

    def hear(self, event: Event) -> None:
        """Show how far it is."""
        if isinstance(event, Stage):
            self.bar.setRange(0, event.total or 0)
        elif isinstance(event, Progress) and event.total:
            self.bar.setRange(0, event.total)
            self.bar.setValue(event.done)

    def end(self) -> None:
        """It is over, one way or the other."""
        self.bar.setVisible(False)
        self.other.setEnabled(True)

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

    def _ask(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, self.tr("Labelled images to compare on"), str(Path.home()))
        if chosen:
            self.images_chosen.emit(Path(chosen))


def _of(wrong: int, total: int) -> str:
    return f"{wrong} / {total}" if total else "–"


def _missed(group: GroupFigures | None) -> str:
    return "–" if group is None else _of(group.missed, group.n)
