"""What the autoencoders promise beside what every detector does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from inspector.core.errors import OptionError
from inspector.core.events import Stage
from inspector.detectors import METHODS, load
from inspector.detectors.autoencoder.denoising import CORRUPTIONS, Corruption
from inspector.imaging.corruption import cut_outs, gaussian_noise, scratches
from inspector.imaging.similarity import dissimilarity
from tests.contract.detectors import TINY, Heard, make, trained
from tests.detectors.pictures import bad, goods

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.imaging.placement import Batch

AUTOENCODERS = sorted(name for name in METHODS if name.endswith("autoencoder"))
CONVOLUTIONAL = sorted(set(AUTOENCODERS) - {"dense-autoencoder"})


def grey(count: int = 24) -> Batch:
    return np.full((count, 16, 16, 1), 0.5, np.float32)


def test_that_each_picture_gets_one_of_the_corruptions_by_lot() -> None:
    corrupt = Corruption(("noise", "cut-outs"), 0.1, [])
    damaged = corrupt(grey(), np.random.default_rng(3))
    # Noise touches nearly every value, a cut-out leaves most as they were.
    touched = (damaged != grey()).mean(axis=(1, 2, 3))
    assert set(np.unique(touched > 0.9).tolist()) == {True, False}
    assert touched.min() > 0
    assert (corrupt(grey(), np.random.default_rng(3)) == damaged).all()
    assert (corrupt(grey(), np.random.default_rng(4)) != damaged).any()


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_that_a_corruption_leaves_what_it_was_given_and_stays_within_the_range(name: str) -> None:
    batch = grey()
    batch.setflags(write=False)
    patch = np.random.default_rng(1).random((9, 9, 1), dtype=np.float32)
    damaged = Corruption((name,), 0.4, [patch])(batch, np.random.default_rng(0))
    assert (batch == 0.5).all()
    assert damaged.shape == batch.shape
    assert damaged.dtype == np.float32
    assert 0 <= damaged.min() < damaged.max() <= 1


def test_that_a_corruption_alone_is_what_imaging_does() -> None:
    batch = np.random.default_rng(0).random((5, 16, 16, 3), dtype=np.float32)
    for name, function in (("noise", gaussian_noise), ("scratches", scratches), ("cut-outs", cut_outs)):
        rng, again = np.random.default_rng(7), np.random.default_rng(7)
        again.integers(1, size=5)  # the lots that are drawn even when there is nothing to choose
        assert (Corruption((name,), 0.1, [])(batch, rng) == function(batch, again)).all()


@pytest.mark.parametrize("value", ["", "rust", "noise+", "noise+rust", "noise+noise", "noise,stains", 3])
def test_that_a_corruption_that_is_none_is_refused_with_those_there_are(value: object) -> None:
    with pytest.raises(OptionError, match="corruption") as caught:
        METHODS["denoising-autoencoder"](corruption=value)
    if isinstance(value, str):
        assert all(name in str(caught.value) for name in CORRUPTIONS)


def test_that_names_of_corruptions_are_read_kindly() -> None:
    detector = METHODS["denoising-autoencoder"](corruption=" Stains + cut-outs")
    assert detector.config()["corruption"] == "stains+cut-outs"


def test_that_pasting_takes_abnormal_images_and_says_so_before_keras_is_waited_for() -> None:
    heard = Heard()
    with pytest.raises(OptionError, match=r"abnormal images.*'pasted'"):
        make("denoising-autoencoder", corruption="noise+pasted").fit(goods(4), listener=heard)
    assert [event.name for event in heard.of(Stage)][-1].startswith("Training")


def test_that_abnormal_images_that_are_trained_on_do_not_set_the_threshold() -> None:
    with pytest.raises(OptionError, match="a rule other than best-f1"):
        METHODS["denoising-autoencoder"](corruption="pasted", threshold="best-f1")


@pytest.mark.training
def test_that_pasted_pieces_of_abnormal_images_are_learned_from() -> None:
    few: dict[str, Any] = {"epochs": 2}
    abnormal = [(bad(number), "spot") for number in range(3)]
    plain = make("denoising-autoencoder", **few, corruption="noise").fit(goods(52), abnormal=abnormal)
    pasting = make("denoising-autoencoder", **few, corruption="pasted").fit(goods(52), abnormal=abnormal)
    assert pasting.fitted.record.curves["loss"] != plain.fitted.record.curves["loss"]
    assert pasting.fitted.record.counts["abnormal"] == 3


@pytest.mark.training
def test_that_a_residual_network_takes_nothing_off_before_it_has_learned() -> None:
    from inspector.detectors.autoencoder import network

    batch = np.random.default_rng(0).random((2, 16, 24, 3), dtype=np.float32)
    residual = network.convolutional((16, 24, 3), 4, 0.9, residual=True)
    assert (np.asarray(residual(batch, training=False)) == batch).all()


@pytest.mark.training
def test_that_a_residual_network_finds_what_it_learned_to_undo() -> None:
    detector = make("denoising-autoencoder", corruption="cut-outs", residual=True).fit(goods(52))
    normal = [one.score for one in detector.measure(goods(10, first=900))]
    assert all(one.score > max(normal) for one in detector.measure([bad(number) for number in range(3)]))


@pytest.mark.training
@pytest.mark.parametrize("name", CONVOLUTIONAL)
def test_that_a_dense_code_makes_another_network_that_is_saved_and_judged_alike(name: str, tmp_path: Path) -> None:
    detector = make(name, epochs=1, code=3).fit(goods(52))
    without = make(name, epochs=1, code="published").fit(goods(52))
    assert without.options.model_dump()["code"] == 0
    # A code of 3 numbers for 16 x 16 pixels: two dense layers that the published network does not have.
    assert len(detector.fitted.networks.graphs["autoencoder"].content) != len(
        without.fitted.networks.graphs["autoencoder"].content
    )
    detector.save(tmp_path / "bundle")
    scores = [one.score for one in detector.measure([bad(1), *goods(2)])]
    assert [one.score for one in load(tmp_path / "bundle").measure([bad(1), *goods(2)])] == pytest.approx(scores)


def test_that_a_code_that_is_none_is_refused() -> None:
    for name in AUTOENCODERS:
        wrong: tuple[object, ...] = (-1, 1.5, "many", 100_000)
        for code in wrong:
            with pytest.raises(OptionError, match="code"):
                METHODS[name](code=code)
    for name in CONVOLUTIONAL:
        none: tuple[object, ...] = (0, "none", None, "Published")
        for code in none:
            assert METHODS[name](code=code).config()["code"] == 0
    with pytest.raises(OptionError, match="code"):
        METHODS["dense-autoencoder"](code=0)


@pytest.mark.parametrize("name", CONVOLUTIONAL)
def test_that_a_size_the_network_cannot_halve_twice_is_refused(name: str) -> None:
    with pytest.raises(OptionError, match="divisible by 4"):
        METHODS[name](size=18)


@pytest.mark.training
def test_that_superres_stops_when_it_stops_improving_and_keeps_its_best() -> None:
    detector = make("superres-autoencoder", epochs=500, patience=3).fit(goods(52))
    held_out = detector.fitted.record.curves["val_loss"]
    assert len(held_out) < 500
    assert int(np.argmin(held_out)) == len(held_out) - 4


@pytest.mark.training
def test_that_the_loss_ssim_learns_by_is_the_score_it_judges_by() -> None:
    from inspector.detectors.autoencoder import network

    rng = np.random.default_rng(0)
    one, other = (rng.random((4, 20, 28, 3), dtype=np.float32) for _ in range(2))
    loss = np.asarray(network.dissimilarity_loss((20, 28, 3))(one, other))
    assert loss == pytest.approx(dissimilarity(one, other).mean(axis=(1, 2)), abs=1e-6)


@pytest.mark.training
def test_that_ssims_score_and_map_are_those_of_its_reconstruction() -> None:
    detector = trained("ssim-autoencoder")
    for one in detector.measure([bad(1), *goods(2)], ("reconstruction", "difference")):
        rebuilt = one.details["reconstruction"][np.newaxis].astype(np.float32)
        batch = rebuilt + one.details["difference"].astype(np.float32)
        expected = dissimilarity(batch, rebuilt)[0]
        assert one.map == pytest.approx(expected, abs=1e-5)
        assert one.score == pytest.approx(float(expected.mean()), rel=1e-4)


@pytest.mark.training
@pytest.mark.parametrize("name", AUTOENCODERS)
def test_that_the_highest_value_of_the_map_can_be_the_score(name: str) -> None:
    detector = make(name, score="map", **({"epochs": 1} if "epochs" in TINY[name] else {})).fit(goods(52))
    for one in detector.measure([bad(1), *goods(2)]):
        assert one.map is not None
        assert one.score == float(one.map.max())
    assert detector.unit.startswith("highest")
