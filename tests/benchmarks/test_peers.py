"""The plain scripts that the benchmark `peers` puts beside the patch detectors."""

from __future__ import annotations

import numpy as np
import pytest

from tests.benchmarks.peers import PlainNearest, PlainPadim


def test_that_the_plain_padim_gives_mahalanobis_distances() -> None:
    rng = np.random.default_rng(1)
    features = [rng.normal(size=(3, 5)).astype(np.float32) for _ in range(40)]
    plain = PlainPadim.of(features, 0)
    probe = rng.normal(size=(3, 5)).astype(np.float32) + 3
    stack = np.stack(features)
    distances = []
    for place in range(3):
        covariance = np.cov(stack[:, place].T) + 0.01 * np.eye(5)
        left = probe[place] - stack[:, place].mean(axis=0)
        distances.append(float(np.sqrt(left @ np.linalg.inv(covariance) @ left)))
    assert plain(probe) == pytest.approx(max(distances), rel=1e-4)


def test_that_the_plain_nearest_neighbour_finds_the_patch_farthest_from_all() -> None:
    patches = np.arange(12, dtype=np.float32).reshape(6, 2)
    plain = PlainNearest.of([patches[:3], patches[3:]], 0)
    assert plain(patches) == pytest.approx(0, abs=1e-3)
    assert plain(np.array([[0, 1], [10, 15]], np.float32)) == pytest.approx(4)
