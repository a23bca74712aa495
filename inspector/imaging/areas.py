"""What a raw map comes down to: its highest values, how much of it is high, and areas too small to count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from inspector.core.cv import cv2

if TYPE_CHECKING:
    from inspector.core.image import Map

_TOUCHING = 8  # areas that meet at a corner are one


def mean_of_top(anomaly_map: Map, top: int) -> float:
    """The mean of the `top` highest values of a map `(h, w)`; of all of them when there are fewer."""
    flat = anomaly_map.ravel()
    if top == 1:
        return float(flat.max())
    top = min(top, flat.size)
    return float(np.sort(np.partition(flat, flat.size - top)[flat.size - top :]).mean(dtype=np.float64))


def above(anomaly_map: Map, cut: float) -> int:
    """How many places of a map lie above `cut`, which is rounded to the map's own precision."""
    return int(np.count_nonzero(anomaly_map > np.float32(cut)))


def without_small(anomaly_map: Map, cut: float, fewest: float) -> Map:
    """The map with what is above `cut` brought down to it where fewer than `fewest` places hang together.

    So an area that is too small is neither red nor in any score of the map, and all else stays as it was. Places hang
    together that touch, at a corner too.

    Args:
        anomaly_map: `float32 (h, w)`, which is not modified.
        cut: in the map's unit.
        fewest: how many places an area needs to count.
    """
    limit = np.float32(cut)
    red = (anomaly_map > limit).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(red, connectivity=_TOUCHING)
    small = stats[:, cv2.CC_STAT_AREA] < fewest
    small[0] = False  # what is not red at all
    if not small.any():
        return anomaly_map
    return np.where(small[labels], limit, anomaly_map)
