"""Detectors that take in single pictures without being trained anew."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pytest

from inspector.core.errors import BundleError, DataError, OptionError
from inspector.detectors import METHODS, load
from inspector.detectors import bundle as bundles
from inspector.detectors.bundle.steps import MOST_STEPS
from inspector.detectors.patch import absorbing, patchcore
from inspector.detectors.patch.gaussian import Gaussians
from tests.detectors.pictures import bad, good, goods
from tests.detectors.template import template

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.detectors import Detector

LEARNING = [name for name, one in METHODS.items() if one.LEARNS]
SIZE = (48, 48)
RNG = np.random.default_rng(2)


@pytest.fixture(scope="module")
def trained() -> dict[str, Detector]:
    return {name: METHODS[name](size=48).fit(goods(60, SIZE)) for name in LEARNING}


def scores(detector: Detector, images: list[np.ndarray]) -> np.ndarray:
    return np.array([one.score for one in detector.measure(images)])


def test_that_the_patch_detectors_learn_and_others_say_that_they_cannot() -> None:
    assert set(LEARNING) >= {"padim", "patch-and-pool", "patchcore"}
    with pytest.raises(OptionError, match="cannot take in single images"):
        template().learned([("x", good())])


@pytest.mark.parametrize("name", LEARNING)
def test_that_a_picture_called_fine_scores_much_lower_and_good_ones_as_before(
    trained: dict[str, Detector], name: str
) -> None:
    old = trained[name]
    strange = bad(1, SIZE)
    assert scores(old, [strange])[0] > 2 * old.threshold.value
    before = scores(old, goods(10, SIZE, first=700))
    new = old.learned([("strange.png", strange)])
    assert scores(new, [strange])[0] < 0.3 * scores(old, [strange])[0]
    # And one like it, from another part, too, if not as much.
    assert scores(new, [bad(2, SIZE)])[0] < 0.5 * scores(old, [bad(2, SIZE)])[0]
    after = scores(new, goods(10, SIZE, first=700))
    assert (after <= before * 1.03).all()
    assert np.median(after / before) > 0.85
    # The old one is as it was.
    assert (scores(old, goods(10, SIZE, first=700)) == before).all()
    assert new.threshold == old.threshold
    assert old.learned([("strange.png", strange)]).fitted.golden.scores.tolist() == new.fitted.golden.scores.tolist()


@pytest.mark.parametrize("name", LEARNING)
def test_that_learning_is_recorded_saved_and_taken_back(
    trained: dict[str, Detector], name: str, tmp_path: Path
) -> None:
    path = tmp_path / "bundle"
    old = trained[name]
    old.save(path)
    identity, files = old.identity, {one.name: one.read_bytes() for one in path.iterdir()}
    old.learned([("a.png", bad(1, SIZE)), ("b.png", bad(2, SIZE))]).save(path, undoable=True)
    loaded = load(path)
    assert loaded.identity != identity
    assert loaded.fitted.record.counts["learned"] == 2
    [lesson] = loaded.fitted.record.lessons
    assert [image for image, _ in lesson.images] == ["a.png", "b.png"]
    assert lesson.images[0][1] == hashlib.sha256(bad(1, SIZE).tobytes()).hexdigest()
    assert lesson.when.endswith("+00:00")
    loaded.learned([("c.png", bad(3, SIZE))]).save(path, undoable=True)
    assert len(load(path).fitted.record.lessons) == 2
    bundles.undo(path)
    assert load(path).identity == loaded.identity
    bundles.undo(path)
    assert {one.name: one.read_bytes() for one in path.iterdir()} == files
    assert load(path).identity == identity
    with pytest.raises(BundleError, match="keeps no earlier state"):
        bundles.undo(path)


def test_that_only_the_last_steps_are_kept_and_networks_not_twice(trained: dict[str, Detector], tmp_path: Path) -> None:
    path = tmp_path / "bundle"
    detector = trained["padim"]
    detector.save(path)
    for number in range(MOST_STEPS + 2):
        detector = load(path).learned([(f"{number}.png", bad(number, SIZE))])
        detector.save(path, undoable=True)
    steps = bundles.steps_of(path)
    assert [one.name for one in steps] == [f"{number:04}" for number in range(3, MOST_STEPS + 3)]
    assert not list(path.glob("steps/**/*.onnx"))
    for _ in steps:
        bundles.undo(path)
    assert load(path).fitted.record.counts["learned"] == 2
    trained["padim"].save(path)
    assert not (path / "steps").exists()


def test_that_a_gaussian_with_one_more_picture_of_weight_one_is_that_of_all_of_them() -> None:
    features = RNG.normal(size=(40, 4, 4, 3)).astype(np.float32)
    mean = features[:-1].mean(axis=0)
    left = features[:-1] - mean
    corners = [(slice(y, y + 2), slice(x, x + 2)) for y in (0, 2) for x in (0, 2)]
    own = [np.cov(left[:, y, x].reshape(-1, 3).T, bias=True) for y, x in corners]
    whitening = np.stack([np.linalg.inv(np.linalg.cholesky(one)).T for one in own]).astype(np.float32)
    gaussians = Gaussians(mean, whitening, 2)
    new_mean, new_whitening = absorbing.updated_blocks(
        mean, whitening, features[-1], gaussians.blocks(), images=39, weight=1
    )
    assert new_mean == pytest.approx(features.mean(axis=0), rel=1e-4, abs=1e-5)
    together = features - features.mean(axis=0)
    for number, (y, x) in enumerate(corners):
        expected = np.cov(together[:, y, x].reshape(-1, 3).T, bias=True)
        found = np.linalg.inv(new_whitening[number] @ new_whitening[number].T)
        assert found == pytest.approx(expected, rel=2e-2, abs=2e-2)


def test_that_a_picture_weighs_little_but_something() -> None:
    assert absorbing.weight_of(10) == 1
    assert absorbing.weight_of(400) == pytest.approx(8)


def test_that_a_memory_grows_until_nothing_is_far_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = np.zeros((1, 2), np.float32)
    patches = np.array([[0, 0.5], [10, 0], [10, 0.1], [0, 20]], np.float32)
    grown = absorbing.remembered(memory, patches, 1.0)
    assert grown.tolist() == [[0, 0], [0, 20], [10, 0.10000000149011612]]
    assert absorbing.remembered(memory, patches[:1], 1.0) is memory
    monkeypatch.setattr(absorbing, "MOST_PATCHES", 1)
    assert len(absorbing.remembered(memory, patches, 0.0)) == 2


def test_that_a_memory_that_is_full_says_so(trained: dict[str, Detector], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patchcore, "_MOST_LEARNED", -1990)
    with pytest.raises(DataError, match="Train it anew with the pictures"):
        trained["patchcore"].learned([("x.png", bad(1, SIZE))])


def test_that_a_detector_is_calibrated_anew_on_pictures_it_did_not_learn(trained: dict[str, Detector]) -> None:
    old = trained["padim"]
    new = old.recalibrated(goods(30, SIZE, first=3000))
    assert len(new.fitted.calibration.normal) == 30
    assert new.fitted.record.counts["calibration"] == 30
    assert new.threshold.rule == old.threshold.rule
    assert new.threshold.value == pytest.approx(scores(old, goods(30, SIZE, first=3000)).mean(), rel=0.5)
    assert len(old.fitted.calibration.normal) == 12
    with pytest.raises(DataError, match="Calibrating takes normal images"):
        old.recalibrated([])


def test_that_of_a_picture_in_tiles_the_strange_ones_are_learned() -> None:
    detector = METHODS["padim"](size=32, tiles=1).fit(goods(60, (48, 64)))
    picture = good(500, (48, 64)).copy()
    picture[4:14, 4:14] = 255
    before, after = (one.measure([picture])[0].score for one in (detector, detector.learned([("x", picture)])))
    assert before > detector.threshold.value
    assert after < 0.6 * before
