"""What the patch detectors are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from inspector.core.events import Progress, Stage, ignore
from inspector.detectors import METHODS, load
from inspector.detectors.backbones import BUILT_IN, backbone
from inspector.detectors.patch import coreset
from inspector.detectors.patch.anywhere import remember
from inspector.detectors.patch.features import counted, extract
from inspector.detectors.patch.gaussian import Gaussians, Moments
from inspector.detectors.patch.pooled import fit, pool
from inspector.detectors.patch.usual import NEARER, Sums
from inspector.imaging.region import Region, rectangle
from tests.detectors.pictures import bad, good, goods

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

RNG = np.random.default_rng(5)
PATCHES = RNG.normal(size=(60, 5, 6, 7)).astype(np.float32) * np.linspace(0.5, 3, 7, dtype=np.float32) + 4

WIDE = RNG.random((6, 6, 200)).astype(np.float32)


def _all(features: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    return np.ones(features.shape[:3], np.bool_)


def _fitted(features: npt.NDArray[np.float32], side: int) -> Gaussians:
    moments = Moments(features.mean(axis=0), side)
    for start in range(0, len(features), 16):
        moments.add(features[start : start + 16], _all(features[start : start + 16]))
    return moments.fit()


def test_that_distances_are_mahalanobis_distances_of_a_blocks_covariance() -> None:
    gaussians = _fitted(PATCHES, 3)
    probe = RNG.normal(size=(2, 5, 6, 7)).astype(np.float32) + 4
    centred = (PATCHES - PATCHES.mean(axis=0)).astype(np.float64)
    blocks = [centred[:, y : y + 3, x : x + 3].reshape(-1, 7) for y in (0, 3) for x in (0, 3)]
    own = [one.T @ one / len(one) for one in blocks]
    shared = np.mean(own, axis=0)
    weight = len(blocks[3]) / (len(blocks[3]) + 7)
    covariance = weight * own[3] + (1 - weight) * shared + 1e-3 * np.trace(shared) / 7 * np.eye(7)
    left = probe[1, 4, 5] - PATCHES[:, 4, 5].mean(axis=0)
    expected = np.sqrt(left @ np.linalg.inv(covariance) @ left)
    assert gaussians.distances(probe)[1, 4, 5] == pytest.approx(expected, rel=1e-3)


def test_that_moments_of_two_halves_are_those_of_the_whole() -> None:
    offset = PATCHES.mean(axis=0)
    halves = [Moments(offset, 2), Moments(offset, 2)]
    halves[0].add(PATCHES[:23], _all(PATCHES[:23]))
    halves[1].add(PATCHES[23:], _all(PATCHES[23:]))
    both, whole = (halves[0] + halves[1]).fit(), _fitted(PATCHES, 2)
    assert both.mean == pytest.approx(whole.mean, rel=1e-5)
    assert both.distances(PATCHES[:3]) == pytest.approx(whole.distances(PATCHES[:3]), rel=1e-4)


def test_that_what_is_not_looked_at_takes_no_part_in_a_fit() -> None:
    counts = _all(PATCHES)
    counts[:20, :, 2:4] = False
    hidden = PATCHES.copy()
    hidden[~counts] = 1e3
    fits = []
    for features in (PATCHES, hidden):
        moments = Moments(PATCHES.mean(axis=0), 3)
        moments.add(features, counts)
        fits.append(moments.fit())
    assert fits[1].distances(PATCHES) == pytest.approx(fits[0].distances(PATCHES), rel=1e-4)
    assert fits[0].mean[1, 2] == pytest.approx(PATCHES[20:, 1, 2].mean(axis=0), rel=1e-4)


def test_that_a_position_never_looked_at_has_the_mean_of_the_others() -> None:
    counts = _all(PATCHES)
    counts[:, 0, 0] = False
    moments = Moments(PATCHES.mean(axis=0), 3)
    moments.add(PATCHES, counts)
    others = PATCHES.mean(axis=0).reshape(-1, 7)[1:].mean(axis=0)
    assert moments.fit().mean[0, 0] == pytest.approx(others, rel=1e-4)


def test_that_a_place_that_always_varies_does_not_hide_the_others() -> None:
    distances = np.abs(RNG.normal(5, 0.1, (400, 2, 3))).astype(np.float32)
    distances[:, 0, 0] = np.abs(RNG.normal(20, 5, 400))
    sums = Sums(2, 3)
    sums.add(distances[:200], _all(distances[:200]))
    sums.add(distances[200:], _all(distances[200:]))
    usual = sums.usual()
    found = usual.of(distances)
    assert found.min() >= 0
    assert float(found.mean()) == pytest.approx(NEARER, abs=0.3)
    probe = np.full((1, 2, 3), 5, np.float32)
    probe[0, 0, 0], probe[0, 1, 2] = 24, 12
    assert usual.of(probe)[0].argmax() == 5
    assert sums.usual(everywhere=True).of(probe)[0].argmax() == 0


def test_that_distances_all_alike_are_all_usual() -> None:
    sums = Sums(2, 2)
    same = np.zeros((3, 2, 2), np.float32)
    sums.add(same, _all(same))
    assert np.isfinite(sums.usual().of(same + 1)).all()
    assert sums.usual().of(same) == pytest.approx(NEARER)


def test_that_a_part_is_judged_by_what_the_others_remember() -> None:
    near, far = RNG.normal(0, 1, (50, 7)), RNG.normal(30, 1, (50, 7))
    anywhere = remember([near.astype(np.float32), far.astype(np.float32)], 0)
    probe = far[:1].reshape(1, 1, 1, 7).astype(np.float32)
    assert anywhere.distances(probe)[0, 0, 0] == pytest.approx(0, abs=0.1)
    assert anywhere.distances(probe, without=1)[0, 0, 0] > 1


def test_that_normal_patches_lie_about_the_root_of_their_dimensions_away() -> None:
    distances = _fitted(PATCHES, 3).distances(PATCHES)
    assert float((distances**2).mean()) == pytest.approx(7, rel=0.1)


def test_that_pictures_of_one_colour_leave_finite_distances() -> None:
    same = np.ones((4, 2, 2, 3), np.float32)
    assert np.isfinite(_fitted(same, 4).distances(same + 1)).all()
    assert _fitted(same, 4).distances(same).max() == 0


def test_that_features_on_another_grid_are_refused() -> None:
    with pytest.raises(ValueError, match=r"Expected features on a grid \(5, 6, 7\)"):
        _fitted(PATCHES, 3).distances(PATCHES[:, :4])


def test_that_the_memory_holds_the_patches_that_lie_apart() -> None:
    crowd = RNG.normal(0, 0.01, (500, 4)).astype(np.float32)
    lone = np.eye(4, dtype=np.float32) * 10
    heard: list[object] = []
    memory = coreset.choose(np.concatenate([crowd, lone]), 5, 0, heard.append)
    assert len(memory) == 5
    assert all((np.abs(memory - one).sum(axis=1) == 0).any() for one in lone)
    assert heard[0] == Stage("Choosing the patches to remember", 5)
    assert heard[-1] == Progress(5, 5)


def test_that_few_patches_are_all_remembered() -> None:
    few = RNG.normal(size=(7, 3)).astype(np.float32)
    assert coreset.choose(few, 10, 0, ignore) is few


def test_that_nearest_finds_what_brute_force_finds() -> None:
    memory = RNG.normal(size=(50, 7)).astype(np.float32)
    distances, which = coreset.nearest(memory, PATCHES[:2])
    brute = np.linalg.norm(PATCHES[:2, :, :, np.newaxis] - memory, axis=-1)
    assert distances == pytest.approx(brute.min(axis=-1), rel=1e-5)
    assert (which == brute.argmin(axis=-1)).all()
    assert coreset.nearest(memory, memory.reshape(1, 5, 10, 7))[0].max() == 0


def test_that_a_patch_near_a_rare_one_counts_for_more() -> None:
    # Both lie 1 away from the nearest remembered patch; the neighbours of one are as near, of the other far away.
    crowded = np.zeros((10, 2), np.float32)
    rare = np.concatenate([np.zeros((1, 2)), np.full((9, 2), 50)]).astype(np.float32)
    patch = np.array([1, 0], np.float32)
    assert coreset.weight(crowded, patch, 0, 1.0) == pytest.approx(1 - 1 / 9)
    assert coreset.weight(rare, patch, 0, 1.0) == pytest.approx(1)
    assert coreset.weight(rare, patch * 1e4, 0, 1e4) <= 1


def test_that_a_reservoir_keeps_a_bounded_fair_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coreset, "CANDIDATES", 500)
    reservoir = coreset.Reservoir(0)
    for start in range(0, 10_000, 1000):
        reservoir.add(np.arange(start, start + 1000, dtype=np.float32)[:, np.newaxis])
    assert reservoir.patches.shape == (500, 1)
    assert float(reservoir.patches.mean()) == pytest.approx(5000, rel=0.1)


def test_that_pooled_features_count_only_what_is_looked_at() -> None:
    features = PATCHES[:1].copy()
    counts = np.ones((1, 5, 6), np.bool_)
    counts[0, 0] = False
    before = pool(features, counts)
    features[0, 0] = 1000
    assert (pool(features, counts) == before).all()
    assert before.shape == (1, 14)


def test_that_a_whole_picture_unlike_the_others_lies_far_away() -> None:
    normal = RNG.normal(size=(30, 40)).astype(np.float32)
    whole = fit(normal)
    inside, outside = whole.distances(normal), whole.distances(normal + 5)
    assert outside.min() > inside.max()
    assert np.isfinite(fit(normal[:1]).distances(normal)).all()


@pytest.mark.parametrize("shape", [(64, 64), (40, 56), (33, 47), (4, 4)])
def test_that_features_of_any_size_lie_on_one_grid(shape: tuple[int, int]) -> None:
    graph = backbone(BUILT_IN, shape)
    batch = RNG.random((2, *shape, 1)).astype(np.float32)
    features = extract(graph, batch)
    assert features.shape[:3] == (2, -(-shape[0] // 8), -(-shape[1] // 8))
    assert features.dtype == np.float32
    # Grey goes in as three equal channels, and no image knows of its neighbours.
    assert (extract(graph, np.repeat(batch[1:], 3, axis=3))[0] == features[1]).all()


def test_that_maps_of_more_channels_than_opencv_takes_are_averaged() -> None:
    class Wide:
        def __call__(self, batch: npt.NDArray[np.float32]) -> list[npt.NDArray[np.float32]]:
            del batch
            return [WIDE[np.newaxis, ::2, ::2], WIDE[np.newaxis]]

    found = extract(Wide(), np.zeros((1, 16, 16, 3), np.float32))  # type: ignore[arg-type]
    # The second map gives the grid; the middle of nine patches is their mean.
    assert found.shape == (1, 6, 6, 400)
    assert found[0, 2, 3, 200:] == pytest.approx(WIDE[1:4, 2:5].mean(axis=(0, 1)), rel=1e-5)


def test_that_a_patch_counts_when_half_of_it_does() -> None:
    mask = np.zeros((1, 16, 16), np.bool_)
    mask[0, :, :12] = True
    assert counted(mask, (1, 2, 2)).tolist() == [[[True, True], [True, True]]]
    mask[0, :, 11:] = False
    assert counted(mask, (1, 2, 2)).tolist() == [[[True, False], [True, False]]]
    thin = np.zeros((1, 16, 16), np.bool_)
    thin[0, 3, 3] = True
    assert counted(thin, (1, 2, 2)).tolist() == [[[True, False], [False, False]]]
    assert counted(None, (1, 2, 2)).all()


@pytest.mark.parametrize("method", ["padim", "patchcore", "patch-and-pool"])
def test_that_a_defect_beside_an_ignored_area_is_neither_hidden_nor_spread(method: str) -> None:
    region = Region((), (rectangle(0.6, 0.0, 1.0, 1.0),))
    detector = (
        METHODS[method](size=64, region=region, memory=100)
        if method == "patchcore"
        else METHODS[method](size=64, region=region)
    )
    detector.fit(goods(52))
    ok, ng = detector.measure([good(3000), bad(3000)])
    assert ng.score > ok.score
    assert ng.map is not None
    assert not ng.map[:, -2:].any()


def test_that_a_saved_detector_needs_no_backbone_file(tmp_path: Path) -> None:
    copy = tmp_path / "mine.onnx"
    copy.write_bytes(backbone(BUILT_IN, (64, 64)).content)
    detector = METHODS["padim"](size=64, backbone=str(copy)).fit(goods(52))
    detector.save(tmp_path / "bundle")
    copy.unlink()
    again = load(tmp_path / "bundle")
    assert again.measure([bad()])[0].score == pytest.approx(detector.measure([bad()])[0].score, rel=1e-5)


def test_that_the_mean_of_the_highest_values_can_be_the_score() -> None:
    one, many = (METHODS["padim"](size=64, top=top).fit(goods(52)) for top in (1, 5))
    [first], [second] = one.measure([bad()]), many.measure([bad()])
    assert first.map is not None
    assert first.score == pytest.approx(float(first.map.max()))
    assert second.score == pytest.approx(float(np.sort(first.map.ravel())[-5:].mean()), rel=1e-5)
