"""Whether pictures look as they did in training."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from inspector.core.cv import cv2
from inspector.imaging.appearance import NAMES, Appearance, changes, look
from inspector.imaging.drawing import draw_part
from inspector.imaging.placement import Placement
from inspector.imaging.region import Region, rectangle

if TYPE_CHECKING:
    from collections.abc import Callable

    from inspector.core.image import Image
    from inspector.imaging.appearance import Change, Values

PLACEMENT = Placement(96, 96)


@cache
def drawn(seed: int, number: int) -> Image:
    whole = np.asarray(draw_part((seed, number))[0])
    return np.asarray(cv2.resize(whole, (128, 128), interpolation=cv2.INTER_AREA), np.uint8)


def parts(count: int, seed: int) -> list[Image]:
    """Drawn parts, each a little lighter or darker and a little elsewhere than the last."""
    generator = np.random.default_rng(seed)
    images = []
    for number in range(count):
        image = drawn(seed, number)
        moved = np.roll(image, generator.integers(-1, 2, 2), (0, 1))
        images.append(np.clip(moved * generator.uniform(0.95, 1.05), 0, 255).astype(np.uint8))
    return images


@pytest.fixture(scope="module")
def training() -> Appearance:
    return Appearance.of([PLACEMENT.place(image) for image in parts(60, 0)])


def found(training: Appearance, images: list[Image]) -> list[Change]:
    looks: Values = np.stack([look(PLACEMENT.place(image), training.template) for image in images])
    return changes(training, looks)


def darker(image: Image) -> Image:
    return np.asarray(image * 0.7, np.uint8)


def lighter(image: Image) -> Image:
    return np.asarray(np.clip(image * 1.4, 0, 255), np.uint8)


def blurred(image: Image) -> Image:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), max(image.shape) / 80), np.uint8)


def redder(image: Image) -> Image:
    return np.asarray(np.clip(image * np.array([1.2, 1.0, 0.8]), 0, 255), np.uint8)


def moved(image: Image) -> Image:
    return np.roll(image, round(image.shape[1] * 0.1), 1)


def test_that_other_parts_under_the_same_light_are_no_change(training: Appearance) -> None:
    others = parts(60, 1)
    for start in range(0, 60, 5):
        assert found(training, others[start : start + 5]) == []
    assert found(training, others) == []
    for image in others[:10]:
        assert found(training, [image] * 45) == []


@pytest.mark.parametrize(
    ("how", "name", "least", "most"),
    [
        (darker, "brightness", -0.36, -0.24),
        (lighter, "brightness", 0.1, 0.46),
        (blurred, "sharpness", -0.9, -0.2),
        (redder, "yellowness", 0.1, 0.6),
        (moved, "right", 0.07, 0.13),
    ],
)
@pytest.mark.parametrize("still", [False, True])
def test_that_a_change_is_found_and_named_with_its_amount(
    training: Appearance, how: Callable[[Image], Image], name: str, least: float, most: float, *, still: bool
) -> None:
    others = [how(image) for image in (parts(1, 2) * 30 if still else parts(30, 2))]
    changed = {one.name: one.amount for one in found(training, others)}
    assert name in changed, changed
    assert least <= changed[name] <= most


def test_that_darkness_is_not_taken_for_less_contrast_or_blur(training: Appearance) -> None:
    assert [one.name for one in found(training, [darker(image) for image in parts(30, 2)])] == ["brightness"]


def test_that_a_few_frames_say_nothing(training: Appearance) -> None:
    assert found(training, [darker(image) for image in parts(4, 2)]) == []


def test_that_what_a_region_leaves_out_does_not_count() -> None:
    placement = Placement(96, 96, region=Region((), (rectangle(0.0, 0.0, 1.0, 0.4),)))
    images = parts(30, 0)
    appearance = Appearance.of([placement.place(image) for image in images])
    for image in images:
        image[: round(image.shape[0] * 0.35)] = 0
    looks = np.stack([look(placement.place(image), appearance.template) for image in images])
    assert changes(appearance, looks) == []


@pytest.mark.parametrize("value", [0, 255])
def test_that_a_picture_of_nothing_has_numbers(training: Appearance, value: int) -> None:
    flat = np.full((48, 64, 3), value, np.uint8)
    numbers = look(PLACEMENT.place(flat), training.template)
    assert numbers.shape == (len(NAMES),)
    assert np.isfinite(numbers).all()


@pytest.mark.parametrize("size", [(4, 4), (4, 200), (300, 20)])
def test_that_inputs_of_any_shape_have_looks(size: tuple[int, int]) -> None:
    placement = Placement(*size, channels=1)
    appearance = Appearance.of([placement.place(image) for image in parts(6, 0)])
    assert appearance.looks.shape == (6, len(NAMES))
    assert np.isfinite(appearance.looks).all()
