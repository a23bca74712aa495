"""A grid of thousands of pictures that does not stutter: only what is seen is made, in the background."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QItemSelectionModel, QModelIndex, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QLabel, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from inspector.gui.models.collect import Row, edits
from inspector.gui.models.thumbs import SIDE, Wanted
from inspector.gui.widgets.picture import to_pixmap
from inspector.jobs.labels import Group

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from PySide6.QtCore import QObject, QPersistentModelIndex
    from PySide6.QtGui import QResizeEvent

    from inspector.gui.models.thumbs import Thumbnailer
    from inspector.gui.theme import Theme

_SCREEN_MS = 33
_AT_ONCE = 24
_BYTES = 48 << 20
_MARGIN = 8
_CELL = QSize(SIDE + 2 * _MARGIN, SIDE + 2 * _MARGIN + 40)
_DOT = 8
_BATCH = 500


class ThumbnailModel(QAbstractListModel):
    """Rows of the grid. Thumbnails are asked for when they are painted, and stay in memory as long as there is room."""

    def __init__(self, thumbnailer: Thumbnailer, parent: QObject) -> None:
        """Show nothing yet."""
        super().__init__(parent)
        self._thumbnailer = thumbnailer
        self._rows: list[Row] = []
        self._keys: list[str] = []
        self._places: dict[Wanted, int] | None = {}
        self._kept: OrderedDict[Wanted, QPixmap | None] = OrderedDict()
        self._bytes = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_SCREEN_MS)
        self._timer.timeout.connect(self._take)

    @property
    def rows(self) -> Sequence[Row]:
        """What is shown."""
        return self._rows

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show these, changing no more than what is different."""
        keys = [row.key for row in rows]
        steps = edits(self._keys, keys)
        self._places = None
        if steps is None:
            self.beginResetModel()
            self._rows = list(rows)
            self.endResetModel()
        for step in steps or ():
            if step.what == "remove":
                self.beginRemoveRows(QModelIndex(), step.first, step.last)
                del self._rows[step.first : step.last + 1]
                self.endRemoveRows()
            else:
                self.beginInsertRows(QModelIndex(), step.first, step.last)
                self._rows[step.first : step.first] = rows[step.first : step.last + 1]
                self.endInsertRows()
        self._keys = keys

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own
        """How many there are."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Names for people, for search and for screen readers; the delegate paints from `rows` and `picture`."""
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.path.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(filter(None, (row.path.name, row.entry.where.text, row.remark)))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{row.path.name}, {row.entry.where.text}"
        return None

    def picture(self, place: int) -> QPixmap | None:
        """The thumbnail of a row: empty while it is being made, None where the file cannot be read."""
        wanted = _wanted(self._rows[place])
        if wanted in self._kept:
            self._kept.move_to_end(wanted)
            return self._kept[wanted]
        self._thumbnailer.want(wanted)
        if not self._timer.isActive():
            self._timer.start()
        return QPixmap()

    def place_of(self, path: Path) -> int | None:
        """The row of a file."""
        return next((place for place, row in enumerate(self._rows) if row.path == path), None)

    def stop(self) -> None:
        """Make no more thumbnails."""
        self._timer.stop()
        self._thumbnailer.forget()

    def _take(self) -> None:
        if self._thumbnailer.idle:
            self._timer.stop()
            return
        if self._places is None:
            self._places = {_wanted(row): place for place, row in enumerate(self._rows)}
        for wanted, image in self._thumbnailer.take(_AT_ONCE):
            pixmap = None if image is None else _fitted(to_pixmap(image))
            self._keep(wanted, pixmap)
            place = self._places.get(wanted)
            if place is not None:
                index = self.index(place)
                self.dataChanged.emit(index, index, [Qt.ItemDataRole.DecorationRole])

    def _keep(self, wanted: Wanted, pixmap: QPixmap | None) -> None:
        self._kept[wanted] = pixmap
        self._bytes += _size(pixmap)
        while self._bytes > _BYTES:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= _size(oldest)


