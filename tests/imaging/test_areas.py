from __future__ import annotations

import numpy as np
import pytest

from inspector.imaging.areas import above, mean_of_top, without_small


def _map() -> np.ndarray:
    """An area of six places, one of two that touch at a corner, and one alone; 1 around them."""
    values = np.ones((10, 12), np.float32)
    values[1:3, 1:4] = 5
    values[5, 5] = values[6, 6] = 4
    values[8, 10] = 9
    return values


@pytest.mark.parametrize(("top", "expected"), [(1, 9.0), (2, 7.0), (8, (9 + 6 * 5 + 4) / 8), (10_000, 158 / 120)])
def test_that_the_mean_is_of_the_highest_values(top: int, expected: float) -> None:
    assert mean_of_top(_map(), top) == pytest.approx(expected)


def test_that_places_above_a_cut_are_counted() -> None:
    assert [above(_map(), cut) for cut in (0.5, 1, 4, 5, 9)] == [120, 9, 7, 1, 0]


@pytest.mark.parametrize(("fewest", "left"), [(1, 9), (2, 8), (2.5, 6), (6, 6), (7, 0)])
def test_that_areas_of_too_few_places_are_not_red_and_all_else_stays(fewest: float, left: int) -> None:
    values = _map()
    values.setflags(write=False)
    calm = without_small(values, 3.3, fewest)
    assert above(calm, 3.3) == left
    same = (calm == values) | (values > 3.3)
    assert same.all()
    assert calm.dtype == np.float32
    assert (calm <= values).all()


def test_that_a_map_without_anything_red_is_given_back() -> None:
    values = _map()
    assert without_small(values, 20, 100) is values
