"""Places in the picture rather than in the input."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.detectors import method
from inspector.detectors.patch.stretch import Stretch


def _counts(rows: slice, columns: slice) -> np.ndarray:
    counts = np.zeros((8, 8), np.bool_)
    counts[rows, columns] = True
    return counts


def test_that_what_fills_the_grid_stays_as_it_is() -> None:
    counts = np.ones((2, 8, 8), np.bool_)
    values = np.random.default_rng(0).random((2, 8, 8, 3))
    stretch = Stretch.of(counts)
    assert stretch.over(values) is values
    assert stretch.again(values) is values


def test_that_a_picture_is_laid_over_the_whole_grid_and_its_edges_meet_the_grids() -> None:
    counts = np.stack([_counts(slice(2, 6), slice(0, 8)), _counts(slice(0, 8), slice(5, 6))])
    rows = np.broadcast_to(np.arange(8)[:, np.newaxis], (8, 8))
    stretch = Stretch.of(counts)
    laid = stretch.over(np.stack([rows, rows.T]))
    assert laid[0, :, 3].tolist() == [2, 2, 3, 3, 4, 4, 5, 5]
    assert laid[1].ravel().tolist() == [5] * 64
    assert stretch.over(counts).all()


@pytest.mark.parametrize("box", [(2, 6, 0, 8), (0, 5, 1, 8), (3, 4, 2, 5)])
def test_that_each_patch_gets_a_distance_that_it_gave(box: tuple[int, int, int, int]) -> None:
    top, bottom, left, right = box
    counts = _counts(slice(top, bottom), slice(left, right))[np.newaxis]
    own = np.arange(64, dtype=np.float32).reshape(1, 8, 8)
    stretch = Stretch.of(counts)
    again = stretch.again(stretch.over(own))
    assert np.array_equal(again[counts], own[counts])


def test_that_padim_knows_an_edge_in_pictures_of_any_shape() -> None:
    """A frame around grey: wide and high pictures have it at other places of the input, and at one of the picture."""
    rng = np.random.default_rng(0)

    def framed(height: int, width: int) -> np.ndarray:
        picture = rng.integers(110, 130, (height, width, 3)).astype(np.uint8)
        picture[:16] = picture[-16:] = picture[:, :16] = picture[:, -16:] = 20
        return picture

    shapes = [(128, 128 - 16 * (step % 4)) for step in range(6)] + [(128 - 16 * (step % 4), 128) for step in range(6)]
    detector = method("padim")(size=128)
    detector.fit([framed(*shapes[number % 12]) for number in range(36)])
    good, bad = framed(128, 96), framed(128, 96)
    bad[50:70, 40:60] = 20  # as dark as the frame, where no frame is
    low, high = detector.measure([good, bad])
    assert low.score < detector.threshold.value < high.score
    assert low.map is not None
    assert low.map.shape == high.map.shape  # type: ignore[union-attr]
