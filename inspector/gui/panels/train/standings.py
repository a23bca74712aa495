"""The parts of the page that compares methods: which ones, and how they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHeaderView,
    QLabel,
    QLineEdit,
    QProgressBar,
    QScrollArea,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from inspector.detectors import METHODS
from inspector.gui.models.comparing import Contest, Contestant, figures
from inspector.gui.widgets.inspectiontable import plain_table
from inspector.gui.widgets.rowmodel import Columns, RowModel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from inspector.core.events import Event
    from inspector.gui.theme import Theme

_CHOICES_WIDE = 280
_ROW = 36
_NAME_WIDE = 176
_LEAST_WIDE = 62
_NAME, _STATE = 0, 1


class Choices(QFrame):
    """Which methods, and the size of pictures for all of them."""

    changed = Signal()

    def __init__(self) -> None:
        """Choose none yet."""
        super().__init__()
        self.setObjectName("box")
        self.setFixedWidth(_CHOICES_WIDE)
        self.boxes = {name: QCheckBox(one.TITLE) for name, one in METHODS.items()}
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(8)
        for name, box in self.boxes.items():
            box.setToolTip(METHODS[name].SUMMARY)
            box.toggled.connect(self.changed)
            column.addWidget(box)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inside)
        title = QLabel(self.tr("Methods"))
        title.setObjectName("section")
        self.size_line = QLineEdit()
        self.size_line.setPlaceholderText(self.tr("each method's own"))
        self.size_line.setAccessibleName(self.tr("Picture size for all methods"))
        self.size_line.setToolTip(self.tr("For all of them, in pixels: N or HEIGHTxWIDTH"))
        named = QLabel(self.tr("Picture size"))
        named.setBuddy(self.size_line)
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 14, 12, 14)
        page.setSpacing(10)
        page.addWidget(title)
        page.addWidget(area, 1)
        page.addWidget(named)
        page.addWidget(self.size_line)

    @property
    def chosen(self) -> list[str]:
        """The methods, in the registry's order."""
        return [name for name, box in self.boxes.items() if box.isChecked()]

    def choose(self, methods: Iterable[str]) -> None:
        """Choose these and no others; names that are not known are passed over."""
        wanted = set(methods)
        for name, box in self.boxes.items():
            box.setChecked(name in wanted)

    @property
    def size_text(self) -> str:
        """What was written as the size; empty for each method's own."""
        return self.size_line.text().strip()


