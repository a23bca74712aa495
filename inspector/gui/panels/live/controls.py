"""The column beside the picture: how frames are shown, played and kept, and the figures of the feed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSlider,
    QVBoxLayout,
)

from inspector.gui.models.live import Look, Looks

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from inspector.gui.context import Context
    from inspector.gui.models.live import Figures

_WIDTH = 236
_PADDING = 16
_BAR = 14
"""Of the scroll bar, which a low window shows: it must not lie on the figures."""
_PACES = (1.0, 2.0, 5.0, 10.0, 30.0)


class Controls(QFrame):
    """Choices about a running feed. Each takes effect at once and is kept for the next start."""

    looks_changed = Signal()
    pace_changed = Signal()
    """Speed, repeating, freezing or which pictures are kept."""

    def __init__(self, context: Context) -> None:
        """Lay out the column with the choices made last."""
        super().__init__()
        self.setObjectName("box")
        self._context = context
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(14, 10, 14, 10)
        self._column.setSpacing(6)
        self._section(self.tr("Show"))
        self.look = QComboBox()
        self.look.setAccessibleName(self.tr("How frames are shown"))
        for look, text in (
            (Look.MAP, self.tr("Anomaly map")),
            (Look.CONTOUR, self.tr("Contour")),
            (Look.DIFFERENCE, self.tr("Difference")),
            (Look.RECONSTRUCTION, self.tr("Reconstruction")),
            (Look.PLAIN, self.tr("Plain picture")),
            (Look.BESIDE, self.tr("Side by side")),
        ):
            self.look.addItem(text, look)
        self._column.addWidget(self.look)
        self._opacity_label = QLabel(self.tr("Opacity"))
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setRange(0, 100)
        self.opacity.setPageStep(10)
        self.opacity.setAccessibleName(self.tr("Opacity of the anomaly map"))
        self._row(self._opacity_label, self.opacity)
        self.embedding = self._check(self.tr("Embedding (E)"))
        self.embedding.setToolTip(self.tr("Show beside the picture where the frame lies among those trained on"))
        self._section(self.tr("Play"))
        self.pace = self._paces()
        self.repeat = self._check(self.tr("Repeat at the end"))
        self.freeze = self._check(self.tr("Freeze on NG"))
        self.freeze.setToolTip(self.tr("Pauses the feed at the frame that is NG, until you resume it"))
        self._section(self.tr("Verdict and outputs"))
        self.verdicts = QPushButton()
        self._column.addWidget(self.verdicts)
        self.outputs = QPushButton()
        self._column.addWidget(self.outputs)
        self._section(self.tr("Record pictures"))
        self.record = QComboBox()
        self.record.setAccessibleName(self.tr("Of which frames pictures are recorded"))
        self.record.setToolTip(self.tr("Every verdict goes into History; this chooses whose pictures do"))
        for which, text in (
            ("ng", self.tr("Of NG frames")),
            ("all", self.tr("Of all frames")),
            ("none", self.tr("Of none")),
        ):
            self.record.addItem(text, which)
        self._column.addWidget(self.record)
        self._section(self.tr("This frame"))
        self.buttons = QVBoxLayout()
        self.buttons.setSpacing(6)
        self._column.addLayout(self.buttons)
        self._column.addStretch(1)
        self._figures = self._figure_grid()
        self._restore()
        self.look.currentIndexChanged.connect(self._looks_changed)
        self.opacity.valueChanged.connect(self._looks_changed)
        self.embedding.toggled.connect(self._looks_changed)
        for signal in (
            self.pace.currentIndexChanged,
            self.repeat.toggled,
            self.freeze.toggled,
            self.record.currentIndexChanged,
        ):
            signal.connect(self._pace_changed)

    def scrolling(self) -> QScrollArea:
        """The column, so that a low window cuts none of it off."""
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(self)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFixedWidth(_WIDTH + _BAR)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return area

    def looks(self) -> Looks:
        """How frames are to be shown."""
        return Looks(Look(self.look.currentData()), self.opacity.value() / 100)

    def fps(self) -> float | None:
        """Frames a second; None is the source's own pace."""
        return float(self.pace.currentData()) or None

    def next_look(self) -> None:
        """Show frames the next way."""
        self.look.setCurrentIndex((self.look.currentIndex() + 1) % self.look.count())

    def show_figures(self, figures: Figures | None) -> None:
        """Show these numbers; None shows that there are none."""
        texts = ("–",) * len(self._figures)
        if figures is not None:
            texts = (
                f"{figures.fps:.1f}",
                _ms(figures.judging_ms),
                _ms(figures.latency_ms),
                str(figures.missed),
                f"{figures.ok} / {figures.ng} / {figures.unreadable}",
            )
        for label, text in zip(self._figures, texts, strict=True):
            if label.text() != text:
                label.setText(text)

    def offer_embedding(self, *, on: bool) -> None:
        """Offer to show the embedding, where a detector has one."""
        self.embedding.setVisible(on)

    def show_verdicts(self, words: str) -> None:
        """Say on its button how verdicts are made."""
        self._label(self.verdicts, words)
        self.verdicts.setAccessibleName(self.tr("How verdicts are made: %1").replace("%1", words))
        why = self.tr("How many frames make a verdict, and when a part is judged (V)")
        self.verdicts.setToolTip(f"{words}\n{why}")

    def show_outputs(self, words: str, tip: str) -> None:
        """Say on its button which outputs there are, and how it stands with them."""
        if self.outputs.toolTip() != tip or self.outputs.accessibleDescription() != words:
            self._label(self.outputs, words)
            self.outputs.setAccessibleName(words)
            self.outputs.setAccessibleDescription(words)
            self.outputs.setToolTip(tip)

    def add_button(self, button: QPushButton) -> None:
        """Put a button under "This frame"."""
        self.buttons.addWidget(button)

    def _label(self, button: QPushButton, words: str) -> None:
        room = _WIDTH - 2 * (self._column.contentsMargins().left() + _PADDING)
        button.setText(button.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room))

    def _section(self, text: str) -> None:
        label = QLabel(text)
        label.setObjectName("section")
        if self._column.count():
            self._column.addSpacing(6)
        self._column.addWidget(label)

    def _paces(self) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(self.tr("Speed of videos and folders"))
        box.setToolTip(self.tr("For videos and folders; cameras have their own pace"))
        box.addItem(self.tr("Its own speed"), 0.0)
        for fps in _PACES:
            box.addItem(self.tr("%1 a second").replace("%1", f"{fps:g}"), fps)
        box.addItem(self.tr("As fast as can be"), math.inf)
        self._column.addWidget(box)
        return box

    def _check(self, text: str) -> QCheckBox:
        box = QCheckBox(text)
        self._column.addWidget(box)
        return box

    def _row(self, *widgets: QWidget) -> None:
        row = QHBoxLayout()
        for widget in widgets:
            row.addWidget(widget)
        self._column.addLayout(row)

    def _figure_grid(self) -> list[QLabel]:
        grid = QGridLayout()
        grid.setVerticalSpacing(2)
        labels = []
        for line, (text, tip) in enumerate(
            (
                (self.tr("Frames a second"), self.tr("Judged in the last two seconds")),
                (self.tr("Judging, ms"), self.tr("What the detector takes for a frame")),
                (self.tr("To the screen, ms"), self.tr("From reading a frame until it stands here with its verdict")),
                (self.tr("Skipped"), self.tr("Frames of the camera passed over for newer ones")),
                (self.tr("OK / NG / unread"), self.tr("Frames judged since the start")),
            )
        ):
            name, figure = QLabel(text), QLabel("–")
            name.setObjectName("hint")
            figure.setAlignment(Qt.AlignmentFlag.AlignRight)
            figure.setAccessibleName(text)
            for widget in (name, figure):
                widget.setToolTip(tip)
            grid.addWidget(name, line, 0)
            grid.addWidget(figure, line, 1)
            labels.append(figure)
        grid.setColumnStretch(0, 1)
        self._column.addLayout(grid)
        return labels

    def _looks_changed(self) -> None:
        self._enable()
        self._context.remember("live/look", str(self.look.currentData()))
        self._context.remember("live/opacity", self.opacity.value())
        self._context.remember("live/embedding", int(self.embedding.isChecked()))
        self.looks_changed.emit()

    def _pace_changed(self) -> None:
        self._context.remember("live/pace", self.pace.currentData())
        self._context.remember("live/repeat", int(self.repeat.isChecked()))
        self._context.remember("live/freeze", int(self.freeze.isChecked()))
        self._context.remember("live/record", self.record.currentData())
        self.pace_changed.emit()

    def _restore(self) -> None:
        recall = self._context.recall
        for box, key, default in ((self.look, "live/look", "map"), (self.record, "live/record", "ng")):
            box.setCurrentIndex(max(0, box.findData(recall(key, default))))
        with QSignalBlocker(self.opacity):
            self.opacity.setValue(_number(recall("live/opacity", "50"), 50))
        places = [place for place in range(self.pace.count()) if str(self.pace.itemData(place)) == recall("live/pace")]
        self.pace.setCurrentIndex(places[0] if places else 0)
        self.embedding.setChecked(recall("live/embedding", "1") == "1")
        self.repeat.setChecked(recall("live/repeat", "1") == "1")
        self.freeze.setChecked(recall("live/freeze", "0") == "1")
        self._enable()

    def _enable(self) -> None:
        for widget in (self.opacity, self._opacity_label):
            widget.setEnabled(self.look.currentData() == Look.MAP)


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _number(text: str, default: int) -> int:
    return int(text) if text.isdigit() else default
