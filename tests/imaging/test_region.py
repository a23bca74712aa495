from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from inspector.core.errors import OptionError
from inspector.imaging.region import Polygon, Region, rectangle

if TYPE_CHECKING:
    from pathlib import Path

sides = st.integers(1, 90)
shares = st.floats(0, 1)


@st.composite
def boxes(draw: st.DrawFn) -> Polygon:
    left, right = sorted(draw(st.tuples(shares, shares)))
    top, bottom = sorted(draw(st.tuples(shares, shares)))
    assume(left < right and top < bottom)
    return rectangle(left, top, right, bottom)


regions = st.builds(Region, st.lists(boxes(), max_size=3).map(tuple), st.lists(boxes(), max_size=2).map(tuple))


def test_that_no_area_means_the_whole_picture() -> None:
    assert Region().everything
    assert Region().box(7, 9) == (0, 0, 9, 7)
    assert Region().mask(7, 9).all()


@given(rows=st.tuples(st.integers(0, 8), st.integers(0, 8)), columns=st.tuples(st.integers(0, 8), st.integers(0, 8)))
def test_that_relative_edges_lie_on_pixel_edges(rows: tuple[int, int], columns: tuple[int, int]) -> None:
    (top, bottom), (left, right) = sorted(rows), sorted(columns)
    assume(top < bottom and left < right)
    region = Region((rectangle(left / 8, top / 8, right / 8, bottom / 8),))
    mask = region.mask(32, 64)
    expected = np.zeros((32, 64), bool)
    expected[top * 4 : bottom * 4, left * 8 : right * 8] = True
    assert (mask == expected).all()
    assert region.box(32, 64) == (left * 8, top * 4, right * 8, bottom * 4)


@given(region=regions, high=sides, wide=sides)
def test_that_the_box_holds_all_that_is_looked_at(region: Region, high: int, wide: int) -> None:
    x0, y0, x1, y1 = region.box(high, wide)
    assert 0 <= x0 < x1 <= wide
    assert 0 <= y0 < y1 <= high
    mask = region.mask(high, wide)
    assert mask.shape == (high, wide)
    outside = mask.copy()
    outside[y0:y1, x0:x1] = False
    assert not outside.any()


@given(region=regions)
def test_that_a_region_survives_json(region: Region) -> None:
    assert Region.from_json(json.loads(json.dumps(region.as_json()))) == region


def test_that_ignoring_wins_over_looking() -> None:
    both = Region((rectangle(0, 0, 0.5, 1),), (rectangle(0.25, 0, 1, 1),))
    mask = both.mask(4, 8)
    assert mask[:, :2].all()
    assert not mask[:, 2:].any()


def test_that_areas_add_up() -> None:
    two = Region((rectangle(0, 0, 0.25, 1), rectangle(0.75, 0, 1, 1)))
    assert two.mask(1, 4).tolist() == [[True, False, False, True]]
    assert two.box(1, 4) == (0, 0, 4, 1)


def test_that_a_triangle_covers_half_of_its_box() -> None:
    region = Region((((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)),))
    assert region.mask(100, 100).mean() == pytest.approx(0.5, abs=0.02)


def test_that_a_mask_handed_out_cannot_be_spoiled_for_others() -> None:
    with pytest.raises(ValueError, match="read-only"):
        Region((rectangle(0, 0, 0.5, 1),)).mask(4, 4)[0, 0] = False


def test_that_areas_are_read_as_written_on_a_command_line() -> None:
    region = Region.parse(["0.1,0.2,0.5,0.6", "0,0 1,0 0.5,1"], ["0.2,0.2,0.3,0.3"])
    assert region == Region(
        (rectangle(0.1, 0.2, 0.5, 0.6), ((0.0, 0.0), (1.0, 0.0), (0.5, 1.0))), (rectangle(0.2, 0.2, 0.3, 0.3),)
    )


def test_that_a_region_can_stand_in_a_file(tmp_path: Path) -> None:
    region = Region((rectangle(0, 0, 0.5, 0.5),), (rectangle(0.1, 0.1, 0.2, 0.2),))
    file = tmp_path / "bereich für alle.json"
    file.write_text(json.dumps(region.as_json()), encoding="utf-8")
    assert Region.parse([str(file)]) == region


@pytest.mark.parametrize(
    "text",
    [
        "",
        "left,top,right,bottom",
        "0,0,1",
        "0,0,1,1,1",
        "0,0 1,1",
        "0,0 1,0 0.5",
        "0,0,2,1",
        "-0.1,0,1,1",
        "nan,0,1,1",
        "0.5,0,0.5,1",
        "0,0 0.5,0 1,0",
        "inf,0,1,1",
    ],
)
def test_that_what_is_no_area_is_refused_and_shown(text: str) -> None:
    with pytest.raises(OptionError, match=r"^Expected .*Received: "):
        Region.parse([text])


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {"areas": []},
        {"include": "0,0,1,1"},
        {"include": [1]},
        {"include": [[[0, 0], [1, 1]]]},
        {"include": [[[0, 0], [1, 0], [1, None]]]},
        {"ignore": [[["a", "b"], [1, 0], [1, 1]]]},
        {"ignore": {"0": 1}},
        {"include": [[[0, 0, 0], [1, 0, 0], [1, 1, 0]]]},
    ],
)
def test_that_json_that_is_no_region_is_refused(value: Any) -> None:
    with pytest.raises(OptionError, match=r"^Expected .*Received: "):
        Region.from_json(value)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"include": [[[1e999, 0], [0, 1], [1, 1]]]}', "\x00"])
def test_that_a_torn_file_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "region.json"
    file.write_text(text)
    with pytest.raises(OptionError) as caught:
        Region.parse([str(file)])
    assert str(file) in str(caught.value)


def test_that_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"gone\.json"):
        Region.parse([str(tmp_path / "gone.json")])


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from(["include", "ignore", "other"]), inner, max_size=2)
        ),
        max_leaves=20,
    )
)
def test_that_any_json_is_a_region_or_refused(value: Any) -> None:
    try:
        region = Region.from_json(value)
    except OptionError:
        return
    assert region.mask(5, 5).shape == (5, 5)
