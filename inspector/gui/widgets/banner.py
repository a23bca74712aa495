"""The large verdict: read from across the hall, by its word and by its colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout

from inspector.gui.models.live import Sign, spoken

if TYPE_CHECKING:
    from inspector.core.inspection import Inspection


class Banner(QFrame):
    """Shows a sign, and the score and level of the frame it stands for.

    Only `Sign.OK` is green, and only `Sign.NG` is red, each with its word; whatever was not judged, or is no longer
    being judged, has neither colour.
    """

    def __init__(self) -> None:
        """Show that nothing is watched."""
        super().__init__()
        self.setObjectName("verdict-banner")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(76)
        self._word = QLabel()
        self._word.setObjectName("verdict-word")
        self._level, self._level_name = self._pair(self.tr("level"))
        self._score, self._score_name = self._pair(self.tr("score"))
        self._note = QLabel()
        self._note.setObjectName("verdict-note")
        self._note.setWordWrap(True)
        self._note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row = QHBoxLayout(self)
        row.setContentsMargins(18, 6, 18, 6)
        row.setSpacing(24)
        row.addWidget(self._word)
        for figure, name in ((self._level, self._level_name), (self._score, self._score_name)):
            column = QVBoxLayout()
            column.setSpacing(0)
            column.addStretch(1)
            column.addWidget(figure)
            column.addWidget(name)
            column.addStretch(1)
            row.addLayout(column)
        row.addWidget(self._note, 1)
        self.sign = Sign.STOPPED  # so that the first call changes it
        self._compact = False
        self.show_sign(Sign.NONE, None)

    def set_compact(self, compact: bool) -> None:  # noqa: FBT001 - a property, set like Qt's
        """Leave the score out, where two banners stand side by side."""
        self._compact = compact
        self._score.setVisible(not compact)
        self._score_name.setVisible(not compact)

    def show_sign(self, sign: Sign, inspection: Inspection | None, note: str = "") -> None:
        """Show this sign, for this inspection.

        Args:
            sign: what to say.
            inspection: of the frame shown; None shows no figures.
            note: a translated remark, such as how old the frame is.
        """
        word = self._words()[sign]
        self._word.setText(word)
        score = inspection.score if inspection is not None else None
        level = inspection.level if inspection is not None else None
        self._level.setText("–" if level is None else f"{level:.2f}")
        self._score.setText("–" if score is None else spoken(score))
        self._note.setText(note)
        self._note.setToolTip(note)
        said = word if level is None else self.tr("%1, level %2").replace("%1", word).replace("%2", f"{level:.2f}")
        if self.accessibleName() != said:
            self.setAccessibleName(said)
        if sign is not self.sign:
            self.sign = sign
            self.setProperty("sign", str(sign))
            for widget in (self, self._word, self._level, self._level_name, self._score, self._score_name, self._note):
                widget.style().unpolish(widget)
                widget.style().polish(widget)

    @property
    def text(self) -> str:
        """The word shown."""
        return self._word.text()

    @property
    def note(self) -> str:
        """The remark shown."""
        return self._note.text()

    def _words(self) -> dict[Sign, str]:
        return {
            Sign.NONE: "–",
            Sign.OK: self.tr("OK"),
            Sign.NG: self.tr("NG"),
            Sign.HELD_OK: self.tr("OK"),
            Sign.CHANGED: self.tr("Picture changed"),
            Sign.UNREADABLE: self.tr("Unreadable"),
            Sign.STALE: self.tr("No new frame"),
            Sign.STOPPED: self.tr("Stopped"),
            Sign.LOST: self.tr("Feed lost"),
        }

    def _pair(self, title: str) -> tuple[QLabel, QLabel]:
        figure, name = QLabel("–"), QLabel(title)
        figure.setObjectName("verdict-figure")
        figure.setMinimumWidth(72)
        name.setObjectName("verdict-name")
        return figure, name
