from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from inspector.imaging.overlay import contour, difference, overlay, paint, red_area, signed_difference

if TYPE_CHECKING:
    from inspector.core.image import Image, Map

sizes = st.tuples(st.integers(1, 24), st.integers(1, 24))
maps = arrays(np.float32, sizes, elements=st.floats(allow_nan=False, allow_infinity=False, width=32))
thresholds = st.floats(min_value=1e-300, max_value=1e300, exclude_min=True)


def grey(height: int, width: int, level: int = 128) -> Image:
    return np.full((height, width, 3), level, np.uint8)


def is_red(colours: np.ndarray) -> np.ndarray:
    red, green, blue = (colours[..., channel].astype(int) for channel in range(3))
    return (red > 2 * green) & (red > 2 * blue)


@given(maps, thresholds)
def test_that_a_pixel_is_red_exactly_above_the_map_threshold(values: Map, threshold: float) -> None:
    above = values > np.float64(threshold)
    assert np.array_equal(is_red(paint(values, threshold)), above)
    assert red_area(values, threshold) == above.mean()


@given(maps, st.data())
def test_that_a_pixel_at_the_map_threshold_itself_is_not_red(values: Map, data: st.DataObject) -> None:
    values = np.abs(values) + np.float32(1e-30)
    threshold = float(data.draw(st.sampled_from(values.ravel().tolist())))
    assert np.array_equal(is_red(paint(values, threshold)), values > np.float64(threshold))


@given(maps, thresholds, st.floats(0, 1))
def test_that_an_overlay_has_the_images_shape_and_leaves_what_it_was_given(
    values: Map, threshold: float, opacity: float
) -> None:
    image = grey(*values.shape)
    image.flags.writeable = values.flags.writeable = False
    for painted in (overlay(image, values, threshold, opacity=opacity), contour(image, values, threshold)):
        assert painted.shape == image.shape
        assert painted.dtype == np.uint8
    assert (image == 128).all()


@given(maps, thresholds)
def test_that_an_overlay_turns_redder_only_above_the_map_threshold(values: Map, threshold: float) -> None:
    painted = overlay(grey(*values.shape), values, threshold, opacity=0.5).astype(int)
    warmer = painted[..., 0] > painted[..., 1:].max(axis=-1)
    assert np.array_equal(warmer, values > np.float64(threshold))


def test_that_colours_do_not_depend_on_the_other_pixels() -> None:
    alone = paint(np.array([[0.8]], np.float32), 1.0)
    beside = paint(np.array([[0.8, 50.0]], np.float32), 1.0)
    assert np.array_equal(alone[0, 0], beside[0, 0])


def test_that_colours_end_at_twice_the_map_threshold() -> None:
    painted = paint(np.array([[2.0, 5.0, 1e30]], np.float32), 1.0)
    assert (painted == painted[0, 0]).all()


def test_that_far_below_the_threshold_the_picture_is_left_alone() -> None:
    image = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    assert np.array_equal(overlay(image, np.full((20, 30), 0.3, np.float32), 1.0), image)


def test_that_opacity_0_shows_the_picture_and_opacity_1_hides_it_where_it_is_red() -> None:
    image = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    values = np.full((20, 30), 1.5, np.float32)
    assert np.array_equal(overlay(image, values, 1.0, opacity=0), image)
    assert np.abs(overlay(image, values, 1.0, opacity=1).astype(int) - paint(values, 1.0)[..., :3]).max() <= 1


def test_that_lightness_rises_steadily_up_to_the_threshold() -> None:
    colours = paint(np.linspace(0, 1, 128, dtype=np.float32)[np.newaxis], 1.0)[0].astype(float)
    assert (np.diff(colours[:, :3] @ (0.2126, 0.7152, 0.0722)) > -1).all()
    assert (np.diff(colours[:, 3]) >= 0).all()


def test_that_a_contour_runs_along_the_region_and_leaves_its_inside() -> None:
    values = np.zeros((40, 50), np.float32)
    values[10:20, 15:35] = 2
    drawn = contour(grey(40, 50), values, 1.0, thickness=1)
    changed = (drawn != 128).any(axis=2)
    assert changed[10, 15:35].all()
    assert changed[10:20, 34].all()
    assert not changed[12:18, 17:33].any()
    assert not changed[:9].any()


