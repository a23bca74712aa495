from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from inspector.core.cv import cv2
from inspector.imaging.placement import NEUTRAL, Placement, as_batch, as_image
from inspector.imaging.region import Region, rectangle

if TYPE_CHECKING:
    from inspector.core.image import Image
    from inspector.imaging.placement import Fit

sides = st.integers(1, 120)
fits = st.sampled_from(["letterbox", "stretch"])


def _noise(high: int, wide: int, seed: int = 0) -> Image:
    image = np.random.default_rng(seed).integers(0, 256, (high, wide, 3), np.uint8)
    image.setflags(write=False)
    return image


@given(high=sides, wide=sides, size=st.tuples(st.integers(4, 64), st.integers(4, 64)), grey=st.booleans(), fit=fits)
def test_that_any_picture_becomes_an_input_and_stays_as_it_was(
    high: int,
    wide: int,
    size: tuple[int, int],
    grey: bool,  # noqa: FBT001
    fit: Fit,
) -> None:
    image = _noise(high, wide)
    before = image.copy()
    channels = 1 if grey else 3
    placed = Placement(*size, channels, fit).place(image)
    assert placed.pixels.shape == (*size, channels)
    assert placed.pixels.dtype == np.uint8
    assert placed.mask is None or (placed.mask.shape == size and placed.mask.any() and not placed.mask.all())
    assert (image == before).all()
    if fit == "stretch":
        assert placed.mask is None


def test_that_letterboxing_keeps_the_aspect() -> None:
    image = np.zeros((250, 630, 3), np.uint8)
    cv2.circle(image, (315, 125), 100, (255, 255, 255), -1)
    placed = Placement(96, 96, 1).place(image)
    bright = placed.pixels[:, :, 0] > 127
    height, width = np.ptp(np.flatnonzero(bright.any(axis=1))), np.ptp(np.flatnonzero(bright.any(axis=0)))
    assert height == pytest.approx(200 * 96 / 630, abs=1.5)
    assert abs(int(height) - int(width)) <= 1
    assert placed.mask is not None
    assert placed.mask.sum() == round(250 * 96 / 630) * 96


def test_that_stretching_fills_the_input() -> None:
    image = np.zeros((250, 630, 3), np.uint8)
    image[:, 315:] = 255
    placed = Placement(32, 32, 1, "stretch").place(image)
    assert placed.mask is None
    assert (placed.pixels[:, :15] == 0).all()
    assert (placed.pixels[:, 17:] == 255).all()


@given(high=sides, wide=sides)
def test_that_every_pixel_counts_when_nothing_is_left_out(high: int, wide: int) -> None:
    assert Placement(high, wide).place(_noise(high, wide)).mask is None
    assert Placement(max(high, 4), max(wide, 4), fit="stretch").mask(high, wide) is None


def test_that_a_picture_of_the_inputs_size_passes_unchanged() -> None:
    image = _noise(20, 30)
    assert (Placement(20, 30).place(image).pixels == image).all()


def test_that_bars_repeat_the_pictures_border_and_do_not_count() -> None:
    image = np.full((10, 40, 3), 200, np.uint8)
    placed = Placement(40, 40).place(image)
    assert (placed.pixels == 200).all()
    assert placed.mask is not None
    assert placed.mask[15:25].all()
    assert placed.mask.sum() == 10 * 40


def test_that_grey_is_seen_as_grey_and_colour_as_colour() -> None:
    image = np.zeros((8, 8, 3), np.uint8)
    image[:, :] = (255, 0, 0)
    assert Placement(8, 8, 3).place(image).pixels[0, 0].tolist() == [255, 0, 0]
    assert Placement(8, 8, 1).place(image).pixels[0, 0].tolist() == [76]  # ITU-R BT.601


def _peak(anomaly_map: np.ndarray) -> tuple[float, float]:
    """The middle of the brightest pixels, (x, y)."""
    ys, xs = np.nonzero(anomaly_map >= 0.9 * anomaly_map.max())
    return float(xs.mean()), float(ys.mean())


@given(
    high=st.integers(40, 200),
    wide=st.integers(40, 200),
    side=st.tuples(st.integers(48, 96), st.integers(48, 96)),
    at=st.tuples(st.floats(0.25, 0.75), st.floats(0.25, 0.75)),
    fit=fits,
    region=st.sampled_from([Region(), Region((rectangle(0.1, 0.05, 0.9, 0.95),), (rectangle(0, 0, 0.12, 0.12),))]),
)
def test_that_a_bright_spot_comes_back_to_its_place(
    high: int,
    wide: int,
    side: tuple[int, int],
    at: tuple[float, float],
    fit: Fit,
    region: Region,
) -> None:
    image = np.zeros((high, wide, 3), np.uint8)
    x, y = at[0] * wide, at[1] * high
    radius = max(high, wide) / 10
    rows, columns = np.mgrid[:high, :wide]
    spot = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * radius**2))
    image[:] = np.rint(255 * spot)[:, :, np.newaxis].astype(np.uint8)
    placement = Placement(*side, 1, fit, region)
    back = placement.onto_picture(placement.place(image).pixels[:, :, 0].astype(np.float32), high, wide)
    assert back.shape == (high, wide)
    assert back.dtype == np.float32
    expected = _peak(spot)
    # A pixel of the picture, or one of the input where that is coarser.
    allowed = 1 + max(wide / side[1], high / side[0], 1) / 2
    assert _peak(back) == pytest.approx(expected, abs=allowed)


