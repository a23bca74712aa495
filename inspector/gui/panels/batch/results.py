"""What came of inspecting a folder: figures, filters, the table and the pictures of the selected row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QDoubleValidator
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from inspector.core.inspection import Verdict
from inspector.gui.models.inspections import Figures, Wanted
from inspector.gui.widgets.detailview import DetailView
from inspector.gui.widgets.inspectiontable import InspectionTable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from inspector.core.inspection import Inspection
    from inspector.gui.theme import Theme

_SETTLE_MS = 120
_MANY = 3


class Summary(QFrame):
    """The figures of all images inspected."""

    def __init__(self) -> None:
        """Show nothing yet."""
        super().__init__()
        self.setObjectName("box")
        self._values: dict[str, QLabel] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(28)
        for name, title in (
            ("total", self.tr("Images")),
            ("ok", self.tr("OK")),
            ("ng", self.tr("NG")),
            ("unreadable", self.tr("Unreadable")),
            ("false_alarms", self.tr("False alarms")),
            ("misses", self.tr("Misses")),
            ("auroc", self.tr("AUROC")),
        ):
            column = QVBoxLayout()
            column.setSpacing(0)
            heading = QLabel(title)
            heading.setObjectName("help")
            value = QLabel()
            value.setObjectName("figure")
            value.setAccessibleName(title)
            column.addWidget(heading)
            column.addWidget(value)
            row.addLayout(column)
            self._values[name] = value
        row.addStretch(1)
        self.note = QLabel()
        self.note.setObjectName("hint")
        self.note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.note.setWordWrap(True)
        row.addWidget(self.note, 1)

    def show_figures(self, figures: Figures) -> None:
        """Show these."""
        counts = figures.counts
        texts = {
            "total": f"{figures.total:,}",
            "ok": f"{figures.ok:,}",
            "ng": f"{figures.ng:,}",
            "unreadable": f"{figures.unreadable:,}",
            "false_alarms": "–",
            "misses": "–",
            "auroc": "–" if figures.auroc is None else f"{figures.auroc:.3f}",
        }
        if counts is not None:
            of = self.tr("{found} of {total}")
            normal, abnormal = counts.normal_ok + counts.normal_ng, counts.abnormal_ok + counts.abnormal_ng
            if normal:
                texts["false_alarms"] = of.format(found=f"{counts.normal_ng:,}", total=f"{normal:,}")
            if abnormal:
                texts["misses"] = of.format(found=f"{counts.abnormal_ok:,}", total=f"{abnormal:,}")
        for name, text in texts.items():
            self._values[name].setText(text)
        self._values["auroc"].setToolTip(
            self.tr("The chance that an abnormal image scores above a normal one; needs labels of both")
        )

    def text(self, name: str) -> str:
        """What is shown under a name."""
        return self._values[name].text()


class Filters(QWidget):
    """Which rows are shown."""

    changed = Signal()

    def __init__(self) -> None:
        """Show all."""
        super().__init__()
        self.verdict = QComboBox()
        self.verdict.setAccessibleName(self.tr("Show this verdict"))
        self.verdict.addItem(self.tr("All verdicts"), None)
        for verdict in (Verdict.NG, Verdict.OK, Verdict.UNREADABLE):
            self.verdict.addItem(str(verdict), str(verdict))
        self.folder = QComboBox()
        self.folder.setAccessibleName(self.tr("Show this folder"))
        self.folder.setMaximumWidth(200)
        self.folder.addItem(self.tr("All folders"), None)
        self.lowest, self.highest = QLineEdit(), QLineEdit()
        for line, name in (
            (self.lowest, self.tr("Lowest score to show")),
            (self.highest, self.tr("Highest score to show")),
        ):
            line.setAccessibleName(name)
            line.setToolTip(name)
            line.setFixedWidth(76)
            line.setValidator(QDoubleValidator(line))
        self.lowest.setPlaceholderText(self.tr("from"))
        self.highest.setPlaceholderText(self.tr("to"))
        self.text = QLineEdit()
        self.text.setPlaceholderText(self.tr("Search files, labels, errors"))
        self.text.setAccessibleName(self.tr("Search"))
        self.text.setClearButtonEnabled(True)
        self.wrong = QCheckBox(self.tr("Wrong only"))
        self.wrong.setToolTip(self.tr("Only images whose verdict is not what their label says"))
        self.shown = QLabel()
        self.shown.setObjectName("hint")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        score = QLabel(self.tr("Score"))
        score.setBuddy(self.lowest)
        for widget in (self.verdict, self.folder, score, self.lowest, self.highest, self.wrong):
            row.addWidget(widget)
        row.addWidget(self.text, 1)
        row.addWidget(self.shown)
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(_SETTLE_MS)
        self._settled.timeout.connect(self.changed)
        self.verdict.currentIndexChanged.connect(self.changed)
        self.folder.currentIndexChanged.connect(self.changed)
        self.wrong.toggled.connect(self.changed)
        for line in (self.lowest, self.highest, self.text):
            line.textChanged.connect(self._settled.start)

    @property
    def wanted(self) -> Wanted:
        """What is to be shown."""
        verdict = self.verdict.currentData()
        return Wanted(
            verdict=None if verdict is None else Verdict(verdict),
            folder=self.folder.currentData(),
            lowest=_number(self.lowest.text()),
            highest=_number(self.highest.text()),
            text=self.text.text().strip(),
            wrong=self.wrong.isChecked(),
        )

    def offer_folders(self, folders: list[str]) -> None:
        """Offer these folders beside those offered already."""
        for folder in folders[self.folder.count() - 1 :]:
            self.folder.addItem(folder or self.tr("(the folder itself)"), folder)

    def reset(self) -> None:
        """Show all, of other folders."""
        self.blockSignals(True)
        while self.folder.count() > 1:
            self.folder.removeItem(1)
        self.verdict.setCurrentIndex(0)
        for line in (self.lowest, self.highest, self.text):
            line.clear()
        self.wrong.setChecked(False)
        self._settled.stop()
        self.blockSignals(False)
        self.changed.emit()


class Results(QWidget):
    """All of it together."""

    def __init__(self, theme: Theme, path_of: Callable[[Inspection], Path | None]) -> None:
        """Show nothing yet; `path_of` says where the picture of an inspection lies."""
        super().__init__()
        self.summary = Summary()
        self.filters = Filters()
        self.table = InspectionTable(theme, path_of)
        self.detail = DetailView(theme, self.tr("Select a row to see its picture, and what the detector makes of it."))
        self.label_row = QHBoxLayout()
        self.label_row.setSpacing(8)
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(4, 0, 0, 0)
        column.addWidget(self.detail, 1)
        column.addLayout(self.label_row)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.addWidget(self.table)
        self.splitter.addWidget(side)
        self.splitter.setStretchFactor(0, _MANY)
        self.splitter.setStretchFactor(1, 2)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setSizes([720, 430])
        self.summary.setMaximumHeight(76)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(10)
        page.addWidget(self.summary)
        page.addWidget(self.filters)
        page.addWidget(self.splitter, 1)
        self.filters.changed.connect(self._filter)

    def add(self, more: list[Inspection]) -> None:
        """Take inspections in."""
        self.table.rows.add(more)
        self.filters.offer_folders(list(self.table.rows.all.folders))
        self.refresh(ranked=False)

    def clear(self) -> None:
        """Show none."""
        self.table.rows.clear()
        self.filters.reset()
        self.detail.clear()
        self.refresh()

    def refresh(self, *, ranked: bool = True) -> None:
        """Count anew; with the AUROC when `ranked`."""
        everything = self.table.rows.all
        self.summary.show_figures(everything.figures(ranked=ranked))
        self._tell_shown()

    def _tell_shown(self) -> None:
        everything = self.table.rows.all
        shown, total = len(everything.shown), len(everything)
        text = self.tr("{shown:,} of {total:,} shown").format(shown=shown, total=total)
        self.filters.shown.setText(text if shown != total else "")

    def _filter(self) -> None:
        self.table.rows.want(self.filters.wanted)
        self._tell_shown()


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None
