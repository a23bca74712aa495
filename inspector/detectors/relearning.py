"""What changes in a trained detector without training it anew: its calibration, and what its record says."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from inspector.core.errors import DataError
from inspector.core.events import Listener, Stage
from inspector.detectors.calibrating import Collector, Found, calibrated, found_in, threshold_anew
from inspector.detectors.fitted import Calibration, Fitted, Lesson, Record
from inspector.detectors.images import PlacedImages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inspector.core.image import Image
    from inspector.detectors.fitting import Family


def recalibrate(family: Family, fitted: Fitted, normal: Sequence[Image], listener: Listener) -> Fitted:
    """Measure `normal` images by trained networks and set the threshold by them, by the rule it was set by before.

    Raises:
        DataError: too few images for the rule.
    """
    images = PlacedImages(normal, fitted.placement)
    images.read(listener, "normal images")
    if not len(images):
        msg = "Calibrating takes normal images that were not learned from, and none of those given can be read."
        raise DataError(msg)
    listener(Stage("Calibrating", len(images)))
    found = found_in(family, fitted.networks, images, Collector(family, len(images)), listener)
    bad = _abnormal(fitted.calibration)
    calibration = calibrated(family, found, bad, fitted.calibration.kinds if bad else ())
    threshold = threshold_anew(None, fitted.threshold, family.options, calibration)
    counts = {**fitted.record.counts, "calibration": len(found)}
    return replace(fitted, calibration=calibration, threshold=threshold, record=replace(fitted.record, counts=counts))


def _abnormal(before: Calibration) -> list[Found]:
    """The abnormal images as they were scored before; none where not all of them were kept."""
    kept = before.kept
    if kept is None or len(kept.kinds) != len(before.abnormal):
        return []
    found = []
    for index, score in enumerate(before.abnormal.tolist(), kept.normals):
        evidence = kept.evidence(index)
        found.append(Found(evidence, None, score, partial(kept.evidence, index)))
    return found


def with_lesson(record: Record, images: Sequence[tuple[str, Image]]) -> Record:
    """The record of a detector that took in these images, each with its name."""
    taken = tuple((name, hashlib.sha256(image.tobytes()).hexdigest()) for name, image in images)
    lesson = Lesson(dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), taken)
    counts = {**record.counts, "learned": record.counts.get("learned", 0) + len(images)}
    return replace(record, counts=counts, lessons=(*record.lessons, lesson))
