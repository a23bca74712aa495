from __future__ import annotations

import numpy as np
import pytest

from inspector.core.cv import cv2
from inspector.core.pose import Pose
from inspector.imaging.alignment import Aligner, aligned, moved_back, small


def part(size: tuple[int, int] = (240, 320), pose: Pose | None = None, seed: int = 0, light: float = 1.0) -> np.ndarray:
    """A bracket with holes on a dull ground, lying so."""
    high, wide = size
    scale = min(high, wide) / 240
    image: np.ndarray = np.full((high, wide), 60, np.uint8)
    x, y = wide // 2, high // 2

    def at(across: float, down: float) -> tuple[int, int]:
        return (round(x + across * scale), round(y + down * scale))

    cv2.rectangle(image, at(-70, -40), at(70, 40), 170, -1)
    cv2.rectangle(image, at(30, -40), at(70, 10), 110, -1)
    cv2.circle(image, at(-40, -5), round(16 * scale), 30, -1)
    cv2.circle(image, at(10, 20), round(9 * scale), 220, -1)
    if pose is not None:
        inverse = cv2.invertAffineTransform(_matrix(pose, high, wide))
        image = cv2.warpAffine(
            image, inverse, (wide, high), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderValue=60
        )
    noise = np.random.default_rng(seed).normal(0, 4, (high, wide))
    grey = np.clip(image * light + noise, 0, 255).astype(np.uint8)
    return np.repeat(grey[:, :, np.newaxis], 3, axis=2)


def _matrix(pose: Pose, high: int, wide: int) -> np.ndarray:
    matrix = cv2.getRotationMatrix2D(((wide - 1) / 2, (high - 1) / 2), -pose.turn, 1.0)
    matrix[:, 2] += np.array([pose.right, pose.down]) * max(high, wide)
    return np.asarray(matrix)


POSES = [Pose(0.05, -0.03), Pose(-0.08, 0.06), Pose(0.02, 0.01, 12), Pose(-0.04, 0.05, -33), Pose(0, 0, 40)]


@pytest.mark.parametrize("pose", POSES)
@pytest.mark.parametrize("size", [(240, 320), (300, 200), (1200, 1600)])
def test_that_a_part_is_found_however_it_lies_and_brought_back(pose: Pose, size: tuple[int, int]) -> None:
    straight, lying = part(size), part(size, pose, seed=1, light=0.8)
    aligner = Aligner(small(straight), "rigid")
    found = aligner.pose(lying)
    assert found.found
    assert (found.right, found.down) == pytest.approx((pose.right, pose.down), abs=0.006)
    assert found.turn == pytest.approx(pose.turn, abs=0.7)
    back = np.asarray(aligned(lying, found), float)
    inner = tuple(slice(side // 4, -side // 4) for side in size)
    before = np.abs(lying * 1.25 - straight.astype(float))[inner].mean()
    after = np.abs(back * 1.25 - straight.astype(float))[inner].mean()
    assert after < 8 < before


@pytest.mark.parametrize("pose", POSES)
def test_that_a_map_comes_back_over_the_picture_as_it_was(pose: Pose) -> None:
    lying = part(pose=pose)
    seen = (lying[:, :, 0] > 195).astype(np.float32)  # the bright hole
    there = np.asarray(aligned(seen, pose))
    back = moved_back(np.asarray(there, np.float32), pose)
    for values in (seen, back):
        assert values.max() > 0.5
    middle, again = (np.argwhere(one > 0.5).mean(axis=0) for one in (seen, back))
    assert again == pytest.approx(middle, abs=0.7)


def test_that_only_shifts_are_looked_for_where_only_they_are_asked_for() -> None:
    found = Aligner(small(part()), "shift").pose(part(pose=Pose(0.06, 0.04), seed=3))
    assert (found.right, found.down) == pytest.approx((0.06, 0.04), abs=0.005)
    assert found.turn == 0


@pytest.mark.parametrize(
    "other",
    [
        np.full((240, 320, 3), 90, np.uint8),
        np.random.default_rng(0).integers(0, 256, (240, 320, 3), np.uint8),
        np.zeros((1, 1, 3), np.uint8),
        np.zeros((3, 500, 3), np.uint8),
    ],
    ids=["empty", "noise", "one pixel", "a line"],
)
def test_that_something_else_is_left_as_it_is_and_says_so(other: np.ndarray) -> None:
    found = Aligner(small(part()), "rigid").pose(other)
    assert found == Pose()
    assert not found.found
    assert aligned(other, found) is other


def test_that_the_template_is_a_picture_the_others_agree_with() -> None:
    odd = np.random.default_rng(0).integers(0, 256, (240, 320, 3), np.uint8)
    pictures = [odd, *(part(pose=pose, seed=number) for number, pose in enumerate(POSES[:3]))]
    assert (Aligner.of(pictures, "rigid").template != small(odd)).any()
    assert (Aligner.of([odd], "shift").template == small(odd)).all()
