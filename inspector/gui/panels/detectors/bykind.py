"""How detectors judged each kind of label: those they learned from apart from those they never saw."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHeaderView, QLabel, QTableView, QVBoxLayout, QWidget

from inspector.core.intervals import CONFIDENCE
from inspector.core.kinds import USUAL_WEIGHT
from inspector.gui.widgets.inspectiontable import plain_table
from inspector.gui.widgets.rowmodel import Columns, RowModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inspector.gui.models.detectors import KindRow

_ROW = 32


class ByKind(QWidget):
    """A table of kinds, with what the words in it mean."""

    def __init__(self) -> None:
        """Show nothing yet."""
        super().__init__()
        self.rows: RowModel[KindRow] = RowModel(Columns((), lambda _: ()))
        self.rows.setParent(self)
        self.table = QTableView()
        self.table.setAccessibleName(self.tr("How each kind was judged"))
        self.table.setModel(self.rows)
        plain_table(self.table, _ROW)
        self.table.setSortingEnabled(False)
        self.note = QLabel()
        self.note.setObjectName("help")
        self.note.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.table, 1)
        column.addWidget(self.note)

    def show_rows(self, rows: Sequence[KindRow]) -> None:
        """Show these, of one detector or of several."""
        several = len({row.detector for row in rows}) > 1
        split = any(row.known is not None for row in rows)
        self.rows.set_columns(self._columns(several=several, split=split))
        self.rows.set_rows(rows)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(int(several), QHeaderView.ResizeMode.Stretch)
        words = self.tr(
            "Wrong: misses of bad parts, false alarms of good ones. The rate lies in the range in brackets."
        )
        if split:
            words += " " + self.tr("Known kinds were learned from; unseen ones were not, as what goes wrong next.")
        self.note.setText(words)

    def _columns(self, *, several: bool, split: bool) -> Columns[KindRow]:
        titles = [self.tr("Kind"), self.tr("Images"), self.tr("Wrong"), self.tr("Rate"), self.tr("AUROC")]
        first = 1
        if split:
            titles.insert(1, self.tr("Learned"))
            first += 1
        if several:
            titles.insert(0, self.tr("Detector"))
            first += 1

        def texts(row: KindRow) -> tuple[str, ...]:
            group = "" if row.known is None else self.tr("known") if row.known else self.tr("unseen")
            kind = row.kind
            if row.together:
                kind = self.tr("all known kinds") if row.known else self.tr("all unseen kinds")
            elif row.weight != USUAL_WEIGHT:
                kind = self.tr("{kind} (weight {weight})").format(kind=row.kind, weight=f"{row.weight:g}")
            return (
                *([row.detector] if several else []),
                kind,
                *([group] if split else []),
                f"{row.n:,}",
                f"{row.wrong:,}",
                f"{row.wrong / row.n:.0%} ({row.low:.0%}–{row.high:.0%})",
                "–" if row.auroc is None else f"{row.auroc:.3f}",
            )

        def tip(row: KindRow, _column: int) -> str:
            sure = self.tr("{wrong} of {n}: between {low} and {high} ({sure} sure)").format(
                wrong=row.wrong, n=row.n, low=f"{row.low:.1%}", high=f"{row.high:.1%}", sure=f"{CONFIDENCE:.0%}"
            )
            return f"{row.kind}: {sure}"

        return Columns(titles, texts, frozenset(range(first, len(titles))), tip)
