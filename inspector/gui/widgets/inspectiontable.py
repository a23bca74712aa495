"""A table of inspections that takes 100,000 rows as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from inspector.core.errors import FrameError
from inspector.core.inspection import Verdict
from inspector.gui.models.inspections import Column, Inspections
from inspector.gui.models.thumbs import Thumbnailer, Wanted, shrink
from inspector.gui.widgets.picture import to_pixmap
from inspector.sources.decode import read_image

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from inspector.core.image import Image, Label
    from inspector.core.inspection import Inspection
    from inspector.gui.models.inspections import Wanted as Filter
    from inspector.gui.theme import Theme

_COLUMNS: tuple[Column, ...] = ("name", "verdict", "score", "level", "label", "folder")
_WIDTHS = {"verdict": 92, "score": 90, "level": 84, "label": 96, "folder": 130}
_THUMB = QSize(52, 40)
_ROW = 46
_KEPT = 3000
_LOOK_MS = 60
_AT_ONCE = 24


class InspectionModel(QAbstractTableModel):
    """Shows `models.inspections.Inspections`, which sorts and filters; thumbnails come when they are looked at."""

    def __init__(self, theme: Theme, path_of: Callable[[Inspection], Path | None]) -> None:
        """Show nothing yet.

        Args:
            theme: gives the colours of verdicts.
            path_of: where the picture of an inspection lies.
        """
        super().__init__()
        self.all = Inspections()
        self._theme = theme
        self._path_of = path_of
        self._titles = {
            "name": self.tr("File"),
            "verdict": self.tr("Verdict"),
            "score": self.tr("Score"),
            "level": self.tr("Level"),
            "label": self.tr("Label"),
            "folder": self.tr("Folder"),
        }
        self._bold = QFont()
        self._bold.setBold(True)
        self._nothing = QPixmap(_THUMB)
        self._nothing.fill(Qt.GlobalColor.transparent)
        self._pixmaps: dict[Path, QPixmap] = {}
        self._thumbs = Thumbnailer(_thumbnail)
        self._look = QTimer(self)
        self._look.setInterval(_LOOK_MS)
        self._look.timeout.connect(self._take_thumbnails)
        theme.changed.connect(self._repaint)

    def rowCount(self, parent: QModelIndex | Any = None) -> int:
        """So many are shown."""
        return 0 if parent is not None and parent.isValid() else len(self.all.shown)

    def columnCount(self, parent: QModelIndex | Any = None) -> int:
        """The same for all."""
        return 0 if parent is not None and parent.isValid() else len(_COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Titles above the columns."""
        if orientation == Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.DisplayRole:
                return self._titles[_COLUMNS[section]]
            if role == Qt.ItemDataRole.ToolTipRole and _COLUMNS[section] == "level":
                return self.tr("Score divided by threshold: above 1 is NG")
            if role == Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(_COLUMNS[section])
        return None

    def data(self, index: Any, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What stands in a cell, and how."""
        if not index.isValid() or index.row() >= len(self.all.shown):
            return None
        column = _COLUMNS[index.column()]
        one = self.inspection(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(one, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if column == "name":
            return self._of_name(one, role)
        return self._of_verdict(one, role) if column == "verdict" else None

    def _of_name(self, one: Inspection, role: int) -> Any:
        if role == Qt.ItemDataRole.DecorationRole:
            return self._pixmap(one)
        return one.name if role == Qt.ItemDataRole.ToolTipRole else None

    def _of_verdict(self, one: Inspection, role: int) -> Any:
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(verdict_colour(self._theme, one.verdict))
        if role == Qt.ItemDataRole.FontRole:
            return self._bold
        return one.error if role == Qt.ItemDataRole.ToolTipRole else None

    def inspection(self, row: int) -> Inspection:
        """What is shown in this row."""
        return self.all.rows[int(self.all.shown[row])]

    def add(self, more: list[Inspection]) -> None:
        """Take inspections in; they are shown at the end until `arrange`."""
        numbers = self.all.add(more)
        if len(numbers):
            first = len(self.all.shown)
            self.beginInsertRows(QModelIndex(), first, first + len(numbers) - 1)
            self.all.append(numbers)
            self.endInsertRows()

    def want(self, wanted: Filter) -> None:
        """Show only these."""
        self.beginResetModel()
        self.all.want(wanted)
        self.endResetModel()

    def arrange(self) -> None:
        """Put everything where it belongs; the selection goes with its row."""
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        numbers = [int(self.all.shown[index.row()]) for index in before]
        self.all.arrange()
        places = {number: np.flatnonzero(self.all.shown == number).tolist() for number in set(numbers)}
        after = [
            self.index(places[number][0], index.column()) if places[number] else QModelIndex()
            for index, number in zip(before, numbers, strict=True)
        ]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def label(self, number: int, label: Label | None) -> None:
        """Say what row `number` of all truly is."""
        self.all.label(number, label)
        self._repaint()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Show them in this order."""
        if 0 <= column < len(_COLUMNS):
            self.all.column, self.all.descending = _COLUMNS[column], order == Qt.SortOrder.DescendingOrder
            self.arrange()

    def clear(self) -> None:
        """Show none any more."""
        self.beginResetModel()
        self.all.clear()
        self.endResetModel()
        self._thumbs.forget()
        self._pixmaps.clear()

    def close(self) -> None:
        """Make no more thumbnails."""
        self._thumbs.forget()
        self._look.stop()

    def wait(self, seconds: float) -> bool:
        """Wait for the threads that make thumbnails, after `close`."""
        return self._thumbs.wait(seconds)

    def _pixmap(self, one: Inspection) -> QPixmap:
        path = self._path_of(one)
        if path is None or one.verdict is Verdict.UNREADABLE:
            return self._nothing
        if path not in self._pixmaps:
            self._thumbs.want(Wanted(path, 0.0, 0))
            if not self._look.isActive():
                self._look.start()
            return self._nothing
        return self._pixmaps[path]

    def _take_thumbnails(self) -> None:
        made = self._thumbs.take(_AT_ONCE)
        for wanted, image in made:
            self._pixmaps[wanted.path] = self._nothing if image is None else _fitted(to_pixmap(image))
        while len(self._pixmaps) > _KEPT:
            del self._pixmaps[next(iter(self._pixmaps))]
        if made:
            self._repaint()
        elif self._thumbs.idle:
            self._look.stop()

    def _repaint(self) -> None:
        rows = len(self.all.shown)
        if rows:  # a view asks only for what it shows
            self.dataChanged.emit(self.index(0, 0), self.index(rows - 1, len(_COLUMNS) - 1))


class InspectionTable(QTableView):
    """The table itself."""

    chosen = Signal(object)
    """The `Inspection` that is selected, or None."""

    def __init__(self, theme: Theme, path_of: Callable[[Inspection], Path | None]) -> None:
        """Show nothing yet."""
        super().__init__()
        self.rows = InspectionModel(theme, path_of)
        self.rows.setParent(self)
        self.setModel(self.rows)
        self.setAccessibleName(self.tr("Inspections"))
        plain_table(self, _ROW)
        self.setIconSize(_THUMB)
        header = self.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for place, column in enumerate(_COLUMNS[1:], 1):
            header.resizeSection(place, _WIDTHS[column])
        self.setSortingEnabled(True)
        self.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self.selectionModel().currentRowChanged.connect(self._current)
        self.rows.modelReset.connect(lambda: self.chosen.emit(None))

    @property
    def number(self) -> int | None:
        """The selected row's number among all inspections."""
        index = self.currentIndex()
        return int(self.rows.all.shown[index.row()]) if index.isValid() else None

    def _current(self, index: QModelIndex, _before: QModelIndex) -> None:
        self.chosen.emit(self.rows.inspection(index.row()) if index.isValid() else None)


def plain_table(table: QTableView, height: int) -> None:
    """Make a table a list of rows: one is chosen at a time, none is edited, and all are of one height."""
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTabKeyNavigation(False)
    table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    rows = table.verticalHeader()
    rows.setVisible(False)
    rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    rows.setDefaultSectionSize(height)
    table.horizontalHeader().setHighlightSections(False)
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


def verdict_colour(theme: Theme, verdict: Verdict) -> str:
    """The colour a verdict is written in."""
    colours = theme.colours
    return {Verdict.OK: colours.ok, Verdict.NG: colours.ng}.get(verdict, colours.warn)


def _alignment(column: Column) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column in {"score", "level"} else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _text(one: Inspection, column: Column) -> str:
    if column == "name":
        return one.name.rpartition("/")[2]
    if column == "verdict":
        return str(one.verdict)
    if column == "score":
        return "–" if one.score is None else f"{one.score:.3g}"
    if column == "level":
        return "–" if one.level is None else f"{one.level:.2f}"
    if column == "label":
        return "" if one.label is None else one.label.kind
    return one.name.rpartition("/")[0]


def _thumbnail(wanted: Wanted) -> Image | None:
    try:
        return shrink(read_image(wanted.path), 2 * _THUMB.width())
    except FrameError:
        return None


def _fitted(pixmap: QPixmap) -> QPixmap:
    """All of one size, so that names stand below each other."""
    scale = 2
    small = pixmap.scaled(
        _THUMB * scale, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    whole = QPixmap(_THUMB * scale)
    whole.fill(Qt.GlobalColor.transparent)
    painter = QPainter(whole)
    painter.drawPixmap((whole.width() - small.width()) // 2, (whole.height() - small.height()) // 2, small)
    painter.end()
    whole.setDevicePixelRatio(scale)
    return whole
