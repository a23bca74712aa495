"""A backbone's feature maps on one grid: what stands for each patch of a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from inspector.core.cv import cv2

if TYPE_CHECKING:
    from inspector.detectors.images import Masks
    from inspector.detectors.runtime import Graph
    from inspector.imaging.placement import Batch

Features = npt.NDArray[np.float32]
"""`float32 (N, rows, columns, d)`: a vector for each patch of N images."""

_GRID = 1
"""Which of a backbone's maps gives the grid: the second finest, stride 8."""

_COUNTS = 0.5
_MOST_CHANNELS = 128
"""OpenCV's own bound on the channels of an image."""


def extract(graph: Graph, batch: Batch, *, averaged: bool = True) -> Features:
    """All feature maps of a batch `(N, h, w, 1 or 3)`, brought onto one grid and joined.

    Finer maps are averaged over a patch, coarser ones interpolated, and unless `averaged` is off each patch is averaged
    with those around it (Roth et al. 2022: it then lies less on where exactly a part's edge falls). Images go through
    one by one, so that no image's features depend on its neighbours.
    """
    joined = (_joined(graph, image) for image in batch)
    return np.stack([_averaged(one) if averaged else one for one in joined])


def _joined(graph: Graph, image: npt.NDArray[np.float32]) -> Features:
    if image.shape[2] == 1:
        image = np.repeat(image, 3, axis=2)
    maps = [one[0] for one in graph(np.ascontiguousarray(image[np.newaxis]))]
    rows, columns = maps[min(_GRID, len(maps) - 1)].shape[:2]
    return np.concatenate([_onto(one, rows, columns) for one in maps], axis=2)


def _averaged(features: Features) -> Features:
    """Each patch of `(rows, columns, d)` and the eight around it, averaged; borders are repeated."""
    rows, columns, channels = features.shape
    answer = np.empty_like(features)
    for start in range(0, channels, _MOST_CHANNELS):
        part = slice(start, start + _MOST_CHANNELS)
        one = cv2.blur(np.ascontiguousarray(features[:, :, part]), (3, 3), borderType=cv2.BORDER_REPLICATE)
        answer[:, :, part] = one.reshape(rows, columns, -1)
    return answer


def _onto(features: Features, rows: int, columns: int) -> Features:
    """Bring a map `(h, w, c)` onto `(rows, columns, c)`."""
    high, wide, channels = features.shape
    if (high, wide) == (rows, columns):
        return features
    if high % rows == 0 and wide % columns == 0:
        down, across = high // rows, wide // columns
        # Slices summed: NumPy's mean over two inner axes takes four times as long.
        total = sum(
            (features[y::down, x::across] for y in range(down) for x in range(across)),
            np.zeros((rows, columns, channels), np.float32),
        )
        return np.asarray(total / np.float32(down * across), np.float32)
    how = cv2.INTER_AREA if high > rows or wide > columns else cv2.INTER_LINEAR
    # OpenCV averages at most four channels at once.
    step = 4 if how == cv2.INTER_AREA else _MOST_CHANNELS
    parts = [
        cv2.resize(np.ascontiguousarray(features[:, :, start : start + step]), (columns, rows), interpolation=how)
        for start in range(0, channels, step)
    ]
    return np.concatenate([part.reshape(rows, columns, -1) for part in parts], axis=2)


def counted(masks: Masks | None, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Which patches `(N, rows, columns)` count: those of which at least half the pixels do.

    Args:
        masks: bool `(N, h, w)`; None when every pixel counts.
        shape: of the features.
    """
    number, rows, columns = shape[:3]
    if masks is None:
        return np.ones((number, rows, columns), np.bool_)
    answer = np.stack(
        [
            cv2.resize(mask.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA).reshape(rows, columns)
            >= _COUNTS
            for mask in masks
        ]
    )
    for one, mask in zip(answer, masks, strict=True):
        if not one.any():
            # A region thinner than a patch: an empty mask would make every score 0, and 0 is OK.
            one[...] = cv2.resize(mask.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA) > 0
            if not one.any():
                one[...] = True
    return answer
