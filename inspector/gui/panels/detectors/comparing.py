"""Detectors side by side on the same images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QSplitter, QTableView, QTabWidget, QVBoxLayout, QWidget

from inspector.gui.models.detectors import ImageRow, image_rows, kind_rows
from inspector.gui.panels.detectors.bykind import ByKind
from inspector.gui.panels.detectors.measuring import MeasuringPage
from inspector.gui.widgets.curves import Plot
from inspector.gui.widgets.inspectiontable import plain_table
from inspector.gui.widgets.rowmodel import Columns, RowModel

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.gui.theme import Theme
    from inspector.jobs.compare import Compared, Comparison

_ROW = 32
_FIXED = 2
_LINES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)
_COLOURS = ("accent", "abnormal", "ok", "ng", "warn")


class Comparing(MeasuringPage):
    """Figures and ROC of each detector, and the images, those they disagree about first."""

    def __init__(self, theme: Theme) -> None:
        """Show nothing yet."""
        super().__init__()
        self._theme = theme
        self._comparison: Comparison | None = None
        self.figures: RowModel[Compared] = RowModel(self._figure_columns())
        self.images: RowModel[ImageRow] = RowModel(Columns((), lambda _: ()))
        for model in (self.figures, self.images):
            model.setParent(self)
        self.figure_table, self.image_table = QTableView(), QTableView()
        self.figure_table.setAccessibleName(self.tr("Figures of each detector"))
        self.image_table.setAccessibleName(self.tr("Level of each image by each detector"))
        for table, rows in ((self.figure_table, self.figures), (self.image_table, self.images)):
            table.setModel(rows)
            plain_table(table, _ROW)
            table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.image_table.setSortingEnabled(True)
        self.roc = Plot(theme, self.tr("ROC"), bottom=self.tr("false alarms, %"), left=self.tr("found, %"))
        self.roc.setXRange(0, 100, padding=0.04)
        self.roc.setYRange(0, 100, padding=0.06)
        self._legend = self.roc.addLegend(offset=(-10, -10))
        self._lay_out()
        theme.changed.connect(self._draw)

    def _lay_out(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.figure_table, 2)
        self.kinds = ByKind()
        self.tabs = QTabWidget()
        self.tabs.addTab(self.roc, self.tr("ROC"))
        self.tabs.addTab(self.kinds, self.tr("By kind"))
        column.addWidget(self.tabs, 3)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.addWidget(left)
        splitter.addWidget(self.image_table)
        splitter.setSizes([560, 500])
        splitter.setChildrenCollapsible(False)
        self.page.addWidget(splitter, 1)

    def begin(self, names: list[str]) -> None:
        """A comparison of these began."""
        self._comparison = None
        self.began(", ".join(names))
        self.figures.set_rows([])
        self.kinds.show_rows([])
        self.images.set_rows([])
        self._draw()

    def show_comparison(self, comparison: Comparison, folder: Path, *, own: bool) -> None:
        """Show what came of it.

        Args:
            comparison: of the detectors.
            folder: of the images.
            own: whether these are the workspace's, on which detectors may have been trained.
        """
        self._comparison = comparison
        where = self.tr("this workspace") if own else folder.name
        words = self.tr("on {n} images of {where}").format(n=len(comparison.images), where=where)
        if len(comparison.detectors) > 1:
            words += self.tr("; {n} judged differently").format(n=len(comparison.disagreements))
        if comparison.unreadable:
            words += self.tr("; {n} unreadable").format(n=comparison.unreadable)
        if own:
            words += ".  " + self.tr("Some of them may have been trained on.")
        self.note.setText(words)
        self.figures.set_rows(comparison.detectors)
        self.kinds.show_rows(kind_rows(comparison))
        self.images.set_columns(self._image_columns([one.name for one in comparison.detectors]))
        self.images.set_rows(image_rows(comparison, folder))
        self._draw()

    def _draw(self) -> None:
        """Draw the curves, told apart by colour and by dashes."""
        self._legend.clear()
        for item in list(self.roc.getPlotItem().listDataItems()):
            self.roc.removeItem(item)
        colours = self._theme.colours
        self._legend.setLabelTextColor(colours.text)
        for place, one in enumerate(self._comparison.detectors if self._comparison else ()):
            if one.roc is not None:
                colour = getattr(colours, _COLOURS[place % len(_COLOURS)])
                pen = pg.mkPen(colour, width=2, style=_LINES[place % len(_LINES)])
                self.roc.plot(
                    one.roc.false_alarm_rate * 100, one.roc.hit_rate * 100, pen=pen, antialias=True, name=one.name
                )

    def _figure_columns(self) -> Columns[Compared]:
        titles = (
            self.tr("Detector"),
            self.tr("AUROC"),
            self.tr("False alarms"),
            self.tr("Misses"),
            self.tr("ms"),
        )

        def texts(one: Compared) -> tuple[str, ...]:
            counts = one.counts
            normal, abnormal = counts.normal_ok + counts.normal_ng, counts.abnormal_ok + counts.abnormal_ng
            return (
                one.name,
                "–" if one.auroc is None else f"{one.auroc:.3f}",
                f"{counts.normal_ng} / {normal}" if normal else "–",
                f"{counts.abnormal_ok} / {abnormal}" if abnormal else "–",
                f"{one.ms_per_image:.3g}",
            )

        return Columns(titles, texts, frozenset(range(1, 5)), tip=lambda one, _: f"{one.method}: {one.unit}")

    def _image_columns(self, names: list[str]) -> Columns[ImageRow]:
        def texts(row: ImageRow) -> tuple[str, ...]:
            return (row.name, row.kind, *(f"{level:.2f}" for level in row.levels))

        def colour(row: ImageRow, column: int) -> str | None:
            if column < _FIXED:
                return None
            wrong = (row.levels[column - _FIXED] > 1) != row.abnormal
            return self._theme.colours.ng if wrong else None

        def tip(row: ImageRow, column: int) -> str | None:
            if column < _FIXED:
                return str(row.path)
            return self.tr("The level; above 1 is NG. Red is not what the label says.")

        def key(row: ImageRow, column: int) -> object:
            return (row.name, row.kind)[column] if column < _FIXED else row.levels[column - _FIXED]

        titles = (self.tr("Image"), self.tr("Label"), *names)
        return Columns(titles, texts, frozenset(range(2, 2 + len(names))), tip, colour, key)
