"""The scores of normal and abnormal images with the threshold between them, and what it comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from inspector.gui.widgets.curves import Plot

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from inspector.core.ranking import Counts
    from inspector.gui.models.bench import Bench
    from inspector.gui.theme import Theme


_ROOM = 0.06
_WIDEST = 3.0
"""So many times the span of the scores the axis may have, for a threshold far off."""


class ScorePlot(Plot):
    """Two histograms over each other and a line to drag."""

    moved = Signal(float)
    """The line is being dragged: the threshold it stands at."""

    def __init__(self, theme: Theme) -> None:
        """Draw nothing yet."""
        super().__init__(theme, "", bottom=self.tr("score"), left=self.tr("images"))
        self.setAccessibleName(self.tr("Histogram of scores with the threshold line"))
        self.setToolTip(self.tr("Drag the line to move the threshold"))
        self.setMinimumHeight(170)
        self._bench: Bench | None = None
        self._logarithmic = False
        self._low, self._high = 0.0, 1.0
        self._end = 1.0
        self._beyond = pg.LinearRegionItem(movable=False)
        self._beyond.setZValue(-10)
        for side in self._beyond.lines:
            side.setPen(pg.mkPen(None))
        self._bars = [pg.BarGraphItem(x=[], height=[], width=1) for _ in range(2)]
        self._line = pg.InfiniteLine(movable=True, angle=90, label="", labelOpts={"position": 0.93, "movable": False})
        self._line.setCursor(Qt.CursorShape.SplitHCursor)
        self._line.setZValue(10)
        for item in (self._beyond, *self._bars, self._line):
            self.addItem(item)
        self._line.sigDragged.connect(self._dragged)
        theme.changed.connect(self._paint)
        self._paint()

    def show_bench(self, bench: Bench | None, *, logarithmic: bool, unit: str = "") -> None:
        """Draw the histograms of a bench, whose scores are in this unit."""
        self._bench, self._logarithmic = bench, logarithmic
        self.set_title("bottom", self.tr("score") if not unit else self.tr("score: {unit}").format(unit=unit))
        self.getAxis("bottom").setLogMode(logarithmic)
        for item in (self._line, self._beyond):
            item.setVisible(bench is not None)
        if bench is None:
            for bars in self._bars:
                bars.setOpts(x=[], height=[], width=1)
            return
        histogram = bench.histogram(logarithmic=logarithmic)
        wide = float(histogram.edges[1] - histogram.edges[0])
        middles = histogram.edges[:-1] + wide / 2
        for bars, heights in zip(self._bars, (histogram.normal, histogram.abnormal), strict=True):
            bars.setOpts(x=middles, height=heights, width=wide * 0.94)
        room = wide * 2
        low, high = float(histogram.edges[0]) - room, float(histogram.edges[-1]) + room
        low = low if logarithmic else max(low, 0.0)
        highest = max(int(histogram.normal.max(initial=0)), int(histogram.abnormal.max(initial=0)), 1)
        self.setYRange(0, highest * 1.15, padding=0)
        self.getAxis("left").setTickSpacing(levels=[(-(-highest // 5), 0)])  # there is no half an image
        self._low, self._high = low, high
        self.place_line()

    def place_line(self) -> None:
        """Put the line where the bench's threshold is."""
        if self._bench is None:
            return
        [place] = self._bench.on_axis([self._bench.value], logarithmic=self._logarithmic)
        if not self._line.moving:  # the axis must not run away under the hand
            self._make_room(float(place))
        blocked = self._line.blockSignals(True)
        self._line.setValue(float(place))
        self._line.blockSignals(blocked)
        self._tell()

    def _make_room(self, place: float) -> None:
        """Show a threshold beyond all scores too, as long as they keep a third of the axis."""
        span = self._high - self._low
        low = min(self._low, max(place - _ROOM * span, self._high - _WIDEST * span))
        high = max(self._high, min(place + _ROOM * span, self._low + _WIDEST * span))
        low = low if self._logarithmic else max(low, 0.0)
        self._end = high
        self.setXRange(low, high, padding=0)
        self._line.setBounds((low, high))

    def _dragged(self) -> None:
        if self._bench is not None:
            self.moved.emit(self._bench.from_axis(float(self._line.value()), logarithmic=self._logarithmic))

    def _tell(self) -> None:
        if self._bench is None:
            return
        place = float(self._line.value())
        [true] = self._bench.on_axis([self._bench.value], logarithmic=self._logarithmic)
        off = float(true) - place
        beyond = abs(off) > 1e-6 * (self._high - self._low)  # the plot ends before it
        arrow = "" if not beyond else "→ " if off > 0 else "← "
        self._line.label.setText(f"{arrow}{self._bench.value:.4g}")
        self._beyond.setRegion((place, max(self._end, place)))

    def _paint(self) -> None:
        colours = self._theme.colours
        for bars, name in zip(self._bars, (colours.normal, colours.abnormal), strict=True):
            fill = QColor(name)
            fill.setAlpha(150)
            bars.setOpts(brush=fill, pen=pg.mkPen(name))
        self._line.setPen(pg.mkPen(colours.text, width=2))
        self._line.setHoverPen(pg.mkPen(colours.accent, width=4))
        self._line.label.setColor(colours.text)
        self._line.label.fill = pg.mkBrush(colours.raised)
        shade = QColor(colours.ng)
        shade.setAlpha(22)
        self._beyond.setBrush(shade)


