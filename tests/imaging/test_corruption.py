from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.imaging.corruption import bent, cut_outs, gaussian_noise, pasted_patches, scratches, stains
from inspector.sources.decode import read_image
from tests.imaging.corruption_sheet import NAME, corruption_sheet

if TYPE_CHECKING:
    from collections.abc import Callable

    from inspector.imaging.placement import Batch

    Corruption = Callable[[Batch, np.random.Generator], Batch]


def paste_random(batch: Batch, rng: np.random.Generator) -> Batch:
    patch = np.random.default_rng(9).random((11, 14, batch.shape[3]), dtype=np.float32)
    return pasted_patches(batch, rng, [patch, patch[:1, :1]])


EVERY = pytest.mark.parametrize(
    "corrupt", [gaussian_noise, scratches, cut_outs, stains, paste_random, bent], ids=lambda corrupt: corrupt.__name__
)
LOCAL = pytest.mark.parametrize(
    "corrupt", [scratches, cut_outs, stains, paste_random], ids=lambda corrupt: corrupt.__name__
)


def grey(count: int = 4, side: int = 48, channels: int = 3) -> Batch:
    return np.full((count, side, side, channels), 0.5, np.float32)


def sloping(count: int = 4, side: int = 48) -> Batch:
    slope = np.linspace(0.3, 0.7, side, dtype=np.float32)[:, np.newaxis, np.newaxis]
    return np.ascontiguousarray(np.broadcast_to(slope, (count, side, side, 3)))


@EVERY
@settings(max_examples=25, deadline=None)
@given(
    count=st.integers(0, 3),
    height=st.integers(1, 30),
    width=st.integers(1, 30),
    channels=st.sampled_from([1, 3]),
    seed=st.integers(0, 2**32),
)
def test_that_a_batch_keeps_its_shape_type_and_range(
    corrupt: Corruption, count: int, height: int, width: int, channels: int, seed: int
) -> None:
    batch = np.random.default_rng(1).random((count, height, width, channels), dtype=np.float32)
    before = batch.copy()
    batch.flags.writeable = False
    damaged = corrupt(batch, np.random.default_rng(seed))
    assert damaged.shape == batch.shape
    assert damaged.dtype == np.float32
    assert damaged.flags.c_contiguous
    assert ((damaged >= 0) & (damaged <= 1)).all()
    assert np.array_equal(batch, before)


