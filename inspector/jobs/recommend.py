"""Which of several methods to take, why, and how sure that is: one function of their figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inspector.core.certainty import Z, lead
from inspector.reports.methods import MethodRow, Recommendation
from inspector.reports.wording import area as told

if TYPE_CHECKING:
    from collections.abc import Sequence

FASTER = 1.5
"""A method counts as faster when another takes so many times as long: less is the machine's mood."""

AS_PRECISE = 0.05
"""Maps whose pixel AUROC lie within so much of the best one's say where about as well."""

_USELESS = 0.6
_FEW = 20
_MOST_TIMES = 20


def recommend(rows: Sequence[MethodRow]) -> Recommendation:
    """Take the best image AUROC, or what is as good within its uncertainty and has a map or is faster.

    As good is what lies within one standard error of the best (the rule of Breiman et al. 1984 for choosing among
    models), the difference being taken on the same images.

    Args:
        rows: one for each method, measured on the same images; failed ones are passed over.
    """
    worked = [row for row in rows if not row.failed]
    if not worked:
        return Recommendation(None, "No method could be trained.", "See what each says.")
    rated = [row for row in worked if row.area is not None]
    if not rated:
        return _unrated(worked)
    best = max(rated, key=_quality)
    alike = [row for row in rated if row is not best and _behind(best, row) <= 1]
    chosen, why = _choose(best, alike)
    certainty = _certainty(best, [row for row in rated if row is not best], chosen)
    undecided = tuple(row.method for row in rated if row is not chosen and _behind(best, row) < Z)
    return Recommendation(chosen.method, f"{_praise(best, chosen)}{why}", certainty, undecided)


def _unrated(worked: Sequence[MethodRow]) -> Recommendation:
    if any(row.normal for row in worked):
        quickest = min(worked, key=lambda row: row.ms_per_image)
        return Recommendation(
            None,
            "There are no pictures of bad parts to measure on, so nothing says which method finds them; only speed and "
            "false alarms on good parts that were not learned from can be compared.",
            f"The fastest is {quickest.method} with {quickest.ms_per_image:.3g} ms a picture. Add some bad parts, a "
            "folder for each kind, and compare again.",
        )
    return Recommendation(
        None,
        "There are no pictures of good parts to measure on, so nothing says what a method calls bad without reason.",
        "Add good parts to the test images and compare again.",
    )


def _choose(best: MethodRow, alike: Sequence[MethodRow]) -> tuple[MethodRow, str]:
    """The one to take of the best and those as good, and what else than its AUROC speaks for it."""
    pool = [best, *alike]
    mapped = [row for row in pool if row.has_map]
    precise = max((row.pixel_auroc for row in mapped if row.pixel_auroc is not None), default=None)
    if precise is not None:
        mapped = [row for row in mapped if row.pixel_auroc is not None and row.pixel_auroc >= precise - AS_PRECISE]
    pool = sorted(mapped or pool, key=_quality, reverse=True)
    first = pool[0]
    quickest = min(pool, key=lambda row: row.ms_per_image)
    if first.ms_per_image > FASTER * quickest.ms_per_image:
        times = first.ms_per_image / quickest.ms_per_image
        return quickest, f" It is {times:.2g} times as fast as {first.method}."
    if first is not best and not best.has_map:
        return first, f" It also says where, which {best.method} does not."
    if first is not best:
        return first, f" It says where more exactly (pixel AUROC {first.pixel_auroc or 0:.3f})."
    return first, ""


def _praise(best: MethodRow, chosen: MethodRow) -> str:
    own, top = _value(chosen), _value(best)
    if chosen is best:
        return f"It has the best image AUROC, {told(own)}."
    return f"Its image AUROC, {told(own)}, is within the uncertainty of the best, {told(top)} ({best.method})."


def _certainty(best: MethodRow, others: Sequence[MethodRow], chosen: MethodRow) -> str:
    normal, abnormal = len(best.normal), len(best.abnormal)
    area = chosen.area
    words = [f"On {normal} good and {abnormal} bad pictures"]
    if area is not None:
        words[0] += f" its AUROC truly lies between {told(area.low)} and {told(area.high)} (90 %)."
    if _value(best) < _USELESS:
        words.append("That is hardly better than chance: none of these methods sees what is wrong with these parts.")
    rivals = {row.method: _behind(best, row) for row in others if row is not chosen}
    near = {name: errors for name, errors in rivals.items() if errors < Z}
    if rivals and not near:
        words.append("The others are surely worse.")
    elif near:
        words.append(f"{_listed(list(near))} may be as good.")
        # The standard error falls with the root of the number of images.
        nearest = min(near.values())
        times = (Z / nearest) ** 2 if nearest > 0 else float("inf")
        if times <= _MOST_TIMES:
            words.append(f"About {max(times, 2):.0f} times as many pictures would tell them apart.")
    if min(normal, abnormal) < _FEW:
        words.append("So few pictures say little.")
    return " ".join(words)


def _behind(best: MethodRow, row: MethodRow) -> float:
    """How far a row's image AUROC lies below the best, in standard errors of the difference."""
    return lead((best.normal, best.abnormal), (row.normal, row.abnormal)).errors


def _quality(row: MethodRow) -> tuple[float, bool, float]:
    return _value(row), row.has_map, -row.ms_per_image


def _value(row: MethodRow) -> float:
    return 0.0 if row.area is None else row.area.value


def _listed(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
