from __future__ import annotations

import numpy as np
import pytest

from inspector.core.errors import OptionError
from inspector.detectors.distances import (
    DISTANCES,
    KNN_NEIGHBOURS,
    LOF_NEIGHBOURS,
    MOST_POINTS,
    Name,
    distance,
    ledoit_wolf,
)
from inspector.detectors.npz import pack, unpack

RNG = np.random.default_rng(0)
NORMAL = (RNG.normal(size=(200, 12)) @ RNG.normal(size=(12, 12)) + 3).astype(np.float32)
OTHERS = (RNG.normal(size=(30, 12)) * 4).astype(np.float32)


@pytest.fixture(params=sorted(DISTANCES))
def name(request: pytest.FixtureRequest) -> Name:
    found: Name = request.param
    return found


def test_that_ledoit_wolf_is_scikit_learns() -> None:
    from sklearn.covariance import ledoit_wolf as theirs

    for points in (NORMAL, NORMAL[:8], NORMAL[:2], RNG.normal(size=(40, 3))):
        centred = points.astype(np.float64) - points.mean(axis=0, dtype=np.float64)
        assert ledoit_wolf(centred) == pytest.approx(theirs(centred, assume_centered=True)[0], rel=1e-9, abs=1e-12)


def test_that_mahalanobis_is_scikit_learns() -> None:
    from sklearn.covariance import LedoitWolf

    theirs = np.sqrt(LedoitWolf().fit(NORMAL.astype(np.float64)).mahalanobis(OTHERS.astype(np.float64)))
    assert DISTANCES["mahalanobis"].fit(NORMAL).score(OTHERS) == pytest.approx(theirs, rel=1e-3)


@pytest.mark.parametrize("count", [200, 21, 5])
def test_that_lof_is_scikit_learns(count: int) -> None:
    from sklearn.neighbors import LocalOutlierFactor

    theirs = LocalOutlierFactor(n_neighbors=min(LOF_NEIGHBOURS, count - 1), novelty=True).fit(NORMAL[:count])
    found = DISTANCES["lof"].fit(NORMAL[:count]).score(OTHERS)
    assert found == pytest.approx(-theirs.score_samples(OTHERS), rel=1e-4)


def test_that_nearest_neighbours_are_those_sorting_finds() -> None:
    every = np.sort(np.linalg.norm(OTHERS[:, np.newaxis] - NORMAL, axis=2), axis=1)[:, :KNN_NEIGHBOURS]
    assert DISTANCES["knn"].fit(NORMAL).score(OTHERS) == pytest.approx(every.mean(axis=1), rel=1e-5)


def test_that_cosine_knows_no_length() -> None:
    fitted = DISTANCES["cosine"].fit(NORMAL)
    assert fitted.score(OTHERS * 7) == pytest.approx(fitted.score(OTHERS), rel=1e-4)
    assert fitted.score(-NORMAL[:1])[0] == pytest.approx(2 - fitted.score(NORMAL[:1])[0], rel=1e-4)


def test_that_what_lies_far_away_scores_higher_than_what_lies_inside(name: Name) -> None:
    fitted = DISTANCES[name].fit(NORMAL[:100])
    assert fitted.score(-NORMAL[100:] * 30).min() > np.quantile(fitted.score(NORMAL[100:]), 0.9)


def test_that_neighbours_in_a_batch_change_nothing_at_all(name: Name) -> None:
    fitted = DISTANCES[name].fit(NORMAL)
    together = fitted.score(OTHERS)
    assert [fitted.score(one[np.newaxis])[0] for one in OTHERS] == together.tolist()
    assert fitted.score(OTHERS[::-1])[::-1].tolist() == together.tolist()


def test_that_saved_arrays_score_the_same_and_run_no_code(name: Name) -> None:
    fitted = DISTANCES[name].fit(NORMAL)
    again = DISTANCES[name].of(unpack(pack(fitted.arrays()), 1 << 24))
    assert again.score(OTHERS).tolist() == fitted.score(OTHERS).tolist()


@pytest.mark.parametrize("points", [NORMAL[:1], NORMAL[:2], np.repeat(NORMAL[:1], 9, axis=0), np.zeros((3, 4), "f4")])
def test_that_few_or_equal_images_give_finite_scores(name: Name, points: np.ndarray) -> None:
    fitted = DISTANCES[name].fit(points.astype(np.float32))
    scores = fitted.score(np.concatenate([points, points + 1, np.zeros_like(points)]).astype(np.float32))
    assert np.isfinite(scores).all()
    assert (scores >= 0).all()


def test_that_what_is_kept_is_bounded(name: Name) -> None:
    many = RNG.normal(size=(3 * MOST_POINTS, 4)).astype(np.float32)
    assert all(len(one) <= MOST_POINTS for one in DISTANCES[name].fit(many).arrays().values())


@pytest.mark.parametrize("points", [np.zeros((0, 4), "f4"), np.zeros(4, "f4"), np.full((3, 4), np.nan, "f4")])
def test_that_what_is_no_embedding_is_refused(name: Name, points: np.ndarray) -> None:
    with pytest.raises(ValueError, match="Expected finite embeddings"):
        DISTANCES[name].fit(points)


def test_that_an_unknown_distance_is_refused_with_those_there_are() -> None:
    with pytest.raises(OptionError, match=r"mahalanobis.*Received: hamming"):
        distance("hamming")
    assert distance("lof") is DISTANCES["lof"]


@pytest.mark.parametrize("which", ["knn", "lof"])
def test_that_points_close_together_far_from_the_origin_are_told_apart(which: Name) -> None:
    points = (1000 + RNG.normal(size=(300, 12)) * 0.01).astype(np.float32)
    others = (1000 + RNG.normal(size=(20, 12)) * 0.01).astype(np.float32)
    near, far = DISTANCES[which].fit(points).score(others), DISTANCES[which].fit(points).score(others + 1)
    assert far.min() > 10 * near.max()


@pytest.mark.parametrize("which", ["knn", "lof"])
def test_that_what_was_saved_before_lengths_were_still_scores_the_same(which: Name) -> None:
    fitted = DISTANCES[which].fit(NORMAL)
    arrays = fitted.arrays()
    del arrays[f"{which}_halves"]
    assert DISTANCES[which].of(arrays).score(OTHERS).tolist() == fitted.score(OTHERS).tolist()
    del arrays[f"{which}_points"]
    with pytest.raises(KeyError, match=f"{which}_points"):
        DISTANCES[which].of(arrays)
