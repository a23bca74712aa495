"""Scores and the share of NG over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from inspector.gui.models.history import time_axis
from inspector.gui.widgets.curves import Key, Plot
from inspector.history.drift import DAY

if TYPE_CHECKING:
    from inspector.gui.models.history import Overview
    from inspector.gui.theme import Theme
    from inspector.history.drift import Drift


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
        self.scores = _TimePlot(theme, self.tr("Scores of good parts by day"), self.tr("score"))
        self._usual = pg.LinearRegionItem(orientation="horizontal", movable=False)
        self._usual.setZValue(-1)
        self.scores.addItem(self._usual)
        self._quarters = [self.scores.plot([], []) for _ in range(2)]
        self._median = self.scores.plot([], [], symbol="o", symbolSize=5)
        keys = [Key(theme, "accent", self.tr("median"), "●"), Key(theme, "normal", self.tr("as at first"), "■")]
        self._drift = QWidget()
        chart = self._titled(self.tr("Good parts"), self.scores, keys)
        chart.setContentsMargins(0, 0, 0, 0)
        self._drift.setLayout(chart)
        self._drift.setToolTip(
            self.tr("Median and quartiles of the OK scores, by day; the band holds the middle half of the first days")
        )
        self._drift.setVisible(False)
        row.addWidget(self._drift, 1)
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

    def show_drift(self, drift: Drift | None) -> None:
        """Draw the control chart; of a single day there is nothing to compare."""
        there = drift is not None and len(drift.days) > 1
        self._drift.setVisible(there)
        if drift is None or not there:
            return
        noon = DAY / 2
        when = [day.start + noon for day in drift.days]
        self._median.setData(when, [day.median for day in drift.days])
        for line, values in zip(
            self._quarters, ([day.lower for day in drift.days], [day.upper for day in drift.days]), strict=True
        ):
            line.setData(when, values)
        self._usual.setRegion((drift.first.lower, drift.first.upper))
        self.scores.setXRange(when[0] - noon, when[-1] + noon, padding=0.02)
        highest = max(*(day.upper for day in drift.days), drift.first.upper)
        self.scores.setYRange(0, highest * 1.15, padding=0)

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
        self._median.setPen(pg.mkPen(colours.accent, width=2))
        self._median.setSymbolBrush(colours.accent)
        self._median.setSymbolPen(None)
        for line in self._quarters:
            line.setPen(pg.mkPen(colours.accent, width=1, style=Qt.PenStyle.DotLine))
        band = pg.mkColor(colours.normal)
        band.setAlpha(60)
        self._usual.setBrush(band)
        for edge in self._usual.lines:
            edge.setPen(pg.mkPen(None))
        self._line.setPen(pg.mkPen(colours.ng, width=1, style=Qt.PenStyle.DashLine))