@given(high=sides, wide=sides, coarse=st.integers(1, 5))
def test_that_a_map_of_lower_resolution_fits_too(high: int, wide: int, coarse: int) -> None:
    placement = Placement(40, 40)
    back = placement.onto_picture(np.ones((40 // coarse, 40 // coarse), np.float32), high, wide)
    assert back.shape == (high, wide)
    assert back == pytest.approx(np.ones((high, wide)), abs=1e-5)


def test_that_a_map_of_a_quarter_of_the_resolution_keeps_its_place() -> None:
    coarse = np.zeros((10, 10), np.float32)
    coarse[2, 7] = 1
    back = Placement(40, 40).onto_picture(coarse, 80, 80)
    assert _peak(back) == pytest.approx((59.5, 19.5), abs=1)


@given(seed=st.integers(0, 100), high=st.integers(20, 80), wide=st.integers(20, 80), grey=st.booleans())
def test_that_an_ignored_area_does_not_influence_the_input(
    seed: int,
    high: int,
    wide: int,
    grey: bool,  # noqa: FBT001
) -> None:
    region = Region((rectangle(0.1, 0.1, 0.9, 0.9),), (rectangle(0.3, 0.3, 0.6, 0.7),))
    placement = Placement(high, wide, 1 if grey else 3, region=Region((), region.ignore))
    one = _noise(high, wide)
    other = np.where(placement.region.mask(high, wide)[:, :, np.newaxis], one, _noise(high, wide, seed + 1))
    first, second = placement.place(one), placement.place(other)
    assert (first.pixels == second.pixels).all()
    assert first.mask is not None
    assert (first.pixels[~first.mask] == NEUTRAL).all()


def test_that_the_picture_is_cut_to_the_region_before_it_is_scaled() -> None:
    image = np.zeros((100, 100, 3), np.uint8)
    image[40:60, 40:60] = _noise(20, 20)
    placed = Placement(20, 20, region=Region((rectangle(0.4, 0.4, 0.6, 0.6),))).place(image)
    assert (placed.pixels == image[40:60, 40:60]).all()
    assert placed.mask is None


def test_that_what_the_region_looks_away_from_is_zero_on_the_picture() -> None:
    region = Region((rectangle(0.25, 0.25, 0.75, 0.75),), (rectangle(0.5, 0.5, 0.6, 0.6),))
    back = Placement(32, 32, region=region).onto_picture(np.ones((32, 32), np.float32), 40, 40)
    assert ((back > 0) == region.mask(40, 40)).all()


@given(at=st.tuples(st.floats(0, 0.999), st.floats(0, 0.999)), high=sides, wide=sides)
def test_that_a_region_thinner_than_a_pixel_still_looks_at_something(
    at: tuple[float, float], high: int, wide: int
) -> None:
    left, top = at
    right, bottom = min(left + 1e-3, 1), min(top + 1e-3, 1)
    assume(left < right and top < bottom)
    placement = Placement(16, 16, region=Region((rectangle(left, top, right, bottom),)))
    placed = placement.place(_noise(high, wide))
    assert placed.mask is None or placed.mask.any()
    assert placement.onto_picture(np.ones((16, 16), np.float32), high, wide).shape == (high, wide)


def test_that_one_image_gives_the_same_batch_alone_and_among_others() -> None:
    placement = Placement(16, 16, 1)
    placed = [placement.place(_noise(20, 30, seed)) for seed in range(5)]
    batch = as_batch(placed)
    assert batch.shape == (5, 16, 16, 1)
    assert batch.dtype == np.float32
    assert batch.min() >= 0
    assert batch.max() <= 1
    assert all((as_batch([one])[0] == row).all() for one, row in zip(placed, batch, strict=True))


@given(grey=st.booleans())
def test_that_an_input_becomes_the_same_picture_again(grey: bool) -> None:  # noqa: FBT001
    placed = Placement(12, 12, 1 if grey else 3).place(_noise(12, 12))
    picture = as_image(as_batch([placed])[0])
    assert picture.shape == (12, 12, 3)
    assert picture.flags.c_contiguous
    assert (picture == np.broadcast_to(placed.pixels, (12, 12, 3))).all()


def test_that_values_outside_are_cut_off() -> None:
    values = np.array([[[-1.0], [0.5], [2.0]]], np.float32)
    assert as_image(values)[0, :, 0].tolist() == [0, 128, 255]


@given(high=sides, wide=sides)
def test_that_a_reconstruction_lies_in_the_regions_box(high: int, wide: int) -> None:
    region = Region((rectangle(0.25, 0.25, 0.75, 0.75),))
    placement = Placement(16, 16, region=region)
    back = placement.onto_image(np.ones((16, 16, 3), np.float32), high, wide)
    x0, y0, x1, y1 = region.box(high, wide)
    assert back.shape == (high, wide, 3)
    assert back[y0:y1, x0:x1] == pytest.approx(1)
    assert back.sum() == pytest.approx((y1 - y0) * (x1 - x0) * 3)


@pytest.mark.parametrize("size", [(480, 640), (481, 639), (1440, 1920), (96, 128), (384, 384), (4000, 300)])
def test_that_what_is_far_too_large_is_averaged_whatever_its_size(size: tuple[int, int]) -> None:
    high, wide = size
    y, x = np.mgrid[:high, :wide]
    waves = 127 + 60 * np.sin(9 * x / wide) * np.cos(7 * y / high)
    image = np.stack([waves, 255 - waves, np.full(size, 40.0)], axis=-1)
    noisy = np.clip(image + np.random.default_rng(0).normal(0, 8, image.shape), 0, 255).astype(np.uint8)
    placed = Placement(72, 96, fit="stretch").place(noisy).pixels
    once = cv2.resize(noisy, (96, 72), interpolation=cv2.INTER_AREA)
    apart = np.abs(placed.astype(int) - once)
    assert apart.mean() < 0.75
    assert abs(placed.mean() - noisy.mean()) < 0.5
