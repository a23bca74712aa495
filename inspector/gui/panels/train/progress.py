"""How a training goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from inspector.core.events import Epoch, Samples
from inspector.gui.models.train import Watch
from inspector.gui.widgets.curves import Curves
from inspector.gui.widgets.samplesview import SamplesView

if TYPE_CHECKING:
    from inspector.core.events import Event
    from inspector.gui.theme import Theme

_DRAW_MS = 100
_STEPS = 1000
_MINUTE = 60.0


class ProgressPage(QWidget):
    """Stage and time left, curves, and what the network makes of a few images."""

    def __init__(self, theme: Theme) -> None:
        """Lay the page out."""
        super().__init__()
        self.watch = Watch()
        self._new_curves = self._new_samples = False
        self.stage = QLabel()
        self.stage.setObjectName("section")
        self.left = QLabel()
        self.left.setObjectName("hint")
        self.bar = QProgressBar()
        self.bar.setAccessibleName(self.tr("Progress of the training"))
        self.curves = Curves(theme)
        self.samples = SamplesView(theme)
        self._timer = QTimer(self)
        self._timer.setInterval(_DRAW_MS)
        self._timer.timeout.connect(self._draw)
        top = QHBoxLayout()
        top.addWidget(self.stage)
        top.addStretch(1)
        top.addWidget(self.left)
        title = QLabel(self.tr("Held-out and abnormal images"))
        title.setObjectName("section")
        self._epoch = QLabel()
        self._epoch.setObjectName("hint")
        line = QHBoxLayout()
        line.addWidget(title)
        line.addStretch(1)
        line.addWidget(self._epoch)
        box = QFrame()
        box.setObjectName("box")
        inside = QVBoxLayout(box)
        inside.setContentsMargins(14, 10, 14, 12)
        inside.addLayout(line)
        inside.addWidget(self.samples, 1)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(12)
        page.addLayout(top)
        page.addWidget(self.bar)
        page.addWidget(self.curves, 3)
        page.addWidget(box, 3)

    def begin(self, name: str) -> None:
        """A training of a detector called so begins."""
        self.watch = Watch()
        self._stopping = False
        self.stage.setText(self.tr("Starting: {name}").format(name=name))
        self.left.clear()
        self.bar.setRange(0, 0)
        self._new_curves = self._new_samples = True
        self._draw()
        self._timer.start()

    def end(self) -> None:
        """It is over."""
        self._draw()
        self._timer.stop()

    def say_stopping(self) -> None:
        """It was asked to end."""
        self._stopping = True
        self.stage.setText(self.tr("Stopping …"))
        self.left.clear()
        self.bar.setRange(0, 0)

    def hear(self, event: Event) -> None:
        """Take in what the training tells; it is drawn at the next beat, however much comes."""
        self.watch.hear(event)
        self._new_curves |= isinstance(event, Epoch)
        self._new_samples |= isinstance(event, Samples)

    def _draw(self) -> None:
        watch = self.watch
        if self._new_curves:
            self._new_curves = False
            self.curves.show_values(watch.curves)
        if self._new_samples:
            self._new_samples = False
            self.samples.show_samples(watch.samples)
            self._epoch.setText(
                "" if watch.samples is None else self.tr("epoch {epoch}").format(epoch=watch.samples.epoch)
            )
        if self._stopping or not watch.stage:
            return
        text = watch.stage
        if watch.epoch:
            text = self.tr("{stage}: epoch {epoch} of {epochs}").format(
                stage=watch.stage, epoch=watch.epoch, epochs=watch.epochs
            )
        self.stage.setText(text)
        fraction = watch.fraction
        self.bar.setRange(0, 0 if fraction is None else _STEPS)
        if fraction is not None:
            self.bar.setValue(round(fraction * _STEPS))
        self.left.setText(self._time_left(watch.seconds_left) if watch.training else "")

    def _time_left(self, seconds: float | None) -> str:
        if seconds is None:
            return ""
        if seconds < _MINUTE:
            return self.tr("about {n} s left").format(n=max(round(seconds), 1))
        return self.tr("about {n} min left").format(n=round(seconds / _MINUTE))
