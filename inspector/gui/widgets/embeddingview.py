"""An embedding to look at: the images of the training in a plane, the normal region, and a frame that moves in it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout

from inspector.detectors.projection import RING, circle, circles
from inspector.gui.models.embedding import Mark, in_sight, marks, nearest_point, widened
from inspector.gui.widgets.curves import Plot
from inspector.gui.widgets.picture import to_pixmap

if TYPE_CHECKING:
    import numpy.typing as npt
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent

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
        self._path = pg.PlotCurveItem(antialias=True)
        self._frame = pg.ScatterPlotItem(pxMode=True, antialias=True)
        for item in (self._lines, self._ring, self._points, self._path, self._frame):
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
        self._path.setData(path[:, 0], path[:, 1])
        self._path.setPen(pg.mkPen(colours.text, width=1.5))
        edge = pg.mkPen(colours.raised, width=2)
        spots: list[dict[str, Any]] = [
            {"pos": (x, y), "size": _FRAME * (0.25 + 0.25 * age / TRAIL), "brush": colours.text, "pen": None}
            for age, (x, y) in enumerate(path[:-1].tolist(), TRAIL - len(path))
        ]
        if len(path):
            colour = colours.ng if self._bad else colours.ok
            x, y = path[-1].tolist()
            spots.append({"pos": (x, y), "size": _FRAME, "brush": colour, "pen": edge})
        self._frame.setData(spots)


class EmbeddingView(QFrame):
    """The plane with its key, and what it does not say."""

    def __init__(self, theme: Theme) -> None:
        """Show no plane yet."""
        super().__init__()
        self.setObjectName("box")
        self._theme = theme
        self._title = QLabel(self.tr("Embedding"))
        self._title.setObjectName("section")
        self.key = QLabel()
        self.key.setWordWrap(True)
        self.plot = EmbeddingPlot(theme)
        self.note = QLabel()
        self.note.setObjectName("help")
        self.note.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(4)
        column.addWidget(self._title)
        column.addWidget(self.key)
        column.addWidget(self.plot, 1)
        column.addWidget(self.note)
        theme.changed.connect(self._say)

    def show_projection(self, projection: Projection | None) -> None:
        """Show this plane."""
        self.plot.show_projection(projection)
        self._say()

    def set_compact(self, compact: bool) -> None:  # noqa: FBT001 - as `setVisible`
        """Where there is little room, say what it does not show only to whoever rests the mouse on the title."""
        self.note.setVisible(not compact)

    def _say(self) -> None:
        plane = self.plot.projection
        if plane is None:
            self.key.clear()
            self.note.clear()
            return
        counts = np.bincount(plane.group, minlength=len(plane.groups))
        parts: list[str] = []
        references = [count for mark, count in zip(self.plot.marks, counts, strict=True) if mark.sort == "reference"]
        for mark, count in zip(self.plot.marks, counts, strict=True):
            if mark.sort == "reference":
                continue
            parts.append(self._keyed(mark, called(self, mark), int(count)))
        if references:
            first = next(mark for mark in self.plot.marks if mark.sort == "reference")
            words = called(self, first)
            if len(references) > 1:
                words = self.tr("reference, {n} classes").format(n=len(references))
            parts.append(self._keyed(first, words, int(sum(references))))
        self.key.setText("&nbsp;&nbsp; ".join(parts))
        text = self.tr("Two directions of {n}: what lies together here may still lie apart, so the score decides.")
        ring = self.tr("The dashed ring holds {share} of the normal images shown; 10× is ten times as far out.")
        self.note.setText(f"{text} {ring}".format(n=plane.axes.shape[1], share=f"{RING:.0%}"))
        for label in (self._title, self.key):
            label.setToolTip(self.note.text())

    def _keyed(self, mark: Mark, words: str, count: int) -> str:
        colour = getattr(self._theme.colours, mark.colour)
        plain = words.replace("&", "&amp;").replace("<", "&lt;").replace(" ", "&nbsp;")
        return f'<span style="color:{colour}">{mark.sign}</span>&nbsp;{plain}&nbsp;({count})'


def called(of: QFrame | Plot, mark: Mark) -> str:
    """What people call a group of images."""
    return {
        "normal": of.tr("normal"),
        "abnormal": of.tr("abnormal: {kind}"),
        "reference": of.tr("reference: {kind}"),
        "damaged": of.tr("damaged copies"),
    }[mark.sort].format(kind=mark.kind)


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
