"""The options that only judging looks at, which move without training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from inspector.gui.models.optionsform import fields_of

if TYPE_CHECKING:
    from inspector.detectors import Detector
    from inspector.gui.models.optionsform import Field

_WIDE = 150
_PERCENT = 100.0


def _said(text: str) -> str:
    """A text of the options in the user's language."""
    return QCoreApplication.translate("Options", text)


class JudgingBox(QFrame):
    """Shows what a detector's score is made of, in one line; the rest of these options once asked for."""

    edited = Signal()
    """A value was changed; `values` has it."""

    def __init__(self) -> None:
        """Show no detector yet."""
        super().__init__()
        self.setObjectName("box")
        self.editors: dict[str, QWidget] = {}
        """The field of each option, by its name."""
        self._fields: dict[str, Field] = {}
        title = QLabel(self.tr("Score"))
        title.setObjectName("section")
        title.setToolTip(self.tr("What the score is made of. It changes without training."))
        self.more = QToolButton()
        self.more.setObjectName("more")
        self.more.setText(self.tr("More"))
        self.more.setCheckable(True)
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.setArrowType(Qt.ArrowType.RightArrow)
        self.more.toggled.connect(self._unfold)
        self._first = QHBoxLayout()
        self._first.addWidget(title)
        self._first.addWidget(self.more)
        self._first.addStretch(1)
        self._rest = QWidget()
        self._rest.setVisible(False)
        self._form = QFormLayout(self._rest)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setVerticalSpacing(6)
        self.told = QLabel()
        self.told.setObjectName("help")
        self.told.setWordWrap(True)
        self.told.setVisible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(8)
        column.addLayout(self._first)
        column.addWidget(self._rest)
        column.addWidget(self.told)

    def show_detector(self, detector: Detector | None) -> None:
        """Show a detector's options."""
        for editor in self.editors.values():
            editor.hide()
            editor.deleteLater()
        while self._form.rowCount():
            self._form.removeRow(0)
        self.editors, self._fields = {}, {}
        self.say("")
        self.setEnabled(detector is not None)
        if detector is None:
            return
        fields = {one.name: one for one in fields_of(type(detector).Options, detector.config())}
        self._fields = {name: fields[name] for name in detector.JUDGING}
        for name, field in self._fields.items():
            editor = self._editor(field)
            editor.setFixedWidth(_WIDE)
            editor.setToolTip(_said(field.help))
            editor.setAccessibleName(_said(field.title))
            editor.setAccessibleDescription(_said(field.help))
            self.editors[name] = editor
            if name == "score":
                self._first.addWidget(editor)
            else:
                title = QLabel(_said(field.title))
                title.setToolTip(_said(field.help))
                self._form.addRow(title, editor)
                self._form.setAlignment(editor, Qt.AlignmentFlag.AlignRight)
        if detector.fitted.calibration.kept is None:
            self.setEnabled(False)
            self.say(self.tr("This detector was trained by an older inspector: train it again to change its score."))

    def show_values(self, values: dict[str, Any]) -> None:
        """Put these values into the fields, without a word about it."""
        for name, value in values.items():
            editor, blocked = self.editors[name], QSignalBlocker(self.editors[name])
            if isinstance(editor, QComboBox):
                editor.setCurrentIndex(self._fields[name].choices.index(value))
            elif isinstance(editor, QSpinBox):
                editor.setValue(value)
            elif isinstance(editor, QDoubleSpinBox):
                editor.setValue(value * self._scale(name))
            blocked.unblock()

    @property
    def values(self) -> dict[str, Any]:
        """What stands in the fields."""
        found: dict[str, Any] = {}
        for name, editor in self.editors.items():
            if isinstance(editor, QComboBox):
                found[name] = editor.currentData()
            elif isinstance(editor, QSpinBox):
                found[name] = editor.value()
            elif isinstance(editor, QDoubleSpinBox):
                found[name] = editor.value() / self._scale(name)
        return found

    def say(self, text: str) -> None:
        """Tell something of these options below them."""
        self.told.setText(text)
        self.told.setVisible(bool(text))

    def _unfold(self, on: bool) -> None:  # noqa: FBT001 - a slot
        self._rest.setVisible(on)
        self.more.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)

    @staticmethod
    def _scale(name: str) -> float:
        return _PERCENT if name == "minimum_area" else 1.0

    def _editor(self, field: Field) -> QWidget:
        if field.kind == "choice":
            choice = QComboBox()
            for value in field.choices:
                choice.addItem(_said(str(value)), value)
            choice.setCurrentIndex(field.choices.index(field.value))
            choice.currentIndexChanged.connect(lambda _: self.edited.emit())
            return choice
        if field.kind == "whole":
            whole = QSpinBox()
            whole.setRange(field.low, field.high)
            whole.setKeyboardTracking(False)
            whole.setValue(int(field.value))
            whole.lineEdit().setTextMargins(6, 0, 0, 0)  # a styled spin box forgets its padding
            whole.valueChanged.connect(lambda _: self.edited.emit())
            return whole
        number = QDoubleSpinBox()
        scale = self._scale(field.name)
        number.setKeyboardTracking(False)
        number.setDecimals(3)
        number.setSingleStep(0.05)
        # An open lower end is kept by the smallest number that can be entered.
        number.setRange(0.0 if field.name != "level" else 0.001, scale if field.name != "level" else scale * 100)
        if field.name == "minimum_area":
            number.setSuffix(" %")
        number.setValue(float(field.value) * scale)
        number.lineEdit().setTextMargins(6, 0, 0, 0)
        number.valueChanged.connect(lambda _: self.edited.emit())
        return number
