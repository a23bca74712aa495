"""What changes when one detector replaces another, as a window of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QIcon
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QHeaderView, QLabel, QTableView, QVBoxLayout

from inspector.core.inspection import Verdict
from inspector.gui.widgets.inspectiontable import plain_table, verdict_colour
from inspector.gui.widgets.rowmodel import Columns, RowModel
from inspector.reports.flips import HARM_WORDS, Flip

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from inspector.gui.theme import Theme
    from inspector.jobs.flips import Flips

_ROW = 28
_WIDE, _HIGH = 900, 620
_NAME, _OLD, _NEW = 0, 2, 4
_VERDICTS = (Verdict.OK, Verdict.NG, Verdict.UNREADABLE)


class FlipsDialog(QDialog):
    """Counts, and the changed verdicts, the worst first."""

    def __init__(self, theme: Theme, flips: Flips, parent: QWidget) -> None:
        """Show them.

        Args:
            theme: gives the colours.
            flips: what changed.
            parent: the window it stands over.
        """
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("What changed"))
        self.resize(_WIDE, _HIGH)
        self._theme, self._flips = theme, flips
        tally = flips.tally
        self.head = QLabel(
            self.tr("{flipped:,} of {both:,} verdicts changed").format(flipped=tally.flipped, both=tally.both)
        )
        self.head.setObjectName("section")
        self.who = QLabel(self.tr("{new} instead of {old}").format(new=flips.new, old=flips.old))
        self.who.setObjectName("hint")
        self.who.setWordWrap(True)
        self.matrix: RowModel[Verdict] = RowModel(self._matrix_columns())
        self.rows: RowModel[Flip] = RowModel(self._columns())
        for model in (self.matrix, self.rows):
            model.setParent(self)
        self.matrix.set_rows(_VERDICTS)
        self.rows.set_rows(tally.worst)
        self.counts, self.table = QTableView(), QTableView()
        self.counts.setAccessibleName(self.tr("Old verdicts against new ones"))
        self.table.setAccessibleName(self.tr("Changed verdicts, the worst first"))
        for table, model in ((self.counts, self.matrix), (self.table, self.rows)):
            table.setModel(model)
            plain_table(table, _ROW)
            header = table.horizontalHeader()
            header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
            header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.counts.setFixedHeight(_ROW * len(_VERDICTS) + self.counts.horizontalHeader().sizeHint().height() + 8)
        self.counts.setMinimumWidth(540)
        self.counts.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.counts.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.harms = QLabel(
            "\n".join(f"{count:,}  {HARM_WORDS[harm]}" for harm, count in sorted(tally.harms.items()))
            or self.tr("Every file is judged as before.")
        )
        self.harms.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.note = QLabel(self._note())
        self.note.setObjectName("hint")
        self.note.setWordWrap(True)
        self.note.setVisible(bool(self.note.text()))
        self._lay_out()

    def _lay_out(self) -> None:
        flips, tally = self._flips, self._flips.tally
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        for button in buttons.buttons():
            button.setIcon(QIcon())  # a style's own does not follow the theme
        if flips.page is not None:
            report = buttons.addButton(self.tr("Open report"), QDialogButtonBox.ButtonRole.ActionRole)
            report.clicked.connect(self._open)
        top = QHBoxLayout()
        top.setSpacing(24)
        top.addWidget(self.counts, 1)
        top.addWidget(self.harms, 1)
        page = QVBoxLayout(self)
        page.setContentsMargins(18, 16, 18, 16)
        page.setSpacing(8)
        for widget in (self.head, self.who):
            page.addWidget(widget)
        page.addLayout(top)
        page.addWidget(self.note)
        page.addWidget(self.table, 1)
        page.addWidget(buttons)
        self.table.setVisible(bool(tally.worst))
        if not tally.worst:
            page.addStretch(1)
            self.resize(_WIDE, 0)

    def _note(self) -> str:
        tally = self._flips.tally
        notes = []
        if tally.only_old or tally.only_new:
            notes.append(
                self.tr("{old:,} files are only in the old report, {new:,} only in the new one.").format(
                    old=tally.only_old, new=tally.only_new
                )
            )
        if len(tally.worst) < tally.flipped:
            notes.append(self.tr("The {n} worst are shown; all are in flips.csv.").format(n=len(tally.worst)))
        return "  ".join(notes)

    def _open(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._flips.page)))

    def _matrix_columns(self) -> Columns[Verdict]:
        matrix = self._flips.tally.matrix

        def texts(old: Verdict) -> tuple[str, ...]:
            return (self.tr("was {verdict}").format(verdict=old), *(f"{matrix[old, new]:,}" for new in _VERDICTS))

        titles = ("", *(self.tr("now {verdict}").format(verdict=new) for new in _VERDICTS))
        return Columns(titles, texts, frozenset({1, 2, 3}))

    def _columns(self) -> Columns[Flip]:
        def texts(flip: Flip) -> tuple[str, ...]:
            levels = ["–" if one is None else f"{one:.2f}" for one in (flip.old_level, flip.new_level)]
            return (flip.name, flip.label, str(flip.old), levels[0], str(flip.new), levels[1], HARM_WORDS[flip.harm])

        def tip(flip: Flip, column: int) -> str | None:
            return flip.name if column == _NAME else None  # long names are cut

        def colour(flip: Flip, column: int) -> str | None:
            if column == _OLD:
                return verdict_colour(self._theme, flip.old)
            return verdict_colour(self._theme, flip.new) if column == _NEW else None

        titles = (
            self.tr("Image"),
            self.tr("Label"),
            self.tr("Was"),
            self.tr("Level"),
            self.tr("Now"),
            self.tr("Level"),
            self.tr("What changed"),
        )
        return Columns(titles, texts, frozenset({3, 5}), tip, colour)
