"""The plane of an embedding: the images of the training, the normal region, and a frame that moves in it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout

from inspector.detectors.projection import circle, circles
from inspector.gui.models.embedding import Mark, in_sight, marks, nearest_point, widened
from inspector.gui.widgets.curves import Plot
from inspector.gui.widgets.picture import to_pixmap

if TYPE_CHECKING:
    import numpy.typing as npt
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

    from inspector.detectors.projection import Projection
    from inspector.gui.theme import Theme

TRAIL = 12
"""So many of the last frames are joined by a line, so that one sees from where the frame came."""

_POINT, _FRAME = 7, 17
_LARGER = 4
"""How many times a thumbnail is enlarged under the mouse."""
_GAP = 14
_LABELLED = np.array([np.cos(np.radians(-22)), np.sin(np.radians(-22))])
"""Where a circle's number stands: what is not normal lies to the right and above."""


class EmbeddingPlot(Plot):
    """The plane. Hovering a point shows its thumbnail; wheel and mouse move nothing."""

    def __init__(self, theme: Theme) -> None:
        """Show no plane yet."""
        super().__init__(theme, "")
        self.setAccessibleName(self.tr("Embedding: images of the training in two of its directions"))
        self.projection: Projection | None = None
        self.trail: deque[tuple[float, float]] = deque(maxlen=TRAIL)
        self._bad = False
        self._marks: list[Mark] = []
        self._sight = (-1.0, 1.0, -1.0, 1.0)
        self.setAspectLocked(lock=True)
        self.showGrid(x=False, y=False)
        for side in ("bottom", "left"):
            self.hideAxis(side)  # the directions have no unit, and no name
        self._drawn = np.zeros((0, 2), np.float32)
        self._ring = pg.PlotCurveItem(antialias=True)
        self._lines = pg.PlotCurveItem(antialias=True, connect="finite")
        self._labels: list[pg.TextItem] = []
        self._points = pg.ScatterPlotItem(pxMode=True, antialias=True)
        self._frame = _Trail()
        for item in (self._lines, self._ring, self._points, self._frame):
            self.addItem(item, ignoreBounds=True)
        self.getViewBox().sigRangeChanged.connect(self._show_labels)
        self.tag = _Tag(self)
        self.setMouseTracking(True)
        theme.changed.connect(self._paint)

    @property
    def marks(self) -> list[Mark]:
        """How each group of images is drawn."""
        return self._marks

    def show_projection(self, projection: Projection | None) -> None:
        """Show this plane, and no frame in it."""
        self.projection = projection
        self._marks = [] if projection is None else marks(projection)
        self.tag.hide()
        self.clear_frame()
        self._drawn = np.zeros((0, 2), np.float32) if projection is None else projection.drawn(projection.points)
        if projection is not None:
            self._look_at(in_sight(self._drawn))
        self._paint()

    def show_frame(self, point: tuple[float, float], *, bad: bool) -> None:
        """A frame lies at this point of the plane now; `bad` gives it the colour of NG."""
        if self.projection is None:
            return
        self.trail.append(point)
        self._bad = bad
        [(x, y)] = self.projection.drawn([point])
        wider = widened(self._sight, (float(x), float(y)))
        if wider is not None:
            self._look_at(wider)
        self._paint_frame()

    def clear_frame(self) -> None:
        """There is no frame."""
        self.trail.clear()
        self._paint_frame()

    @property
    def pixels(self) -> npt.NDArray[np.float64]:
        """Where the images of the training lie on the widget, `(n, 2)`."""
        points = self._drawn
        box = self.getViewBox()
        (left, right), (bottom, top) = box.viewRange()
        room = box.sceneBoundingRect()
        x = room.left() + (points[:, 0] - left) / (right - left) * room.width()
        y = room.bottom() - (points[:, 1] - bottom) / (top - bottom) * room.height()
        return np.stack([x, y], axis=1).astype(np.float64)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show what the point under the mouse is."""
        super().mouseMoveEvent(event)
        self.point_at(event.position())

    def leaveEvent(self, event: QEvent) -> None:
        """Show it no longer."""
        self.tag.hide()
        super().leaveEvent(event)

    def point_at(self, position: QPointF) -> None:
        """The mouse is here."""
        plane = self.projection
        where = None if plane is None else nearest_point(self.pixels, position.x(), position.y())
        if plane is None or where is None:
            self.tag.hide()
            return
        words = called(self, self._marks[plane.group[where]])
        self.tag.show_image(plane.pictures[where], plane.names[where], words, position.toPoint())

    def _look_at(self, sight: tuple[float, float, float, float]) -> None:
        self._sight = sight
        left, right, bottom, top = sight
        self.setRange(xRange=(left, right), yRange=(bottom, top), padding=0)

    def _paint(self) -> None:
        colours, plane = self._theme.colours, self.projection
        soft = QColor(colours.normal)
        soft.setAlpha(28)
        outline = np.zeros((0, 2)) if plane is None else circle(1)
        self._draw_lines()
        self._ring.setData(outline[:, 0], outline[:, 1])
        self._ring.setPen(pg.mkPen(colours.normal, width=1.5, style=Qt.PenStyle.DashLine))
        self._ring.setBrush(soft)
        spots = []
        for number, mark in enumerate(self._marks if plane is not None else ()):
            assert plane is not None  # noqa: S101 - as asked in the line above
            colour = QColor(getattr(colours, mark.colour))
            colour.setAlpha(150 if mark.sort == "normal" else 220)
            hollow = mark.symbol in {"x", "+"}  # drawn as shapes with an edge: too loud when filled
            for x, y in self._drawn[plane.group == number]:
                spots.append(
                    {
                        "pos": (float(x), float(y)),
                        "symbol": mark.symbol,
                        "size": _POINT if not hollow else _POINT - 1,
                        "brush": colour,
                        "pen": None if hollow else pg.mkPen(colours.raised, width=0.5),
                    }
                )
        self._points.setData(spots)
        self._paint_frame()

    def _draw_lines(self) -> None:
        """Lines to go by, with how many times as far out as the edge of the normal region they lie."""
        for label in self._labels:
            self.removeItem(label)
        self._labels = []
        colours = self._theme.colours
        furthest = float(np.linalg.norm(self._drawn, axis=1).max(initial=0.0))
        steps = circles(float(np.expm1(furthest)))[1:]
        gap = np.full((1, 2), np.nan, np.float32)
        lines = np.concatenate([np.concatenate([circle(step), gap]) for step in steps]) if steps else gap
        self._lines.setData(lines[:, 0], lines[:, 1])
        self._lines.setPen(pg.mkPen(colours.line, width=1))
        for step in steps:
            label = pg.TextItem(f"{step:g}×", color=colours.quiet, anchor=(0.5, 0.5), fill=colours.raised)
            label.setPos(*(float(np.log1p(step)) * _LABELLED))
            label.setZValue(-5)
            self._labels.append(label)
            self.addItem(label, ignoreBounds=True)
        self._show_labels()

    def _show_labels(self, *_: object) -> None:
        """Only those numbers that are seen whole."""
        (left, right), (bottom, top) = self.getViewBox().viewRange()
        edge = 0.03 * (top - bottom)
        for label in self._labels:
            place = label.pos()
            inside = left + edge < place.x() < right - edge and bottom + edge < place.y() < top - edge
            label.setVisible(inside)

    def _paint_frame(self) -> None:
        colours = self._theme.colours
        path = np.zeros((0, 2)) if self.projection is None else self.projection.drawn(list(self.trail))
        self._frame.show_path(path, QColor(colours.text), QColor(colours.raised))
        self._frame.fill(QColor(colours.ng if self._bad else colours.ok))


def called(of: QWidget, mark: Mark) -> str:
    """What people call a group of images."""
    return {
        "normal": of.tr("normal"),
        "abnormal": of.tr("abnormal: {kind}"),
        "reference": of.tr("reference: {kind}"),
        "damaged": of.tr("damaged copies"),
    }[mark.sort].format(kind=mark.kind)


class _Trail(pg.GraphicsObject):
    """The last places of a frame, and a large dot where it is now.

    pyqtgraph's own items make each dot anew with every frame: 3 ms where this takes one.
    """

    def __init__(self) -> None:
        super().__init__()
        self._places: list[QPointF] = []
        self._ink, self._edge, self._fill = QColor(), QColor(), QColor()

    def show_path(self, path: npt.NDArray[np.floating], ink: QColor, edge: QColor) -> None:
        """Show these places `(n, 2)`, the newest last."""
        self.prepareGeometryChange()
        self._places = [QPointF(x, y) for x, y in path.tolist()]
        self._ink, self._edge = ink, edge
        self.update()

    def fill(self, colour: QColor) -> None:
        """Give the large dot this colour."""
        self._fill = colour
        self.update()

    def viewTransformChanged(self) -> None:
        self.prepareGeometryChange()

    def boundingRect(self) -> QRectF:
        if not self._places:
            return QRectF()
        wide, high = (_FRAME * (size or 0.0) for size in (self.pixelWidth(), self.pixelHeight()))
        return QPolygonF(self._places).boundingRect().adjusted(-wide, -high, wide, high)

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        if not self._places:
            return
        # In the view's own pixels: the dots are as large however far one looks.
        at = painter.transform()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        *before, now = [at.map(one) for one in self._places]
        painter.setPen(pg.mkPen(self._ink, width=1.5))
        painter.drawPolyline(QPolygonF([*before, now]))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._ink)
        for age, one in enumerate(before, TRAIL - len(before)):
            size = _FRAME * (0.125 + 0.125 * age / TRAIL)
            painter.drawEllipse(one, size, size)
        painter.setPen(pg.mkPen(self._edge, width=2))
        painter.setBrush(self._fill)
        painter.drawEllipse(now, _FRAME / 2, _FRAME / 2)


class _Tag(QFrame):
    """What a point is: its thumbnail, its name and its group."""

    def __init__(self, parent: Plot) -> None:
        super().__init__(parent)
        self._plot = parent
        self.setObjectName("box")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.picture = QLabel()
        self.words = QLabel()
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 6)
        column.setSpacing(4)
        column.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.words)
        self.hide()

    def show_image(self, image: npt.NDArray[np.uint8], name: str, group: str, at: QPoint) -> None:
        """Show a point's image beside the mouse, inside the plot."""
        pixmap = to_pixmap(np.ascontiguousarray(image))
        self.picture.setPixmap(
            pixmap.scaled(
                pixmap.size() * _LARGER,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        )
        self.words.setText("\n".join(part for part in (name, group) if part))
        self.adjustSize()
        room = self._plot.rect()
        place = QRect(at + QPoint(_GAP, _GAP), self.size())
        if place.right() > room.right():
            place.moveRight(at.x() - _GAP)
        if place.bottom() > room.bottom():
            place.moveBottom(at.y() - _GAP)
        place.moveLeft(max(place.left(), 0))
        place.moveTop(max(place.top(), 0))
        self.setGeometry(place)
        self.show()
        self.raise_()