class _Painter(QStyledItemDelegate):
    """Paints a cell: the picture, its name, and a dot in the colour of its label."""

    def __init__(self, model: ThumbnailModel, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self._theme = theme

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        return _CELL

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row = self._model.rows[index.row()]
        colours = self._theme.colours
        rect: QRect = option.rect.adjusted(2, 2, -2, -2)
        state = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        selected = bool(state & QStyle.StateFlag.State_Selected)
        if selected or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.accent_soft if selected else colours.sunken))
            painter.drawRoundedRect(rect, 6, 6)
        if state & QStyle.StateFlag.State_HasFocus or selected:
            painter.setPen(QColor(colours.accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect, 6, 6)
        frame = QRect(rect.center().x() - SIDE // 2 + 1, rect.top() + _MARGIN - 2, SIDE, SIDE)
        self._paint_picture(painter, frame, index.row())
        line = QRect(frame.left(), frame.bottom() + 4, SIDE, 18)
        painter.setPen(QColor(colours.text))
        metrics = painter.fontMetrics()
        name = metrics.elidedText(row.path.name, Qt.TextElideMode.ElideMiddle, SIDE)
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, name)
        line.translate(0, 18)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour_of(row.entry.where.group, self._theme)))
        painter.drawEllipse(line.left(), line.center().y() - _DOT // 2 + 1, _DOT, _DOT)
        painter.setPen(QColor(colours.quiet))
        words = line.adjusted(_DOT + 6, 0, 0, 0)
        text = ", ".join(row.kinds) or row.entry.where.kind or row.entry.where.group
        right = metrics.elidedText(text, Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, right)
        painter.restore()

    def _paint_picture(self, painter: QPainter, frame: QRect, place: int) -> None:
        pixmap = self._model.picture(place)
        if pixmap is not None and not pixmap.isNull():
            corner = frame.center() - pixmap.rect().center()
            painter.drawPixmap(corner, pixmap)
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.colours.sunken))
        painter.drawRoundedRect(frame, 4, 4)
        if pixmap is None:
            painter.setPen(QColor(self._theme.colours.warn))
            words = self.tr("cannot be read")
            painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, words)


class ThumbnailGrid(QListView):
    """Shows a `ThumbnailModel`; several pictures can be selected at once."""

    selected = Signal()
    """Other pictures are selected."""
    opened = Signal(object)
    """This path is to be looked at."""

    def __init__(self, model: ThumbnailModel, theme: Theme) -> None:
        """Show what the model has."""
        super().__init__()
        self.setObjectName("thumbnails")
        self.setAccessibleName(self.tr("Pictures"))
        self._model = model
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setLayoutMode(QListView.LayoutMode.Batched)
        self.setBatchSize(_BATCH)
        self.setGridSize(_CELL)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setModel(model)
        self.setItemDelegate(_Painter(model, theme, self))
        self.verticalScrollBar().setSingleStep(_CELL.height() // 3)
        self._words = QLabel(self)
        self._words.setObjectName("placeholder")
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._words.setWordWrap(True)
        self._words.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.selectionModel().selectionChanged.connect(lambda *_: self.selected.emit())
        self.activated.connect(lambda index: self.opened.emit(model.rows[index.row()].path))
        for changed in (model.rowsInserted, model.rowsRemoved, model.modelReset):
            changed.connect(lambda *_: self._words.setVisible(not model.rows))
        theme.changed.connect(self.viewport().update)

    def set_placeholder(self, text: str) -> None:
        """What stands here while there is nothing to show."""
        self._words.setText(text)

    def chosen(self) -> list[Row]:
        """What is selected, in the grid's order."""
        places = sorted(place for run in self._runs() for place in run)
        return [self._model.rows[place] for place in places]

    def count(self) -> int:
        """How many are selected."""
        return sum(len(run) for run in self._runs())

    def current(self) -> Row | None:
        """What was selected last, if it still is."""
        index = self.currentIndex()
        if index.isValid() and self.selectionModel().isSelected(index):
            return self._model.rows[index.row()]
        places = [run.start for run in self._runs()]
        return self._model.rows[min(places)] if places else None

    def choose(self, paths: Iterable[Path]) -> None:
        """Select these files, and no others."""
        wanted = set(paths)
        selection = self.selectionModel()
        selection.clearSelection()
        first = None
        for place, row in enumerate(self._model.rows):
            if row.path in wanted:
                index = self._model.index(place)
                selection.select(index, QItemSelectionModel.SelectionFlag.Select)
                first = first or index
        if first is not None:
            selection.setCurrentIndex(first, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.scrollTo(first)

    def _runs(self) -> list[range]:
        # Not `selectedIndexes`: it makes an object for each of thousands.
        return [range(run.top(), run.bottom() + 1) for run in self.selectionModel().selection().toList()]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the words in the middle."""
        super().resizeEvent(event)
        self._words.setGeometry(self.viewport().geometry().adjusted(24, 24, -24, -24))


def colour_of(group: Group, theme: Theme) -> str:
    """The colour in which a group's dots are painted."""
    colours = theme.colours
    return {Group.NORMAL: colours.normal, Group.ABNORMAL: colours.abnormal, Group.REFERENCE: colours.quiet}[group]


def _wanted(row: Row) -> Wanted:
    return Wanted(row.path, row.entry.modified, row.entry.size)


def _size(pixmap: QPixmap | None) -> int:
    return 0 if pixmap is None else pixmap.width() * pixmap.height() * 4


def _fitted(pixmap: QPixmap) -> QPixmap:
    if max(pixmap.width(), pixmap.height()) >= SIDE:
        return pixmap
    keep = Qt.AspectRatioMode.KeepAspectRatio
    return pixmap.scaled(SIDE, SIDE, keep, Qt.TransformationMode.SmoothTransformation)
