"""From what a method finds in a picture to its score, by the options that only judging looks at.

A family finds; here it is scored. So a change of such an option gives its scores, and its threshold, without training:
the evidence of the images that were not trained on lies in the bundle, and goes the same way as that of a new picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from inspector.core.errors import DataError, InspectorError
from inspector.core.inspection import Measured
from inspector.detectors.fitted import Calibration, Evidence, Kept
from inspector.detectors.threshold import find_map_threshold
from inspector.imaging.areas import above, mean_of_top, without_small

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from inspector.core.image import Map
    from inspector.detectors.finding import Judge
    from inspector.detectors.options import Options

MAPS_LIMIT = 16 << 20
"""Bytes of the maps kept in a bundle; of more images than fit, some evenly taken ones are kept."""


def measured(judge: Judge, evidence: Evidence, map_threshold: float | None) -> Measured:
    """Evidence scored with the options in force.

    Raises:
        InspectorError: the score is no number that a picture could be judged by.
    """
    score, anomaly_map = scored(judge, evidence, map_threshold)
    # Written so that NaN fails too: a score that is no number must never become an OK.
    if not 0 <= score < float("inf"):
        msg = f"The {judge.METHOD} detector gave the score {score} for an image. Train it anew."
        raise InspectorError(msg)
    return Measured(score, anomaly_map, evidence.details, evidence.terms, evidence.tiled, evidence.pose)


def scored(judge: Judge, evidence: Evidence, map_threshold: float | None) -> tuple[float, Map | None]:
    """The score of evidence, and its map with nothing red that is too small to count.

    Args:
        judge: whose options say how.
        evidence: of one picture.
        map_threshold: what is red; only `minimum_area` and the score `area` look at it.

    Raises:
        InspectorError: these are asked for, and there is no map threshold.
    """
    options, anomaly_map = judge.options, evidence.map
    if anomaly_map is None:
        return judge._own(evidence, None), None  # noqa: SLF001
    if not _looks_at_red(options):
        return _plain(judge, evidence, anomaly_map), anomaly_map
    if map_threshold is None:
        msg = "The minimum area and the score 'area' need a map threshold, which this detector has not. Train it anew."
        raise InspectorError(msg)
    cut, places = options.level * map_threshold, max(anomaly_map.size * evidence.seen, 1.0)
    if options.minimum_area > 0:
        # A hair less, so that an area of just that many places counts.
        anomaly_map = without_small(anomaly_map, cut, options.minimum_area * places - 1e-6)
    if options.score == "area":
        return above(anomaly_map, cut) / places, anomaly_map
    return _plain(judge, evidence, anomaly_map), anomaly_map


def plain_score(judge: Judge, evidence: Evidence) -> float:
    """The score without what needs a map threshold, by which a bundle's own images are known again.

    An area is no good for that: it is 0 of most good pictures, whatever the networks say.
    """
    return judge._own(evidence, None) if evidence.map is None else _plain(judge, evidence, evidence.map)  # noqa: SLF001


def _plain(judge: Judge, evidence: Evidence, anomaly_map: Map) -> float:
    if judge.options.score == "map":
        return mean_of_top(anomaly_map, judge.options.top)
    return judge._own(evidence, anomaly_map)  # noqa: SLF001


def _looks_at_red(options: Options) -> bool:
    return options.minimum_area > 0 or options.score == "area"


def _needs_map(judge: Judge) -> bool:
    options = judge.options
    return _looks_at_red(options) or options.score == "map" or judge.OWN_OF_MAP


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
        if anomaly_map is None or not _looks_at_red(judge.options):
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
    needs_map = _needs_map(judge) and map_threshold is not None
    groups: tuple[list[float], list[float]] = ([], [])
    kinds: list[str] = []
    for index in range(len(kept.own)):
        evidence, number = kept.evidence(index), index - kept.normals
        if evidence.map is None and needs_map:
            continue
        groups[number >= 0].append(measured(judge, evidence, map_threshold).score)
        if number >= 0:
            kinds.append(kept.kinds[number])
    if not groups[0]:
        msg = "The normal images' maps are too large to be kept for such a change. Train it again with this option."
        raise DataError(msg)
    scores = [np.array(group, np.float64) for group in groups]
    return Calibration(scores[0], scores[1], tuple(kinds), before.map_maxima, kept)