class Standings(QWidget):
    """Which method to take and why, how far the comparison is, and the figures of each."""

    selected = Signal()

    def __init__(self, theme: Theme) -> None:
        """Show nothing yet."""
        super().__init__()
        self._theme = theme
        self._contest = Contest()
        self.advice, self.reason = QLabel(), QLabel()
        self.advice.setObjectName("heading")
        self.reason.setWordWrap(True)
        self.reason.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        box = QFrame()
        box.setObjectName("box")
        words = QVBoxLayout(box)
        words.setContentsMargins(16, 12, 16, 12)
        words.setSpacing(4)
        words.addWidget(self.advice)
        words.addWidget(self.reason)
        self.stage = QLabel()
        self.stage.setObjectName("hint")
        self.bar = QProgressBar()
        self.bar.setAccessibleName(self.tr("Progress of the comparison"))
        self.rows: RowModel[Contestant] = RowModel(self._columns())
        self.rows.setParent(self)
        self.table = QTableView()
        self.table.setAccessibleName(self.tr("Figures of each method"))
        self.table.setModel(self.rows)
        plain_table(self.table, _ROW)
        header = self.table.horizontalHeader()
        header.setMinimumSectionSize(_LEAST_WIDE)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        header.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(_NAME, _NAME_WIDE)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self.selected.emit())
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(10)
        page.addWidget(box)
        page.addWidget(self.stage)
        page.addWidget(self.bar)
        page.addWidget(self.table, 1)

    @property
    def at(self) -> Contestant | None:
        """The method selected."""
        rows = self.table.selectionModel().selectedRows()
        return self.rows.rows[rows[0].row()] if rows else None

    def show_contest(self, contest: Contest, *, running: bool, note: str = "") -> None:
        """Show how a comparison stands; with a note in place of what is said while there is no outcome."""
        if contest is not self._contest:
            self._contest = contest
            self.table.clearSelection()
        self.stage.setVisible(running)
        self.bar.setVisible(running)
        self._show_rows()
        compared = contest.compared
        if compared is None:
            self.advice.setText(self.tr("Comparing …") if running else self.tr("Which method suits these parts?"))
            usual = self.tr(
                "Each method chosen learns from the same good parts and is measured on the same others, of which some "
                "are set aside for it, and on all bad ones. The options are those each has in Train."
            )
            self.reason.setText(note or usual)
            return
        chosen = compared.recommendation
        title = METHODS[chosen.method].TITLE if chosen.method else ""
        self.advice.setText(self.tr("Take {method}").format(method=title) if title else self.tr("No recommendation"))
        self.reason.setText(f"{chosen.reason} {chosen.certainty}")

    def hear(self, event: Event) -> None:
        """Show what the comparison told."""
        if self._contest.hear(event):
            self._show_rows()
        self.stage.setText(self._contest.stage)
        self.bar.setRange(0, self._contest.total)
        self.bar.setValue(self._contest.done)

    def say_stopping(self) -> None:
        """It was asked to end."""
        self.stage.setText(self.tr("Stopping …"))
        self.bar.setRange(0, 0)

    def select(self, name: str | None) -> None:
        """Select this method."""
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        for place, one in enumerate(self.rows.rows):
            if one.name == name:
                self.table.selectionModel().select(self.rows.index(place, 0), flags)

    def _show_rows(self) -> None:
        at = self.at
        self.rows.set_rows(self._contest.contestants)
        if at is not None:
            self.select(at.name)

    def _columns(self) -> Columns[Contestant]:
        titles = (
            *(self.tr("Method"), self.tr("State"), self.tr("AUROC"), self.tr("Pixels"), self.tr("AUPRO")),
            *(self.tr("Alarms"), self.tr("Misses"), self.tr("ms"), self.tr("Training"), self.tr("Size")),
        )
        words = {
            "waiting": self.tr("waiting"),
            "running": self.tr("running"),
            "done": self.tr("done"),
            "failed": self.tr("failed"),
        }

        def texts(one: Contestant) -> tuple[str, ...]:
            state = self.tr("take this") if one.name == self._contest.recommended else words[one.state]
            return (one.title, state, *(figures(one.row) if one.row is not None else ("",) * 8))

        def colour(one: Contestant, column: int) -> str | None:
            if column > _STATE:
                return None
            if one.state == "failed":
                return self._theme.colours.ng if column == _STATE else None
            return self._theme.colours.accent if one.name == self._contest.recommended else None

        return Columns(titles, texts, frozenset(range(2, 10)), self._tip, colour)

    def _tip(self, one: Contestant, column: int) -> str:
        row = one.row
        if row is not None and row.failed:
            return row.failed
        found = None if row is None else row.area
        if column <= _STATE or found is None:
            return METHODS[one.name].SUMMARY
        lies = self.tr("by images, truly between {low} and {high} (90 %)")
        return (
            lies.format(low=f"{found.low:.3f}", high=f"{found.high:.3f}"),
            self.tr("AUROC by pixels, where there are masks"),
            self.tr("share of each defect's area found, up to 30 % of the rest"),
            self.tr("good images called bad, at the method's own threshold"),
            self.tr("bad images called good, at the method's own threshold"),
            self.tr("milliseconds an image"),
            self.tr("time to train, reading the images included"),
            self.tr("on the disk"),
        )[column - _STATE - 1]
