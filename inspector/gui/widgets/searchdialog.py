"""A search played step by step: the image, what the generator makes ever more like it, and what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QVBoxLayout,
)

from inspector.gui.widgets.curves import Plot
from inspector.gui.widgets.picture import PictureView
from inspector.jobs.searched import Searched, searched

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from inspector.core.image import Image
    from inspector.gui.theme import Theme
    from inspector.gui.worker import Failure, Runner

_FRAME_MS = 120
_REST_MS = 1200
"""How long the end stands before it begins again."""
_WIDE, _HIGH = 860, 620


class SearchDialog(QDialog):
    """Searches once more for one image, in a thread of its own, and plays what it found on the way."""

    def __init__(self, theme: Theme, runner: Runner, bundle: Path, image: Image, parent: QWidget) -> None:
        """Begin to search.

        Args:
            theme: gives the colours.
            runner: of the search, with nothing under way; it outlives the dialog, so closing waits for nothing.
            bundle: of the detector.
            image: to search for.
            parent: the window it stands over.
        """
        super().__init__(parent)
        self.setWindowTitle(self.tr("How it was found"))
        self.resize(_WIDE, _HIGH)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._theme = theme
        self.search: Searched | None = None
        self.views = [PictureView(theme) for _ in range(3)]
        self.words = QLabel(self.tr("Searching …"))
        self.words.setWordWrap(True)
        self.play = QPushButton(self.tr("Pause"))
        self.play.setFixedWidth(self.play.sizeHint().width() + 16)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(self.tr("Step of the search"))
        self.plot = Plot(theme, self.tr("Loss by step"), bottom=self.tr("step"), left=self.tr("least loss so far"))
        self._curve = self.plot.plot([], [], antialias=True)
        self._now = pg.InfiniteLine(angle=90)
        self._threshold = pg.InfiniteLine(angle=0)
        self._lay_out()
        self._offer(ready=False)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._next)
        self.slider.valueChanged.connect(self._show)
        self.slider.sliderPressed.connect(self.pause)
        self.play.clicked.connect(self._toggle)
        theme.changed.connect(self._paint)
        self._paint()
        self._runner = runner
        runner.done.connect(self._found)
        runner.failed.connect(self._failed)
        runner.run(lambda listener: searched(bundle, image, listener))

    @property
    def playing(self) -> bool:
        """Whether it goes on by itself."""
        return self._timer.isActive()

    def pause(self) -> None:
        """Stay at this step."""
        self._timer.stop()
        self.play.setText(self.tr("Play"))

    def done(self, result: int) -> None:
        """Close; a search under way ends."""
        self._timer.stop()
        self._runner.cancel()
        super().done(result)

    def _found(self, search: object) -> None:
        assert isinstance(search, Searched)  # noqa: S101 - what the job gives
        self.search = search
        self._curve.setData(range(1, len(search.losses) + 1), search.losses)
        self._threshold.setPos(search.threshold)
        self.plot.setXRange(1, max(2, len(search.losses)), padding=0.02)
        self.plot.setYRange(0, max(float(search.losses.max()), search.threshold), padding=0.08)
        self._threshold.setVisible(True)
        self._now.setVisible(True)
        self.views[0].show_image(search.image)
        self.slider.setRange(0, len(search.generated) - 1)
        self._offer(ready=True)
        self._show(0)
        self._start()

    def _failed(self, failure: Failure) -> None:
        self.words.setText(failure.message)

    def _start(self) -> None:
        self._timer.start(_FRAME_MS)
        self.play.setText(self.tr("Pause"))

    def _toggle(self) -> None:
        if self.playing:
            self.pause()
        else:
            self._start()

    def _next(self) -> None:
        last = self.slider.value() == self.slider.maximum()
        self.slider.setValue(0 if last else self.slider.value() + 1)
        self._timer.setInterval(_REST_MS if self.slider.value() == self.slider.maximum() else _FRAME_MS)

    def _show(self, place: int) -> None:
        search = self.search
        if search is None:
            return
        step = search.steps[place]
        self.views[1].show_image(search.generated[place])
        self.views[2].show_image(search.residual[place])
        self._now.setPos(step + 1)
        text = self.tr("Step %1 of %2: loss %3. The score is %4, the threshold %5.")
        for mark, value in (
            ("%1", str(step + 1)),
            ("%2", str(len(search.losses))),
            ("%3", f"{search.losses[step]:.4g}"),
            ("%4", f"{search.score:.4g}"),
            ("%5", f"{search.threshold:.4g}"),
        ):
            text = text.replace(mark, value)
        self.words.setText(text)

    def _offer(self, *, ready: bool) -> None:
        for widget in (self.play, self.slider):
            widget.setEnabled(ready)

    def _paint(self) -> None:
        colours = self._theme.colours
        self._curve.setPen(pg.mkPen(colours.accent, width=2))
        self._now.setPen(pg.mkPen(colours.text, width=1))
        self._threshold.setPen(pg.mkPen(colours.abnormal, width=2, style=Qt.PenStyle.DashLine))

    def _lay_out(self) -> None:
        pictures = QGridLayout()
        pictures.setHorizontalSpacing(12)
        titles = (self.tr("Image"), self.tr("Generated"), self.tr("Residual"))
        for place, (view, title) in enumerate(zip(self.views, titles, strict=True)):
            caption = QLabel(title)
            caption.setObjectName("section")
            view.setAccessibleName(title)
            pictures.addWidget(caption, 0, place)
            pictures.addWidget(view, 1, place)
            pictures.setColumnStretch(place, 1)
        pictures.setRowStretch(1, 1)
        for line in (self._now, self._threshold):
            line.setVisible(False)
            self.plot.addItem(line)
        row = QHBoxLayout()
        row.addWidget(self.play)
        row.addWidget(self.slider, 1)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.reject)
        page = QVBoxLayout(self)
        page.setContentsMargins(18, 16, 18, 16)
        page.setSpacing(10)
        page.addLayout(pictures, 3)
        page.addWidget(self.words)
        page.addLayout(row)
        page.addWidget(self.plot, 2)
        page.addWidget(close)
