"""The page on which the workspace's region is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from inspector.gui.theme import icon
from inspector.gui.widgets.actionbuttons import add_action
from inspector.gui.widgets.regioneditor import RegionEditor, Tool

if TYPE_CHECKING:
    from collections.abc import Callable

    from inspector.core.image import Image
    from inspector.gui.theme import Theme
    from inspector.imaging.region import Region

_WIDTH = 260


class AreasPage(QWidget):
    """Tools beside a picture. Nothing is kept before Save."""

    saved = Signal(object)
    """A `Region`."""
    closed = Signal()

    def __init__(self, theme: Theme) -> None:
        """Lay out the tools."""
        super().__init__()
        self._theme = theme
        self.editor = RegionEditor(theme, self.tr("Opening a picture …"))
        self.editor.setAccessibleName(self.tr("Picture to draw areas on"))
        self._tools: dict[Tool, QPushButton] = {}
        self._group = QButtonGroup(self)
        column = QVBoxLayout()
        column.setSpacing(6)
        self._section(column, self.tr("Draw"))
        self.look_here = QRadioButton(self.tr("Where to look"))
        self.ignore = QRadioButton(self.tr("What to ignore"))
        self.look_here.setChecked(True)
        for button in (self.look_here, self.ignore):
            column.addWidget(button)
            button.toggled.connect(self._use)
        for tool, text, key in (
            (Tool.RECTANGLE, self.tr("Rectangle"), "1"),
            (Tool.POLYGON, self.tr("Polygon"), "2"),
            (Tool.MOVE, self.tr("Move and resize"), "3"),
        ):
            self._tools[tool] = self._tool(column, tool, text, key)
        self.hint = QLabel()
        self.hint.setObjectName("hint")
        self.hint.setWordWrap(True)
        self.hint.setMinimumHeight(56)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignTop)
        column.addWidget(self.hint)
        self._section(column, self.tr("Areas"))
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Areas"))
        self.list.currentRowChanged.connect(self._chosen)
        column.addWidget(self.list, 1)
        self.share = QLabel()
        self.share.setWordWrap(True)
        column.addWidget(self.share)
        row = QHBoxLayout()
        row.setSpacing(6)
        self.delete = self._button(row, self.tr("Delete"), "Ctrl+Del", self.editor.delete)
        self.undo = self._button(row, self.tr("Undo"), "Ctrl+Z", self.editor.undo)
        column.addLayout(row)
        row = QHBoxLayout()
        row.setSpacing(6)
        self.cancel = self._button(row, self.tr("Cancel"), "Ctrl+W", self.closed.emit)
        self.save = self._button(row, self.tr("Save"), "Ctrl+S", self._save)
        self.save.setProperty("primary", True)
        column.addLayout(row)
        self._lay_out(column)
        self.editor.changed.connect(self._refresh)
        theme.changed.connect(self._draw)
        self._draw()

    def begin(self, region: Region) -> None:
        """Draw anew on what was drawn before; the picture comes by `show_image`."""
        self.editor.show_image(None)
        self.editor.begin(region)
        self._tools[Tool.MOVE if not region.everything else Tool.RECTANGLE].setChecked(True)
        self._use()
        self.editor.setFocus()

    def show_image(self, image: Image) -> None:
        """Draw on this picture."""
        self.editor.show_image(image)

    def _lay_out(self, column: QVBoxLayout) -> None:
        side = QFrame()
        side.setObjectName("box")
        side.setFixedWidth(_WIDTH)
        column.setContentsMargins(14, 12, 14, 12)
        side.setLayout(column)
        page = QHBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(12)
        page.addWidget(self.editor, 1)
        page.addWidget(side)

    def _use(self) -> None:
        tool = next(tool for tool, button in self._tools.items() if button.isChecked())
        self.editor.side = "include" if self.look_here.isChecked() else "ignore"
        self.editor.use(tool)
        hints = {
            Tool.RECTANGLE: self.tr("Drag from corner to corner."),
            Tool.POLYGON: self.tr("Click corner after corner; a double click or Enter closes, Esc gives up."),
            Tool.MOVE: self.tr("Drag an area or one of its corners; arrow keys move it by a pixel, Del removes it."),
        }
        self.hint.setText(hints[tool])

    def _refresh(self) -> None:
        draft = self.editor.draft
        words = {"include": self.tr("{n}. Look here"), "ignore": self.tr("{n}. Ignore")}
        texts = [words[area.side].format(n=number) for number, area in enumerate(draft.areas, 1)]
        with QSignalBlocker(self.list):
            if [self.list.item(row).text() for row in range(self.list.count())] != texts:
                self.list.clear()
                self.list.addItems(texts)
            self.list.setCurrentRow(-1 if self.editor.selected is None else self.editor.selected)
        share = draft.share()
        if not draft.areas:
            self.share.setText(self.tr("The whole picture is looked at."))
        elif share:
            self.share.setText(self.tr("{share} of the picture is looked at.").format(share=f"{share:.0%}"))
        else:
            self.share.setText(self.tr("Nothing of the picture is left to look at."))
        self.delete.setEnabled(self.editor.selected is not None)
        self.undo.setEnabled(self.editor.can_undo)
        self.save.setEnabled(share > 0 and not self.editor.drawing)

    def _chosen(self, row: int) -> None:
        self.editor.select(row if row >= 0 else None)

    def _save(self) -> None:
        if self.save.isEnabled():
            self.saved.emit(self.editor.draft.region())

    def _tool(self, column: QVBoxLayout, tool: Tool, text: str, key: str) -> QPushButton:
        button = self._button(column, text, key, lambda: self._tools[tool].setChecked(True))
        button.setCheckable(True)
        button.setProperty("tool", str(tool))
        button.toggled.connect(self._use_if)
        self._group.addButton(button)
        return button

    def _use_if(self, on: bool) -> None:  # noqa: FBT001 - Qt's signal
        if on:
            self._use()

    def _button(self, row: QHBoxLayout | QVBoxLayout, text: str, key: str, do: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(f"{text} ({key})")
        button.clicked.connect(add_action(self, self.tr("Areas: {what}").format(what=text), key, do).trigger)
        row.addWidget(button)
        return button

    def _section(self, column: QVBoxLayout, text: str) -> None:
        label = QLabel(text)
        label.setObjectName("section")
        if column.count():
            column.addSpacing(6)
        column.addWidget(label)

    def _draw(self) -> None:
        pictures = {Tool.RECTANGLE: "rectangle", Tool.POLYGON: "polygon", Tool.MOVE: "edit"}
        for tool, button in self._tools.items():
            button.setIcon(icon(pictures[tool], self._theme.colours.text, size=18))
