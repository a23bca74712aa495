"""How sure an area under the ROC is, measured on a few images, and a difference between two of them.

DeLong, DeLong and Clarke-Pearson 1988 ("Comparing the areas under two or more correlated receiver operating
characteristic curves"): the area is a mean over pairs, so its variance follows from how the means vary from image to
image; two methods that judged the same images are compared image by image, which is far sharper than comparing areas.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Z = 1.6449
"""Standard errors to each side that hold the true value in 90 % of cases."""

_LONE = 0.5
"""The standard deviation assumed where one image alone tells nothing of it: of values in 0..1 it is the largest."""

Shares = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Area:
    """An area under the ROC with where it may truly lie (90 %), all in 0..1.

    Attributes:
        value: as measured.
        low: of the interval.
        high: of the interval.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Lead:
    """By how much one area lies above another, and the standard error of that."""

    difference: float
    error: float

    @property
    def errors(self) -> float:
        """The difference in standard errors; infinite where there is a difference and no error."""
        if self.difference == 0:
            return 0.0
        return self.difference / self.error if self.error > 0 else math.copysign(math.inf, self.difference)


def area(normal: ArrayLike, abnormal: ArrayLike) -> Area:
    """The area under the ROC of scores of normal and abnormal images, with its interval.

    The interval is Wilson's (1927) for a share seen in so many independent cases as have the same standard error: it is
    never empty, also where the two groups do not overlap, and stays within 0..1.

    Raises:
        ValueError: one of the groups is empty.
    """
    of_abnormal, of_normal = _placements(normal, abnormal)
    value = float(of_abnormal.mean())
    error = _error(of_abnormal, of_normal)
    fewest = float(min(of_abnormal.size, of_normal.size))
    cases = max(value * (1 - value) / error**2, fewest) if error > 0 and 0 < value < 1 else fewest
    square = Z * Z / cases
    middle = (value + square / 2) / (1 + square)
    half = Z * math.sqrt(value * (1 - value) / cases + square / (4 * cases)) / (1 + square)
    return Area(value, max(middle - half, 0.0), min(middle + half, 1.0))


def lead(one: tuple[ArrayLike, ArrayLike], other: tuple[ArrayLike, ArrayLike]) -> Lead:
    """By how much the area of `one` lies above that of `other`.

    Args:
        one: scores of normal and of abnormal images.
        other: likewise; of the same images in the same order where both are equally many.

    Raises:
        ValueError: one of the groups is empty.
    """
    first, second = _placements(*one), _placements(*other)
    difference = float(first[0].mean() - second[0].mean())
    if all(a.size == b.size for a, b in zip(first, second, strict=True)):
        return Lead(difference, _error(first[0] - second[0], first[1] - second[1]))
    return Lead(difference, math.hypot(_error(*first), _error(*second)))


def _placements(normal: ArrayLike, abnormal: ArrayLike) -> tuple[Shares, Shares]:
    """For each abnormal image the share of normal ones below it, for each normal one the share of abnormal ones above.

    Ties count half.
    """
    good, bad = np.asarray(normal, np.float64), np.asarray(abnormal, np.float64)
    if not good.size or not bad.size:
        msg = f"Expected scores of normal and of abnormal images. Received: {good.size} and {bad.size}"
        raise ValueError(msg)
    good_sorted, bad_sorted = np.sort(good), np.sort(bad)
    below = np.searchsorted(good_sorted, bad, "left") + np.searchsorted(good_sorted, bad, "right")
    reached = np.searchsorted(bad_sorted, good, "left") + np.searchsorted(bad_sorted, good, "right")
    return below / (2 * good.size), 1 - reached / (2 * bad.size)


def _error(of_abnormal: Shares, of_normal: Shares) -> float:
    return math.hypot(*(_deviation(one) / math.sqrt(one.size) for one in (of_abnormal, of_normal)))


def _deviation(shares: Shares) -> float:
    return float(shares.std(ddof=1)) if shares.size > 1 else _LONE
