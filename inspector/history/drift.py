"""Whether the scores of good parts move over days: a control chart of one detector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DAY = 86_400.0
FEWEST = 30
"""A day with fewer inspections that were OK says nothing."""
FIRST_DAYS = 5
"""So many of the first days, at most, are what the later ones are compared with."""


@dataclass(frozen=True, slots=True)
class DayScores:
    """The scores of the inspections of one day that were OK, in the detector's unit.

    Attributes:
        start: of the day, seconds since the epoch.
        count: how many.
        lower: a quarter of them is below.
        median: half of them.
        upper: three quarters.
    """

    start: float
    count: int
    lower: float
    median: float
    upper: float


@dataclass(frozen=True, slots=True)
class Drift:
    """How the scores of good parts went.

    Attributes:
        detector: its name.
        days: the oldest first, each with `FEWEST` inspections or more.
        first: the first days together, which the later ones are compared with.
        compared: how many of `days` are in `first`.
        threshold: of the detector in its newest session.
    """

    detector: str
    days: tuple[DayScores, ...]
    first: DayScores
    compared: int
    threshold: float

    @property
    def moved(self) -> DayScores | None:
        """The newest day if its median has left the middle half of the first days' scores; else None.

        An effect of that size is asked for, and not one that is merely significant: among thousands of frames of a day
        any difference is. Of good parts that did not change, a median is near the first days' own, and does not leave
        the quartiles.
        """
        last = self.days[-1]
        if len(self.days) <= self.compared or self.first.lower <= last.median <= self.first.upper:
            return None
        return last

    @property
    def since(self) -> float | None:
        """When the days began that have all been out there, up to the newest; None when it has not moved."""
        if self.moved is None:
            return None
        start = self.days[-1].start
        for day in reversed(self.days[self.compared :]):
            if self.first.lower <= day.median <= self.first.upper:
                break
            start = day.start
        return start


def drift_of(
    detector: str, rows: Iterable[tuple[int, int, int]], *, begin: float, unit: float, threshold: float
) -> Drift | None:
    """Make the chart of counted scores; None when there is no day with enough of them.

    Args:
        detector: its name.
        rows: (day, bin, count): so many scores in `[bin * unit, (bin + 1) * unit)` on that day after `begin`.
        begin: of day 0, seconds since the epoch.
        unit: width of a bin; quartiles are exact to half of it.
        threshold: of the detector.
    """
    days: dict[int, dict[int, int]] = {}
    for day, place, count in rows:
        days.setdefault(day, {})[place] = count
    enough = [(day, bins) for day, bins in sorted(days.items()) if sum(bins.values()) >= FEWEST]
    if not enough:
        return None
    compared = max(1, min(FIRST_DAYS, len(enough) // 2))
    together: dict[int, int] = {}
    for _, bins in enough[:compared]:
        for place, count in bins.items():
            together[place] = together.get(place, 0) + count
    made = tuple(_day(begin + day * DAY, bins, unit) for day, bins in enough)
    return Drift(detector, made, _day(made[0].start, together, unit), compared, threshold)


def _day(start: float, bins: dict[int, int], unit: float) -> DayScores:
    places = sorted(bins)
    total = sum(bins.values())
    lower, median, upper = (_quantile(bins, places, total * share, unit) for share in (0.25, 0.5, 0.75))
    return DayScores(start, total, lower, median, upper)


def _quantile(bins: dict[int, int], places: Sequence[int], rank: float, unit: float) -> float:
    below = 0
    for place in places:
        below += bins[place]
        if below >= rank:
            break
    return (place + 0.5) * unit
