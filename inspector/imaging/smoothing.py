"""Smoothing of raw anomaly maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from inspector.core.cv import cv2

if TYPE_CHECKING:
    from inspector.core.image import Map


def smooth(anomaly_map: Map, sigma: float) -> Map:
    """Blur a map `(h, w)` with a Gaussian of `sigma` pixels; 0 leaves it as it is. Borders are reflected.

    A defect covers neighbouring pixels, noise does not: the mean over a neighbourhood tells them apart.
    """
    if sigma <= 0:
        return anomaly_map
    return np.asarray(cv2.GaussianBlur(anomaly_map, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101), np.float32)