def test_that_a_contour_shows_a_single_pixel() -> None:
    values = np.zeros((9, 9), np.float32)
    values[4, 4] = 2
    assert (contour(grey(9, 9), values, 1.0)[4, 4] != 128).any()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_that_a_map_that_is_not_finite_raises(bad: float) -> None:
    values = np.zeros((4, 4), np.float32)
    values[1, 2] = bad
    for draw in (overlay, contour):
        with pytest.raises(ValueError, match="Expected an anomaly map of finite"):
            draw(grey(4, 4), values, 1.0)
    with pytest.raises(ValueError, match="Expected an anomaly map of finite"):
        red_area(values, 1.0)


@pytest.mark.parametrize("threshold", [0.0, -1.0, np.nan, np.inf])
def test_that_a_map_threshold_must_be_a_finite_number_above_0(threshold: float) -> None:
    with pytest.raises(ValueError, match=r"Expected a finite map threshold > 0\. Received"):
        paint(np.zeros((4, 4), np.float32), threshold)


def test_that_a_map_of_another_size_raises_instead_of_giving_the_clean_picture() -> None:
    for draw in (overlay, contour):
        with pytest.raises(ValueError, match=r"Expected a map of the image's size \(4, 5\). Received: \(5, 4\)"):
            draw(grey(4, 5), np.zeros((5, 4), np.float32), 1.0)
    with pytest.raises(ValueError, match="Expected an RGB image"):
        overlay(np.zeros((4, 5), np.uint8), np.zeros((4, 5), np.float32), 1.0)
    with pytest.raises(ValueError, match=r"at least one pixel. Received: \(0, 4\)"):
        paint(np.zeros((0, 4), np.float32), 1.0)


@pytest.mark.parametrize("opacity", [-0.1, 1.1, np.nan])
def test_that_an_opacity_outside_0_to_1_raises(opacity: float) -> None:
    with pytest.raises(ValueError, match=r"Expected an opacity in 0..1. Received"):
        overlay(grey(4, 4), np.zeros((4, 4), np.float32), 1.0, opacity=opacity)


@given(sizes, st.integers(0, 255), st.integers(0, 255))
def test_that_a_difference_is_absolute(size: tuple[int, int], first: int, second: int) -> None:
    assert (difference(grey(*size, first), grey(*size, second)) == abs(first - second)).all()


def test_that_a_signed_difference_is_grey_where_images_agree_orange_where_lighter_and_blue_where_darker() -> None:
    image, rebuilt = grey(1, 3), grey(1, 3)
    image[0, 1], image[0, 2] = 228, 28
    same, lighter, darker = signed_difference(image, rebuilt)[0].astype(int)
    assert np.ptp(same) <= 2
    assert lighter[0] > lighter[2] + 60
    assert darker[2] > darker[0] + 60


def test_that_a_signed_difference_shows_a_change_of_colour_alone() -> None:
    image, rebuilt = grey(1, 1), grey(1, 1)
    image[0, 0] = (168, 128, 88)
    assert np.ptp(signed_difference(image, rebuilt)[0, 0].astype(int)) > 10


def test_that_gain_makes_faint_differences_visible_and_saturates() -> None:
    image, rebuilt = grey(2, 2, 130), grey(2, 2, 100)
    assert (difference(image, rebuilt, gain=4) == 120).all()
    assert (difference(image, rebuilt, gain=100) == 255).all()
    full = signed_difference(grey(2, 2, 255), grey(2, 2, 0))
    assert np.array_equal(signed_difference(image, rebuilt, gain=100), full)
    with pytest.raises(ValueError, match="Expected a finite gain > 0"):
        difference(image, rebuilt, gain=0)


def test_that_differences_of_different_sizes_raise() -> None:
    for compare in (difference, signed_difference):
        with pytest.raises(ValueError, match="Expected a reconstruction of the image's shape"):
            compare(grey(4, 5), grey(5, 4))
