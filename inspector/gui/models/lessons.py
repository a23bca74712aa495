"""What a method will learn from, for people: which images, which kinds and with which weight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inspector.core.errors import OptionError
from inspector.core.kinds import USUAL_WEIGHT
from inspector.detectors import METHODS
from inspector.detectors.fitting import CROSS_FIT_BELOW

if TYPE_CHECKING:
    from collections.abc import Mapping

WEIGHTS = "kind_weights"
"""The option of methods that can learn from abnormal kinds, as `metal=5,scratch=0`; 0 is a kind only judged by."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One abnormal kind.

    Attributes:
        kind: its folder's name.
        count: images.
        weight: how much it counts in training; 0 when the detector is only judged by it.
    """

    kind: str
    count: int
    weight: float

    @property
    def learned(self) -> bool:
        """Whether it is learned from."""
        return self.weight > 0


def learns_from_kinds(method: str) -> bool:
    """Whether this method can learn from abnormal kinds."""
    return WEIGHTS in METHODS[method].Options.model_fields


def lessons(method: str, values: Mapping[str, Any], abnormal: Mapping[str, int]) -> list[Lesson] | None:
    """The abnormal kinds of a workspace as these options use them; None where nothing abnormal is learned from at all.

    Raises:
        OptionError: an option is not allowed.
    """
    options = METHODS[method].Options.of(dict(values))
    if not getattr(options, "weak", False):
        return None
    weights = getattr(options, "weight_of", {})
    return [Lesson(kind, count, weights.get(kind, USUAL_WEIGHT)) for kind, count in sorted(abnormal.items())]


def weights_text(rows: list[Lesson], before: str = "") -> str:
    """Kinds and weights as the option has them; those that count as usual are left out.

    Args:
        rows: the kinds there are.
        before: the option as it stood; weights of kinds that are not among the rows are kept.
    """
    shown = {row.kind for row in rows}
    kept = [part.strip() for part in before.split(",") if part.strip() and part.rpartition("=")[0].strip() not in shown]
    return ",".join([*kept, *(f"{row.kind}={row.weight:g}" for row in rows if row.weight != USUAL_WEIGHT)])


def can_be_weighted(kind: str) -> bool:
    """Whether a kind's name can stand in the option: a comma would end it."""
    return "," not in kind


def behind_threshold(normal: int, values: Mapping[str, Any], method: str) -> int:
    """How many normal images the threshold will rest on: all of few, each judged by a network that has not seen it."""
    if normal < CROSS_FIT_BELOW:
        return normal
    try:
        share = METHODS[method].Options.of(dict(values)).held_out
    except OptionError:
        share = METHODS[method].Options().held_out
    return max(round(normal * share), 1)
