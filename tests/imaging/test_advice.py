from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.imaging.advice import COVERED, advise


@pytest.mark.parametrize(
    ("smallest", "picture", "size", "tiles"),
    [
        (30, (256, 256), 128, 0.0),
        (12, (256, 256), 256, 0.0),
        (10, (250, 630), 256, 0.5),
        (20, (250, 630), 384, 0.0),
        (100, (3000, 4000), 480, 0.0),
        (40, (3000, 4000), 256, 3.0),
        (12, (3000, 4000), 256, 1.0),
        (5, (28, 28), 96, 0.0),
        (200, (400, 400), 64, 0.0),
    ],
)
def test_that_size_and_tiles_follow_from_the_smallest_defect(
    smallest: float, picture: tuple[int, int], size: int, tiles: float
) -> None:
    advice = advise(smallest, *picture)
    assert (advice.size, advice.tiles) == (size, tiles)
    assert str(size) in advice.sentence
    assert (advice.count > 1) == (tiles > 0)


@given(st.floats(0.5, 5000), st.integers(1, 20_000), st.integers(1, 20_000))
def test_that_a_defect_is_seen_or_said_to_be_too_small(smallest: float, height: int, width: int) -> None:
    advice = advise(smallest, height, width)
    assert advice.covered >= min(COVERED, smallest / 0.5) * (1 - 1e-9)
    assert ("hardly enough" in advice.sentence) == (advice.covered < COVERED / 2)


@pytest.mark.parametrize("numbers", [(0, 10, 10), (-1, 10, 10), (float("nan"), 10, 10), (1, 0, 10)])
def test_that_what_is_no_size_is_refused(numbers: tuple[float, int, int]) -> None:
    with pytest.raises(ValueError, match="Received"):
        advise(*numbers)
