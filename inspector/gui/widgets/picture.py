"""A picture to look at closely: zoom with the wheel, pan by dragging, fit with a double click."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QFrame, QGraphicsPixmapItem, QGraphicsScene, QGraphicsView, QLabel

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent, QResizeEvent, QWheelEvent

    from inspector.core.image import Image
    from inspector.gui.theme import Theme

_STEP = 1.25
_MOST = 40.0


def to_qimage(image: Image) -> QImage:
    """An RGB image `(H, W, 3)` as a QImage with memory of its own."""
    high, wide = image.shape[:2]
    return QImage(image.data, wide, high, 3 * wide, QImage.Format.Format_RGB888).copy()


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
        before = self._item.pixmap().size()
        pixmap = to_pixmap(image)
        self._item.setPixmap(pixmap)
        self._placeholder.setVisible(False)
        if pixmap.size() != before:
            self._scene.setSceneRect(QRectF(pixmap.rect()))
            self.fit()

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
        if self.has_image:
            self.fitInView(self._item, Qt.AspectRatioMode.KeepAspectRatio)

    def zoom(self, factor: float) -> None:
        """Come closer (factor > 1) or go back; never farther than the whole picture."""
        if not self.has_image:
            return
        rect = self._item.boundingRect()
        whole = min(self.viewport().width() / rect.width(), self.viewport().height() / rect.height())
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

    def _colour(self) -> None:
        self.setBackgroundBrush(QColor(self._theme.colours.sunken))
