"""The four rules that set a threshold, from the scores of images the detector did not train on."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from inspector.core.errors import DataError, OptionError
from inspector.core.intervals import CONFIDENCE, Interval, beta_quantile
from inspector.core.ranking import roc

Scores: TypeAlias = npt.NDArray[np.float64]
RuleName: TypeAlias = Literal["mean+sigma", "percentile", "far", "best-f1"]

MAP_QUANTILE = 0.95
"""The map threshold is this quantile of the calibration normals' map maxima: one normal picture in twenty shows red."""

_SMALLEST = float(np.finfo(np.float32).tiny)
_NUMBER = r"(\d+(?:\.\d*)?|\.\d+)"
_FORMS = (
    (re.compile(rf"mean\s*\+\s*{_NUMBER}\s*\*?\s*(?:sigma|σ)?"), "mean+sigma"),
    (re.compile(rf"percentile\s*[:=]\s*{_NUMBER}"), "percentile"),
    (re.compile(rf"far\s*[:=]\s*{_NUMBER}\s*(%?)"), "far"),
    (re.compile(r"best-f1"), "best-f1"),
)
# Beyond these a number says nothing any more, and arithmetic with it overflows.
_RANGES = {"mean+sigma": (0.0, 1e6), "percentile": (1e-9, 100.0), "far": (1e-9, 1 - 1e-9)}


@dataclass(frozen=True, slots=True)
class Rule:
    """How a threshold follows from calibration scores.

    Attributes:
        name: `"mean+sigma"`: mean plus `value` standard deviations (k = 3 is the classic); `"percentile"`: the
            `value`-th percentile, in 0..100; `"far"`: a target false-alarm rate `value` in 0..1, by split conformal
            prediction; `"best-f1"`: the best F1 on abnormal images that were not trained on.
        value: its number; 0 for `"best-f1"`.
    """

    name: RuleName
    value: float = 0.0

    def __str__(self) -> str:
        """The form `parse_rule` reads, to the last digit: a bundle keeps its rule so."""
        value = np.format_float_positional(self.value, trim="-")
        return {
            "mean+sigma": f"mean+{value}sigma",
            "percentile": f"percentile:{value}",
            "far": f"far:{value}",
            "best-f1": "best-f1",
        }[self.name]

    def explain(self, normal: int, abnormal: int) -> str:
        """One sentence for people: what was done with how many images."""
        base = f"{normal} normal images that were not trained on"
        if self.name == "mean+sigma":
            return f"mean + {self.value:g} sigma of the scores of {base}"
        if self.name == "percentile":
            return f"{self.value:g}th percentile of the scores of {base}"
        if self.name == "far":
            return f"target false-alarm rate of {self.value:.3g} (split conformal) over {base}"
        return f"best F1 over {base} and {abnormal} abnormal ones"


DEFAULT_RULE = Rule("mean+sigma", 3.0)


def parse_rule(text: str) -> Rule:
    """Read `mean+3sigma`, `percentile:99.5`, `far:0.01` (or `far:1%`) or `best-f1`.

    Raises:
        OptionError: it is none of these, or its number is out of range.
    """
    for form, name in _FORMS:
        match = form.fullmatch(text.strip().lower())
        if match:
            value = float(match[1]) if match.groups() else 0.0
            if name == "far" and match[2]:
                value /= 100
            lowest, highest = _RANGES.get(name, (0.0, 0.0))
            if not lowest <= value <= highest:
                break
            return Rule(name, value)  # type: ignore[arg-type]
    msg = (
        "Expected a threshold rule: mean+3sigma, percentile:99.5 (in 0..100), far:0.01 (a false-alarm rate in 0..1, "
        f"or far:1%) or best-f1. Received: {text!r}"
    )
    raise OptionError(msg)


def images_needed(false_alarm_rate: float) -> int:
    """The fewest calibration images that allow a target false-alarm rate: the least n with ceil((n+1)(1-a)) <= n."""
    return math.ceil(1 / false_alarm_rate - 1 - 1e-9)


