"""Between what and what a rate lies that was counted on few images, in numpy: SciPy takes long to import."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

CONFIDENCE = 0.9
"""How often an interval here holds the true rate."""

_HALVINGS = 52  # more and x would reach 1


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a rate lies with some confidence, in 0..1."""

    low: float
    high: float


def rate_interval(found: int, n: int, confidence: float = CONFIDENCE) -> Interval:
    """Where a rate lies of which `found` in `n` cases were seen (Clopper & Pearson 1934: never too narrow)."""
    outside = (1 - confidence) / 2
    return Interval(
        0.0 if found == 0 else beta_quantile(outside, found, n - found + 1),
        1.0 if found == n else beta_quantile(1 - outside, found + 1, n - found),
    )


def beta_quantile(share: float, a: int, b: int) -> float:
    """The quantile of the beta distribution with whole parameters, without SciPy, which takes long to import.

    For whole a and b the distribution function at x is the chance of at least a successes in a + b - 1 trials of
    chance x: a finite sum (Abramowitz & Stegun 26.5.24). It is turned round by halving.

    Args:
        share: in 0..1.
        a: at least 1.
        b: at least 1.
    """
    if a < 1 or b < 1:
        msg = f"Expected whole numbers of at least 1. Received: a={a}, b={b}"
        raise ValueError(msg)
    trials = a + b - 1
    hits = np.arange(a, trials + 1)
    ways = np.array([math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1) for k in hits.tolist()])
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        x = (low + high) / 2
        at_least = float(np.exp(ways + hits * math.log(x) + (trials - hits) * math.log1p(-x)).sum())
        low, high = (x, high) if at_least < share else (low, x)
    return (low + high) / 2
