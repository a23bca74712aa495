"""Which part of the history is shown."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QDateEdit, QHBoxLayout, QLabel, QWidget

from inspector.core.inspection import Verdict
from inspector.gui.models.history import Period, since, source_name
from inspector.history.rows import Filter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Filters(QWidget):
    """Time, source, detector and verdict."""

    changed = Signal()

    def __init__(self) -> None:
        """Show the whole history."""
        super().__init__()
        self.period = QComboBox()
        for period, title in (
            (Period.ALL, self.tr("All times")),
            (Period.TODAY, self.tr("Today")),
            (Period.WEEK, self.tr("Last 7 days")),
            (Period.MONTH, self.tr("Last 30 days")),
            (Period.OWN, self.tr("From … to")),
        ):
            self.period.addItem(title, str(period))
        self.first, self.last = QDateEdit(QDate.currentDate()), QDateEdit(QDate.currentDate())
        for edit, name in ((self.first, self.tr("First day")), (self.last, self.tr("Last day"))):
            edit.setCalendarPopup(True)
            edit.setDisplayFormat("yyyy-MM-dd")
            edit.setAccessibleName(name)
            edit.setToolTip(name)
            edit.dateChanged.connect(self.changed)
        self.source, self.detector, self.verdict = QComboBox(), QComboBox(), QComboBox()
        self.source.addItem(self.tr("All sources"), None)
        self.detector.addItem(self.tr("All detectors"), None)
        self.verdict.addItem(self.tr("All verdicts"), None)
        for verdict in (Verdict.NG, Verdict.OK, Verdict.UNREADABLE):
            self.verdict.addItem(str(verdict), str(verdict))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for box, name in (
            (self.period, self.tr("Time")),
            (self.source, self.tr("Source")),
            (self.detector, self.tr("Detector")),
            (self.verdict, self.tr("Verdict")),
        ):
            box.setAccessibleName(name)
            box.setMaximumWidth(220)
            row.addWidget(box)
            if box is self.period:
                row.addWidget(self.first)
                row.addWidget(self.last)
            box.currentIndexChanged.connect(self.changed)
        self.period.currentIndexChanged.connect(self._show_days)
        self.total = QLabel()
        self.total.setObjectName("hint")
        row.addStretch(1)
        row.addWidget(self.total)
        self._show_days()

    def filter(self, session: int | None = None, now: datetime | None = None) -> Filter:
        """What is wanted."""
        moment = now or datetime.now().astimezone()
        period = Period(self.period.currentData())
        begin, end = since(period, moment), None
        if period is Period.OWN:
            begin = self.first.date().startOfDay().toMSecsSinceEpoch() / 1000
            end = self.last.date().addDays(1).startOfDay().toMSecsSinceEpoch() / 1000
        verdict = self.verdict.currentData()
        return Filter(
            since=begin,
            until=end,
            source=self.source.currentData(),
            detector=self.detector.currentData(),
            verdict=None if verdict is None else Verdict(verdict),
            session=session,
        )

    def offer(self, sources: Sequence[str], detectors: Sequence[str]) -> None:
        """Offer these; keep what is chosen."""
        _fill(self.source, sources, source_name)
        _fill(self.detector, detectors, str)

    def reset(self) -> None:
        """Show the whole history."""
        for box in (self.period, self.source, self.detector, self.verdict):
            with QSignalBlocker(box):
                box.setCurrentIndex(0)
        self._show_days()
        self.changed.emit()

    def _show_days(self) -> None:
        own = self.period.currentData() == str(Period.OWN)
        self.first.setHidden(not own)
        self.last.setHidden(not own)


def _fill(box: QComboBox, names: Sequence[str], text: Callable[[str], str]) -> None:
    kept = box.currentData()
    with QSignalBlocker(box):
        while box.count() > 1:
            box.removeItem(1)
        for name in names:
            box.addItem(text(name), name)
        box.setCurrentIndex(max(0, box.findData(kept)))
