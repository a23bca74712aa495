"""Inspections made up for the tests of reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inspector.core.image import Label
from inspector.core.inspection import Inspection, Verdict, judge
from inspector.reports.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable

GOOD = Label(abnormal=False, kind="good")
DENT = Label(abnormal=True, kind="dent")
SCRATCH = Label(abnormal=True, kind="scratch")


def judged(name: str, score: float, label: Label | None = None, *, threshold: float = 2.5, time: float = 1e9,
           overridden: bool = False) -> Inspection:  # fmt: skip
    return Inspection(name, "bracket", score, threshold, judge(score, threshold), time, label=label,
                      milliseconds=4.0, overridden=overridden)  # fmt: skip


def unreadable(name: str, error: str = "the file is empty", label: Label | None = None) -> Inspection:
    return Inspection(name, "bracket", None, 2.5, Verdict.UNREADABLE, 1e9, label=label, error=error)


def tallied(inspections: Iterable[Inspection], *, worst: int = 50, missed: int = 20, listed: int = 200) -> Tally:
    """A tally whose clock moves by half a second each time it is looked at."""
    ticks = iter(range(10**9))
    tally = Tally(worst=worst, missed=missed, unreadable=listed, clock=lambda: next(ticks) / 2)
    for inspection in inspections:
        tally.add(inspection)
    return tally
