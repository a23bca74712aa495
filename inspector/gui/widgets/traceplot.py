"""The scores of a feed as they come, with the threshold as a line that can be dragged."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QPainter, QPen, QPolygonF

from inspector.gui.models.live import spoken

if TYPE_CHECKING:
    import numpy.typing as npt
    from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

    from inspector.gui.models.live import Trace
    from inspector.gui.theme import Theme

_LEAST = 1e-12
_HEADROOM = 1.1
_STEP = 1.1
"""By so much the scale grows or shrinks at once: an axis that changes with every score is laid out with every score."""
_FEWEST = 60
"""So many frames' width the plot has at least, so that the first few do not race across it."""


_DOT = 6
"""Pixels across."""


class _Scores(pg.GraphicsObject):
    """Scores as a line and dots on those that were NG.

    pyqtgraph's own items make a path and a picture of every dot anew with each score: 5 ms where this takes 1.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[QPolygonF] = []
        self._dots = QPolygonF()
        self._bounds = QRectF()
        self._pen, self._dot = QPen(), QPen()

    def set_pens(self, line: QPen, dot: QPen) -> None:
        self._pen, self._dot = line, dot
        self.update()

    def set_bounds(self, bounds: QRectF) -> None:
        """Where scores can be: it changes seldom, so that nothing around is painted with each of them."""
        self.prepareGeometryChange()
        self._bounds = bounds

    def set_scores(self, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], bad: npt.NDArray[np.bool_]) -> None:
        """Show scores (NaN leaves a gap) at these places, and dots on those that are `bad`."""
        gaps = np.flatnonzero(np.isnan(y))
        parts = zip(np.split(x, gaps), np.split(y, gaps), strict=True) if gaps.size else ((x, y),)
        self._lines = [_polygon(*part) for part in parts]
        self._dots = _polygon(x[bad], y[bad])
        self.update()

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        # In the view's own pixels: a pen's width must not depend on the scale of the scores.
        at = painter.transform()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setPen(self._pen)
        for line in self._lines:
            painter.drawPolyline(at.map(line))
        if not self._dots.isEmpty():
            painter.setPen(self._dot)
            painter.drawPoints(at.map(self._dots))


def _polygon(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> QPolygonF:
    seen = np.isfinite(y)
    answer: QPolygonF = pg.functions.create_qpolygonf(int(seen.sum()))
    if not answer.isEmpty():
        points = pg.functions.ndarray_from_qpolygonf(answer)  # its own memory: no point becomes an object in Python
        points[:, 0], points[:, 1] = x[seen], y[seen]
    return answer


class TracePlot(pg.PlotWidget):
    """Shows a `Trace`. Frames that were NG are dots; a frame that could not be read is a gap."""

    threshold_moved = Signal(float)
    """The line was dragged to this score."""

    def __init__(self, theme: Theme) -> None:
        """Show nothing yet."""
        super().__init__()
        self._theme = theme
        self._shown_count = -1
        self._top = 0.0
        self._seen = (0, 0.0)
        """How many frames wide and how high the plot is."""
        self._dragging = self._by_hand = False
        self.setAccessibleName(self.tr("Scores of the last frames"))
        self.setAccessibleDescription(self.tr("The threshold can be dragged here, or typed beside the plot."))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        plot = self.getPlotItem()
        plot.setMenuEnabled(False)
        plot.setMouseEnabled(x=False, y=False)
        plot.hideButtons()
        plot.getAxis("bottom").setStyle(showValues=False, tickLength=0)
        plot.getAxis("bottom").setHeight(10)  # or the zero beside it is cut in half
        plot.layout.setContentsMargins(1, 8, 1, 1)  # or the topmost number is cut in half
        plot.getAxis("left").setWidth(64)
        plot.getAxis("left").enableAutoSIPrefix(False)
        for name in ("left", "bottom"):
            # Numbers are drawn when they change, not with every score beside them.
            plot.getAxis(name).setCacheMode(pg.GraphicsObject.CacheMode.DeviceCoordinateCache)
        self._scores = _Scores()
        plot.addItem(self._scores, ignoreBounds=True)
        labelled = {"position": 0.02, "anchors": [(0, 1), (0, 1)]}
        self.line = pg.InfiniteLine(angle=0, movable=True, label=" ", labelOpts=labelled)
        self.line.setBounds((_LEAST, None))
        self.line.setCursor(Qt.CursorShape.SizeVerCursor)
        self.line.setVisible(False)
        self.line.sigDragged.connect(self._drag)
        self.line.sigPositionChangeFinished.connect(self._dropped)
        plot.addItem(self.line, ignoreBounds=True)
        theme.changed.connect(self._colour)
        self._colour()

    def clear_scores(self) -> None:
        """Show nothing."""
        nothing = np.zeros(0)
        self._scores.set_scores(nothing, nothing, np.zeros(0, np.bool_))
        self.line.setVisible(False)
        self._shown_count, self._top, self._dragging = -1, 0.0, False

    def show_trace(self, trace: Trace) -> None:
        """Show these scores; costs nothing when none came since the last time."""
        if trace.count == self._shown_count:
            return
        self._shown_count = trace.count
        _, scores, bad = trace.read()
        # Counted back from the newest, so that the axis stands still under the scores.
        ago = np.arange(1.0 - len(scores), 1.0)
        self._scores.set_scores(ago, scores, bad)
        wide = max(1, -(-len(scores) // _FEWEST)) * _FEWEST
        if wide != self._seen[0]:
            self._seen = (wide, self._seen[1])
            self.getPlotItem().setXRange(-wide, 1, padding=0)
            self._bound()
        finite = scores[np.isfinite(scores)]
        self._scale(float(finite.max()) if finite.size else 0.0)

    def set_threshold(self, value: float, *, by_hand: bool) -> None:
        """Put the line here. While it is being dragged it stays under the hand."""
        if self._dragging:
            return
        with QSignalBlocker(self.line):
            self.line.setValue(value)
        self.line.setVisible(True)
        self._say(value, by_hand=by_hand)
        self._scale(self._top)

    def _scale(self, top: float) -> None:
        self._top = top
        if self._dragging:
            return
        limit = float(self.line.value()) * 1.5 if self.line.isVisible() else 0.0
        steps = math.ceil(math.log(max(top * _HEADROOM, limit, _LEAST), _STEP))
        high = max(_STEP**steps, _LEAST)
        if high != self._seen[1]:
            self._seen = (self._seen[0], high)
            self.getPlotItem().setYRange(0, high, padding=0)
            self._bound()

    def _bound(self) -> None:
        wide, high = self._seen
        self._scores.set_bounds(QRectF(-wide, 0, wide + 1, high))

    def _drag(self) -> None:
        self._dragging = True
        value = max(float(self.line.value()), _LEAST)
        self._say(value, by_hand=True)
        self.threshold_moved.emit(value)

    def _dropped(self) -> None:
        self._dragging = False
        self._scale(self._top)

    def _say(self, value: float, *, by_hand: bool) -> None:
        text = self.tr("threshold %1, moved by hand") if by_hand else self.tr("threshold %1")
        self.line.label.setFormat(text.replace("%1", spoken(value)))
        if by_hand is not self._by_hand:
            self._by_hand = by_hand
            self._colour_line()

    def _colour_line(self) -> None:
        colours = self._theme.colours
        style = Qt.PenStyle.DashLine if self._by_hand else Qt.PenStyle.SolidLine
        colour = colours.warn if self._by_hand else colours.accent
        self.line.setPen(pg.mkPen(colour, width=2, style=style))
        self.line.setHoverPen(pg.mkPen(colours.text, width=3))
        self.line.label.setColor(colour)

    def _colour(self) -> None:
        colours = self._theme.colours
        self.setBackground(colours.raised)
        for name in ("left", "bottom"):
            axis = self.getPlotItem().getAxis(name)
            axis.setPen(pg.mkPen(colours.line))
            axis.setTextPen(pg.mkPen(colours.quiet))
        dot = QPen(pg.mkColor(colours.ng), _DOT)
        dot.setCapStyle(Qt.PenCapStyle.RoundCap)
        self._scores.set_pens(pg.mkPen(colours.normal, width=1), dot)
        self._colour_line()