@EVERY
def test_that_the_same_generator_state_does_the_same_damage(corrupt: Corruption) -> None:
    first, again, other = (corrupt(sloping(), np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@EVERY
def test_that_each_image_gets_damage_of_its_own(corrupt: Corruption) -> None:
    damaged = corrupt(sloping(8), np.random.default_rng(0))
    assert len(np.unique(damaged.reshape(8, -1), axis=0)) == 8
    assert (damaged != sloping(8)).any(axis=(1, 2, 3)).all()


@LOCAL
def test_that_most_of_an_image_stays_as_it_is(corrupt: Corruption) -> None:
    untouched = (corrupt(grey(40), np.random.default_rng(0)) == 0.5).all(axis=3).mean(axis=(1, 2))
    assert np.median(untouched) > 0.75
    assert untouched.min() > 0.3


@pytest.mark.parametrize("corrupt", [scratches, cut_outs, stains, partial(pasted_patches, patches=[grey(1)[0]])])
def test_that_a_count_of_none_does_nothing(corrupt: Callable[..., Batch]) -> None:
    assert np.array_equal(corrupt(grey(), np.random.default_rng(0), count=(0, 0)), grey())


@pytest.mark.parametrize("scale", [0.05, 0.1])
def test_that_noise_has_the_scale_asked_for(scale: float) -> None:
    change = gaussian_noise(grey(8), np.random.default_rng(0), scale=scale) - 0.5
    assert change.std() == pytest.approx(scale, rel=0.03)
    assert abs(change.mean()) < 0.002


def test_that_scratches_are_thin_and_both_lighter_and_darker() -> None:
    change = scratches(grey(30, 96), np.random.default_rng(0), count=(1, 1))[..., 0] - 0.5
    assert ((change > 0).any(axis=(1, 2)) ^ (change < 0).any(axis=(1, 2))).all()
    assert (change > 0).any()
    assert (change < 0).any()
    assert ((change != 0).mean(axis=(1, 2)) < 0.04).all()


def test_that_a_cut_out_is_a_rectangle_of_one_colour() -> None:
    for image in cut_outs(grey(10), np.random.default_rng(0), count=(1, 1)):
        rows, columns = np.nonzero((image != 0.5).any(axis=2))
        inside = image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        assert (inside == inside[0, 0]).all()
        assert inside.shape[0] * inside.shape[1] == len(rows)


def test_that_the_image_still_shows_under_a_stain() -> None:
    batch = np.random.default_rng(3).random((6, 48, 48, 3), dtype=np.float32)
    damaged = stains(batch, np.random.default_rng(0), count=(1, 1), strength=(0.5, 0.5))
    for before, after in zip(batch, damaged, strict=True):
        changed = (before != after).any(axis=2)
        assert np.corrcoef(before[changed].ravel(), after[changed].ravel())[0, 1] > 0.5


def test_that_pasted_pieces_come_from_the_patches() -> None:
    patch = np.full((20, 20, 3), 0.9, np.float32)
    patch[:, :, 1] = 0.2
    damaged = pasted_patches(grey(6), np.random.default_rng(0), [patch])
    assert set(np.unique(damaged).tolist()) == {np.float32(0.2), np.float32(0.5), np.float32(0.9)}


def test_that_a_piece_is_no_larger_than_its_patch() -> None:
    patch = np.zeros((2, 3, 3), np.float32)
    damaged = pasted_patches(grey(10), np.random.default_rng(0), [patch], count=(1, 1), size=(0.5, 0.9))
    assert ((damaged == 0).all(axis=3).sum(axis=(1, 2)) == 6).all()


@EVERY
def test_that_what_is_no_batch_is_refused(corrupt: Corruption) -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match=r"Expected a batch: .* Received: uint8"):
        corrupt(np.zeros((1, 4, 4, 3), np.uint8), rng)
    with pytest.raises(ValueError, match=r"Expected a batch in 0\.\.1\. Received"):
        corrupt(np.full((1, 4, 4, 3), 2, np.float32), rng)


def test_that_options_out_of_range_are_refused() -> None:
    rng = np.random.default_rng(0)
    wrong: list[tuple[Callable[..., Batch], dict[str, Any], str]] = [
        (gaussian_noise, {"scale": -1}, "Expected a scale >= 0"),
        (gaussian_noise, {"scale": np.nan}, "Expected a scale >= 0"),
        (scratches, {"length": (0.4, 0.2)}, "Expected length as"),
        (scratches, {"strength": (0.4, 1.2)}, "Expected strength as"),
        (cut_outs, {"size": (-0.1, 0.2)}, "Expected size as"),
        (stains, {"count": (2, 1)}, "Expected a count as"),
        (pasted_patches, {"patches": []}, "Expected at least one patch"),
        (pasted_patches, {"patches": [grey(channels=1)[0]]}, "Expected patches of 3 channels. Received: 1"),
    ]
    for corrupt, options, message in wrong:
        with pytest.raises(ValueError, match=message):
            corrupt(grey(), rng, **options)


def test_that_the_picture_in_the_readme_shows_what_the_program_does() -> None:
    shown = read_image(Path(__file__).parents[2] / "resources" / "screenshots" / NAME)
    drawn = corruption_sheet()
    assert shown.shape == drawn.shape
    # Not to the last bit: another OpenCV may round its lines otherwise.
    assert np.abs(shown.astype(float) - drawn).mean() < 1


def test_that_bending_moves_what_is_there_and_makes_no_new_values() -> None:
    batch = sloping(3)
    moved = bent(batch, np.random.default_rng(0))
    assert moved.min() >= 0.3 - 1e-6
    assert moved.max() <= 0.7 + 1e-6
    apart = np.abs(moved - batch).mean(axis=(1, 2, 3)) * 48 / 0.4  # pixels, down the slope
    assert ((apart > 1) & (apart < 12)).all()


def test_that_stronger_bending_moves_further() -> None:
    batch = np.random.default_rng(3).random((2, 32, 32, 1), dtype=np.float32)
    still = bent(batch, np.random.default_rng(0), strength=(0, 0))
    assert np.abs(still - batch).max() < 1e-5
    with pytest.raises(ValueError, match="strength"):
        bent(batch, np.random.default_rng(0), strength=(0.3, 0.1))
