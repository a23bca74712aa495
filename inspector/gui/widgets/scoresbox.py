"""The scores of calibration images with their title, their key and the choice of an axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QVBoxLayout

from inspector.gui.widgets.curves import Key
from inspector.gui.widgets.scoreplot import ScorePlot

if TYPE_CHECKING:
    from inspector.gui.theme import Theme


class ScoresBox(QFrame):
    """A frame around a `ScorePlot`; whoever owns it connects plot and check box."""

    def __init__(self, theme: Theme) -> None:
        """Lay it out."""
        super().__init__()
        self.setObjectName("box")
        self._title = QLabel()
        self._title.setObjectName("section")
        self.say_what(learned=False)
        self.logarithmic = QCheckBox(self.tr("Logarithmic"))
        self.logarithmic.setToolTip(self.tr("Spread low scores out where high ones lie far away"))
        self.plot = ScorePlot(theme)
        top = QHBoxLayout()
        top.setSpacing(14)
        top.addWidget(self._title)
        top.addStretch(1)
        top.addWidget(Key(theme, "normal", self.tr("normal")))
        top.addWidget(Key(theme, "abnormal", self.tr("abnormal")))
        top.addWidget(self.logarithmic)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 8)
        column.addLayout(top)
        column.addWidget(self.plot, 1)

    def say_what(self, *, learned: bool) -> None:
        """Say whose scores these are; `learned`: whether abnormal images were trained on."""
        if learned:
            self._title.setText(self.tr("Scores of normal images not trained on"))
        else:
            self._title.setText(self.tr("Scores of images that were not trained on"))
