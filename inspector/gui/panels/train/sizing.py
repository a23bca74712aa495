"""A line in the training form: the smallest defect in, size and tiles out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSpinBox, QVBoxLayout

from inspector.imaging.advice import advise
from inspector.imaging.region import Region

if TYPE_CHECKING:
    from inspector.imaging.advice import Advice

_MOST = 100_000


class SizingBox(QFrame):
    """Says how large the input must be for a defect to be seen, and puts it into the form when asked to."""

    taken = Signal(dict)
    """These options are wanted: `size` and `tiles`."""

    def __init__(self) -> None:
        """Know no picture yet."""
        super().__init__()
        self._size: tuple[int, int] | None = None
        self._region = Region()
        self.advice: Advice | None = None
        title = QLabel(self.tr("Smallest defect"))
        title.setMinimumWidth(110)
        self.pixels = QSpinBox()
        self.pixels.setRange(0, _MOST)
        self.pixels.setSuffix(self.tr(" pixels"))
        self.pixels.setSpecialValueText(self.tr("not said"))
        self.pixels.setFixedWidth(150)
        self.pixels.lineEdit().setTextMargins(6, 0, 0, 0)  # a styled spin box forgets its padding
        self.pixels.setAccessibleName(self.tr("Smallest defect, in pixels of a picture"))
        self.pixels.setToolTip(self.tr("How many pixels of a picture the smallest defect is across"))
        self.pixels.valueChanged.connect(self._advise)
        title.setBuddy(self.pixels)
        self.use = QPushButton(self.tr("Use"))
        self.use.setToolTip(self.tr("Put this size and these tiles into the form"))
        self.use.setFixedWidth(100)
        self.use.clicked.connect(self._take)
        self.told = QLabel()
        self.told.setObjectName("help")
        self.told.setWordWrap(True)
        first = QHBoxLayout()
        first.setSpacing(16)
        first.addWidget(title)
        first.addWidget(self.pixels)
        first.addWidget(self.use)
        first.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(4)
        column.addLayout(first)
        column.addWidget(self.told)
        self._advise()

    def show_picture(self, size: tuple[int, int] | None, region: Region) -> None:
        """Take note of how large pictures are, and of what is looked at in them."""
        self._size, self._region = size, region
        self.setVisible(size is not None)
        self._advise()

    def _advise(self, *_: object) -> None:
        self.advice = None
        smallest = self.pixels.value()
        if self._size is None or not smallest:
            self.told.setText(self.tr("Say how large the smallest defect is, and see which input size shows it."))
        else:
            x0, y0, x1, y1 = self._region.box(*self._size)
            self.advice = advise(smallest, y1 - y0, x1 - x0)
            picture = self.tr("Pictures of {wide} x {high}.").format(wide=x1 - x0, high=y1 - y0)
            self.told.setText(f"{picture} {self.advice.sentence}")
        self.use.setEnabled(self.advice is not None)

    def _take(self) -> None:
        if self.advice is not None:
            self.taken.emit(self.advice.options)
