from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from inspector.detectors import load
from inspector.detectors.metric.detector import Metric
from inspector.detectors.projection import (
    DAMAGED,
    MOST_NORMAL,
    RING,
    Group,
    Projection,
    circle,
    circles,
    project,
    projection_of,
)
from tests.contract.detectors import TINY, trained
from tests.detectors.pictures import bad, good, goods
from tests.detectors.template import template

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

DIMS = 12


def group(name: str, count: int, at: int | None = None, *, wide: float = 0.1, seed: int = 0) -> Group:
    """Points around a place on one of the axes of the embedding, each with a picture of one grey."""
    rng = np.random.default_rng([seed, count])
    points = rng.normal(0, wide, (count, DIMS))
    points[:, 0] *= 5  # the noise is largest where nothing is to be told apart
    if at is not None:
        points[:, at] += 3
    pictures = np.full((count, 4, 4, 3), count, np.uint8)
    return Group(name, points.astype(np.float32), pictures, tuple(f"{name} {number}.png" for number in range(count)))


def apart(plane: Projection, name: str) -> npt.NDArray[np.float32]:
    return np.asarray(plane.points[plane.group == plane.groups.index(name)])


def test_that_classes_lie_apart_in_the_plane_though_the_noise_is_larger_elsewhere() -> None:
    plane = project([group("normal", 50), group("abnormal dent", 9, 3), group("reference cat", 30, 7)])
    assert plane.by == "lda"
    for name in plane.groups[1:]:
        assert np.linalg.norm(apart(plane, name).mean(axis=0)) == pytest.approx(3, abs=0.4)
        assert not any(plane.within((float(x), float(y))) for x, y in apart(plane, name))


def test_that_without_classes_the_plane_is_that_of_the_largest_spread() -> None:
    plane = project([group("normal", 50)])
    assert plane.by == "pca"
    assert abs(plane.axes[0, 0]) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("count", [1, 2, 3, 40])
def test_that_the_plane_shows_true_distances_and_the_ring_holds_most_normal_points(count: int) -> None:
    plane = project([group("normal", count), group("abnormal dent", 2, 3)])
    np.testing.assert_allclose(plane.axes @ plane.axes.T, np.eye(2), atol=1e-5)
    inside = [plane.within((float(x), float(y))) for x, y in apart(plane, "normal")]
    assert np.mean(inside) >= RING - 1 / count
    furthest = max(plane.times((float(x), float(y))) for x, y in plane.points)
    drawn = plane.drawn(plane.points)
    np.testing.assert_allclose(np.linalg.norm(drawn, axis=1).max(), np.log1p(furthest), rtol=1e-4)
    edge = plane.centre + plane.ring @ np.array([0.6, 0.8])
    np.testing.assert_allclose(plane.drawn([edge]), [np.log1p(1) * np.array([0.6, 0.8])], atol=1e-3)


def test_that_lines_to_go_by_reach_as_far_as_the_points() -> None:
    assert circles(0.5) == [1]
    assert circles(35) == [1, 3, 10, 30]
    np.testing.assert_allclose(np.linalg.norm(circle(9), axis=1), np.log(10), rtol=1e-5)


def test_that_an_embedding_lies_where_the_training_s_own_do() -> None:
    normal = group("normal", 20)
    plane = project([normal, group("abnormal dent", 5, 3)])
    for embedding, point in zip(normal.embeddings, plane.points, strict=False):
        assert plane.place(embedding) == pytest.approx(tuple(point), abs=1e-5)


def test_that_a_plane_goes_through_plain_arrays() -> None:
    plane = project([group("normal", 5), group("abnormal a b", 3, 2)])
    again = Projection.of(plane.arrays())
    assert again is not None
    assert (again.groups, again.names, again.by) == (plane.groups, plane.names, plane.by)
    np.testing.assert_array_equal(again.pictures, plane.pictures)
    np.testing.assert_array_equal(again.points, plane.points)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("axes", np.zeros((2, 3), np.float32)),
        ("group", np.array([9] * 8)),
        ("ring", np.zeros((2, 2), np.float32)),
        ("points", np.full((8, 2), np.nan, np.float32)),
        ("pictures", np.zeros((8, 4, 4), np.uint8)),
        ("names", np.zeros(8)),
        ("by", np.array([], "<U3")),
    ],
)
def test_that_arrays_that_do_not_fit_each_other_are_no_plane(name: str, value: npt.NDArray[np.generic]) -> None:
    arrays = project([group("normal", 5), group("abnormal dent", 3, 2)]).arrays()
    assert Projection.of(arrays) is not None
    assert Projection.of(arrays | {f"plane_{name}": value}) is None


class Named(list):  # type: ignore[type-arg]
    """Images whose files have names."""

    names: list[str]


@pytest.mark.training
@pytest.mark.timeout(300)
def test_that_a_metric_detector_keeps_its_plane_in_its_bundle(tmp_path: Path) -> None:
    images = Named(goods(30))
    images.names = [f"line 2/{number}.png" for number in range(30)]
    abnormal = [(bad(number), "spot") for number in range(4)]
    detector = Metric(**(TINY["metric"] | {"epochs": 2})).fit(
        images, abnormal=abnormal, reference=[(good(900 + number, colour=True), "other") for number in range(6)]
    )
    detector.save(tmp_path / "bundle")
    plane = projection_of(load(tmp_path / "bundle"))
    assert plane is not None
    assert plane.groups == ("normal", "abnormal spot", "reference other")
    assert np.bincount(plane.group).tolist() == [30, 4, 6]
    assert plane.names[3] == "3.png"
    assert plane.pictures.shape == (40, 36, 36, 3)
    [measured] = detector.measure([images[3]], ["embedding"])
    assert plane.place(measured.details["embedding"].astype(np.float32)) == pytest.approx(
        tuple(plane.points[3]), abs=1e-4
    )


@pytest.mark.training
@pytest.mark.timeout(300)
def test_that_with_nothing_else_normal_images_are_seen_against_damaged_copies() -> None:
    plane = projection_of(trained("metric"))
    assert plane is not None
    assert plane.groups == ("normal", DAMAGED)
    assert 0 < int((plane.group == 0).sum()) <= MOST_NORMAL


def test_that_where_there_is_no_embedding_there_is_no_plane() -> None:
    assert projection_of(template()) is None
    assert projection_of(Metric()) is None
    assert projection_of(None) is None
