"""What the method chosen will learn from: normal images, which abnormal kinds and how much, and what else."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from inspector.core.kinds import USUAL_WEIGHT
from inspector.gui.models.lessons import Lesson, behind_threshold, can_be_weighted
from inspector.gui.models.train import GOOD_MANY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from inspector.gui.models.train import Pictures

_MOST_ROWS = 12
_WIDE = 190


class LessonsBox(QFrame):
    """A row for each sort of image; an abnormal kind is learned from, or only judged by."""

    changed = Signal(object)
    """The abnormal kinds are to be used so: a `list[Lesson]`."""

    def __init__(self) -> None:
        """Show nothing yet."""
        super().__init__()
        self.uses: dict[str, QComboBox] = {}
        self.weights: dict[str, QDoubleSpinBox] = {}
        self._rows: list[Lesson] = []
        title = QLabel(self.tr("What it will learn from"))
        title.setObjectName("section")
        self.normal, self.reference, self.words = QLabel(), QLabel(), QLabel()
        for label in (self.normal, self.reference, self.words):
            label.setWordWrap(True)
        self.words.setObjectName("help")
        self._inside: QWidget | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 10)
        self._column.setSpacing(6)
        for widget in (title, self.normal, self.reference, self.words):
            self._column.addWidget(widget)

    def show_pictures(
        self, method: str, values: Mapping[str, Any], pictures: Pictures, rows: list[Lesson] | None
    ) -> None:
        """Say how these images will be used.

        Args:
            method: the registry's name.
            values: its options.
            pictures: of the workspace.
            rows: the abnormal kinds; None where the options let none be learned from.
        """
        self.normal.setText(self._normal_words(method, values, pictures.normal))
        if pictures.reference:
            text = self.tr("● {n} reference images of {classes} other things, to tell good parts from")
            count = sum(pictures.reference.values())
            self.reference.setText(text.format(n=f"{count:,}", classes=len(pictures.reference)))
        else:
            self.reference.setText(
                self.tr("● no reference images: it learns to tell good parts from damage that it draws on them")
            )
        self._say(pictures, rows)
        shown = rows or []
        # Rebuilt only when there are others: a box must not vanish under the hand that turns it.
        if [(row.kind, row.count) for row in shown] != [(row.kind, row.count) for row in self._rows]:
            self._build(shown)
        self._rows = shown
        for row in shown[:_MOST_ROWS]:
            self._show_row(row)

    def _normal_words(self, method: str, values: Mapping[str, Any], normal: int) -> str:
        behind = behind_threshold(normal, values, method)
        if normal >= GOOD_MANY:
            text = self.tr("● {n} normal images; {behind} of them are kept back for the threshold")
            return text.format(n=f"{normal:,}", behind=f"{behind:,}")
        text = self.tr(
            "● {n} normal images, varied into many. They are few: training is repeated so that each is judged by a "
            "network that has not seen it, and the threshold rests on these {n}. So few say little about rare false "
            "alarms."
        )
        return text.format(n=normal)

    def _say(self, pictures: Pictures, rows: list[Lesson] | None) -> None:
        if not pictures.bad:
            text = self.tr("No abnormal images. A few of a kind that must never pass, as few as ten, help most.")
        elif rows is None:
            text = self.tr(
                "Abnormal images are only judged by, for the options say so: the rule best F1 needs images that were "
                "not learned from."
            )
        else:
            text = self.tr(
                "A kind that is learned from is known; the others show how it does on what it never saw. A weight "
                "above 1 makes a kind count more: it is missed less, and there may be more false alarms."
            )
            if len(rows) > _MOST_ROWS:
                text += " " + self.tr("{n} more kinds are learned from as usual.").format(n=len(rows) - _MOST_ROWS)
        self.words.setText(text)

    def _build(self, rows: list[Lesson]) -> None:
        if self._inside is not None:
            self._inside.hide()
            self._inside.deleteLater()
        self.uses, self.weights = {}, {}
        self._inside = QWidget()
        grid = QGridLayout(self._inside)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setColumnStretch(4, 1)
        for line, row in enumerate(rows[:_MOST_ROWS]):
            use = QComboBox()
            use.setFixedWidth(_WIDE)
            use.addItem(self.tr("learn from them"), userData=True)
            use.addItem(self.tr("only judge by them"), userData=False)
            weight = QDoubleSpinBox()
            weight.setRange(0.1, 100)
            weight.setDecimals(1)
            weight.setPrefix(self.tr("weight "))
            for box in (use, weight):
                box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
                box.setEnabled(can_be_weighted(row.kind))
            use.setAccessibleName(self.tr("How {kind} is used").format(kind=row.kind))
            weight.setAccessibleName(self.tr("Weight of {kind}").format(kind=row.kind))
            name = QLabel(self.tr("● {n} abnormal images: {kind}").format(n=f"{row.count:,}", kind=row.kind))
            name.setTextFormat(Qt.TextFormat.PlainText)
            for place, widget in enumerate((name, use, weight)):
                grid.addWidget(widget, line, place)
            use.currentIndexChanged.connect(partial(self._use, row.kind))
            weight.valueChanged.connect(partial(self._weigh, row.kind))
            self.uses[row.kind], self.weights[row.kind] = use, weight
        self._column.insertWidget(2, self._inside)

    def _show_row(self, row: Lesson) -> None:
        use, weight = self.uses[row.kind], self.weights[row.kind]
        for box in (use, weight):
            box.blockSignals(True)
        use.setCurrentIndex(use.findData(row.learned))
        if row.learned:
            weight.setValue(row.weight)
        weight.setVisible(row.learned)
        for box in (use, weight):
            box.blockSignals(False)

    def _use(self, kind: str, _index: int) -> None:
        learned = bool(self.uses[kind].currentData())
        self._change(kind, self.weights[kind].value() if learned else 0.0)

    def _weigh(self, kind: str, weight: float) -> None:
        self._change(kind, weight)

    def _change(self, kind: str, weight: float) -> None:
        weight = USUAL_WEIGHT if abs(weight - USUAL_WEIGHT) < 1e-6 else weight  # noqa: PLR2004 - a step is 0.1
        self.changed.emit([replace(row, weight=weight) if row.kind == kind else row for row in self._rows])
