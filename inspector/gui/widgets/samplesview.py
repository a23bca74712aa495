"""What a network makes of a few images while it is trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from inspector.gui.widgets.picture import to_pixmap

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from inspector.core.events import Samples
    from inspector.gui.theme import Theme

_GAP = 8
_WORDS = 84
_LARGEST = 180
_TITLE = 20
_EDGE = 3


class SamplesView(QWidget):
    """Two rows of pictures, what the network was shown above what it made of it, as large as there is room."""

    def __init__(self, theme: Theme) -> None:
        """Show a text until there are pictures."""
        super().__init__()
        self._theme = theme
        self._pairs: list[tuple[QPixmap, QPixmap]] = []
        self._epoch = self._abnormal = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(140)
        self.setAccessibleName(self.tr("What the network makes of a few images"))
        theme.changed.connect(self.update)

    @property
    def count(self) -> int:
        """How many pairs are shown."""
        return len(self._pairs)

    @property
    def epoch(self) -> int:
        """The epoch they are of."""
        return self._epoch

    def show_samples(self, samples: Samples | None) -> None:
        """Show these, or the text."""
        pairs = () if samples is None else zip(samples.inputs, samples.outputs, strict=True)
        self._pairs = [(to_pixmap(before), to_pixmap(after)) for before, after in pairs]
        self._epoch = 0 if samples is None else samples.epoch
        self._abnormal = 0 if samples is None else samples.abnormal
        self.update()

    def sizeHint(self) -> QSize:
        """Room for six pairs."""
        return QSize(700, 240)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the pairs."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setPen(QColor(self._theme.colours.quiet))
        if not self._pairs:
            painter.drawText(
                self.rect(),
                Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap,
                self.tr("After the first epoch you see here what the network makes of a few images."),
            )
            return
        wide = (self.width() - _WORDS - _GAP * len(self._pairs)) // len(self._pairs)
        high = (self.height() - _GAP - _TITLE) // 2
        side = max(16, min(wide, high, _LARGEST))
        self._name_groups(painter, side)
        for row, word in enumerate((self.tr("shown"), self.tr("rebuilt"))):
            top = _TITLE + row * (side + _GAP)
            painter.setPen(QColor(self._theme.colours.quiet))
            painter.drawText(
                QRect(0, top, _WORDS, side), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, word
            )
            for column, pair in enumerate(self._pairs):
                place = QRect(_WORDS + column * (side + _GAP), top, side, side)
                size = pair[row].size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
                drawn = QRect(place.topLeft(), size)
                drawn.moveCenter(place.center())
                painter.drawPixmap(drawn, pair[row])

    def _name_groups(self, painter: QPainter, side: int) -> None:
        """Write above the pictures which are normal and which are not: a network shall rebuild the one kind alone."""
        good = len(self._pairs) - self._abnormal
        colours = self._theme.colours
        groups = (
            (0, good, self.tr("held out, normal"), colours.normal),
            (good, self._abnormal, self.tr("abnormal"), colours.abnormal),
        )
        for first, count, title, colour in groups:
            if not count:
                continue
            left, wide = _WORDS + first * (side + _GAP), count * (side + _GAP) - _GAP
            painter.fillRect(QRect(left, _TITLE - _EDGE - 1, wide, _EDGE), QColor(colour))
            painter.setPen(QColor(colours.text))
            words = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, wide)
            painter.drawText(QRect(left, 0, wide, _TITLE - _EDGE - 1), Qt.AlignmentFlag.AlignLeft, words)
