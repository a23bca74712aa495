"""Sessions on the left, their inspections in the middle, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, QSize, Qt, Signal
from PySide6.QtWidgets import QHeaderView, QListWidget, QListWidgetItem, QTableView

from inspector.gui.models.history import PAGE, cells, moment, session_words
from inspector.gui.widgets.inspectiontable import plain_table, verdict_colour
from inspector.gui.widgets.rowmodel import Columns, RowModel

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from inspector.gui.theme import Theme
    from inspector.history import Recorded, Session

_ROW = 32
_WIDTHS = (144, 0, 104, 90, 70, 130, 120)
_WIDE = 760
_VERDICT = 2
_TALL = 48


class Pages(RowModel["Recorded"]):
    """Inspections; a view that comes to the end has the next page asked for."""

    def __init__(self, columns: Columns[Recorded]) -> None:
        """Show none yet."""
        super().__init__(columns)
        self.complete = True
        self.wanted: Any = lambda: None
        """Called when the next page is to be read."""
        self._asked = False

    def begin(self, rows: list[Recorded]) -> None:
        """Show the first page."""
        self.complete, self._asked = len(rows) < PAGE, False
        self.set_rows(rows)

    def add_page(self, rows: list[Recorded]) -> None:
        """Show the page that was asked for."""
        self.complete, self._asked = len(rows) < PAGE, False
        self.append(rows)

    def give_up(self) -> None:
        """The page asked for will not come; it may be asked for again."""
        self._asked = False

    def canFetchMore(self, parent: Any) -> bool:
        """Whether there are more."""
        return not parent.isValid() and not self.complete and not self._asked

    def fetchMore(self, parent: Any) -> None:
        """Ask for the next page; it comes when it was read."""
        if self.canFetchMore(parent):
            self._asked = True
            self.wanted()


class InspectionPages(QTableView):
    """The table of inspections."""

    chosen = Signal(object)
    """The `Recorded` that is selected, or None."""

    def __init__(self, theme: Theme) -> None:
        """Show nothing yet."""
        super().__init__()
        titles = (
            self.tr("Time"),
            self.tr("Frame"),
            self.tr("Verdict"),
            self.tr("Score"),
            self.tr("Level"),
            self.tr("Detector"),
            self.tr("Source"),
        )

        def tip(one: Recorded, column: int) -> str | None:
            if column == 0:
                return moment(one.inspection.time)
            return one.inspection.error or (one.source if column == len(titles) - 1 else one.inspection.name)

        def colour(one: Recorded, column: int) -> str | None:
            counted = one.inspection.decided
            return verdict_colour(theme, counted) if column == _VERDICT else None

        self.rows = Pages(Columns(titles, cells, frozenset({3, 4}), tip, colour))
        self.rows.setParent(self)
        self.setModel(self.rows)
        self.setAccessibleName(self.tr("Inspections"))
        plain_table(self, _ROW)
        header = self.horizontalHeader()
        for place, wide in enumerate(_WIDTHS):
            if wide:
                header.resizeSection(place, wide)
            else:
                header.setSectionResizeMode(place, QHeaderView.ResizeMode.Stretch)
        self.selectionModel().currentRowChanged.connect(self._current)
        self.rows.modelReset.connect(lambda: self.chosen.emit(None))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out detector and source where there is no room for them."""
        super().resizeEvent(event)
        narrow = self.viewport().width() < _WIDE
        for column in (len(_WIDTHS) - 2, len(_WIDTHS) - 1):
            self.setColumnHidden(column, narrow)

    def _current(self, index: QModelIndex, _before: QModelIndex) -> None:
        self.chosen.emit(self.rows.rows[index.row()] if index.isValid() else None)


class SessionList(QListWidget):
    """The sessions, the newest first; the first entry stands for all of them."""

    chosen = Signal()

    def __init__(self) -> None:
        """Show none yet."""
        super().__init__()
        self.setAccessibleName(self.tr("Sessions"))
        self.setUniformItemSizes(True)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.currentRowChanged.connect(lambda _: self.chosen.emit())
        self._sessions: dict[int, Session] = {}

    def show_sessions(self, sessions: list[Session]) -> None:
        """Show these; keep the one chosen if it is among them."""
        kept = self.session
        self.blockSignals(True)
        self.clear()
        self._sessions = {one.id: one for one in sessions}
        self._add(self.tr("All sessions"), self.tr("{n} shown").format(n=len(sessions)), None)
        for one in sessions:
            first, second = session_words(one)
            self._add(first, second, one.id)
            self.item(self.count() - 1).setToolTip("\n".join(part for part in (one.detector, one.note) if part))
        row = next((row for row in range(self.count()) if self._id(row) == kept), 0)
        self.setCurrentRow(row)
        self.blockSignals(False)

    @property
    def session(self) -> int | None:
        """The id of the session chosen; None for all of them."""
        return self._id(self.currentRow())

    def get(self, number: int) -> Session | None:
        """The session of this id, if it is listed."""
        return self._sessions.get(number)

    def _id(self, row: int) -> int | None:
        item = self.item(row) if row >= 0 else None
        number = None if item is None else item.data(Qt.ItemDataRole.UserRole)
        return None if number is None else int(number)

    def _add(self, first: str, second: str, number: int | None) -> None:
        item = QListWidgetItem(f"{first}\n{second}")
        item.setSizeHint(QSize(0, _TALL))
        item.setData(Qt.ItemDataRole.UserRole, number)
        self.addItem(item)
