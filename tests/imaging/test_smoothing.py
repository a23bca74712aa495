from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.imaging.smoothing import smooth

shapes = st.tuples(st.integers(1, 40), st.integers(1, 40))


@given(shape=shapes, sigma=st.floats(0, 20))
def test_that_smoothing_keeps_shape_type_and_range(shape: tuple[int, int], sigma: float) -> None:
    noise = np.random.default_rng(0).random(shape, np.float32)
    noise.setflags(write=False)
    smoothed = smooth(noise, sigma)
    assert smoothed.shape == shape
    assert smoothed.dtype == np.float32
    assert smoothed.min() >= noise.min() - 1e-5
    assert smoothed.max() <= noise.max() + 1e-5


@given(shape=shapes, sigma=st.floats(0, 20))
def test_that_an_even_map_stays_even(shape: tuple[int, int], sigma: float) -> None:
    assert smooth(np.full(shape, 0.25, np.float32), sigma) == pytest.approx(np.full(shape, 0.25), abs=1e-5)


def test_that_no_sigma_leaves_a_map_as_it_is() -> None:
    noise = np.random.default_rng(0).random((5, 7), np.float32)
    assert (smooth(noise, 0) == noise).all()


def test_that_a_patch_stands_out_more_than_a_pixel_as_bright() -> None:
    noise, defect = np.zeros((32, 32), np.float32), np.zeros((32, 32), np.float32)
    noise[16, 16] = 1
    defect[13:20, 13:20] = 1
    assert smooth(defect, 1.5).max() > 3 * smooth(noise, 1.5).max()
    assert smooth(noise, 1.5).argmax() == 16 * 32 + 16
