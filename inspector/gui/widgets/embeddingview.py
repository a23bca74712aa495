"""An embedding to look at: its plane with a key, and what it does not show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout

from inspector.detectors.projection import RING
from inspector.gui.widgets.embeddingplot import EmbeddingPlot, called

if TYPE_CHECKING:
    from inspector.detectors.projection import Projection
    from inspector.gui.models.embedding import Mark
    from inspector.gui.theme import Theme


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
