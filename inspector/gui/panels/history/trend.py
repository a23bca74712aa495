"""Scores and the share of NG over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout

from inspector.gui.models.history import time_axis
from inspector.gui.widgets.curves import Key, Plot

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from inspector.gui.models.history import Overview
    from inspector.gui.theme import Theme


class _TimePlot(Plot):
    """A plot over time."""

    def __init__(self, theme: Theme, name: str, left: str) -> None:
        """Draw the axes."""
        super().__init__(theme, name, left=left)
        self.setAxisItems({"bottom": pg.DateAxisItem()})
        self.setMinimumHeight(90)
        self.paint_theme()


class Trend(QFrame):
    """Two plots over the same time: levels, of which 1 is the threshold, and the share of NG."""

    def __init__(self, theme: Theme) -> None:
        """Draw nothing yet."""
        super().__init__()
        self.setObjectName("box")
        self._theme = theme
        self.levels = _TimePlot(theme, self.tr("Levels over time"), self.tr("level"))
        self.rates = _TimePlot(theme, self.tr("Share of NG over time"), self.tr("NG, %"))
        self._mean = self.levels.plot([], [], connect="finite", symbol="o", symbolSize=5)
        self._highest = self.levels.plot([], [], connect="finite", symbol="t1", symbolSize=5)
        self._rate = self.rates.plot([], [], connect="finite", symbol="o", symbolSize=5)
        self._line = pg.InfiniteLine(pos=1.0, angle=0)
        self.levels.addItem(self._line)
        self.rates.setXLink(self.levels)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 4)
        row.setSpacing(24)
        row.addLayout(
            self._titled(
                self.tr("Levels"),
                self.levels,
                [
                    Key(theme, "accent", self.tr("mean"), "●"),
                    Key(theme, "abnormal", self.tr("highest"), "▲"),
                    Key(theme, "ng", self.tr("threshold"), "━"),
                ],
            ),
            1,
        )
        row.addLayout(self._titled(self.tr("Share of NG"), self.rates, []), 1)
        theme.changed.connect(self._paint)
        self._paint()

    def show_trend(self, overview: Overview | None) -> None:
        """Draw the curves."""
        if overview is None or not overview.trend:
            for line in (self._mean, self._highest, self._rate):
                line.setData([], [])
            return
        when, mean, highest, rate = time_axis(overview.trend, overview.bucket)
        self._mean.setData(when, mean)
        self._highest.setData(when, highest)
        self._rate.setData(when, rate)
        room = max((when[-1] - when[0]) * 0.03, overview.bucket)
        self.levels.setXRange(when[0] - room, when[-1] + room, padding=0)
        finite = [value for value in highest if value == value]  # noqa: PLR0124 - NaN is the one that is not
        self.levels.setYRange(0, max([*finite, 1.0]) * 1.1, padding=0)
        shares = [value for value in rate if value == value]  # noqa: PLR0124
        self.rates.setYRange(0, max([*shares, 5.0]) * 1.15, padding=0)

    def _titled(self, title: str, plot: QWidget, keys: list[Key]) -> QVBoxLayout:
        heading = QLabel(title)
        heading.setObjectName("section")
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(heading)
        top.addStretch(1)
        for key in keys:
            top.addWidget(key)
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addLayout(top)
        column.addWidget(plot, 1)
        return column

    def _paint(self) -> None:
        colours = self._theme.colours
        for line, colour in (
            (self._mean, colours.accent),
            (self._highest, colours.abnormal),
            (self._rate, colours.ng),
        ):
            line.setPen(pg.mkPen(colour, width=2))
            line.setSymbolBrush(colour)
            line.setSymbolPen(None)
        self._line.setPen(pg.mkPen(colours.ng, width=1, style=Qt.PenStyle.DashLine))
