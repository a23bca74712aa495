"""Areas to look at and to ignore, drawn on a picture."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsView

from inspector.gui.models.region import Draft, Hit, Side
from inspector.gui.widgets.picture import PictureView
from inspector.imaging.region import Region, rectangle

if TYPE_CHECKING:
    from inspector.gui.theme import Theme
    from inspector.imaging.region import Polygon

_NEAR = 9.0
_HANDLE = 4.0
_CLOSES = 3
_DARK = 150
_REMEMBERED = 200


class Tool(StrEnum):
    """What the mouse does."""

    MOVE = "move"
    RECTANGLE = "rectangle"
    POLYGON = "polygon"


class RegionEditor(PictureView):
    """Draws a `Draft` on a picture. What the mouse means is asked of the draft; this only paints and passes on."""

    changed = Signal()
    """Another draft, another area selected, or a polygon begun or given up."""

    def __init__(self, theme: Theme, placeholder: str = "") -> None:
        """Show no area."""
        super().__init__(theme, placeholder)
        self.draft = Draft()
        self.tool = Tool.RECTANGLE
        self.side: Side = "include"
        self.selected: int | None = None
        self._undo: list[Draft] = []
        self._points: list[tuple[float, float]] = []
        self._mouse = (0.0, 0.0)
        self._drag: tuple[Hit, Draft, tuple[float, float]] | None = None
        self._from: tuple[float, float] | None = None
        self.setDragMode(QGraphicsView.DragMode.NoDrag)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @property
    def drawing(self) -> bool:
        """Whether a polygon is begun and not closed."""
        return bool(self._points)

    @property
    def can_undo(self) -> bool:
        """Whether something was drawn that can be taken back."""
        return bool(self._undo or self._points)

    def begin(self, region: Region) -> None:
        """Edit these areas."""
        self.draft, self.selected = Draft.of(region), None
        self._undo.clear()
        self._give_up()

    def use(self, tool: Tool) -> None:
        """Take up another tool; a polygon that is not closed is given up."""
        self.tool = tool
        self._give_up()

    def select(self, index: int | None) -> None:
        """Select one of the areas."""
        self.selected = index
        self._tell()

    def change(self, draft: Draft) -> None:
        """Go over to another draft, in a way that can be undone."""
        if draft != self.draft:
            self._undo = [*self._undo[-_REMEMBERED:], self.draft]
            self.draft = draft
        if self.selected is not None and self.selected >= len(draft.areas):
            self.selected = None
        self._tell()

    def undo(self) -> None:
        """Take back the last corner of an open polygon, or the last change."""
        if self._points:
            self._points.pop()
        elif self._undo:
            self.draft = self._undo.pop()
            self.selected = None
        self._tell()

    def delete(self) -> None:
        """Remove the selected area."""
        if self.selected is not None:
            self.change(self.draft.removed(self.selected))
            self.select(None)

    def close_polygon(self) -> None:
        """Make an area of the corners set so far."""
        if len(self._points) >= _CLOSES:
            points, self._points = tuple(self._points), []
            self._add(points)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin an area, or take hold of one."""
        where = self._relative(event)
        if not self.has_image or where is None:
            return
        if event.button() == Qt.MouseButton.RightButton:
            self.close_polygon()
            return
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if self._points:
            first = self._points[0]
            near = self._near()
            closes = abs(where[0] - first[0]) <= near[0] and abs(where[1] - first[1]) <= near[1]
            if closes and len(self._points) >= _CLOSES:
                self.close_polygon()
            else:
                self._points.append(_clamped(where))
            self._tell()
            return
        hit = self.draft.hit(*where, self._near())
        if hit is not None and (self.tool is Tool.MOVE or hit.corner is not None):
            self._drag = (hit, self.draft, where)
            self.select(hit.area)
        elif self.tool is Tool.RECTANGLE:
            self._from = _clamped(where)
        elif self.tool is Tool.POLYGON:
            self._points = [_clamped(where)]
            self._tell()
        else:
            self.select(None)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw on, or drag."""
        where = self._relative(event)
        if where is None:
            return
        self._mouse = _clamped(where)
        if self._drag is not None:
            hit, before, start = self._drag
            self.draft = before.moved(hit, where[0] - start[0], where[1] - start[1])
            self.changed.emit()
        under = None if self._points or self._from else self.draft.hit(*where, self._near())
        grabs = under is not None and (self.tool is Tool.MOVE or under.corner is not None)
        shape = Qt.CursorShape.SizeAllCursor if grabs else Qt.CursorShape.CrossCursor
        self.viewport().setCursor(Qt.CursorShape.ArrowCursor if self.tool is Tool.MOVE and not grabs else shape)
        self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a rectangle, or let go."""
        where = self._relative(event)
        if self._drag is not None:
            _, before, _ = self._drag
            self._drag = None
            after, self.draft = self.draft, before
            self.change(after)
        elif self._from is not None and where is not None:
            (left, top), (right, bottom) = self._from, _clamped(where)
            self._from = None
            self._add(rectangle(min(left, right), min(top, bottom), max(left, right), max(top, bottom)))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Close the polygon; the first of the two clicks set its last corner."""
        self.close_polygon()
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close or give up a polygon; remove or move the selected area."""
        key, steps = event.key(), {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1)}
        steps[Qt.Key.Key_Down] = (0, 1)
        if key in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self._points:
            self.close_polygon()
        elif key == Qt.Key.Key_Escape and self._points:
            self._give_up()
        elif key == Qt.Key.Key_Backspace and self._points:
            self.undo()
        elif key in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace}:
            self.delete()
        elif key in steps and self.selected is not None:
            size, (dx, dy) = self._size(), steps[Qt.Key(key)]
            self.change(self.draft.moved(Hit(self.selected), dx / size[0], dy / size[1]))
        else:
            super().keyPressEvent(event)

    def drawForeground(self, painter: QPainter, _rect: QRectF | object) -> None:
        """Darken what is not looked at, and draw the outlines."""
        if not self.has_image:
            return
        colours = self._theme.colours
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        wide, high = self._size()
        whole, inside, outside = QPainterPath(), QPainterPath(), QPainterPath()
        whole.addRect(0, 0, wide, high)
        for area in self.draft.areas:
            path = QPainterPath()
            path.addPolygon(self._scene_polygon(area.polygon))
            path.closeSubpath()
            if area.side == "include":
                inside = inside.united(path)
            else:
                outside = outside.united(path)
        looks = any(area.side == "include" for area in self.draft.areas)
        painter.fillPath(whole.subtracted(inside) if looks else QPainterPath(), QColor(0, 0, 0, _DARK))
        painter.fillPath(outside.intersected(inside) if looks else outside, QColor(0, 0, 0, _DARK))
        for index, area in enumerate(self.draft.areas):
            colour = QColor(colours.accent if area.side == "include" else colours.ng)
            self._outline(painter, self._scene_polygon(area.polygon), colour, bold=index == self.selected)
        colour = QColor(colours.accent if self.side == "include" else colours.ng)
        if self._from is not None:
            (left, top), (right, bottom) = self._from, self._mouse
            self._outline(painter, self._scene_polygon(rectangle(left, top, right, bottom)), colour, bold=False)
        elif self._points:
            self._outline(painter, self._scene_polygon((*self._points, self._mouse)), colour, bold=False)

    def _outline(self, painter: QPainter, polygon: QPolygonF, colour: QColor, *, bold: bool) -> None:
        for pen_colour, width in ((QColor(0, 0, 0, 160), 5 if bold else 4), (colour, 3 if bold else 2)):
            pen = QPen(pen_colour, width)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolygon(polygon)
        radius = _HANDLE / self.transform().m11()
        pen = QPen(QColor(0, 0, 0, 160), 1)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setBrush(colour if bold else QColor("white"))
        for point in polygon.toList():
            painter.drawRect(QRectF(point.x() - radius, point.y() - radius, 2 * radius, 2 * radius))

    def _add(self, points: tuple[tuple[float, float], ...]) -> None:
        draft = self.draft.added(self.side, points)
        fresh = draft is not self.draft
        self.change(draft)
        if fresh:
            self.select(len(draft.areas) - 1)

    def _give_up(self) -> None:
        self._points, self._from, self._drag = [], None, None
        self._tell()

    def _tell(self) -> None:
        self.viewport().update()
        self.changed.emit()

    def _size(self) -> tuple[float, float]:
        rect = self.sceneRect()
        return max(1.0, rect.width()), max(1.0, rect.height())

    def _near(self) -> tuple[float, float]:
        wide, high = self._size()
        scale = self.transform().m11()
        return _NEAR / scale / wide, _NEAR / scale / high

    def _relative(self, event: QMouseEvent) -> tuple[float, float] | None:
        where = self.mapToScene(event.position().toPoint())
        wide, high = self._size()
        return where.x() / wide, where.y() / high

    def _scene_polygon(self, polygon: Polygon) -> QPolygonF:
        wide, high = self._size()
        return QPolygonF([QPointF(x * wide, y * high) for x, y in polygon])


def _clamped(where: tuple[float, float]) -> tuple[float, float]:
    return min(max(where[0], 0.0), 1.0), min(max(where[1], 0.0), 1.0)
