"""Large pictures judged in tiles, by detectors that take no time to train."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from inspector.core.errors import Cancelled, OptionError
from inspector.core.events import ignore
from inspector.core.image import check_image
from inspector.detectors import DenseAutoencoder, load
from inspector.detectors import images as training_images
from inspector.detectors.images import PlacedImages, TrainingTiles
from inspector.detectors.patch.padim import Padim
from inspector.detectors.projection import projection_of
from inspector.imaging.placement import Placement
from inspector.imaging.region import Region, rectangle
from inspector.jobs.judging import as_seen, overlay_of, reconstruction_of
from tests.contract.detectors import Heard
from tests.detectors.pictures import SPOT, bad, good, goods
from tests.detectors.template import template
from tests.detectors.template_metric import TemplateMetric

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.core.image import Image

LARGE = (60, 140)


def spotted(number: int = 0, place: tuple[int, int] = (40, 100), size: tuple[int, int] = LARGE) -> Image:
    """A large good picture with a spot of 6 x 6 pixels."""
    image = good(number, size).copy()
    image[place[0] : place[0] + 6, place[1] : place[1] + 6] = 255
    return image


def _peak(detector: Any, measured: Any, size: tuple[int, int]) -> tuple[int, int]:
    where = detector.fitted.placement.onto_picture(measured.map, *size, tiled=measured.tiled)
    y, x = np.unravel_index(int(where.argmax()), where.shape)
    return int(y), int(x)


def tiled(count: int = 60, **options: object) -> Any:
    """Trained on large pictures, 16 pixels a tile."""
    detector = type(template(2))(**({"size": 16, "tiles": 1.0} | options))
    return detector.fit(goods(count, LARGE))


def test_that_a_small_defect_in_a_large_picture_is_found_where_it_is() -> None:
    detector = tiled(score="map")
    assert detector.fitted.record.counts["calibration"] == 12
    for place in ((3, 4), (40, 100), (52, 132), (27, 61)):
        [measured] = detector.measure([spotted(900, place)])
        assert measured.tiled
        assert measured.map is not None
        assert measured.map.shape == LARGE
        assert measured.score > detector.threshold.value
        y, x = _peak(detector, measured, LARGE)
        assert abs(y - place[0] - 3) <= 4
        assert abs(x - place[1] - 3) <= 4
    # Scaled down to 16 pixels the same spot is less than one of them.
    whole = type(detector)(size=16, score="map").fit(goods(60, LARGE))
    [measured] = whole.measure([spotted(900)])
    assert not measured.tiled


def test_that_a_picture_that_fits_is_judged_as_ever() -> None:
    plain = template()
    cut = type(plain)(size=16, tiles=4.0).fit(goods(60))
    small = [bad(901), *goods(3, first=700)]
    assert all(one.tiles is None for one in cut.place(small))
    assert [one.score for one in cut.measure(small)] == [one.score for one in plain.measure(small)]


def test_that_the_score_of_a_picture_is_that_of_its_worst_tile() -> None:
    detector = tiled()
    [placed] = detector.place([spotted(3)])
    assert placed.tiles is not None
    tiles = [np.repeat(placed.tiles.tile(number)[0], 3, axis=2) for number in placed.tiles.seen]
    alone = [one.score for one in detector.measure(tiles)]
    [measured] = detector.measure_placed([placed])
    # Tiles over the lower edge have pixels that do not count; alone they do, mirrored.
    assert measured.score == pytest.approx(max(alone), rel=0.2)


def test_that_neighbours_and_sizes_in_one_batch_change_nothing() -> None:
    detector = tiled(score="map")
    mixed = [spotted(1), good(2, (16, 16)), good(3, (17, 300)), good(4, (9, 9)), spotted(5, (3, 3))]
    together = detector.measure(mixed)
    alone = [detector.measure([one])[0] for one in mixed]
    assert [one.score for one in together] == [one.score for one in alone]
    assert [one.tiled for one in together] == [True, False, True, False, True]


def test_that_maps_kept_of_pictures_in_tiles_give_scores_anew(tmp_path: Path) -> None:
    detector = tiled(40, region=Region((rectangle(0, 0, 1, 0.9),), (rectangle(0, 0, 0.2, 0.5),)))
    detector.save(tmp_path / "bundle")
    again = load(tmp_path / "bundle")
    changes: list[dict[str, Any]] = [{"score": "map", "top": 3}, {"score": "area", "minimum_area": 0.001}]
    for values in changes:
        other = again.judged_by(**values)
        measured = [one.score for one in other.measure(goods(40, LARGE))]
        # These were cross-fitted: each was scored by the mean of others, which differs by a hair.
        assert other.fitted.calibration.normal == pytest.approx(measured, rel=0.2, abs=0.02)
    assert again.fitted.placement == detector.fitted.placement
    assert again.measure([spotted(7)])[0].score == pytest.approx(detector.measure([spotted(7)])[0].score)


def test_that_an_ignored_area_does_not_count_in_tiles() -> None:
    ignored = (0.5, 0.5, 1.0, 1.0)
    detector = tiled(score="map", region=Region((), (rectangle(*ignored),)))
    plain, hidden, seen = detector.measure([good(9, LARGE), spotted(9, (48, 120)), spotted(9, (10, 20))])
    assert hidden.score == pytest.approx(plain.score)
    assert seen.score > detector.threshold.value
    where = detector.fitted.placement.onto_picture(hidden.map, *LARGE, tiled=True)
    assert not where[31:, 71:].any()


def test_that_pictures_of_an_inspection_come_from_all_tiles() -> None:
    detector = tiled()
    image = spotted(11)
    [measured] = detector.measure([image], ("reconstruction",))
    for longest in (None, 70):
        size = LARGE if longest is None else (30, 70)
        for made in (
            reconstruction_of(detector, image, measured, longest=longest),
            overlay_of(detector, image, measured, longest=longest),
            as_seen(detector, image, longest),
        ):
            assert made is not None
            assert check_image(made).shape == (*size, 3)
    seen = as_seen(detector, image, None)
    assert np.abs(seen.astype(int) - image).max() <= 1
    rebuilt = reconstruction_of(detector, image, measured)
    assert rebuilt is not None
    assert rebuilt[43, 103].max() < 200  # the mean of good tiles has no spot


def test_that_judging_tiles_can_be_cancelled() -> None:
    detector = tiled()

    def stop() -> None:
        raise Cancelled

    detector.pulse = stop
    with pytest.raises(Cancelled):
        detector.measure([spotted()])


def test_that_training_sees_tiles_each_picture_read_once() -> None:
    read: list[int] = []

    class Counting(list[Any]):
        def __getitem__(self, index: Any) -> Any:
            read.append(index)
            return super().__getitem__(index)

    pictures = PlacedImages(Counting(goods(5, LARGE)), Placement(16, 16, 1, tiles=1.0), kinds=list("abcde"))
    pictures.read(Heard(), "images")
    assert pictures.in_tiles
    assert pictures.whole(0).tiles is not None
    assert pictures.placed([0])[0].tiles is None
    read.clear()
    tiles = TrainingTiles(pictures, seed=0)
    some, others = tiles.of(pictures.subset([0, 2])), tiles.of(pictures.subset([1, 3, 4]))
    assert set(some.kinds) == {"a", "c"}
    assert some.names == ("",) * len(some)
    assert (some.union(others).indices == tiles.indices).all()
    count = len(pictures.tiles(0))
    assert (len(tiles), tiles.pictures, tiles.subset([0, 1]).pictures) == (5 * count, 5, 1)
    of_one = TrainingTiles(pictures.subset([3]), seed=0)
    assert set(of_one.indices) < set(tiles.indices)  # cross-fitting asks for the same tile by the same index
    assert set(tiles.kinds) == set("abcde")
    batches = [tiles.batch(range(start, min(start + 7, len(tiles)))) for start in range(0, len(tiles), 7)]
    assert sum(map(len, batches)) == len(tiles)
    assert batches[0].shape == (7, 16, 16, 1)
    assert sorted(read) == [0, 1, 2, 3, 4]
    last = tiles.subset([len(tiles) - 1]).placed([0])[0]
    assert (last.pixels == pictures.whole(4).tiles.tile(count - 1)[0]).all()  # type: ignore[union-attr]


def test_that_of_very_many_tiles_some_are_drawn_the_same_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_images, "MOST_TILES", 20)
    pictures = PlacedImages(goods(5, LARGE), Placement(16, 16, 1, tiles=1.0))
    pictures.read(Heard(), "images")
    one, same, other = (TrainingTiles(pictures, seed) for seed in (0, 0, 1))
    assert len(one) == len(other) == 20
    every = [tiles.batch(range(20)) for tiles in (one, same, other)]
    assert (every[0] == every[1]).all()
    assert (every[0] != every[2]).any()


@pytest.mark.training
def test_that_a_patch_detector_finds_a_spot_in_tiles_and_the_way_it_is_kept(tmp_path: Path) -> None:
    size = (150, 330)
    detector = Padim(size=64, tiles=1.0).fit(goods(12, size), abnormal=[(spotted(1, (80, 200), size), "spot")])
    detector.save(tmp_path / "bundle")
    again = load(tmp_path / "bundle")
    [measured, plain] = again.measure([spotted(77, (80, 200), size), good(78, size)])
    assert measured.map is not None
    assert plain.map is not None
    assert measured.map.shape == (19, 42)
    assert measured.score > again.threshold.value > plain.score
    y, x = _peak(again, measured, size)
    assert abs(y - 83) <= 16
    assert abs(x - 203) <= 16
    assert again.judged_by(score="map").measure([good(78, size)])[0].score == pytest.approx(plain.map.max())


@pytest.mark.parametrize(("value", "expected"), [("off", 0.0), ("full", 1.0), ("2.5", 2.5), (0, 0.0), (0.5, 0.5)])
def test_that_a_scale_is_written_as_people_say_it(value: object, expected: float) -> None:
    assert DenseAutoencoder(tiles=value).options.tiles == expected


@pytest.mark.parametrize("value", [0.1, -1, 100, "nan", "big", None])
def test_that_a_scale_that_is_none_is_refused(value: object) -> None:
    with pytest.raises(OptionError, match="tiles"):
        DenseAutoencoder(tiles=value)


def test_that_the_middle_of_a_large_spot_is_found_too() -> None:
    detector = tiled(score="map")
    for number, scale in itertools.product(range(2), (2, 4)):
        size = (32 * scale, 40 * scale)
        [measured] = detector.measure([bad(number, size)])
        assert measured.score > detector.threshold.value
        y, x = _peak(detector, measured, size)
        assert (y / size[0], x / size[1]) == pytest.approx(SPOT, abs=0.2)


def test_that_tiles_of_two_parts_of_the_pictures_come_together_with_their_names() -> None:
    class Named(list[Any]):
        names = tuple(f"{number}.png" for number in range(5))

    pictures = PlacedImages(Named(good(number, (48, 48)) for number in range(5)), Placement(16, 16, 1, tiles=1.0))
    pictures.read(ignore, "pictures")
    first, second, every = (TrainingTiles(pictures.subset(part), seed=0) for part in ([0, 1, 4], [2, 3], range(5)))
    both = first.union(second)
    assert len(both) == len(first) + len(second) == len(every)
    np.testing.assert_array_equal(both.batch(range(len(both))), every.batch(range(len(every))))
    assert both.names == every.names
    assert set(both.names) == set(Named.names)
    assert first.union(pictures.subset([])) is first


def test_that_a_metric_detector_learns_from_tiles_and_shows_some_of_them() -> None:
    detector = TemplateMetric(size=16, tiles=1.0).fit([good(number, (40, 40)) for number in range(12)])
    plane = projection_of(detector)
    assert plane is not None
    assert int((plane.group == 0).sum()) > 12
    [measured] = detector.measure([bad(3, (40, 40))], ["embedding"])
    assert measured.tiled
    assert not plane.within(plane.place(np.asarray(measured.details["embedding"], np.float32)))


@pytest.mark.training
def test_that_of_a_large_picture_the_strangest_tile_is_learned_from_one_click() -> None:
    size = (150, 330)
    detector = Padim(size=64, tiles=1.0).fit(goods(12, size))
    image = spotted(1, (80, 200), size)
    [before, plain] = detector.measure([image, good(50, size)])
    learned = detector.learned([("spotted.png", image)])
    [after, still] = learned.measure([image, good(50, size)])
    assert after.score < before.score
    assert still.score == pytest.approx(plain.score, rel=0.3)
