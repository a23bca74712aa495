"""The threshold in words: its number, whether a hand moved it, and what can be done about that."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QHBoxLayout, QLabel, QPushButton, QWidget

from inspector.gui.models.live import decimals_for

_LARGEST = 1e12


class ThresholdRow(QWidget):
    """The keyboard's way to what the line in the plot is for the mouse."""

    moved = Signal(float)
    """A number was typed."""
    reset_asked = Signal()
    """The detector's own threshold is wanted back."""
    save_asked = Signal()
    """The threshold moved by hand is to become the detector's own."""

    def __init__(self) -> None:
        """Show no threshold yet."""
        super().__init__()
        label = QLabel(self.tr("Threshold"))
        self.value = QDoubleSpinBox()
        self.value.setAccessibleName(self.tr("Threshold"))
        self.value.setToolTip(self.tr("Scores above it are NG. Drag the line in the plot, or type here."))
        self.value.setMaximum(_LARGEST)
        self.value.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
        self.value.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        self.value.setKeyboardTracking(False)
        self.value.setFixedWidth(120)
        self.value.valueChanged.connect(self.moved)
        label.setBuddy(self.value)
        self.by_hand = QLabel(self.tr("moved by hand"))
        self.by_hand.setObjectName("by-hand")
        self.reset = QPushButton(self.tr("Reset"))
        self.reset.setToolTip(self.tr("Back to the detector's own threshold"))
        self.reset.clicked.connect(self.reset_asked)
        self.save = QPushButton(self.tr("Save to detector"))
        self.save.setToolTip(self.tr("Make this the detector's own threshold, here and everywhere"))
        self.save.clicked.connect(self.save_asked)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(label)
        row.addWidget(self.value)
        row.addWidget(self.by_hand)
        row.addStretch(1)
        row.addWidget(self.reset)
        row.addWidget(self.save)
        self.clear()

    def clear(self) -> None:
        """Show no threshold."""
        self.by_hand.setVisible(False)
        for widget in (self.value, self.reset, self.save):
            widget.setEnabled(False)

    def show_threshold(self, own: float, override: float | None) -> None:
        """Show the threshold in force."""
        value = own if override is None else override
        with QSignalBlocker(self.value):
            self.value.setDecimals(decimals_for(min(value, own)) + 1)
            self.value.setMinimum(10.0 ** -self.value.decimals())
            self.value.setValue(value)
        self.value.setEnabled(True)
        self.by_hand.setVisible(override is not None)
        self.reset.setEnabled(override is not None)
        self.save.setEnabled(override is not None)
