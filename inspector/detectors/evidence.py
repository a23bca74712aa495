"""From what a method finds in a picture to its score, by the options that only judging looks at.

A family finds; here it is scored. So a change of such an option gives its scores, and its threshold, without training:
the evidence of the images that were not trained on lies in the bundle, and goes the same way as that of a new picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from inspector.core.errors import InspectorError
from inspector.core.inspection import Measured
from inspector.imaging.areas import above, mean_of_top, without_small

if TYPE_CHECKING:
    from inspector.core.image import Map
    from inspector.detectors.finding import Judge
    from inspector.detectors.fitted import Evidence
    from inspector.detectors.options import Options


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
    if not looks_at_red(options):
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


def looks_at_red(options: Options) -> bool:
    """Whether a score takes a map threshold."""
    return options.minimum_area > 0 or options.score == "area"


def needs_map(judge: Judge) -> bool:
    """Whether a score takes a map."""
    options = judge.options
    return looks_at_red(options) or options.score == "map" or judge.OWN_OF_MAP
