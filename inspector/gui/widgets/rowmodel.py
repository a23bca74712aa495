"""A table model over a list of rows that are made into text at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, Qt
from PySide6.QtGui import QColor, QFont

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Columns(Generic[Row]):
    """How rows are shown.

    Attributes:
        titles: translated.
        cells: the texts of a row, one for each title.
        right: the columns that hold numbers.
        tip: what is said when the mouse rests on a row, for each column.
        colour: of a cell's text; None for the usual one.
        key: by what a column is sorted; None leaves it as it came.
    """

    titles: Sequence[str]
    cells: Callable[[Row], Sequence[str]]
    right: frozenset[int] = field(default_factory=frozenset)
    tip: Callable[[Row, int], str | None] = lambda _row, _column: None
    colour: Callable[[Row, int], str | None] = lambda _row, _column: None
    key: Callable[[Row, int], Any] | None = None


class RowModel(QAbstractTableModel, Generic[Row]):
    """Shows rows; for some thousands of them."""

    def __init__(self, columns: Columns[Row]) -> None:
        """Show none yet."""
        super().__init__()
        self.rows: list[Row] = []
        self._columns = columns
        self._bold = QFont()
        self._bold.setBold(True)

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show these."""
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def append(self, rows: Sequence[Row]) -> None:
        """Show these below the others."""
        if rows:
            self.beginInsertRows(QModelIndex(), len(self.rows), len(self.rows) + len(rows) - 1)
            self.rows.extend(rows)
            self.endInsertRows()

    def set_columns(self, columns: Columns[Row]) -> None:
        """Show rows another way; there are none meanwhile."""
        self.beginResetModel()
        self.rows = []
        self._columns = columns
        self.endResetModel()

    def rowCount(self, parent: Any = None) -> int:
        """One for each row."""
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: Any = None) -> int:
        """One for each title."""
        return 0 if parent is not None and parent.isValid() else len(self._columns.titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The titles."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._columns.titles[section]
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(section)
        return None

    def data(self, index: Any, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What stands in a cell, and how."""
        if not index.isValid():
            return None
        row, column = self.rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._columns.cells(row)[column]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._columns.tip(row, column)
        colour = self._columns.colour(row, column)
        if role == Qt.ItemDataRole.ForegroundRole and colour:
            return QColor(colour)
        return self._bold if role == Qt.ItemDataRole.FontRole and colour else None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Put rows in the order of a column; there is no selection to keep."""
        key = self._columns.key
        if key is None or column < 0:
            return
        self.beginResetModel()
        self.rows.sort(key=lambda row: key(row, column), reverse=order == Qt.SortOrder.DescendingOrder)
        self.endResetModel()

    def _alignment(self, column: int) -> Qt.AlignmentFlag:
        side = Qt.AlignmentFlag.AlignRight if column in self._columns.right else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter
