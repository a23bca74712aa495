"""How each kind of label was judged, and those that a detector has learned from apart from those it has not.

A method that learns from a few abnormal images knows these kinds; how it does on kinds it never saw is another
question, and the one that counts when something new goes wrong. So the two are never mixed into one figure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from inspector.core.intervals import rate_interval
from inspector.core.ranking import Scores, auroc

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from inspector.core.image import Label

USUAL_WEIGHT = 1.0


def _no_weights() -> Mapping[str, float]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Learned:
    """What a detector learned of abnormal kinds.

    Attributes:
        kinds: those it learned from; empty for methods that learn from none, and then no kind is told apart.
        weights: of kinds that count more or less than others, as it was told.
    """

    kinds: Sequence[str] = ()
    weights: Mapping[str, float] = field(default_factory=_no_weights)

    def knows(self, label: Label) -> bool | None:
        """Whether this kind was learned from; None where that makes no difference."""
        return label.kind in self.kinds if label.abnormal and self.kinds else None


@dataclass(frozen=True, slots=True)
class Sample:
    """The images of one label that could be read: their scores, and how many were judged wrong."""

    label: Label
    scores: Scores
    wrong: int


@dataclass(frozen=True, slots=True)
class KindFigures:
    """How one kind of label was judged.

    Attributes:
        kind: the label.
        abnormal: whether it means a bad part.
        n: images.
        right: share judged right at the threshold, in 0..1.
        image_auroc: of this kind against all normal images; None for normal kinds.
        wrong: images judged wrong: misses of an abnormal kind, false alarms of a normal one.
        low: with `high`, between which the rate of these lies (`intervals.CONFIDENCE` sure).
        high: see `low`.
        known: whether the detector learned from this kind; None for normal kinds, and for methods that learn from none.
        weight: how much the kind counted in training.
    """

    kind: str
    abnormal: bool
    n: int
    right: float
    image_auroc: float | None
    wrong: int = 0
    low: float = 0.0
    high: float = 1.0
    known: bool | None = None
    weight: float = USUAL_WEIGHT


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """How the kinds that were learned from, or all the others, were judged together.

    Attributes:
        kinds: which.
        n: images.
        missed: of them, judged OK.
        miss_rate: in 0..1.
        low: with `high`, between which the miss rate lies (`intervals.CONFIDENCE` sure).
        high: see `low`.
        image_auroc: against all normal images; None without any.
    """

    kinds: tuple[str, ...]
    n: int
    missed: int
    miss_rate: float
    low: float
    high: float
    image_auroc: float | None


def kind_figures(samples: Sequence[Sample], learned: Learned) -> tuple[KindFigures, ...]:
    """The figures of each label, normal ones first; labels of which no image could be read are left out."""
    normal = _scores([one for one in samples if not one.label.abnormal])
    answers = []
    for one in sorted(samples, key=lambda one: (one.label.abnormal, one.label.kind)):
        n = int(one.scores.size)
        if not n:
            continue
        interval = rate_interval(one.wrong, n)
        answers.append(
            KindFigures(
                one.label.kind,
                one.label.abnormal,
                n,
                right=1 - one.wrong / n,
                image_auroc=auroc(normal, one.scores) if one.label.abnormal else None,
                wrong=one.wrong,
                low=interval.low,
                high=interval.high,
                known=learned.knows(one.label),
                weight=learned.weights.get(one.label.kind, USUAL_WEIGHT) if learned.knows(one.label) else USUAL_WEIGHT,
            )
        )
    return tuple(answers)


def group_figures(samples: Sequence[Sample], learned: Learned, *, known: bool) -> GroupFigures | None:
    """The figures of all kinds that were learned from, or of all others; None where there are none to tell apart."""
    own = [one for one in samples if learned.knows(one.label) is known and one.scores.size]
    if not own:
        return None
    normal, scores = _scores([one for one in samples if not one.label.abnormal]), _scores(own)
    missed = sum(one.wrong for one in own)
    interval = rate_interval(missed, scores.size)
    kinds = tuple(sorted(one.label.kind for one in own))
    rate = missed / scores.size
    return GroupFigures(kinds, scores.size, missed, rate, interval.low, interval.high, auroc(normal, scores))


def _scores(samples: Sequence[Sample]) -> Scores:
    return np.concatenate([one.scores for one in samples]) if samples else np.zeros(0)
