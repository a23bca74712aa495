"""Asks what pictures that are to be added are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from inspector.jobs.labels import Group, Where

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from inspector.gui.models.collect import Dropped

_FOLDERS = "folders"
_WIDE = 540


class ImportDialog(QDialog):
    """Offers the labels there are, and the labels of a data set where what was dropped is one. Opened without blocking.

    Afterwards `where` says what was chosen: None is as the folders say.
    """

    chosen = Signal(object)
    """A `Where`, or None."""

    def __init__(self, dropped: Dropped, kinds: Mapping[Group, Sequence[str]], now: Where, parent: QWidget) -> None:
        """Offer what fits.

        Args:
            dropped: what is to be added.
            kinds: kinds and classes there are already.
            now: the label that is offered first, where the folders say nothing.
            parent: the panel.
        """
        super().__init__(parent)
        self.setWindowTitle(self.tr("Add pictures"))
        self.setMinimumWidth(_WIDE)
        count = self.tr("1 picture") if dropped.images == 1 else self.tr("{n} pictures").format(n=dropped.images)
        heading = QLabel(self.tr("What do the {pictures} show?").format(pictures=count))
        if dropped.images == 1:
            heading.setText(self.tr("What does the picture show?"))
        heading.setObjectName("section")
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QRadioButton] = {}
        self.kinds: dict[Group, QComboBox] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        if dropped.labelled:
            self._add(grid, _FOLDERS, self.tr("What their folders say: {what}").format(what=self._said(dropped)))
        self._add(grid, Group.NORMAL, self.tr("Good parts (normal)"))
        self._add(grid, Group.ABNORMAL, self.tr("Bad parts (abnormal), with"), self.tr("Kind of defect"))
        self._add(grid, Group.REFERENCE, self.tr("Other things (reference), namely"), self.tr("Class of reference"))
        for group, box in self.kinds.items():
            box.addItems(list(kinds.get(group, ())))
            box.setCurrentText(now.kind if now.group is group else "")
            line = box.lineEdit()
            assert line is not None  # noqa: S101 - it is editable
            line.setPlaceholderText(self.tr("such as scratch") if group is Group.ABNORMAL else self.tr("such as gear"))
        self._buttons[_FOLDERS if dropped.labelled else str(now.group)].setChecked(True)
        note = QLabel(self.tr("Pictures are copied into the workspace; the files stay where they are."))
        note.setObjectName("hint")
        note.setWordWrap(True)
        buttons = QDialogButtonBox()
        buttons.addButton(self.tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        add = buttons.addButton(
            self.tr("Add {pictures}").format(pictures=count), QDialogButtonBox.ButtonRole.AcceptRole
        )
        add.setProperty("primary", True)
        add.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        page = QVBoxLayout(self)
        page.setContentsMargins(20, 18, 20, 16)
        page.setSpacing(14)
        page.addWidget(heading)
        page.addLayout(grid)
        page.addWidget(note)
        page.addWidget(buttons)
        self.accepted.connect(lambda: self.chosen.emit(self.where))

    @property
    def where(self) -> Where | None:
        """What was chosen; None is as the folders say."""
        key = next(key for key, button in self._buttons.items() if button.isChecked())
        if key == _FOLDERS:
            return None
        group = Group(key)
        box = self.kinds.get(group)
        return Where(group, box.currentText().strip() if box is not None else "")

    def choose(self, group: Group | None, kind: str = "") -> None:
        """Choose as a hand would; None is as the folders say."""
        self._buttons[_FOLDERS if group is None else str(group)].setChecked(True)
        if group in self.kinds:
            self.kinds[group].setCurrentText(kind)

    def _add(self, grid: QGridLayout, key: str, text: str, kind: str = "") -> None:
        button = QRadioButton(text)
        self._group.addButton(button)
        self._buttons[str(key)] = button
        line = grid.rowCount()
        if not kind:
            grid.addWidget(button, line, 0, 1, 2)
            return
        box = QComboBox()
        box.setEditable(True)
        box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        box.setAccessibleName(kind)
        box.setEnabled(False)
        button.toggled.connect(box.setEnabled)
        self.kinds[Group(key)] = box
        grid.addWidget(button, line, 0)
        grid.addWidget(box, line, 1)

    def _said(self, dropped: Dropped) -> str:
        counts = dict.fromkeys(Group, 0)
        for where, count in dropped.labelled.items():
            counts[where.group] += count
        words = {
            Group.NORMAL: self.tr("{n} normal"),
            Group.ABNORMAL: self.tr("{n} abnormal"),
            Group.REFERENCE: self.tr("{n} reference"),
        }
        return ", ".join(words[group].format(n=count) for group, count in counts.items() if count)
