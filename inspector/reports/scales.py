"""Where values lie along an axis, and which of them get a tick."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from inspector.reports.wording import number

if TYPE_CHECKING:
    from collections.abc import Sequence

_FEW = 3


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis from `low` to `high`, `low < high`; both > 0 when `log`."""

    low: float
    high: float
    log: bool = False

    def share(self, value: float) -> float:
        """Where `value` lies, as a share of the axis: 0 at `low`, 1 at `high`, never outside."""
        if value <= self.low:
            return 0.0
        if self.log:
            return min(1.0, math.log(value / self.low) / math.log(self.high / self.low))
        return min(1.0, (value - self.low) / (self.high - self.low))

    def ticks(self, at_most: int = 7) -> list[float]:
        """Round values along the axis, rising: about `at_most` of them, steps of 1, 2 or 5 times a power of ten."""
        if self.log:
            marks = self._log_ticks(at_most)
            if len(marks) >= _FEW:
                return marks
        step = nice(max((self.high - self.low) / at_most, math.ulp(self.high)))
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [index * step for index in range(first, last + 1)]

    def _log_ticks(self, at_most: int) -> list[float]:
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        every = max(1, math.ceil((last - first) / at_most))
        for multiples in ((1,), (1, 3), (1, 2, 5)):
            marks = [m * 10.0**power for power in range(first, last + 1, every) for m in multiples]
            marks = [mark for mark in marks if self.low * (1 - 1e-9) <= mark <= self.high * (1 + 1e-9)]
            if len(marks) >= _FEW:
                break
        return marks


def nice(step: float) -> float:
    """The least of 1, 2 or 5 times a power of ten that is at least `step`."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= step * (1 - 1e-9))


def tick_text(value: float) -> str:
    """A tick's label; ticks are round, so few digits say all of one."""
    return number(value, 6)


def around(values: Sequence[float], *, from_zero: bool = False) -> Scale:
    """A linear axis that holds all values, with some room, also when they are all the same one.

    Args:
        values: finite ones; with none, the axis is 0 to 1.
        from_zero: begin at 0.
    """
    if not values:
        return Scale(0.0, 1.0)
    low, high = min(values), max(values)
    if from_zero:
        low = min(0.0, low)
    room = (high - low) * 0.05 or abs(high) * 0.1 or 1.0
    return Scale(low if from_zero else low - room, high + room)
