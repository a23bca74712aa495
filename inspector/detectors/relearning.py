"""What changes in a trained detector without training it anew: its calibration, and what its record says."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from inspector.core.errors import DataError
from inspector.core.events import Listener, Stage
from inspector.detectors.fitted import Fitted, Lesson, Record
from inspector.detectors.fitting import _scores, set_threshold
from inspector.detectors.images import PlacedImages
from inspector.detectors.threshold import parse_rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inspector.core.image import Image
    from inspector.detectors.fitting import Family

_BY_HAND = "by hand"


def recalibrate(family: Family, fitted: Fitted, normal: Sequence[Image], listener: Listener) -> Fitted:
    """Measure `normal` images by trained networks and set the threshold by them, by the rule it was set by before.

    Raises:
        DataError: too few images for the rule.
    """
    images = PlacedImages(normal, fitted.placement)
    images.read(listener, "normal images")
    listener(Stage("Calibrating", len(images)))
    scores, maxima, maps = _scores(family, fitted.networks, images, listener)
    if not len(scores):
        msg = "Calibrating takes normal images that were not learned from, and none of those given can be read."
        raise DataError(msg)
    calibration = replace(fitted.calibration, normal=scores, map_maxima=maxima)
    rule = fitted.threshold.rule
    threshold = set_threshold(family.options.threshold if rule == _BY_HAND else parse_rule(rule), calibration)
    if threshold.map_value is not None:
        calibration = replace(calibration, maps=(maps / np.float32(threshold.map_value)).astype(np.float16))
    counts = {**fitted.record.counts, "calibration": len(scores)}
    return replace(fitted, calibration=calibration, threshold=threshold, record=replace(fitted.record, counts=counts))


def with_lesson(record: Record, images: Sequence[tuple[str, Image]]) -> Record:
    """The record of a detector that took in these images, each with its name."""
    taken = tuple((name, hashlib.sha256(image.tobytes()).hexdigest()) for name, image in images)
    lesson = Lesson(dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), taken)
    counts = {**record.counts, "learned": record.counts.get("learned", 0) + len(images)}
    return replace(record, counts=counts, lessons=(*record.lessons, lesson))
