"""The controls of a threshold: its number, the rule it follows, saving it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDoubleSpinBox, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from inspector.core.errors import DataError
from inspector.gui.widgets.rulepicker import RulePicker

if TYPE_CHECKING:
    from inspector.detectors.threshold import Rule
    from inspector.gui.models.bench import Bench


class ThresholdBox(QFrame):
    """Changes the bench it shows, by number or by rule, and says why a rule is refused."""

    changed = Signal()
    """The bench has another threshold now."""

    def __init__(self) -> None:
        """Show no bench yet."""
        super().__init__()
        self.setObjectName("box")
        self._bench: Bench | None = None
        title = QLabel(self.tr("Threshold"))
        title.setObjectName("section")
        self.number = QDoubleSpinBox()
        self.number.setRange(0, 1e12)
        self.number.setKeyboardTracking(False)
        self.number.setAccessibleName(self.tr("Threshold"))
        self.number.setToolTip(self.tr("Scores above it are NG"))
        self.number.setFixedWidth(150)
        self.number.lineEdit().setTextMargins(6, 0, 0, 0)  # a styled spin box forgets its padding
        self.number.valueChanged.connect(self._move)
        self.picker = RulePicker(by_hand=True)
        self.picker.picked.connect(self._pick)
        self._explained = QLabel()
        self._explained.setObjectName("help")
        self._explained.setWordWrap(True)
        self.refused = QLabel()
        self.refused.setObjectName("fault")
        self.refused.setWordWrap(True)
        self.refused.setVisible(False)
        self.save_button = QPushButton(self.tr("Save threshold"))
        self.save_button.setProperty("primary", True)
        self.save_button.setToolTip(self.tr("Write this threshold into the detector (Ctrl+S)"))
        self.revert_button = QPushButton(self.tr("Revert"))
        self.revert_button.setToolTip(self.tr("Back to the threshold that is saved"))
        first = QHBoxLayout()
        first.addWidget(title)
        first.addStretch(1)
        first.addWidget(self.number)
        last = QHBoxLayout()
        last.addStretch(1)
        last.addWidget(self.revert_button)
        last.addWidget(self.save_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(8)
        column.addLayout(first)
        column.addWidget(self.picker)
        column.addWidget(self._explained)
        column.addWidget(self.refused)
        column.addLayout(last)

    def show_bench(self, bench: Bench | None) -> None:
        """Show this bench."""
        self._bench = bench
        self.refresh()

    def refresh(self) -> None:
        """Show the bench's threshold."""
        bench = self._bench
        self.save_button.setEnabled(bench is not None and bench.changed)
        self.revert_button.setEnabled(bench is not None and bench.changed)
        self.refused.setVisible(False)
        self._explained.setVisible(True)
        if bench is None:
            self._explained.clear()
            return
        self.picker.show_rule(bench.rule)
        self._explained.setText(bench.threshold.explanation)
        blocked = self.number.blockSignals(True)
        digits = int(np.floor(np.log10(max(bench.value, 1e-12))))
        self.number.setDecimals(min(max(3 - digits, 0), 14))
        self.number.setSingleStep(bench.step)
        self.number.setValue(bench.value)
        self.number.blockSignals(blocked)

    def _move(self, value: float) -> None:
        if self._bench is not None:
            self._bench.move(value)
            self.changed.emit()

    def _pick(self, rule: Rule | None) -> None:
        if self._bench is None:
            return
        if rule is None:
            self._bench.move(self._bench.value)
        else:
            try:
                self._bench.apply(rule)
            except DataError as error:
                # The rule stays chosen and its number can be corrected; the threshold is as it was.
                self.refused.setText(str(error))
                self.refused.setVisible(True)
                self._explained.setVisible(False)
                self.save_button.setEnabled(False)
                self.revert_button.setEnabled(True)
                return
        self.changed.emit()
