from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.imaging.augmentation import Augmentation, shifted_colours

if TYPE_CHECKING:
    from inspector.imaging.placement import Batch

EVERYTHING = Augmentation(
    shift=0.1,
    rotation=20,
    brightness=0.2,
    contrast=0.3,
    flip_horizontal=True,
    flip_vertical=True,
    colour_shift=0.5,
)


def noise(*shape: int, seed: int = 0) -> Batch:
    return np.random.default_rng(seed).random(shape, dtype=np.float32)


def smooth_image(side: int = 32) -> Batch:
    line = np.linspace(0.2, 0.8, side, dtype=np.float32)
    return np.stack([line[:, np.newaxis] * line] * 3, axis=-1)[np.newaxis]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 3), st.integers(1, 20), st.integers(1, 20), st.sampled_from([1, 3]), st.integers(0, 2**32))
def test_that_a_batch_keeps_its_shape_type_and_range(
    count: int, height: int, width: int, channels: int, seed: int
) -> None:
    batch = noise(count, height, width, channels)
    before = batch.copy()
    batch.flags.writeable = False
    varied = EVERYTHING.apply(batch, np.random.default_rng(seed))
    assert varied.shape == batch.shape
    assert varied.dtype == np.float32
    assert varied.flags.c_contiguous
    assert ((varied >= 0) & (varied <= 1)).all()
    assert np.array_equal(batch, before)


