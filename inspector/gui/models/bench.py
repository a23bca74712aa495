"""The maths of the threshold workbench, without Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from inspector.core.errors import DataError, InspectorError
from inspector.core.intervals import Interval, rate_interval
from inspector.core.ranking import Counts, Roc, count, roc
from inspector.detectors.fitted import Threshold
from inspector.detectors.threshold import Rule, conformal_interval, find_threshold, parse_rule

if TYPE_CHECKING:
    from inspector.detectors.fitted import Calibration

BY_HAND = "by hand"

_BINS = 40
_WIDE = 30.0


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many scores lie in each bin, of normal and of abnormal images; the bins are the same for both.

    Attributes:
        edges: `(bins + 1,)`, on the axis: decimal logarithms of scores where the axis is logarithmic.
        normal: `(bins,)`.
        abnormal: `(bins,)`.
    """

    edges: npt.NDArray[np.float64]
    normal: npt.NDArray[np.intp]
    abnormal: npt.NDArray[np.intp]


class Bench:
    """A detector's calibration scores and the threshold being tried on them.

    Nothing is written: `threshold` is what would be.
    """

    def __init__(self, calibration: Calibration, saved: Threshold, *, moved: bool = False) -> None:
        """Begin with the threshold that is saved; or, with `moved`, that of other options, which are not saved."""
        self.normal = np.sort(calibration.normal)
        self.abnormal = np.sort(calibration.abnormal)
        self._saved = saved
        self._moved = moved
        self._value = saved.value
        self._rule: Rule | None = _rule_of(saved)

    @property
    def value(self) -> float:
        """The threshold tried now."""
        return self._value

    @property
    def rule(self) -> Rule | None:
        """The rule it follows; None when it was set by hand."""
        return self._rule

    @property
    def saved(self) -> Threshold:
        """The threshold in the bundle."""
        return self._saved

    @property
    def changed(self) -> bool:
        """Whether there is something to save."""
        threshold = self.threshold
        return self._moved or (threshold.value, threshold.rule) != (self._saved.value, self._saved.rule)

    @property
    def threshold(self) -> Threshold:
        """What would be saved."""
        if self._value == self._saved.value and self._rule == _rule_of(self._saved):
            return self._saved
        if self._rule is None:
            n, m = len(self.normal), len(self.abnormal)
            explanation = f"set by hand, looking at {n} normal and {m} abnormal images"
            return Threshold(self._value, self._saved.map_value, BY_HAND, explanation)
        explanation = self._rule.explain(len(self.normal), len(self.abnormal))
        return Threshold(self._value, self._saved.map_value, str(self._rule), explanation)

    def move(self, value: float) -> None:
        """Try a threshold set by hand. It stays above 0."""
        self._value, self._rule = max(float(value), float(np.finfo(np.float32).tiny)), None

    def apply(self, rule: Rule) -> None:
        """Try the threshold that follows from a rule.

        Raises:
            DataError: there are too few images for it; the threshold stays.
        """
        self._value, self._rule = find_threshold(rule, self.normal, self.abnormal), rule

    def revert(self) -> None:
        """Go back to the saved threshold."""
        self._value, self._rule = self._saved.value, _rule_of(self._saved)

    def accept(self, saved: Threshold) -> None:
        """Take note of what was saved."""
        self._saved = saved

    def refusal(self, rule: Rule) -> str:
        """Why a rule cannot be used with these images; empty when it can."""
        try:
            find_threshold(rule, self.normal, self.abnormal)
        except DataError as error:
            return str(error)
        return ""

    @property
    def counts(self) -> Counts:
        """How many images lie on either side of the threshold."""
        return count(self.normal, self.abnormal, self._value)

    @property
    def false_alarms(self) -> Interval:
        """Where the false-alarm rate lies, with `CONFIDENCE`.

        A rate set by the conformal rule has its own, narrower distribution: the threshold was not looked for by the
        counts it gives.
        """
        promised = None
        if self._rule is not None and self._rule.name == "far":
            promised = conformal_interval(self._rule.value, len(self.normal))
        return promised or rate_interval(self.counts.normal_ng, len(self.normal))

    @property
    def misses(self) -> Interval | None:
        """Where the miss rate lies, with `CONFIDENCE`; None without abnormal images."""
        if not len(self.abnormal):
            return None
        return rate_interval(self.counts.abnormal_ok, len(self.abnormal))

    @property
    def roc(self) -> Roc | None:
        """The ROC; None unless there are normal and abnormal images."""
        return roc(self.normal, self.abnormal)

    @property
    def is_wide(self) -> bool:
        """Whether the scores span so much that only a logarithmic axis shows the normal ones apart."""
        positive = self._positive()
        return bool(len(positive)) and float(positive[-1]) > _WIDE * float(np.median(self.normal) or positive[0])

    def histogram(self, *, logarithmic: bool = False, bins: int = _BINS) -> Histogram:
        """Count both groups in the same bins. A score of 0 has no logarithm and counts as the smallest above it."""
        normal, abnormal = (self.on_axis(one, logarithmic=logarithmic) for one in (self.normal, self.abnormal))
        both = np.concatenate([normal, abnormal, self.on_axis([self._saved.value], logarithmic=logarithmic)])
        low, high = float(both.min()), float(both.max())
        if high - low < 1e-9 * max(abs(high), 1e-9):  # all alike
            room = max(abs(high) * 0.1, 1e-6)
            low, high = low - room, high + room
        edges = np.linspace(low, high, bins + 1)
        return Histogram(edges, np.histogram(normal, edges)[0], np.histogram(abnormal, edges)[0])

    def on_axis(self, scores: npt.ArrayLike, *, logarithmic: bool) -> npt.NDArray[np.float64]:
        """Where scores lie on the axis."""
        values = np.asarray(scores, np.float64)
        if not logarithmic:
            return values
        positive = self._positive()
        floor = float(positive[0]) / 2 if len(positive) else 1e-9
        return np.log10(np.maximum(values, floor))

    @staticmethod
    def from_axis(place: float, *, logarithmic: bool) -> float:
        """The score at a place of the axis."""
        return 10.0**place if logarithmic else place

    @property
    def step(self) -> float:
        """A step of one digit to move the threshold by: about a hundredth of what the scores span."""
        both = np.concatenate([self.normal, self.abnormal])
        spread = float(np.ptp(both)) or float(both[0]) or 1.0
        return float(10 ** np.floor(np.log10(spread / 100)))

    def _positive(self) -> npt.NDArray[np.float64]:
        both = np.sort(np.concatenate([self.normal, self.abnormal]))
        return both[both > 0]


def _rule_of(threshold: Threshold) -> Rule | None:
    try:
        return parse_rule(threshold.rule)
    except InspectorError:
        return None
