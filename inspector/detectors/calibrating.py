"""Calibration: what is found in images that were not trained on, kept, scored, and made a threshold of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from inspector.core.errors import DataError, OptionError
from inspector.core.events import Listener, Progress
from inspector.detectors.evidence import looks_at_red, measured, needs_map
from inspector.detectors.finding import gather
from inspector.detectors.fitted import Calibration, Evidence, Kept, Threshold
from inspector.detectors.threshold import find_map_threshold, find_threshold, parse_rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from inspector.core.image import Map
    from inspector.detectors.finding import Judge
    from inspector.detectors.fitted import Networks
    from inspector.detectors.images import PlacedImages
    from inspector.detectors.options import Options
    from inspector.detectors.threshold import Rule

MAPS_LIMIT = 16 << 20
"""Bytes of the maps kept in a bundle; of more images than fit, some evenly taken ones are kept."""

_BLOCK = 32


@dataclass(slots=True)
class Found:
    """What becomes of the evidence of one calibration image while training goes on.

    Attributes:
        evidence: without its map where that is not kept.
        maximum: of its map; None where the method has none.
        score: with the options in force; None where it takes a map threshold, which is not known yet.
        again: gives the evidence once more, with its map.
    """

    evidence: Evidence
    maximum: float | None
    score: float | None
    again: Callable[[], Evidence]


class Collector:
    """Takes the evidence of calibration images, and keeps as many maps as `MAPS_LIMIT` allows."""

    def __init__(self, judge: Judge, count: int) -> None:
        """For about `count` images."""
        self._judge = judge
        self._count = count
        self._left = MAPS_LIMIT
        self._taken = 0
        self._every = 0

    def take(self, evidence: Evidence, again: Callable[[], Evidence]) -> Found:
        """Take one more; `again` finds it once more."""
        judge, anomaly_map = self._judge, evidence.map
        score = None
        if anomaly_map is None or not looks_at_red(judge.options):
            score = measured(judge, evidence, None).score
        parts = {**evidence.parts, **evidence.details}
        kept = anomaly_map is not None and self._keeps(anomaly_map)
        light = Evidence(evidence.own, anomaly_map if kept else None, evidence.seen, parts)
        return Found(light, None if anomaly_map is None else float(anomaly_map.max()), score, again)

    def _keeps(self, anomaly_map: Map) -> bool:
        if not self._every:
            self._every = max(1, -(-self._count * anomaly_map.nbytes // max(MAPS_LIMIT, 1)))
        self._taken += 1
        if (self._taken - 1) % self._every or anomaly_map.nbytes > self._left:
            return False
        self._left -= anomaly_map.nbytes
        return True


def calibrated(judge: Judge, normal: Sequence[Found], abnormal: Sequence[Found], kinds: Sequence[str]) -> Calibration:
    """What calibration images gave, scored, with what their scores can be made of anew."""
    every = [*normal, *abnormal]
    maxima = np.array([one.maximum for one in normal if one.maximum is not None], np.float64)
    map_threshold = find_map_threshold(maxima) if len(maxima) else None
    scores = np.array([_score(judge, one, map_threshold) for one in every], np.float64)
    kept = Kept(
        np.array([one.evidence.own for one in every], np.float64),
        np.array([one.evidence.seen for one in every], np.float64),
        tuple(kinds),
        {name: np.stack([one.evidence.parts[name] for one in every]) for name in every[0].evidence.parts},
        tuple(one.evidence.map for one in every),
    )
    return Calibration(scores[: len(normal)], scores[len(normal) :], tuple(kinds), maxima, kept)


def _score(judge: Judge, found: Found, map_threshold: float | None) -> float:
    if found.score is not None:
        return found.score
    evidence = found.evidence if found.evidence.map is not None else found.again()
    return measured(judge, evidence, map_threshold).score


def calibrated_anew(judge: Judge, before: Calibration) -> Calibration:
    """Calibration with all scores made anew by the options of `judge`, from the evidence kept.

    Where a score takes a map, only images whose maps could be kept are in it.

    Raises:
        DataError: there is nothing kept to make them from.
    """
    kept = before.kept
    if kept is None:
        msg = (
            "This detector was trained before inspector kept what such a change is calculated from. Train it again: "
            "from then on it can be changed without training."
        )
        raise DataError(msg)
    map_threshold = find_map_threshold(before.map_maxima) if len(before.map_maxima) else None
    takes_map = needs_map(judge) and map_threshold is not None
    groups: tuple[list[float], list[float]] = ([], [])
    kinds: list[str] = []
    for index in range(len(kept.own)):
        evidence, number = kept.evidence(index), index - kept.normals
        if evidence.map is None and takes_map:
            continue
        groups[number >= 0].append(measured(judge, evidence, map_threshold).score)
        if number >= 0:
            kinds.append(kept.kinds[number])
    if not groups[0]:
        msg = "The normal images' maps are too large to be kept for such a change. Train it again with this option."
        raise DataError(msg)
    scores = [np.array(group, np.float64) for group in groups]
    return Calibration(scores[0], scores[1], tuple(kinds), before.map_maxima, kept)


def found_in(
    judge: Judge, networks: Networks, images: PlacedImages, collector: Collector, listener: Listener
) -> list[Found]:
    """What `judge` finds in each of `images`, a few at a time."""
    found: list[Found] = []
    # Pictures that are judged in tiles are large: one at a time.
    for positions in _blocks(len(images), 1 if images.in_tiles else _BLOCK):
        placed = [images.whole(position) for position in positions] if images.in_tiles else images.placed(positions)
        for place, one in zip(positions, gather(judge, networks, placed, judge.KEPT), strict=True):
            found.append(collector.take(one, _again(judge, networks, images, place)))
        listener(Progress(len(found), len(images)))
    return found


def _again(judge: Judge, networks: Networks, images: PlacedImages, place: int) -> Callable[[], Evidence]:
    return lambda: gather(judge, networks, [images.whole(place)], judge.KEPT)[0]


def _blocks(count: int, step: int) -> Iterator[range]:
    for start in range(0, count, step):
        yield range(start, min(start + step, count))


def set_threshold(rule: Rule, calibration: Calibration) -> Threshold:
    """The threshold and the map threshold that follow from calibration scores.

    Raises:
        DataError: there are too few images for the rule.
    """
    return Threshold(
        value=find_threshold(rule, calibration.normal, calibration.abnormal),
        map_value=find_map_threshold(calibration.map_maxima) if len(calibration.map_maxima) else None,
        rule=str(rule),
        explanation=rule.explain(len(calibration.normal), len(calibration.abnormal)),
    )


def threshold_anew(rule: Rule | None, before: Threshold, options: Options, calibration: Calibration) -> Threshold:
    """The thresholds that follow from changed calibration scores.

    Args:
        rule: how; None for as before, or as the options say where the threshold was set by hand.
        before: the threshold in force.
        options: of the detector.
        calibration: the scores.

    Raises:
        DataError: there are too few images for the rule.
    """
    if rule is None:
        try:
            rule = parse_rule(before.rule)
        except OptionError:
            rule = options.threshold
    return set_threshold(rule, calibration)