def find_threshold(rule: Rule, normal: npt.ArrayLike, abnormal: npt.ArrayLike = ()) -> float:
    """Set a threshold by `rule`.

    Split conformal (Vovk et al. 2005; Lei et al. 2018): with n exchangeable calibration scores, a fresh normal
    image lies above the ceil((n+1)(1-a))-th smallest with probability at most a.

    Args:
        rule: how.
        normal: scores of normal images the detector did not train on.
        abnormal: scores of abnormal images the detector did not train on; only `best-f1` looks at them.

    Returns:
        A threshold > 0 in the unit of the scores.

    Raises:
        DataError: there are too few images for this rule; the text says how many it takes.
    """
    good, bad = np.asarray(normal, np.float64), np.asarray(abnormal, np.float64)
    if good.size == 0:
        msg = "A threshold takes normal images that were not trained on, and there are none."
        raise DataError(msg)
    if rule.name == "mean+sigma":
        value = float(good.mean() + rule.value * good.std())
    elif rule.name == "percentile":
        value = float(np.quantile(good, rule.value / 100))
    elif rule.name == "far":
        value = _conformal(good, rule.value)
    else:
        value = _best_f1(good, bad)
    return max(value, _SMALLEST)


def _conformal(good: Scores, rate: float) -> float:
    # 1e-9: (n+1)(1-a) is often whole, and rounding up its rounding error would ask for one image too many.
    rank = math.ceil((good.size + 1) * (1 - rate) - 1e-9)
    if rank > good.size:
        msg = (
            f"A false-alarm rate of {rate:.3g} takes at least {images_needed(rate)} normal images that were not "
            f"trained on; there are {good.size}. Collect more, or ask for a rate of {1 / (good.size + 1):.3g} or more."
        )
        raise DataError(msg)
    return float(np.sort(good)[rank - 1])


def _best_f1(good: Scores, bad: Scores) -> float:
    curve = roc(good, bad)
    if curve is None:
        msg = "best-f1 takes abnormal images that were not trained on, and there are none. Give some, or another rule."
        raise DataError(msg)
    found, alarms = curve.hit_rate * bad.size, curve.false_alarm_rate * good.size
    # No threshold lies below 0, so what calls an image with a score of 0 abnormal cannot be had.
    f1 = np.where(curve.thresholds >= 0, 2 * found / (found + alarms + bad.size), -1.0)
    best = int(np.argmax(f1))
    # Thresholds fall; anything between this score and the next higher one judges these images alike, and the middle
    # is the fairest to images not seen yet. Between neighbouring floats there is no middle: it rounds to one of them.
    lower, upper = float(curve.thresholds[best]), float(curve.thresholds[max(best - 1, 0)])
    middle = lower + (upper - lower) / 2
    return middle if middle < upper else lower


def find_map_threshold(maxima: npt.ArrayLike) -> float:
    """The map threshold: a high quantile (`MAP_QUANTILE`) of the map maxima of calibration normals, > 0."""
    return max(float(np.quantile(np.asarray(maxima, np.float64), MAP_QUANTILE)), _SMALLEST)


def conformal_interval(rate: float, n: int, confidence: float = CONFIDENCE) -> Interval | None:
    """Where the false-alarm rate of a threshold set by `far:rate` from `n` images will lie.

    The rate promised holds on average over sets of calibration images. With the k-th smallest of n scores as threshold
    and no ties, the rate for the one set at hand is distributed as Beta(n + 1 - k, k) (Vovk 2012, "Conditional validity
    of inductive conformal predictors"). None where the rule is refused.
    """
    rank = math.ceil((n + 1) * (1 - rate) - 1e-9)
    if not 0 < rank <= n:
        return None
    outside = (1 - confidence) / 2
    return Interval(beta_quantile(outside, n + 1 - rank, rank), beta_quantile(1 - outside, n + 1 - rank, rank))
