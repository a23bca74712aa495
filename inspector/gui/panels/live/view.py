"""What one detector says of a feed: its verdict, its pictures, its scores and its threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSplitter, QVBoxLayout, QWidget

from inspector.core.inspection import Verdict
from inspector.gui.models.live import GAIN, Look, Sign
from inspector.gui.panels.live.threshold import ThresholdRow
from inspector.gui.widgets.banner import Banner
from inspector.gui.widgets.embeddingview import EmbeddingView
from inspector.gui.widgets.picture import PictureView
from inspector.gui.widgets.traceplot import TracePlot
from inspector.jobs.judging import point_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QImage

    from inspector.core.inspection import Inspection
    from inspector.detectors.projection import Projection
    from inspector.gui.models.live import Painted, Trace
    from inspector.gui.panels.live.painter import Rooms
    from inspector.gui.theme import Theme


class JudgeView(QWidget):
    """Shows one detector's `Painted` and `Trace`; picture, word and numbers change together, never one by one."""

    threshold_moved = Signal(float)
    """A hand moved the threshold here."""

    def __init__(self, theme: Theme) -> None:
        """Show nothing yet."""
        super().__init__()
        self._threshold: tuple[float, float | None] | None = None
        self._projection: Projection | None = None
        self._pointed: Inspection | None = None
        """Of the frame that lies in the plane already: a picture painted anew is not another frame."""
        self._with_embedding = True
        self.title = QLabel()
        self.title.setObjectName("section")
        self.banner = Banner()
        self.threshold = ThresholdRow()
        self.plot = TracePlot(theme)
        self.plot.setMinimumHeight(80)
        self._note = QLabel()
        self._note.setObjectName("hint")
        self._note.setWordWrap(True)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.addWidget(_column(self.title, self.banner, self._picture_row(theme), self._note, grows=2))
        split.addWidget(_column(self.threshold, self.plot, grows=1))
        split.setSizes([500, 150])
        split.setStretchFactor(0, 4)
        split.setStretchFactor(1, 1)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.addWidget(split)
        self.plot.threshold_moved.connect(self.threshold_moved)
        self.threshold.moved.connect(self.threshold_moved)
        self.begin("")

    def begin(self, name: str) -> None:
        """Show nothing of an earlier feed; `name` is the detector's."""
        self._threshold = None
        self.title.setText(name)
        self.show_projection(None)
        self.plot.clear_scores()
        self.threshold.clear()
        self.show_painted(None)
        self.banner.show_sign(Sign.NONE, None)

    def set_placeholder(self, text: str) -> None:
        """What stands where the picture will be."""
        self.pictures[0].set_placeholder(text)

    @property
    def rooms(self) -> Rooms:
        """What room each picture has on the screen."""
        return tuple(picture.room for picture in self.pictures)

    def show_painted(self, painted: Painted | None, ready: Sequence[QImage] = ()) -> None:
        """Show the pictures of a frame, which are `ready` for the screen."""
        pictures = painted.pictures if painted else ()
        for place, (box, caption) in enumerate(zip(self._boxes, self._captions, strict=True)):
            box.setVisible(place == 0 or len(pictures) > 1)
            caption.setVisible(len(pictures) > 1)
        if not pictures:
            self.pictures[0].show_image(None)
        for view, image, pixels in zip(self.pictures, pictures, ready, strict=False):
            view.show_ready(pixels, QSize(image.shape[1], image.shape[0]))
        self._show_point(painted)
        missing = painted.missing if painted else None
        self._note.setVisible(missing is not None)
        if missing is not None:
            no_map = self.tr("This method does not say where, so the plain picture is shown.")
            no_copy = self.tr("This method makes no reconstruction, so the plain picture is shown.")
            self._note.setText(no_map if missing in {Look.MAP, Look.CONTOUR} else no_copy)

    def show_projection(self, projection: Projection | None) -> None:
        """The plane in which this detector's frames lie; None where it has none."""
        if projection is not self._projection:
            self._projection, self._pointed = projection, None
            self.embedding.show_projection(projection)
        self.embedding.setVisible(projection is not None and self._with_embedding)

    def set_embedding(self, *, on: bool) -> None:
        """Show the plane beside the picture, or do not."""
        self._with_embedding = on
        self.embedding.setVisible(on and self._projection is not None)

    def show_trace(self, trace: Trace) -> None:
        """Show the scores that came."""
        self.plot.show_trace(trace)

    def show_threshold(self, own: float, override: float | None) -> None:
        """Show the threshold in force, and whether a hand moved it."""
        if self._threshold == (own, override):
            return
        self._threshold = (own, override)
        self.plot.set_threshold(own if override is None else override, by_hand=override is not None)
        self.threshold.show_threshold(own, override)

    def _show_point(self, painted: Painted | None) -> None:
        shown = painted.shown if painted else None
        inspection = None if shown is None else shown.inspection
        if inspection is not None and inspection is self._pointed:
            return
        self._pointed = inspection
        point = None if shown is None else point_of(self._projection, shown.measured)
        if inspection is None or point is None:
            self.embedding.plot.clear_frame()  # one that could not be read lies nowhere
        else:
            self.embedding.plot.show_frame(point, bad=inspection.verdict is Verdict.NG)

    def fit(self) -> None:
        """Show whole pictures."""
        for picture in self.pictures:
            picture.fit()

    def _picture_row(self, theme: Theme) -> QWidget:
        """One picture, or three beside each other with captions; and the plane where there is one."""
        difference = self.tr("Difference, %1 times").replace("%1", str(GAIN))
        self._captions = [QLabel(text) for text in (self.tr("Input"), self.tr("Reconstruction"), difference)]
        self.pictures = [PictureView(theme) for _ in self._captions]
        self._boxes = []
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for picture, caption in zip(self.pictures, self._captions, strict=True):
            picture.setAccessibleName(caption.text())
            caption.setObjectName("hint")
            box = _column(caption, picture, grows=1)
            self._boxes.append(box)
            row.addWidget(box, 1)
        self.pictures[0].setAccessibleName(self.tr("The frame judged last"))
        self.embedding = EmbeddingView(theme)
        self.embedding.setVisible(False)
        row.addWidget(self.embedding, 1)
        return holder


def _column(*widgets: QWidget, grows: int) -> QWidget:
    """Widgets below each other, of which one takes the room that is left."""
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(6)
    for place, widget in enumerate(widgets):
        column.addWidget(widget, int(place == grows))
    return holder
