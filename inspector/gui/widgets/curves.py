"""Plots that follow the theme, and the curves of a training under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from inspector.gui.theme import Theme


class Plot(pg.PlotWidget):
    """A plot in the theme's colours, to be read and not to be moved: a wheel over it scrolls the page."""

    def __init__(self, theme: Theme, name: str, *, bottom: str = "", left: str = "") -> None:
        """Draw the axes.

        Args:
            theme: gives the colours.
            name: translated, for those who do not see it.
            bottom: title of the axis.
            left: title of the axis.
        """
        super().__init__()
        self._theme = theme
        self._titles = {"bottom": bottom, "left": left}
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMenuEnabled(False)
        self.setMouseEnabled(x=False, y=False)
        self.hideButtons()
        self.setMinimumSize(180, 110)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.showGrid(x=False, y=True, alpha=0.25)
        for side in ("bottom", "left"):
            self.getAxis(side).enableAutoSIPrefix(False)  # 0.0012 is what the fields beside it say, not 1.2
        theme.changed.connect(self.paint_theme)
        self.paint_theme()

    def set_title(self, side: str, title: str) -> None:
        """Call an axis otherwise."""
        if self._titles[side] != title:
            self._titles[side] = title
            self.paint_theme()

    def paint_theme(self) -> None:
        """Take the colours of the theme in force."""
        colours = self._theme.colours
        self.setBackground(colours.raised)
        for side, title in self._titles.items():
            axis = self.getAxis(side)
            axis.setPen(colours.line)
            axis.setTextPen(colours.quiet)
            if title:
                axis.setLabel(title, color=colours.quiet)
        self.setToolTip(self.accessibleName())

    def wheelEvent(self, event: object) -> None:
        """Leave the wheel to whoever scrolls."""
        event.ignore()  # type: ignore[attr-defined]


class Key(QLabel):
    """What a line or a bar means: its mark in its colour, and a word."""

    def __init__(self, theme: Theme, colour: str, text: str, mark: str = "■") -> None:
        """Name the colour by what it is for, such as `"normal"`."""
        super().__init__()
        self._theme, self._colour, self._words, self._mark = theme, colour, text, mark
        theme.changed.connect(self._paint)
        self._paint()

    def _paint(self) -> None:
        colour = getattr(self._theme.colours, self._colour)
        self.setText(f'<span style="color:{colour}">{self._mark}</span> {self._words}')


class Chart(QFrame):
    """A plot with a title and keys above, and lines that are set by name."""

    def __init__(self, theme: Theme, title: str, lines: Sequence[tuple[str, str, str]], *, share: bool = False) -> None:
        """Draw no line yet.

        Args:
            theme: gives the colours.
            title: translated.
            lines: name, colour by its use, and translated word of each line.
            share: whether the values are shares, drawn from 0 to 100 %.
        """
        super().__init__()
        self._theme = theme
        self._scale = 100.0 if share else 1.0
        self._colours = {name: colour for name, colour, _ in lines}
        heading = QLabel(title)
        heading.setObjectName("section")
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(heading)
        row.addStretch(1)
        for number, (_, colour, word) in enumerate(lines):
            row.addWidget(Key(theme, colour, word, "╌╌" if number else "━━"))
        self.plot = Plot(theme, title, bottom=self.tr("epoch"))
        if share:
            self.plot.setYRange(0, 100, padding=0.06)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 8)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.plot, 1)
        self._lines = {name: self.plot.plot([], [], antialias=True) for name, _, _ in lines}
        theme.changed.connect(self._paint)
        self._paint()

    def show_values(self, curves: Mapping[str, Sequence[tuple[int, float]]]) -> None:
        """Draw these curves: for each name, epochs and values."""
        for name, line in self._lines.items():
            points = curves.get(name, ())
            line.setData([number for number, _ in points], [value * self._scale for _, value in points])
        last = max((points[-1][0] for points in curves.values() if points), default=1)
        self.plot.setXRange(1, max(last, 2), padding=0.02)

    def _paint(self) -> None:
        for number, (name, line) in enumerate(self._lines.items()):
            colour = getattr(self._theme.colours, self._colours[name])
            # Told apart by more than colour.
            style = Qt.PenStyle.DashLine if number else Qt.PenStyle.SolidLine
            line.setPen(pg.mkPen(colour, width=2, style=style))


class Curves(QWidget):
    """Loss, and the share of images judged right, by epoch."""

    def __init__(self, theme: Theme) -> None:
        """Draw no curve yet."""
        super().__init__()
        self.loss = Chart(
            theme,
            self.tr("Loss"),
            [("loss", "accent", self.tr("trained on")), ("val_loss", "warn", self.tr("held out"))],
        )
        self.right = Chart(
            theme,
            self.tr("Judged right"),
            [
                ("normal_right", "normal", self.tr("normal, held out")),
                ("abnormal_right", "abnormal", self.tr("abnormal")),
            ],
            share=True,
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        for chart in (self.loss, self.right):
            chart.setObjectName("box")
            row.addWidget(chart, 1)

    def show_values(self, curves: Mapping[str, Sequence[tuple[int, float]]]) -> None:
        """Draw these curves."""
        self.loss.show_values(curves)
        self.right.show_values(curves)


def boxed(widget: QWidget, margin: int = 0) -> QFrame:
    """A widget on a card of its own."""
    box = QFrame()
    box.setObjectName("box")
    column = QVBoxLayout(box)
    column.setContentsMargins(margin, margin, margin, margin)
    column.addWidget(widget)
    return box
