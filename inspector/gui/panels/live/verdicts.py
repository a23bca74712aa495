"""How the feed comes to its verdicts: by every frame or part by part, by one frame or several."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from inspector.core.errors import OptionError
from inspector.core.voting import ALONE, MOST_FRAMES, MOST_SECONDS, Voting

if TYPE_CHECKING:
    from inspector.gui.context import Context

ALWAYS, MOTION, KEY, EVERY = "always", "motion", "key", "every"
_SECONDS = 2.0
_WIDE = 460
_NARROW = 92


@dataclass(frozen=True, slots=True)
class Verdicts:
    """How frames make verdicts, and when a part is judged: `trigger` is as `jobs.trigger.parse_trigger` reads it."""

    voting: Voting = ALONE
    trigger: str = ALWAYS

    @classmethod
    def recalled(cls, context: Context) -> Verdicts:
        """What was chosen last; what makes no sense any more is left out."""
        from inspector.jobs.trigger import parse_trigger

        voting, trigger = ALONE, context.recall("live/trigger", ALWAYS)
        with suppress(OptionError, ValueError):
            mean, hold = int(context.recall("live/mean", "1")), float(context.recall("live/hold", "0"))
            voting = Voting.parsed(context.recall("live/vote", "1/1"), mean=mean, hold=hold)
        try:
            parse_trigger(trigger)
        except OptionError:
            trigger = ALWAYS
        return cls(voting, trigger)

    def remember(self, context: Context) -> None:
        """Keep it for the next time."""
        voting = self.voting
        context.remember("live/vote", f"{voting.needed}/{voting.out_of}")
        context.remember("live/mean", voting.mean)
        context.remember("live/hold", voting.hold)
        context.remember("live/trigger", self.trigger)

    def said(self) -> str:
        """In a few words, for a button."""
        voting = self.voting
        parts = [
            {ALWAYS: "", MOTION: _tr("each part at rest"), KEY: _tr("each part by key")}.get(
                self.trigger, _tr("every %1 s").replace("%1", self.trigger.partition(":")[2])
            )
        ]
        if voting.out_of > 1:
            parts.append(_tr("%1 of %2 NG").replace("%1", str(voting.needed)).replace("%2", str(voting.out_of)))
        if voting.mean > 1:
            parts.append(_tr("mean of %1").replace("%1", str(voting.mean)))
        if voting.hold:
            parts.append(_tr("held %1 s").replace("%1", f"{voting.hold:g}"))
        said = ", ".join(part for part in parts if part)
        return said[:1].upper() + said[1:] if said else _tr("Every frame alone")


class VerdictsDialog(QDialog):
    """Asks for them. Opened without blocking; `chosen` tells what was accepted."""

    chosen = Signal(object)
    """`Verdicts`."""

    def __init__(self, now: Verdicts, parent: QWidget) -> None:
        """Offer what is in force as it is."""
        super().__init__(parent)
        self.setWindowTitle(self.tr("How verdicts are made"))
        self.setMinimumWidth(_WIDE)
        self.when = QComboBox()
        self.when.setAccessibleName(self.tr("When a part is judged"))
        for key, text in (
            (ALWAYS, self.tr("Always: every frame")),
            (MOTION, self.tr("When a part comes to rest")),
            (EVERY, self.tr("Every so many seconds")),
            (KEY, self.tr("When I press J")),
        ):
            self.when.addItem(text, key)
        self.when.setCurrentIndex(max(0, self.when.findData(now.trigger.partition(":")[0])))
        self.seconds = self._seconds(self.tr("Seconds from one part to the next"), 0.05, 86_400.0)
        self.seconds.setFixedWidth(_NARROW)
        self.seconds.setValue(float(now.trigger.partition(":")[2] or _SECONDS))
        self.mean = self._count(self.tr("Scores in the mean"), now.voting.mean)
        self.needed = self._count(self.tr("Frames that must be NG"), now.voting.needed)
        self.out_of = self._count(self.tr("Frames that vote"), now.voting.out_of)
        self.hold = self._seconds(self.tr("Seconds that NG stands"), 0.0, MOST_SECONDS)
        self.hold.setValue(now.voting.hold)
        vote = _row(self.needed, QLabel(self.tr("of the last")), self.out_of, QLabel(self.tr("frames")))
        mean = _row(self.mean, QLabel(self.tr("scores, compared with the threshold")))
        form = QFormLayout()
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(10)
        form.addRow(self.tr("Judge"), self.when)
        form.addRow(" ", self.seconds)
        form.addRow(self.tr("Mean of the last"), mean)
        form.addRow(self.tr("NG when"), vote)
        form.addRow(self.tr("Hold NG for"), _row(self.hold))
        self._form = form
        self._note = QLabel()
        self._note.setObjectName("hint")
        self._note.setWordWrap(True)
        buttons = QDialogButtonBox()
        buttons.addButton(self.tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        use = buttons.addButton(self.tr("Use"), QDialogButtonBox.ButtonRole.AcceptRole)
        use.setProperty("primary", True)
        use.setDefault(True)
        reset = buttons.addButton(self.tr("Every frame alone"), QDialogButtonBox.ButtonRole.ResetRole)
        reset.clicked.connect(self._reset)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(14)
        column.addLayout(form)
        column.addWidget(self._note)
        column.addWidget(buttons)
        self.when.currentIndexChanged.connect(self._refresh)
        self.out_of.valueChanged.connect(self._refresh)
        self.accepted.connect(lambda: self.chosen.emit(self.verdicts()))
        self._refresh()

    def verdicts(self) -> Verdicts:
        """As it stands in the dialog."""
        trigger = str(self.when.currentData())
        if trigger == EVERY:
            trigger = f"{EVERY}:{self.seconds.value():g}"
        voting = Voting(self.mean.value(), self.needed.value(), self.out_of.value(), self.hold.value())
        return Verdicts(voting, trigger)

    def _reset(self) -> None:
        self.when.setCurrentIndex(0)
        for box in (self.mean, self.needed, self.out_of):
            box.setValue(1)
        self.hold.setValue(0.0)

    def _refresh(self) -> None:
        self.needed.setMaximum(self.out_of.value())
        trigger = self.when.currentData()
        self._form.setRowVisible(self.seconds, trigger == EVERY)
        always = self.tr(
            "Until enough frames were seen, those there are vote. Each frame's own verdict is recorded beside the vote."
        )
        by_part = self.tr(
            "A part takes as many frames as vote, and is recorded once. Between parts nothing is judged. Of two "
            "detectors, the second judges the last frame of each part."
        )
        self._note.setText(always if trigger == ALWAYS else by_part)

    @staticmethod
    def _count(name: str, value: int) -> QSpinBox:
        box = QSpinBox()
        box.setRange(1, MOST_FRAMES)
        box.setValue(value)
        box.setAccessibleName(name)
        return box

    def _seconds(self, name: str, least: float, most: float) -> QDoubleSpinBox:
        box = QDoubleSpinBox()
        box.setRange(least, most)
        box.setDecimals(2)
        box.setSingleStep(0.5)
        box.setSuffix(self.tr(" s"))
        box.setAccessibleName(name)
        return box


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    for widget in widgets:
        if not isinstance(widget, QLabel):
            widget.setFixedWidth(_NARROW)
        row.addWidget(widget)
    row.addStretch(1)
    return row


def _tr(text: str) -> str:
    return QCoreApplication.translate("LiveVerdicts", text)