class RocPlot(Plot):
    """Hits against false alarms for every threshold, and where the one tried lies."""

    def __init__(self, theme: Theme) -> None:
        """Draw nothing yet."""
        super().__init__(theme, "", bottom=self.tr("false alarms, %"), left=self.tr("found, %"))
        self.setAccessibleName(self.tr("ROC: abnormal images found against false alarms"))
        self.setToolTip(self.accessibleName())
        self.setMinimumSize(120, 80)
        self._curve = self.plot([], [], antialias=True)
        self._point = pg.ScatterPlotItem(size=11)
        self.addItem(self._point)
        self.setXRange(0, 100, padding=0.06)
        self.setYRange(0, 100, padding=0.1)
        theme.changed.connect(self._paint)
        self._paint()

    def show_bench(self, bench: Bench | None) -> None:
        """Draw the curve of a bench."""
        curve = None if bench is None else bench.roc
        if curve is None:
            self._curve.setData([], [])
            self._point.setData([], [])
            return
        self._curve.setData(curve.false_alarm_rate * 100, curve.hit_rate * 100)

    def place_point(self, counts: Counts) -> None:
        """Put the mark where the threshold's counts are."""
        if counts.false_alarm_rate is None or counts.miss_rate is None:
            self._point.setData([], [])
        else:
            self._point.setData([counts.false_alarm_rate * 100], [(1 - counts.miss_rate) * 100])

    def _paint(self) -> None:
        colours = self._theme.colours
        self._curve.setPen(pg.mkPen(colours.accent, width=2))
        self._point.setPen(pg.mkPen(colours.raised, width=1))
        self._point.setBrush(pg.mkBrush(colours.text))


class Confusion(QWidget):
    """How many normal and abnormal images are judged OK and NG."""

    def __init__(self, theme: Theme) -> None:
        """Count nothing yet."""
        super().__init__()
        self._theme = theme
        self._counts: Counts | None = None
        self.setMinimumHeight(96)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    def show_counts(self, counts: Counts | None) -> None:
        """Show these counts."""
        self._counts = counts
        if counts is not None:
            text = self.tr("Normal: {0} OK, {1} NG. Abnormal: {2} OK, {3} NG.")
            self.setAccessibleName(
                text.format(counts.normal_ok, counts.normal_ng, counts.abnormal_ok, counts.abnormal_ng)
            )
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the four fields."""
        if self._counts is None:
            return
        counts, colours = self._counts, self._theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        names, above = 74.0, 24.0
        wide, high = (self.width() - names) / 2, min((self.height() - above) / 2, 74.0)
        painter.setPen(QColor(colours.quiet))
        for column, word in enumerate((self.tr("judged OK"), self.tr("judged NG"))):
            painter.drawText(QRectF(names + column * wide, 0, wide, above), Qt.AlignmentFlag.AlignCenter, word)
        rows = (
            (self.tr("normal"), (counts.normal_ok, counts.normal_ng), 0),
            (self.tr("abnormal"), (counts.abnormal_ok, counts.abnormal_ng), 1),
        )
        for row, (word, numbers, right) in enumerate(rows):
            top = above + row * high
            painter.setPen(QColor(colours.quiet))
            painter.drawText(QRectF(0, top, names - 8, high), Qt.AlignmentFlag.AlignVCenter, word)
            for column, number in enumerate(numbers):
                good = column == right
                ground = colours.sunken if not number else colours.ok_soft if good else colours.ng_soft
                field = QRectF(names + column * wide + 2, top + 2, wide - 4, high - 4)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(ground))
                painter.drawRoundedRect(field, 6, 6)
                ink = colours.quiet if not number else colours.ok if good else colours.ng
                painter.setPen(QColor(ink))
                font = painter.font()
                font.setPixelSize(20)
                font.setBold(True)
                painter.save()
                painter.setFont(font)
                painter.drawText(field, Qt.AlignmentFlag.AlignCenter, f"{number}")
                painter.restore()
