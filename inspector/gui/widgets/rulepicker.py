"""Choosing how a threshold follows from calibration scores."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QHBoxLayout, QWidget

from inspector.detectors.threshold import Rule


class RulePicker(QWidget):
    """The rules by their names, and the number of the one chosen."""

    picked = Signal(object)
    """A `Rule`, or None for "by hand"."""

    def __init__(self, *, by_hand: bool = False) -> None:
        """Offer the rules.

        Args:
            by_hand: whether "by hand" can be shown too.
        """
        super().__init__()
        # Name, title, suffix, range, decimals, step, what is shown for a rule's value of one.
        self._forms = {
            "mean+sigma": (self.tr("Mean + k·σ"), " σ", 0.0, 1e6, 2, 0.5, 1.0),
            "percentile": (self.tr("Percentile"), " %", 0.01, 100.0, 2, 0.5, 1.0),
            "far": (self.tr("False-alarm rate"), " %", 0.01, 99.0, 2, 0.5, 100.0),
            "best-f1": (self.tr("Best F1"), "", 0.0, 0.0, 0, 1.0, 1.0),
        }
        self._usual = {"mean+sigma": 3.0, "percentile": 99.5, "far": 0.01, "best-f1": 0.0}
        self.kind = QComboBox()
        self.kind.setAccessibleName(self.tr("Threshold rule"))
        self.kind.setToolTip(self.tr("How the threshold follows from the scores of images that were not trained on"))
        for name, form in self._forms.items():
            self.kind.addItem(form[0], name)
        if by_hand:
            self.kind.addItem(self.tr("By hand"), "")
        self.number = QDoubleSpinBox()
        self.number.setAccessibleName(self.tr("Number of the threshold rule"))
        self.number.setKeyboardTracking(False)
        self.number.setFixedWidth(104)
        self.number.lineEdit().setTextMargins(6, 0, 0, 0)  # a styled spin box forgets its padding
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.kind, 1)
        row.addWidget(self.number)
        self.kind.activated.connect(self._choose)
        self.number.valueChanged.connect(lambda _: self.picked.emit(self.rule))
        self.show_rule(Rule("mean+sigma", 3.0))

    @property
    def rule(self) -> Rule | None:
        """The rule chosen; None for "by hand"."""
        name = str(self.kind.currentData())
        if not name:
            return None
        return Rule(name, round(self.number.value() / self._forms[name][6], 8))  # type: ignore[arg-type]

    def show_rule(self, rule: Rule | None) -> None:
        """Show a rule without picking it."""
        self.kind.setCurrentIndex(self.kind.findData("" if rule is None else rule.name))
        self._prepare(None if rule is None else rule.value)

    def _choose(self) -> None:
        name = str(self.kind.currentData())
        if name:
            self._usual_number(name)
        else:
            self.number.setVisible(False)
        self.picked.emit(self.rule)

    def _usual_number(self, name: str) -> None:
        self._prepare(self._usual[name])

    def _prepare(self, value: float | None) -> None:
        name = str(self.kind.currentData())
        # A rule without a number keeps the field's place, so that nothing beside it jumps.
        keep = self.number.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self.number.setSizePolicy(keep)
        self.number.setVisible(bool(name) and name != "best-f1")
        if not name or value is None:
            return
        _, suffix, low, high, decimals, step, scale = self._forms[name]
        blocked = self.number.blockSignals(True)
        self.number.setDecimals(decimals)
        self.number.setRange(low, high)
        self.number.setSingleStep(step)
        self.number.setSuffix(suffix)
        self.number.setValue(value * scale)
        self.number.blockSignals(blocked)
