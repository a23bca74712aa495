"""All there is to see of one inspection: the image, the overlay, the reconstruction and the difference."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from inspector.gui.widgets.inspectiontable import verdict_colour
from inspector.gui.widgets.picture import PictureView

if TYPE_CHECKING:
    from inspector.core.inspection import Inspection
    from inspector.gui.models.batch import Pictures
    from inspector.gui.theme import Theme

_NAMES = ("image", "overlay", "reconstruction", "difference")
_ALL = "all"


class DetailView(QWidget):
    """Shows one picture large, or all there are beside each other."""

    def __init__(self, theme: Theme, placeholder: str, names: tuple[str, ...] = _NAMES) -> None:
        """Show nothing yet.

        Args:
            theme: gives the colours.
            placeholder: what stands here while nothing is chosen.
            names: of the pictures that may come, as in `models.batch.Pictures`.
        """
        super().__init__()
        self._theme = theme
        self._placeholder = placeholder
        self._names = names
        self._inspection: Inspection | None = None
        titles = {
            "image": self.tr("Image"),
            "overlay": self.tr("Overlay"),
            "reconstruction": self.tr("Reconstruction"),
            "difference": self.tr("Difference"),
            _ALL: self.tr("All"),
        }
        self.title = QLabel()
        self.title.setObjectName("section")
        self.title.setWordWrap(True)
        self.facts = QLabel()
        self.facts.setWordWrap(True)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QPushButton] = {}
        self._row = QHBoxLayout()
        self._row.setSpacing(4)
        for name in (_ALL, *names):
            button = QPushButton(titles[name])
            button.setCheckable(True)
            button.setProperty("segment", True)
            button.setAccessibleName(self.tr("Show: {what}").format(what=titles[name]))
            button.clicked.connect(self._arrange)
            self._group.addButton(button)
            self._buttons[name] = button
            self._row.addWidget(button)
        self._row.addStretch(1)
        self._buttons[_ALL].setChecked(True)
        self.views: dict[str, PictureView] = {}
        self._cells: dict[str, QWidget] = {}
        self._grid = QGridLayout()
        self._grid.setSpacing(8)
        for name in names:
            self._make_cell(name, titles[name])
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(8)
        page.addWidget(self.title)
        page.addWidget(self.facts)
        page.addLayout(self._row)
        page.addLayout(self._grid, 1)
        theme.changed.connect(self._tell)
        self.clear()

    def clear(self) -> None:
        """Show nothing."""
        self._inspection = None
        self.show_pictures(None, self._placeholder)
        self._tell()

    def show_inspection(self, inspection: Inspection, note: str = "") -> None:
        """Say what was judged; its pictures come later."""
        self._inspection = inspection
        self._tell()
        self.show_pictures(None, note)

    def show_pictures(self, pictures: Pictures | None, note: str = "") -> None:
        """Show these pictures.

        Args:
            pictures: None for none.
            note: what stands in their place.
        """
        for name in self._names:
            image = None if pictures is None else getattr(pictures, name)
            self.views[name].show_image(image)
            self._buttons[name].setEnabled(image is not None)
        self._buttons[_ALL].setEnabled(pictures is not None)
        first = self.views[self._names[0]]
        first.set_placeholder(note)
        self._arrange()

    @property
    def has_pictures(self) -> bool:
        """Whether any is shown."""
        return any(view.has_image for view in self.views.values())

    def _make_cell(self, name: str, title: str) -> None:
        view = PictureView(self._theme)
        view.setMinimumSize(80, 60)
        view.setAccessibleName(title)
        caption = QLabel(title)
        caption.setObjectName("help")
        cell = QWidget(self)  # without a parent, showing it would open a window
        column = QVBoxLayout(cell)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(caption)
        column.addWidget(view, 1)
        self.views[name] = view
        self._cells[name] = cell

    def _arrange(self) -> None:
        """Put the wanted pictures into the grid; without any, the first holds the words."""
        there = [name for name in self._names if self.views[name].has_image]
        wanted = next((name for name, button in self._buttons.items() if button.isChecked()), _ALL)
        names = [wanted] if wanted in there else there or [self._names[0]]
        for name, cell in self._cells.items():
            self._grid.removeWidget(cell)
            cell.setVisible(name in names)
        for place, name in enumerate(names):
            self._grid.addWidget(self._cells[name], place // 2, place % 2)

    def _tell(self) -> None:
        one = self._inspection
        self.title.setVisible(one is not None)
        self.facts.setVisible(one is not None)
        if one is None:
            return
        self.title.setText(one.name)
        colour = verdict_colour(self._theme, one.verdict)
        words = [f'<b style="color:{colour}">{one.verdict}</b>']
        if one.score is not None and one.level is not None:
            words.append(self.tr("level {level}").format(level=f"{one.level:.2f}"))
            words.append(
                self.tr("score {score}, threshold {threshold}").format(
                    score=f"{one.score:.4g}", threshold=f"{one.threshold:.4g}"
                )
            )
        if one.label is not None:
            words.append(self.tr("labelled {kind}").format(kind=escape(one.label.kind)))
        self.facts.setText("  ·  ".join(words))