def test_that_the_same_generator_state_gives_the_same_result() -> None:
    batch = noise(4, 12, 16, 3)
    first, again, other = (EVERYTHING.apply(batch, np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_that_images_are_varied_each_by_itself() -> None:
    batch = np.repeat(noise(1, 12, 16, 3), 5, axis=0)
    varied = EVERYTHING.apply(batch, np.random.default_rng(0))
    assert len(np.unique(varied.reshape(5, -1), axis=0)) == 5


def test_that_all_zero_leaves_images_as_they_are() -> None:
    batch = noise(3, 9, 7, 3)
    assert Augmentation().nothing
    assert np.array_equal(Augmentation().apply(batch, np.random.default_rng(0)), batch)


def test_that_flips_mirror_about_half_of_the_images() -> None:
    batch = np.repeat(noise(1, 6, 5, 3), 60, axis=0)
    varied = Augmentation(flip_horizontal=True).apply(batch, np.random.default_rng(0))
    same = (varied == batch).all(axis=(1, 2, 3))
    assert 15 < same.sum() < 45
    assert np.array_equal(varied[~same], batch[~same][:, :, ::-1])
    upside_down = Augmentation(flip_vertical=True).apply(batch, np.random.default_rng(0))
    same = (upside_down == batch).all(axis=(1, 2, 3))
    assert np.array_equal(upside_down[~same], batch[~same][:, ::-1])


def test_that_a_shift_moves_a_spot_by_at_most_its_share() -> None:
    batch = np.zeros((40, 41, 61, 1), np.float32)
    batch[:, 20, 30] = 1
    varied = Augmentation(shift=0.1).apply(batch, np.random.default_rng(0))[..., 0]
    rows = (varied * np.arange(41)[:, np.newaxis]).sum(axis=(1, 2)) / varied.sum(axis=(1, 2)) - 20
    columns = (varied * np.arange(61)).sum(axis=(1, 2)) / varied.sum(axis=(1, 2)) - 30
    assert 3 < np.abs(rows).max() <= 4.11
    assert 4.5 < np.abs(columns).max() <= 6.11


def test_that_a_rotation_keeps_the_middle_and_stays_within_its_degrees() -> None:
    batch = np.zeros((30, 41, 41, 1), np.float32)
    batch[:, 20, 20] = 1
    batch[:, 20, 35] = 1
    varied = Augmentation(rotation=30).apply(batch, np.random.default_rng(0))[..., 0]
    assert (varied[:, 20, 20] > 0.9).all()
    varied[:, 17:24, 17:24] = 0
    mass = varied.sum(axis=(1, 2))
    down = (varied * (np.arange(41) - 20)[:, np.newaxis]).sum(axis=(1, 2)) / mass
    across = (varied * (np.arange(41) - 20)).sum(axis=(1, 2)) / mass
    degrees = np.degrees(np.arctan2(down, across))
    assert 20 < np.abs(degrees).max() <= 31


def test_that_uncovered_borders_are_filled_from_the_image() -> None:
    batch = np.full((10, 16, 16, 3), 0.7, np.float32)
    varied = Augmentation(shift=0.4, rotation=45).apply(batch, np.random.default_rng(0))
    assert np.allclose(varied, 0.7, atol=1e-5)


def test_that_brightness_adds_the_same_to_every_pixel() -> None:
    change = Augmentation(brightness=0.1).apply(smooth_image(), np.random.default_rng(3)) - smooth_image()
    assert np.ptp(change) < 1e-6
    assert 0 < abs(change.mean()) <= 0.1


def test_that_contrast_keeps_the_mean() -> None:
    image = smooth_image()
    varied = Augmentation(contrast=0.3).apply(image, np.random.default_rng(1))
    assert varied.mean() == pytest.approx(image.mean(), abs=1e-5)
    assert 0.7 <= varied.std() / image.std() <= 1.3
    assert varied.std() != pytest.approx(image.std(), rel=1e-3)


def coloured(side: int = 24, seed: int = 0) -> Batch:
    """Pixels of which each main direction of colour has a variance of its own."""
    rng = np.random.default_rng(seed)
    spread = rng.normal(size=(side * side, 3)) * (0.12, 0.03, 0.005)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    return np.asarray(np.clip(spread @ turn + 0.5, 0, 1), np.float32).reshape(side, side, 3)


def test_that_colours_move_by_the_published_formula() -> None:
    image = coloured()
    pixels = image.reshape(-1, 3).astype(np.float64)
    values, vectors = np.linalg.eigh(np.cov(pixels.T, bias=True))
    for place in range(3):
        amounts = np.zeros(3)
        amounts[place] = 0.7
        change = (shifted_colours(image, amounts) - image).reshape(-1, 3)
        inside = ((image > 0.1) & (image < 0.9)).all(axis=2).ravel()
        wanted = 0.7 * values[place] * vectors[:, place]
        assert change[inside] == pytest.approx(
            np.broadcast_to(wanted * np.sign(wanted.sum()), change[inside].shape), abs=1e-6
        )


def test_that_colours_of_one_grey_channel_move_by_its_variance() -> None:
    image = coloured()[..., :1]
    change = shifted_colours(image, np.array([0.5])) - image
    assert change == pytest.approx(np.full(image.shape, 0.5 * image.var(dtype=np.float64)), abs=1e-6)


def test_that_an_image_of_one_colour_keeps_it() -> None:
    image = np.full((5, 5, 3), (0.2, 0.5, 0.9), np.float32)
    assert shifted_colours(image, np.ones(3)) == pytest.approx(image, abs=1e-7)


def test_that_colour_shifts_change_nothing_about_what_else_is_drawn() -> None:
    batch = noise(6, 12, 16, 3)
    with_colours = Augmentation(shift=0.2, flip_horizontal=True, colour_shift=0.01)
    plain = Augmentation(shift=0.2, flip_horizontal=True).apply(batch, np.random.default_rng(2))
    varied = with_colours.apply(batch, np.random.default_rng(2))
    assert not np.array_equal(varied, plain)
    assert varied == pytest.approx(plain, abs=0.01)


@pytest.mark.parametrize(
    "wrong",
    [
        {"shift": 0.6},
        {"shift": -0.1},
        {"rotation": 181.0},
        {"brightness": 1.1},
        {"contrast": -1.0},
        {"shift": np.nan},
        {"colour_shift": 2.0},
    ],
)
def test_that_an_option_out_of_range_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=rf"Expected {next(iter(wrong))} in 0\.\.\S+ Received: "):
        Augmentation(**wrong)


@pytest.mark.parametrize(
    "wrong",
    [np.zeros((4, 4, 3), np.float32), np.zeros((1, 4, 4, 2), np.float32), np.zeros((1, 4, 4, 3), np.uint8)],
)
def test_that_what_is_no_batch_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"Expected a batch: .* Received: "):
        Augmentation().apply(wrong, np.random.default_rng(0))


@pytest.mark.parametrize("value", [-0.1, 1.5, 255, np.nan])
def test_that_values_outside_0_to_1_are_refused(value: float) -> None:
    batch = noise(1, 4, 4, 3)
    batch[0, 1, 2, 0] = value
    with pytest.raises(ValueError, match=r"Expected a batch in 0\.\.1\. Received"):
        EVERYTHING.apply(batch, np.random.default_rng(0))
