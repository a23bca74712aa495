"""A form for a method's options, made from their pydantic model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from inspector.gui.models.optionsform import COMMON, WHOLE_FORM, changed, faults_of, fields_of
from inspector.gui.widgets.rulepicker import RulePicker
from inspector.imaging.region import Region

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from inspector.detectors.options import Options
    from inspector.gui.models.optionsform import Field

_WIDE = 260


def _said(text: str) -> str:
    """A text of the options, which stand where Qt is not known, in the user's language."""
    return QCoreApplication.translate("Options", text)


class OptionsForm(QWidget):
    """The common options, and the others once asked for. What is not allowed is told beside its field."""

    edited = Signal()
    """A value was changed; `valid` may have changed with it."""

    def __init__(self) -> None:
        """Show no option yet."""
        super().__init__()
        self._options: type[Options] | None = None
        self._read: dict[str, Callable[[], Any]] = {}
        self._faults: dict[str, QLabel] = {}
        self._page = QVBoxLayout(self)
        self._page.setContentsMargins(0, 0, 0, 0)
        self._inside: QWidget | None = None
        self._region = Region()
        self._region_label: QLabel | None = None
        self.editors: dict[str, QWidget] = {}
        """The field of each option, by its name."""

    def show_options(self, options: type[Options], values: Mapping[str, Any] | None = None) -> None:
        """Make the form anew.

        Args:
            options: of the method.
            values: what stands in the fields at first in place of the defaults.

        Raises:
            OptionError: one of the values is not allowed.
        """
        fields = fields_of(options, values)
        if self._inside is not None:
            self._inside.hide()
            self._inside.deleteLater()
        self._options = options
        self._read, self._faults, self.editors = {}, {}, {}
        self._inside = QWidget()
        column = QVBoxLayout(self._inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._grid([one for one in fields if one.common]))
        self._faults[WHOLE_FORM] = self._fault_label()
        column.addWidget(self._faults[WHOLE_FORM])
        rest = self._grid([one for one in fields if not one.common])
        self.more = QToolButton()
        self.more.setObjectName("more")
        self.more.setText(self.tr("More options"))
        self.more.setCheckable(True)
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.setArrowType(Qt.ArrowType.RightArrow)
        self.more.toggled.connect(rest.setVisible)
        self.more.toggled.connect(
            lambda on: self.more.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
        )
        rest.setVisible(False)
        reset = QToolButton()
        reset.setText(self.tr("Defaults"))
        reset.setToolTip(self.tr("Set all options to their defaults"))
        reset.clicked.connect(lambda: self.show_options(options))
        last = QHBoxLayout()
        last.addWidget(self.more)
        last.addStretch(1)
        last.addWidget(reset)
        column.addLayout(last)
        column.addWidget(rest)
        column.addStretch(1)
        self._page.addWidget(self._inside)
        self._check()

    @property
    def values(self) -> dict[str, Any]:
        """What stands in the fields."""
        return {name: read() for name, read in self._read.items()}

    @property
    def valid(self) -> bool:
        """Whether all of it is allowed."""
        return self._options is not None and not faults_of(self._options, self.values)

    def changed_values(self) -> dict[str, Any]:
        """What differs from the defaults, checked and plain.

        Raises:
            OptionError: something is not allowed.
        """
        return {} if self._options is None else changed(self._options, self.values)

    def enter(self, values: Mapping[str, Any]) -> None:
        """Put values into their fields, the others stay; where one of them is hidden, show all fields."""
        if self._options is None:
            return
        shown = self.more.isChecked()
        wrong = faults_of(self._options, self.values)
        now = {name: value for name, value in self.values.items() if name not in wrong and name != "region"}
        self.show_options(self._options, now | dict(values))
        self.more.setChecked(shown or not set(values) <= set(COMMON))

    def fault(self, name: str) -> str:
        """What is told beside a field."""
        return self._faults[name].text()

    def _grid(self, fields: list[Field]) -> QWidget:
        page = QWidget()
        grid = QGridLayout(page)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(2)
        grid.setColumnMinimumWidth(0, 110)
        grid.setColumnStretch(2, 1)
        for number, field in enumerate(fields):
            line = number * 3
            editor = self._editor(field)
            editor.setAccessibleName(_said(field.title))
            editor.setAccessibleDescription(_said(field.help))
            editor.setFixedWidth(_WIDE)
            self.editors[field.name] = editor
            title = QLabel(_said(field.title))
            title.setBuddy(editor)
            words = _said(field.help)
            if field.limits and field.kind in {"number", "whole"}:
                words = self.tr("{help} ({limits})").format(help=words, limits=field.limits)
            help_label = QLabel(words)
            help_label.setObjectName("help")
            help_label.setWordWrap(True)
            fault = self._fault_label()
            self._faults[field.name] = fault
            grid.addWidget(title, line, 0)
            grid.addWidget(editor, line, 1)
            grid.addWidget(help_label, line, 2)
            grid.addWidget(fault, line + 1, 1, 1, 2)
            grid.setRowMinimumHeight(line + 2, 4)
        return page

    @staticmethod
    def _fault_label() -> QLabel:
        label = QLabel()
        label.setObjectName("fault")
        label.setWordWrap(True)
        label.setVisible(False)
        return label

    def _editor(self, field: Field) -> QWidget:
        if field.kind == "switch":
            box = QCheckBox()
            box.setChecked(bool(field.value))
            box.toggled.connect(self._check)
            self._read[field.name] = box.isChecked
            return box
        if field.kind == "choice":
            choice = QComboBox()
            for value in field.choices:
                choice.addItem(_said(str(value)), value)
            choice.setCurrentIndex(field.choices.index(field.value))
            choice.currentIndexChanged.connect(self._check)
            self._read[field.name] = choice.currentData
            return choice
        if field.kind == "whole":
            spin = _Spin()
            spin.setRange(field.low, field.high)
            spin.setValue(int(field.value))
            spin.valueChanged.connect(self._check)
            self._read[field.name] = spin.value
            return spin
        if field.kind == "rule":
            picker = RulePicker()
            picker.show_rule(field.value)
            picker.picked.connect(self._check)
            self._read[field.name] = lambda: picker.rule
            return picker
        if field.kind == "region":
            # Areas are drawn on a picture, in Collect; here one only sees whether there are any.
            self._region_label = QLabel()
            self.show_region(self._region)
            return self._region_label
        return self._line(field)

    def show_region(self, region: Region) -> None:
        """Say which areas the training will look at."""
        self._region = region
        text = self.tr("Whole picture")
        if not region.everything:
            text = self.tr("{n} areas looked at, {m} ignored, as drawn in Collect")
            text = text.format(n=len(region.include) or self.tr("all"), m=len(region.ignore))
        if self._region_label is not None:
            self._region_label.setText(text)

    def _line(self, field: Field) -> QLineEdit:
        line = QLineEdit(field.text(field.value))
        line.setPlaceholderText(self.tr("automatic") if field.optional else "")
        line.textChanged.connect(self._check)
        self._read[field.name] = lambda: (line.text().strip() or None) if field.optional else line.text().strip()
        return line

    def _check(self, *_: object) -> None:
        if self._options is None:
            return
        faults = faults_of(self._options, self.values)
        for name, label in self._faults.items():
            text = faults.get(name, "")
            label.setText(text)
            label.setVisible(bool(text))
            editor = self.editors.get(name)
            if editor is not None and bool(editor.property("wrong")) != bool(text):
                editor.setProperty("wrong", bool(text))
                editor.style().unpolish(editor)
                editor.style().polish(editor)
        self.edited.emit()


class _Spin(QSpinBox):
    """A spin box that leaves the wheel to the page: else scrolling past it would change an option unseen."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.lineEdit().setTextMargins(6, 0, 0, 0)  # a styled spin box forgets its padding

    def wheelEvent(self, event: Any) -> None:
        """Scroll the page."""
        event.ignore()
