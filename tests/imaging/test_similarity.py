from __future__ import annotations

import numpy as np
import pytest

from inspector.core.cv import cv2
from inspector.imaging.similarity import C1, C2, SIGMA, dissimilarity, window


def noise(seed: int, shape: tuple[int, ...] = (3, 20, 28, 3)) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.random.default_rng(seed).random(shape, dtype=np.float32)


@pytest.mark.parametrize("side", [1, 2, 4, 11, 64])
def test_that_the_window_smooths_as_opencv_does_with_mirrored_borders(side: int) -> None:
    values = noise(side, (side, side))
    expected = cv2.GaussianBlur(values.astype(np.float64), (11, 11), SIGMA, borderType=cv2.BORDER_REFLECT_101)
    assert window(side) @ values @ window(side).T == pytest.approx(expected, abs=1e-6)
    assert window(side).sum(axis=1) == pytest.approx(np.ones(side))


def test_that_it_is_the_published_formula() -> None:
    # Window by window, in double precision, with a plain weighted mean and variance: no smoothing of squares.
    one, other = noise(1, (1, 16, 16, 1)), noise(2, (1, 16, 16, 1))
    x, y = (np.pad(batch[0, :, :, 0].astype(np.float64), 5, mode="reflect") for batch in (one, other))
    line = np.exp(-0.5 * (np.arange(-5, 6) / 1.5) ** 2)
    weights = np.outer(line, line) / np.outer(line, line).sum()
    expected = np.zeros((16, 16))
    for row in range(16):
        for column in range(16):
            a, b = (picture[row : row + 11, column : column + 11] for picture in (x, y))
            mean_a, mean_b = (weights * a).sum(), (weights * b).sum()
            var_a, var_b = (weights * (a - mean_a) ** 2).sum(), (weights * (b - mean_b) ** 2).sum()
            both = (weights * (a - mean_a) * (b - mean_b)).sum()
            ssim = (2 * mean_a * mean_b + C1) * (2 * both + C2)
            expected[row, column] = 1 - ssim / ((mean_a**2 + mean_b**2 + C1) * (var_a + var_b + C2))
    assert dissimilarity(one, other)[0] == pytest.approx(expected, abs=1e-5)


def test_that_like_pictures_differ_by_nothing_and_others_by_at_most_two() -> None:
    batch = noise(3)
    assert dissimilarity(batch, batch) == pytest.approx(np.zeros((3, 20, 28)), abs=1e-5)
    opposite = dissimilarity(batch, 1 - batch)
    assert opposite.dtype == np.float32
    assert opposite.min() >= 0
    assert 1 < opposite.max() <= 2


def test_that_each_picture_is_compared_by_itself() -> None:
    one, other = noise(4), noise(5)
    alone = np.concatenate([dissimilarity(one[i : i + 1], other[i : i + 1]) for i in range(len(one))])
    assert (dissimilarity(one, other) == alone).all()
    assert (dissimilarity(one[::-1], other[::-1])[::-1] == alone).all()


def test_that_it_sees_a_change_where_it_is() -> None:
    batch = noise(6, (1, 40, 40, 1))
    changed = batch.copy()
    changed[0, 28:32, 8:12] = 0
    found = dissimilarity(batch, changed)[0]
    y, x = np.unravel_index(int(found.argmax()), found.shape)
    assert 26 <= y <= 33
    assert 6 <= x <= 13
    assert found[:20, 20:].max() == pytest.approx(0, abs=1e-5)
