"""Pictures in tiles: where they lie, and that what is found in them comes together without seams."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.imaging.placement import NEUTRAL, Placement
from inspector.imaging.region import Region, rectangle
from inspector.imaging.tiles import STEP, Grid, Stitch, Tiles


def _noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


SIDES = st.integers(1, 700)


@given(SIDES, SIDES, st.sampled_from([(16, 16), (96, 64), (28, 28), (250, 250)]), st.floats(0, 0.75))
def test_that_tiles_cover_a_picture_and_overlap_as_asked(
    height: int, width: int, side: tuple[int, int], overlap: float
) -> None:
    grid = Grid.over(height, width, side, overlap)
    for length, starts, one, padded in zip((height, width), (grid.tops, grid.lefts), side, grid.padded, strict=True):
        assert starts[0] == 0
        assert length <= padded
        assert padded == one or padded < length + STEP
        assert all(start % STEP == 0 for start in starts)
        steps = np.diff(starts)
        assert (steps > 0).all()
        assert (steps <= max(one * (1 - overlap), STEP) + STEP / 2).all()


@pytest.mark.parametrize("cells", [1, 8])
@pytest.mark.parametrize("size", [(250, 630), (97, 97), (500, 64)])
def test_that_maps_of_tiles_come_together_as_the_map_of_the_whole(size: tuple[int, int], cells: int) -> None:
    grid = Grid.over(*size, (96, 96), 0.25)
    rows, columns = (one // cells for one in grid.padded)
    y, x = np.mgrid[:rows, :columns]
    whole = (np.sin(y / 7) + np.cos(x / 5) + 3).astype(np.float32)
    stitch = Stitch(grid)
    for number in range(len(grid)):
        down, across = (slice(one.start // cells, one.stop // cells) for one in grid.slices(number))
        stitch.add(number, whole[down, across])
    together = stitch.whole()
    assert together.shape == tuple(-(-one // cells) for one in size)
    assert together == pytest.approx(whole[: together.shape[0], : together.shape[1]], abs=1e-5)


def test_that_values_between_the_cells_come_together_too() -> None:
    grid = Grid.over(300, 400, (96, 96), 0.3)
    stitch = Stitch(grid)
    for number in range(len(grid)):
        down, across = grid.slices(number)
        middles = np.mgrid[:5, :5] * (96 / 5) + 96 / 10
        stitch.add(number, (down.start + middles[0] + 2 * (across.start + middles[1])).astype(np.float32))
    together = stitch.whole()
    y, x = (np.mgrid[: together.shape[0], : together.shape[1]] + 0.5) * 96 / 5
    inside = (slice(1, -2), slice(1, -2))  # at the edge of a tile a value is repeated
    assert together[inside] == pytest.approx((y + 2 * x)[inside], abs=20)
    assert np.abs(np.diff(together, 2, axis=0))[inside].max() < 12


def test_that_tiles_that_disagree_leave_no_step() -> None:
    grid = Grid.over(96, 400, (96, 96), 0.25)
    stitch = Stitch(grid)
    for number in range(len(grid)):
        # Each tile has its own height, and its edge columns are wrong altogether.
        values = np.full((96, 96), number % 2, np.float32)
        values[:, [0, -1]] = 50
        stitch.add(number, values)
    steps = np.abs(np.diff(stitch.whole()[48]))
    # Not at the picture's own edges, where there is but one tile.
    assert steps[2:-2].max() < 0.2


def test_that_colours_come_together_as_well() -> None:
    image = _noise(200, 130).astype(np.float32)
    grid = Grid.over(200, 130, (64, 64), 0.5)
    stitch = Stitch(grid)
    padded = np.pad(image, ((0, grid.padded[0] - 200), (0, grid.padded[1] - 130), (0, 0)), mode="edge")
    for number in range(len(grid)):
        stitch.add(number, padded[grid.slices(number)])
    assert stitch.whole() == pytest.approx(image, abs=1e-3)


def test_that_nothing_added_is_no_map() -> None:
    with pytest.raises(ValueError, match="at least one tile"):
        Stitch(Grid.over(100, 100, (64, 64), 0.25)).whole()


def test_that_only_pictures_larger_than_the_input_are_cut() -> None:
    placement = Placement(64, 96, tiles=1.0)
    assert placement.place(_noise(64, 96)).tiles is None
    assert placement.place(_noise(10, 20)).tiles is None
    assert Placement(64, 96).place(_noise(640, 960)).tiles is None
    tiles = placement.place(_noise(65, 20)).tiles
    assert tiles is not None
    assert (len(tiles.grid), tiles.picture.shape) == (2, (65, 20, 3))
    coarse = Placement(64, 96, tiles=4.0)
    assert coarse.place(_noise(256, 300)).tiles is None
    assert coarse.place(_noise(300, 300)).tiles is not None


def test_that_at_full_resolution_tiles_hold_the_pictures_own_pixels() -> None:
    image = _noise(250, 630)
    placed = Placement(256, 256, tiles=1.0).place(image)
    assert placed.tiles is not None
    assert (placed.tiles.picture == image).all()
    assert placed.tiles.share == 1.0
    for number in placed.tiles.seen:
        pixels, mask = placed.tiles.tile(number)
        assert pixels.shape == (256, 256, 3)
        assert mask is not None
        assert not mask[250:].any()
        down, across = placed.tiles.grid.slices(number)
        part = image[down, across]
        assert (pixels[: part.shape[0], : part.shape[1]] == part).all()
    # Beside the tiles, how the picture looks as a whole, its aspect kept.
    assert placed.pixels.shape == (256, 256, 3)


def test_that_a_picture_of_250_x_630_is_never_squashed() -> None:
    image = np.zeros((250, 630, 3), np.uint8)
    image[100:150, 200:250] = 255  # a square
    for placement in (Placement(256, 256), Placement(256, 256, tiles=1.0)):
        placed = placement.place(image)
        pixels = placed.pixels if placed.tiles is None else placed.tiles.picture
        rows, columns = (np.flatnonzero((pixels[:, :, 0] > 127).any(axis=axis)) for axis in (1, 0))
        assert len(rows) / len(columns) == pytest.approx(1, abs=0.06)


def test_that_a_region_holds_for_tiles() -> None:
    region = Region((rectangle(0.25, 0, 1, 1),), (rectangle(0.375, 0, 0.875, 0.5),))
    placed = Placement(64, 64, 1, region=region, tiles=1.0).place(_noise(400, 400))
    tiles = placed.tiles
    assert tiles is not None
    assert tiles.mask is not None
    assert tiles.picture.shape == (400, 300, 1)
    assert (tiles.picture[:200, 50:250] == NEUTRAL).all()
    assert tiles.share == pytest.approx(2 / 3, abs=0.01)
    assert len(tiles.seen) < len(tiles.grid)  # some lie in what is ignored altogether
    back = Placement(64, 64, 1, region=region, tiles=1.0).onto_picture(
        np.ones((400, 300), np.float32), 400, 400, tiled=True
    )
    assert back[:, 100:].sum() == pytest.approx(400 * 300 - 200 * 200)
    assert not back[:, :100].any()


def test_that_a_map_from_tiles_lies_where_the_picture_is_at_any_size() -> None:
    placement = Placement(64, 64, tiles=1.0)
    found = np.zeros((50, 100), np.float32)
    found[10:15, 60:70] = 1
    for scale in (1, 3):
        where = placement.onto_picture(found, 400 // scale, 800 // scale, tiled=True)
        y, x = np.unravel_index(int(where.argmax()), where.shape)
        assert (y * scale / 400, x * scale / 800) == pytest.approx((0.25, 0.65), abs=0.06)


def test_that_a_tile_nobody_looks_at_is_left_out_but_never_all() -> None:
    grid = Grid.over(100, 100, (64, 64), 0.25)
    pixels = np.zeros((*grid.padded, 1), np.uint8)
    assert Tiles.of(grid, pixels, np.zeros(grid.padded, np.bool_)).seen == tuple(range(len(grid)))
    mask = np.zeros(grid.padded, np.bool_)
    mask[:5, :5] = True
    assert Tiles.of(grid, pixels, mask).seen == (0,)
