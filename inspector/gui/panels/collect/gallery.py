"""The right side of the Collect panel: headings with counts, the grid, and what can be done with what is selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QSizePolicy,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from inspector.gui.models.collect import ALL, DOCTOR, Heading
from inspector.gui.models.thumbs import Thumbnailer, ThumbnailStore
from inspector.gui.widgets.thumbnails import ThumbnailGrid, ThumbnailModel, colour_of
from inspector.jobs.labels import Group

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QPoint
    from PySide6.QtGui import QAction

    from inspector.gui.context import Context
    from inspector.gui.models.collect import Row

_KEY = Qt.ItemDataRole.UserRole
_LIST_WIDE = 190
_INDENT = 32


class Gallery(QWidget):
    """Shows rows under a heading. It changes no file: what is to be done is asked of the panel by its actions."""

    heading_changed = Signal()
    """Another heading is chosen."""

    def __init__(self, context: Context) -> None:
        """Show nothing yet."""
        super().__init__()
        self._context = context
        self._thumbnailer = Thumbnailer(ThumbnailStore(context.places.cache / "thumbnails").get)
        self.model = ThumbnailModel(self._thumbnailer, self)
        self.grid = ThumbnailGrid(self.model, context.theme)
        self.grid.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.grid.customContextMenuRequested.connect(self._menu)
        self._actions: list[QAction] = []
        self._headings: list[Heading] = []
        self._items: dict[str, QTreeWidgetItem] = {}
        self.list = QTreeWidget()
        self.list.setObjectName("headings")
        self.list.setAccessibleName(self.tr("Which pictures are shown"))
        self.list.setHeaderHidden(True)
        self.list.setColumnCount(2)
        self.list.setRootIsDecorated(False)
        self.list.setIndentation(_INDENT)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFixedWidth(_LIST_WIDE)
        self.list.setItemsExpandable(False)
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.list.currentItemChanged.connect(lambda *_: self.heading_changed.emit())
        self.info = QLabel()
        self.info.setObjectName("hint")
        self.info.setWordWrap(True)
        self.info.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.tools = QHBoxLayout()
        self.tools.setSpacing(6)
        self._lay_out()
        self.grid.selected.connect(self._say)
        context.theme.changed.connect(self._draw)

    @property
    def heading(self) -> str:
        """The key of the heading chosen."""
        chosen = self.list.selectedItems()
        return str(chosen[0].data(0, _KEY)) if chosen else ALL

    def choose_heading(self, key: str) -> None:
        """Show what is under this heading, if there is one of this key."""
        item = self._items.get(key)
        if item is not None:
            self.list.setCurrentItem(item)

    def show_headings(self, lines: Sequence[Heading]) -> None:
        """Show these headings; the one chosen stays so, or the one above it takes its place."""
        if [line.key for line in lines] != [line.key for line in self._headings]:
            chosen = self.heading
            with QSignalBlocker(self.list):
                self._items.clear()
                self.list.clear()
                parent: QTreeWidgetItem | None = None
                for line in lines:
                    item = QTreeWidgetItem([self._title(line), ""])
                    item.setData(0, _KEY, line.key)
                    self._items[line.key] = item
                    item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                    if line.depth and parent is not None:
                        parent.addChild(item)
                    else:
                        self.list.addTopLevelItem(item)
                        parent = item
                self.list.expandAll()
                wanted = self._items.get(chosen) or self._items.get(chosen.partition("/")[0]) or self._items.get(ALL)
                if wanted is not None:
                    self.list.setCurrentItem(wanted)
        self._headings = list(lines)
        for line in lines:
            item = self._items[line.key]
            item.setText(1, QLocale().toString(line.count))
            item.setToolTip(0, self._title(line))
        self._draw()

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Fill the grid."""
        self.model.show_rows(rows)
        words = self.tr("Nothing here.")
        if self.heading == Group.ABNORMAL:
            words = self.tr("No pictures of bad parts yet. A few are enough to check a detector with.")
        elif self.heading == Group.NORMAL:
            words = self.tr("No pictures of good parts yet. Training needs them: drop some here.")
        elif self.heading == DOCTOR:
            words = self.tr("Nothing to complain about.")
        self.grid.set_placeholder(words)
        self._say()

    def offer(self, actions: Sequence[QAction], buttons: Sequence[QWidget], extra: Sequence[QWidget]) -> None:
        """Put buttons under the grid, and actions into its menu.

        Args:
            actions: for what is selected.
            buttons: for the same, the last of them to delete.
            extra: shown by the panel when they make sense.
        """
        self._actions = list(actions)
        label = QLabel(self.tr("Label as"))
        self.tools.addWidget(label)
        for button in buttons[:-1]:
            self.tools.addWidget(button)
        self.tools.addStretch(1)
        self.tools.addWidget(buttons[-1])
        for button in extra:
            self._said.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)

    def wait(self, seconds: float) -> bool:
        """Stop making thumbnails, and wait for the threads."""
        self.model.stop()
        return self._thumbnailer.wait(seconds)

    def _menu(self, where: QPoint) -> None:
        if self.grid.count():
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.addActions(self._actions)
            menu.popup(self.grid.viewport().mapToGlobal(where))

    def _say(self) -> None:
        count, row = self.grid.count(), self.grid.current()
        for action in self._actions:
            action.setEnabled(bool(count))
        if count == 1 and row is not None:
            text = f"{row.path.name} · {row.entry.where.text} · {QLocale().formattedDataSize(row.entry.size)}"
            self.info.setText(f"{text}\n{row.remark}" if row.remark else text)
        elif count:
            self.info.setText(self.tr("{n} pictures selected").format(n=count))
        else:
            self.info.setText(self.tr("Select pictures to relabel them or move them to the trash."))

    def _title(self, line: Heading) -> str:
        titles = {
            ALL: self.tr("All pictures"),
            Group.NORMAL: self.tr("Normal"),
            Group.ABNORMAL: self.tr("Abnormal"),
            Group.REFERENCE: self.tr("Reference"),
            DOCTOR: self.tr("Worth a look"),
        }
        found = {
            f"{DOCTOR}/unreadable": self.tr("Unreadable"),
            f"{DOCTOR}/contradiction": self.tr("Two labels"),
            f"{DOCTOR}/duplicate": self.tr("Duplicates"),
            f"{DOCTOR}/near duplicate": self.tr("Nearly the same"),
            f"{DOCTOR}/suspect": self.tr("Scored high"),
            f"{DOCTOR}/highest": self.tr("Highest scores"),
            f"{DOCTOR}/blurred": self.tr("Blurred"),
            f"{DOCTOR}/over-exposed": self.tr("Over-exposed"),
            f"{DOCTOR}/under-exposed": self.tr("Under-exposed"),
            f"{DOCTOR}/odd size": self.tr("Odd sizes"),
        }
        return titles.get(line.key) or found.get(line.key) or line.name

    def _draw(self) -> None:
        theme = self._context.theme
        for line in self._headings:
            item = self._items[line.key]
            item.setForeground(1, QColor(theme.colours.quiet))
            if not line.depth and line.key in set(Group):
                item.setIcon(0, _dot(colour_of(Group(line.key), theme)))
            elif line.key == DOCTOR:
                item.setIcon(0, _dot(theme.colours.warn))
            elif line.key == ALL:
                item.setIcon(0, _dot("transparent"))  # so that the words line up

    def _lay_out(self) -> None:
        below = QFrame()
        below.setObjectName("box")
        column = QVBoxLayout(below)
        column.setContentsMargins(12, 8, 8, 8)
        column.setSpacing(6)
        self._said = QHBoxLayout()
        self._said.setSpacing(8)
        self._said.addWidget(self.info, 1)
        column.addLayout(self._said)
        column.addLayout(self.tools)
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(self.grid, 1)
        right.addWidget(below)
        page = QHBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(8)
        page.addWidget(self.list)
        page.addLayout(right, 1)


def _dot(colour: str) -> QIcon:
    pixmap = QPixmap(20, 20)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(5, 5, 10, 10)
    painter.end()
    return QIcon(pixmap)
