"""The images whose scores lie nearest to the threshold: where it decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QLabel, QListView, QListWidget, QListWidgetItem, QStackedWidget, QVBoxLayout, QWidget

from inspector.gui.models.scored import THUMBNAIL
from inspector.gui.widgets.picture import to_pixmap

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from inspector.core.image import Image
    from inspector.gui.models.scored import Scored
    from inspector.gui.theme import Theme

_EDGE = 4


class Nearest(QWidget):
    """A strip of thumbnails by rising score, each with what a person and what the threshold says of it."""

    opened = Signal(str)
    """An image was double-clicked, or Return pressed on it: its file."""

    def __init__(self, theme: Theme) -> None:
        """Show no image yet."""
        super().__init__()
        self._theme = theme
        title = QLabel(self.tr("Images of the workspace nearest to the line"))
        title.setObjectName("section")
        self._note = QLabel()
        self._note.setObjectName("help")
        self._note.setWordWrap(True)
        self._list = QListWidget()
        self._list.setObjectName("strip")
        self._list.setAccessibleName(title.text())
        self._list.setViewMode(QListView.ViewMode.IconMode)
        self._list.setFlow(QListView.Flow.LeftToRight)
        self._list.setWrapping(False)
        self._list.setMovement(QListView.Movement.Static)
        self._list.setUniformItemSizes(True)
        self._list.setIconSize(QSize(THUMBNAIL, THUMBNAIL))
        self._list.setGridSize(QSize(THUMBNAIL + 18, THUMBNAIL + 42))
        self._list.setWordWrap(True)
        self._list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setFixedHeight(THUMBNAIL + 58)
        self._list.itemActivated.connect(lambda item: self.opened.emit(item.data(Qt.ItemDataRole.UserRole)))
        self._text = QLabel()
        self._text.setObjectName("hint")
        self._text.setWordWrap(True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedWidget()
        self._stack.setFixedHeight(self._list.maximumHeight())
        self._stack.addWidget(self._text)
        self._stack.addWidget(self._list)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(4)
        column.addWidget(title)
        column.addWidget(self._note)
        column.addWidget(self._stack)

    @property
    def names(self) -> list[str]:
        """The files shown, in order."""
        return [self._list.item(row).toolTip().partition("\n")[0] for row in range(self._list.count())]

    @property
    def text(self) -> str:
        """What is said while there are no images."""
        return self._text.text() if self._stack.currentWidget() is self._text else ""

    def say(self, text: str) -> None:
        """Show a text instead of images."""
        self._list.clear()
        self._note.clear()
        self._text.setText(text)
        self._stack.setCurrentWidget(self._text)

    def show_images(self, images: Sequence[Scored], pictures: Mapping[str, Image | None], threshold: float) -> None:
        """Show these images, judged by this threshold; those without a picture yet as a grey field."""
        self._note.setText(self.tr("Many of the normal ones were trained on: they score lower than new parts will."))
        self._list.clear()
        for one in images:
            name = one.item.name
            wrong = not one.right(threshold)
            level = self.tr("level {level}").format(level=f"{one.score / threshold:.3f}")
            item = QListWidgetItem(f"{one.label.kind} → {one.verdict(threshold)}\n{level}")
            item.setIcon(self._icon(pictures.get(name), wrong=wrong))
            item.setForeground(QColor(self._theme.colours.ng if wrong else self._theme.colours.text))
            item.setData(Qt.ItemDataRole.UserRole, str(one.item.path))
            judged = self.tr("judged wrongly") if wrong else self.tr("judged rightly")
            hint = self.tr("Double-click to see it in Collect")
            item.setToolTip(f"{name}\n{self.tr('Score')} {one.score:.5g}, {judged}\n{hint}")
            item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter)
            self._list.addItem(item)
        self._stack.setCurrentWidget(self._list)
        # The line runs between the last that passes and the first that does not: both in the middle.
        first = next((row for row, one in enumerate(images) if one.score > threshold), len(images) - 1)
        self._list.scrollToItem(self._list.item(max(first - 1, 0)), QListView.ScrollHint.PositionAtCenter)

    def _icon(self, image: Image | None, *, wrong: bool) -> QIcon:
        colours = self._theme.colours
        pixmap = QPixmap(THUMBNAIL, THUMBNAIL)
        pixmap.fill(QColor(colours.ng if wrong else colours.sunken))
        if image is not None:
            inner = THUMBNAIL - 2 * _EDGE
            small = to_pixmap(image).scaled(
                inner, inner, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
            painter = QPainter(pixmap)
            painter.drawPixmap((THUMBNAIL - small.width()) // 2, (THUMBNAIL - small.height()) // 2, small)
            painter.end()
        return QIcon(pixmap)
