"""Training without a threshold, for figures that no threshold takes part in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from inspector.core.events import ignore
from inspector.detectors.fitted import Calibration, Fitted, Golden, Record, Threshold
from inspector.detectors.fitting import TrainingData
from inspector.detectors.images import PlacedImages, all_grey
from inspector.imaging.placement import Placement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inspector.core.image import Image
    from inspector.detectors import Detector


def trained_once(
    detector: Detector,
    normal: Sequence[Image],
    abnormal: Sequence[tuple[Image, str]] = (),
    reference: Sequence[tuple[Image, str]] = (),
) -> None:
    """Train on all images: none is kept for a threshold, and few are not trained on five times to find one.

    The detector can `measure` afterwards; its threshold is 1 and means nothing.
    """
    options = detector.options
    grey = all_grey(normal) if options.colour == "auto" else options.colour == "grey"
    placement = Placement(*options.size, channels=1 if grey else 3, fit=options.fit, region=options.region)
    goods = PlacedImages(normal, placement)
    bads, others = (
        PlacedImages([image for image, _ in pairs], placement, kinds=[kind for _, kind in pairs])
        for pairs in (abnormal, reference)
    )
    data = TrainingData(goods, goods.subset([]), bads, others, placement, options.seed)
    trained = detector._train(data, ignore)
    detector._fitted = Fitted(
        trained.networks,
        placement,
        Calibration(np.zeros(0)),
        Threshold(1.0, None, "by hand", "none was looked for"),
        Record("", 0.0, {"train": len(goods)}, 0, trained.curves, {}, trained.learned),
        Golden(np.zeros((0, placement.height, placement.width, 3), np.uint8), np.zeros(0)),
    )
