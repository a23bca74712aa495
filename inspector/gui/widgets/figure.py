"""A rate that was counted, with what it can be expected to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from inspector.core.intervals import CONFIDENCE

if TYPE_CHECKING:
    from collections.abc import Collection

    from inspector.core.intervals import Interval
    from inspector.gui.models.bench import Bench


class Figure(QWidget):
    """So many of so many, and between what and what the rate lies: a count of few images alone says too much."""

    def __init__(self, title: str, nothing: str = "") -> None:
        """Say what is counted.

        Args:
            title: translated.
            nothing: translated; said where there is nothing to count.
        """
        super().__init__()
        self._nothing = nothing
        heading = QLabel(title)
        heading.setObjectName("hint")
        self.number = QLabel()
        self.number.setObjectName("figure")
        self.words = QLabel()
        self.words.setObjectName("help")
        self.words.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for label in (heading, self.number, self.words):
            column.addWidget(label)

    def show_rate(self, interval: Interval | None, found: int, total: int) -> None:
        """Show `found` of `total`; nothing counted without an interval."""
        if interval is None or not total:
            self.number.setText("–")
            self.words.setText(self._nothing)
            return
        self.number.setText(self.tr("{found} of {total}").format(found=found, total=total))
        text = self.tr("{rate} here; expect {low} to {high} ({confidence} sure)")
        self.words.setText(
            text.format(
                rate=_percent(found / total),
                low=_percent(interval.low),
                high=_percent(interval.high),
                confidence=_percent(CONFIDENCE),
            )
        )


class Figures(QFrame):
    """False alarms and misses of the threshold being tried."""

    def __init__(self) -> None:
        """Count nothing yet."""
        super().__init__()
        self.setObjectName("box")
        self.false_alarms = Figure(self.tr("False alarms"))
        self.misses = Figure(
            self.tr("Misses"), self.tr("No abnormal images: how many bad parts would pass is not known.")
        )
        self.note = QLabel()
        self.note.setObjectName("help")
        self.note.setWordWrap(True)
        self.note.setVisible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(12)
        column.addLayout(row)
        column.addWidget(self.note)
        for figure in (self.false_alarms, self.misses):
            row.addWidget(figure, 1, Qt.AlignmentFlag.AlignTop)

    def show_bench(self, bench: Bench | None, learned: Collection[str] = ()) -> None:
        """Show what the bench's threshold comes to, with abnormal kinds that were `learned` from."""
        if bench is None:
            self.note.setVisible(False)
            self.false_alarms.show_rate(None, 0, 0)
            self.misses.show_rate(None, 0, 0)
            return
        counts = bench.counts
        self.false_alarms.show_rate(bench.false_alarms, counts.normal_ng, len(bench.normal))
        self.misses.show_rate(bench.misses, counts.abnormal_ok, len(bench.abnormal))
        self.note.setVisible(bool(learned) and len(bench.abnormal) > 0)
        words = self.tr("It learned from these abnormal images ({kinds}): of new ones more will pass.")
        self.note.setText(words.format(kinds=", ".join(learned)))


def _percent(share: float) -> str:
    return f"{share:.0%}" if share in {0.0, 1.0} or share >= 0.1 else f"{share:.1%}"  # noqa: PLR2004
