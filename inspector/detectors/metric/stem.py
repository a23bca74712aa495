"""The shipped backbone as the first layers of a metric network: not trained, but what is behind it is.

Metric learning from a few hundred images of one thing has little to learn edges and grain from; the backbone saw other
pictures and knows them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from inspector.detectors.runtime import Graph
    from inspector.imaging.placement import Batch

SMALLEST_SIDE = 32
"""Pixels a side of its input: two positions along the coarsest map."""

_GRID = 1
"""Which of the backbone's maps gives the grid: the second finest, stride 8."""


def stem_features(backbone: Graph, batch: Batch) -> npt.NDArray[np.float32]:
    """All feature maps of a batch `(N, h, w, 1 or 3)` on one grid, joined: `(N, h / 8, w / 8, d)`.

    Finer maps are averaged over a position of the grid, and each value of coarser ones stands for those it covers.
    Images go through one by one, so that no image's features depend on its neighbours.
    """
    return np.concatenate([_one(backbone, image) for image in batch])


def _one(backbone: Graph, image: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    coloured = np.repeat(image, 3, axis=2) if image.shape[2] == 1 else image
    maps = backbone(np.ascontiguousarray(coloured[np.newaxis]))
    rows, columns = maps[_GRID].shape[1:3]
    return np.concatenate([_onto(one, rows, columns) for one in maps], axis=3)


def _onto(features: npt.NDArray[np.float32], rows: int, columns: int) -> npt.NDArray[np.float32]:
    """Bring a map `(1, h, w, c)` onto `(1, rows, columns, c)`, by means of whole positions or by the nearest one."""
    _, high, wide, channels = features.shape
    down, across = high // rows, wide // columns
    if down > 1 or across > 1:
        whole = features[:, : rows * down, : columns * across]
        return np.asarray(whole.reshape(1, rows, down, columns, across, channels).mean(axis=(2, 4)), np.float32)
    if (high, wide) == (rows, columns):
        return features
    return features[:, np.arange(rows) * high // rows][:, :, np.arange(columns) * wide // columns]
