"""A picture to look at closely: zoom with the wheel, pan by dragging, fit with a double click."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap, QTransform
from PySide6.QtWidgets import QFrame, QGraphicsPixmapItem, QGraphicsScene, QGraphicsView, QLabel

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent, QResizeEvent, QWheelEvent

    from inspector.core.image import Image
    from inspector.gui.theme import Theme

_STEP = 1.25
_MOST = 40.0
_MARGIN = 2
"""Pixels left free around a whole picture."""


def to_qimage(image: Image) -> QImage:
    """An RGB image `(H, W, 3)` as a QImage with memory of its own."""
    high, wide = image.shape[:2]
    return QImage(image.data, wide, high, 3 * wide, QImage.Format.Format_RGB888).copy()


def for_screen(image: Image, room: QSize | None) -> QImage:
    """An RGB image `(H, W, 3)` as the screen takes it, scaled to the room it has; to be called beside the GUI's thread.

    Args:
        image: what to show.
        room: from `PictureView.room`, in the screen's own pixels; None keeps the image's size.
    """
    from inspector.core.cv import cv2

    high, wide = image.shape[:2]
    size = QSize(wide, high) if room is None else fitted(QSize(wide, high), room)
    if (size.width(), size.height()) != (wide, high):
        way = cv2.INTER_AREA if size.width() < wide else cv2.INTER_LINEAR
        image = cv2.resize(image, (size.width(), size.height()), interpolation=way)  # type: ignore[assignment]
    pixels = cv2.cvtColor(image, cv2.COLOR_RGB2BGRA)  # what Qt calls RGB32 where, as everywhere today, bytes go up
    return QImage(pixels.data, size.width(), size.height(), 4 * size.width(), QImage.Format.Format_RGB32).copy()


def fitted(size: QSize, room: QSize) -> QSize:
    """The largest size of these proportions in this room; no side is below 1."""
    return size.scaled(room, Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QSize(1, 1))


def to_pixmap(image: Image) -> QPixmap:
    """An RGB image `(H, W, 3)` as a pixmap."""
    return QPixmap.fromImage(to_qimage(image))


class PictureView(QGraphicsView):
    """Shows one RGB image; keeps zoom and place while pictures of the same size follow each other.

    Scene coordinates are the picture's pixels, so whatever is drawn on the scene lies where it belongs.
    """

    pointed = Signal(float, float)
    """The mouse is over this pixel (x, y)."""

    def __init__(self, theme: Theme, placeholder: str = "") -> None:
        """Show the placeholder text until there is a picture."""
        scene = QGraphicsScene()
        super().__init__(scene)
        self._scene = scene  # kept here: the view does not own it
        self._theme = theme
        self._item = QGraphicsPixmapItem()
        self._item.setTransformationMode(Qt.TransformationMode.SmoothTransformation)
        scene.addItem(self._item)
        self._fitted = True
        self._extent = QSize()
        """Of the picture shown; what stands for it on the screen may have been scaled already."""
        self._placeholder = QLabel(placeholder, self)
        self._placeholder.setObjectName("placeholder")
        self._placeholder.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._placeholder.setWordWrap(True)
        self._placeholder.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setDragMode(QGraphicsView.DragMode.ScrollHandDrag)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self.setMinimumSize(160, 120)
        self.setMouseTracking(True)
        theme.changed.connect(self._colour)
        self._colour()

    def show_image(self, image: Image | None) -> None:
        """Show this image, or the placeholder."""
        if image is None:
            self._item.setPixmap(QPixmap())
            self._placeholder.setVisible(True)
            return
        pixmap = to_pixmap(image)
        self._put(pixmap, pixmap.size())

    def show_ready(self, pixels: QImage, size: QSize) -> None:
        """Show a picture of this size that `for_screen` has brought to this view's `room`: it is only copied."""
        self._put(QPixmap.fromImage(pixels), size)

    @property
    def room(self) -> QSize | None:
        """How many of the screen's pixels a whole picture can have here; None while one is looked at more closely."""
        if not self._fitted:
            return None
        ratio, seen = self.devicePixelRatioF(), self.viewport().size()
        wide, high = ((side - 2 * _MARGIN) * ratio for side in (seen.width(), seen.height()))
        return QSize(round(wide), round(high)).expandedTo(QSize(1, 1))

    def set_placeholder(self, text: str) -> None:
        """Change what stands here while there is no picture."""
        self._placeholder.setText(text)

    @property
    def has_image(self) -> bool:
        """Whether a picture is shown."""
        return not self._item.pixmap().isNull()

    def fit(self) -> None:
        """Show the whole picture, and keep doing so when the window changes its size."""
        self._fitted = True
        room = self.room
        if self.has_image and room is not None:
            # To whole pixels of the screen, so that a picture that comes in this size is copied and not scaled again.
            size, ratio = fitted(self._extent, room), self.devicePixelRatioF()
            across, down = size.width() / self._extent.width(), size.height() / self._extent.height()
            self.setTransform(QTransform.fromScale(across / ratio, down / ratio))
            self.centerOn(self._item)

    def zoom(self, factor: float) -> None:
        """Come closer (factor > 1) or go back; never farther than the whole picture."""
        if not self.has_image:
            return
        whole = min(self.viewport().width() / self._extent.width(), self.viewport().height() / self._extent.height())
        wanted = self.transform().m11() * factor
        if wanted <= whole:
            self.fit()
        elif wanted <= _MOST:
            self._fitted = False
            self.scale(factor, factor)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom where the mouse is."""
        steps = event.angleDelta().y() / 120
        if steps:
            self.zoom(_STEP**steps)
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show the whole picture."""
        self.fit()
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell which pixel the mouse is over."""
        super().mouseMoveEvent(event)
        where = self.mapToScene(event.position().toPoint())
        self.pointed.emit(where.x(), where.y())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep a fitted picture fitted."""
        super().resizeEvent(event)
        self._placeholder.setGeometry(self.viewport().rect().adjusted(16, 16, -16, -16))
        if self._fitted:
            self.fit()

    def _put(self, pixmap: QPixmap, size: QSize) -> None:
        before, self._extent = self._extent if self.has_image else QSize(), size
        if pixmap.size() != self._item.pixmap().size() or size != before:
            across, down = size.width() / pixmap.width(), size.height() / pixmap.height()
            self._item.setTransform(QTransform.fromScale(across, down))
        self._item.setPixmap(pixmap)
        self._placeholder.setVisible(False)
        if size != before:
            self._scene.setSceneRect(QRectF(0, 0, size.width(), size.height()))
            self.fit()

    def _colour(self) -> None:
        self.setBackgroundBrush(QColor(self._theme.colours.sunken))
