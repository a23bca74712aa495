"""How well scores tell abnormal from normal: ROC and counts, in numpy.

scikit-learn has these too, but takes over a second to import, and a batch's first file is judged before that; a test
compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many labelled images fall on which side of a threshold."""

    normal_ok: int
    normal_ng: int
    abnormal_ng: int
    abnormal_ok: int

    @property
    def false_alarm_rate(self) -> float | None:
        """Share of the normal images judged NG, in 0..1; None without normal images."""
        total = self.normal_ok + self.normal_ng
        return self.normal_ng / total if total else None

    @property
    def miss_rate(self) -> float | None:
        """Share of the abnormal images judged OK, in 0..1; None without abnormal images."""
        total = self.abnormal_ng + self.abnormal_ok
        return self.abnormal_ok / total if total else None

    @property
    def balanced_accuracy(self) -> float | None:
        """Mean of the shares judged right among normal and among abnormal; None unless there are both."""
        if self.false_alarm_rate is None or self.miss_rate is None:
            return None
        return 1.0 - (self.false_alarm_rate + self.miss_rate) / 2.0

    @property
    def f1(self) -> float | None:
        """F1 of finding abnormal images; None without abnormal images."""
        if self.miss_rate is None:
            return None
        return 2 * self.abnormal_ng / (2 * self.abnormal_ng + self.normal_ng + self.abnormal_ok)


def count(normal: ArrayLike, abnormal: ArrayLike, threshold: float) -> Counts:
    """Count both groups on both sides of `score > threshold`."""
    good, bad = np.asarray(normal, np.float64), np.asarray(abnormal, np.float64)
    alarms, found = int((good > threshold).sum()), int((bad > threshold).sum())
    return Counts(good.size - alarms, alarms, found, bad.size - found)


@dataclass(frozen=True, slots=True)
class Roc:
    """The receiver operating characteristic: one point for each threshold that changes anything.

    Attributes:
        thresholds: falling; `score > threshold` is anomalous; the first lets everything pass, the last nothing.
        false_alarm_rate: share of the normal images above each, in 0..1.
        hit_rate: share of the abnormal images above each, in 0..1.
    """

    thresholds: Scores
    false_alarm_rate: Scores
    hit_rate: Scores

    @property
    def auroc(self) -> float:
        """Area under the curve: the chance that an abnormal image scores above a normal one, ties counting half."""
        return float(np.trapezoid(self.hit_rate, self.false_alarm_rate))


def roc(normal: ArrayLike, abnormal: ArrayLike) -> Roc | None:
    """Trace the ROC over the scores of normal and abnormal images; None unless there are both."""
    good, bad = np.asarray(normal, np.float64), np.asarray(abnormal, np.float64)
    if good.size == 0 or bad.size == 0:
        return None
    values = np.unique(np.concatenate([good, bad]))
    # A threshold between two neighbouring scores belongs to neither; the lowest lies below all of them.
    thresholds = np.concatenate([[np.nextafter(values[0], -np.inf)], values])[::-1]
    above_good = good.size - np.searchsorted(np.sort(good), thresholds, side="right")
    above_bad = bad.size - np.searchsorted(np.sort(bad), thresholds, side="right")
    return Roc(thresholds, above_good / good.size, above_bad / bad.size)


def auroc(normal: ArrayLike, abnormal: ArrayLike) -> float | None:
    """Area under the ROC; None unless there are both groups."""
    curve = roc(normal, abnormal)
    return None if curve is None else curve.auroc
