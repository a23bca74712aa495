from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.core.cv import cv2
from inspector.imaging.drawing import draw_part
from inspector.imaging.quality import agreement, distance, hashes, near_hashes, neighbours, own_looks, quality, robust_z


def test_that_a_blurred_picture_is_less_sharp() -> None:
    image, _ = draw_part(0, size=128)
    blurred = cv2.GaussianBlur(image, (0, 0), 1.0).astype(np.uint8)
    assert quality(blurred).sharpness < 0.4 * quality(image).sharpness


def test_that_clipped_pixels_and_brightness_are_counted() -> None:
    image = np.full((10, 20, 3), 100, np.uint8)
    image[:, :5], image[:, 5:7] = 255, 0
    found = quality(image)
    assert (found.size, found.white, found.black) == ((10, 20), 0.25, 0.1)
    assert found.brightness == pytest.approx((0.25 * 255) + 0.65 * 100)


def test_that_pictures_have_one_digest_exactly_when_they_are_equal() -> None:
    image = np.zeros((4, 6, 3), np.uint8)
    other = image.copy()
    other[0, 0, 2] = 1
    assert quality(image).digest == quality(image.copy()).digest
    assert len({quality(one).digest for one in (image, other, image.reshape(6, 4, 3))}) == 3


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 300, 3), (2000, 3, 3)])
def test_that_pictures_of_any_shape_are_measured(shape: tuple[int, int, int]) -> None:
    found = quality(np.zeros(shape, np.uint8))
    assert found.size == shape[:2]
    assert found.thumbnail.shape == (32, 32)
    assert found.sharpness == 0


def test_that_a_read_only_view_is_measured_and_not_changed() -> None:
    image = np.zeros((8, 8, 3), np.uint8)[:, ::-1]
    image.flags.writeable = False
    assert quality(image).brightness == 0


def test_that_outliers_do_not_move_the_scale_they_are_measured_with() -> None:
    values = [1.0, 2.0, 3.0, 2.0, 1.0, 3.0, 2.0, 1e9]
    z = robust_z(values, least=0.1)
    assert abs(z[:7]).max() < 1
    assert z[7] > 1e8
    assert robust_z([5.0, 5.0, 5.05], least=0.1).tolist() == pytest.approx([0, 0, 0.5])


def test_that_parts_in_a_fixture_are_told_apart_by_what_each_has_for_itself() -> None:
    thumbnails = np.stack([quality(draw_part((7, index), size=64)[0]).thumbnail for index in range(32)])
    looks, common = own_looks(thumbnails)
    assert common == 4
    plain = thumbnails.astype(np.float32)

    def typical_bits(values: np.typing.NDArray[np.uint64]) -> float:
        return float(np.median([np.bitwise_count(one ^ other) for one, other in combinations(values, 2)]))

    assert typical_bits(hashes(plain)) < 10
    assert typical_bits(hashes(looks)) > 24


def test_that_of_few_pictures_nothing_is_taken_out() -> None:
    assert own_looks(np.zeros((7, 32, 32), np.uint8))[1] == 0


@given(base=st.integers(0, 2**64 - 1), flips=st.sets(st.integers(0, 63), max_size=7), seed=st.integers(0, 99))
def test_that_hashes_up_to_seven_bits_apart_are_always_found(base: int, flips: set[int], seed: int) -> None:
    other = base
    for bit in flips:
        other ^= 1 << bit
    rest = np.random.default_rng(seed).integers(0, 2**64, 50, np.uint64)
    values = np.concatenate([rest, np.array([base, other], np.uint64)])
    assert [50, 51] in near_hashes(values, 7).tolist()


def test_that_only_near_hashes_are_found_and_each_pair_once() -> None:
    values = np.random.default_rng(0).integers(0, 2**64, 300, np.uint64)
    values[200:] = values[:100] ^ np.uint64(0b101)
    pairs = near_hashes(values, 2)
    assert pairs.tolist() == [[index, index + 200] for index in range(100)]


def test_that_hashes_that_are_all_the_same_do_not_become_all_pairs() -> None:
    assert len(near_hashes(np.zeros(2000, np.uint64), 12)) <= 2000 * 64


@pytest.mark.parametrize("count", [0, 1, 2])
def test_that_few_pictures_have_few_pairs(count: int) -> None:
    looks, _ = own_looks(np.zeros((count, 32, 32), np.uint8))
    assert len(near_hashes(np.zeros(count, np.uint64), 12)) == max(count - 1, 0)
    pairs = neighbours(looks)
    assert len(pairs) == max(count - 1, 0)
    assert len(agreement(looks, pairs)) == len(pairs)


def test_that_light_and_contrast_do_not_count_as_a_difference() -> None:
    rng = np.random.default_rng(0)
    one = rng.integers(60, 160, (32, 32)).astype(np.uint8)
    pieces = np.stack([one, (one * 1.1 + 20).astype(np.uint8), rng.integers(60, 160, (32, 32)).astype(np.uint8)])
    same, other = distance(pieces, np.array([[0, 1], [0, 2]]))
    assert same < 0.5
    assert other > 20
