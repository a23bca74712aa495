"""What metric learning is made of: the classes it learns from, its networks and losses, and its options."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from inspector.core.errors import OptionError
from inspector.detectors import METHODS, load
from inspector.detectors.backbones import built_in
from inspector.detectors.fitting import TrainingData
from inspector.detectors.images import PlacedImages
from inspector.detectors.metric.detector import Metric
from inspector.detectors.metric.lessons import Lessons
from inspector.detectors.metric.made import MADE
from inspector.detectors.metric.references import built_in_references
from inspector.detectors.metric.stem import stem_features
from inspector.detectors.runtime import Graph
from inspector.imaging.augmentation import Augmentation
from inspector.imaging.placement import Placement
from tests.contract.detectors import METRIC
from tests.detectors.pictures import bad, good, goods

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from inspector.core.image import Image

PLACEMENT = Placement(24, 24, channels=1)


def placed(images: Sequence[Image], kinds: Sequence[str] = ()) -> PlacedImages:
    return PlacedImages(images, PLACEMENT, kinds=kinds)


def data_of(abnormal: Sequence[str] = ()) -> TrainingData:
    normal = placed(goods(12))
    return TrainingData(
        normal.subset(np.arange(2, 12)),
        normal.subset([0, 1]),
        placed([bad(number) for number in range(len(abnormal))], abnormal),
        placed([]),
        PLACEMENT,
        0,
    )


def lessons_of(data: TrainingData, **options: Any) -> Lessons:
    return Lessons(data, Augmentation(), **({"images": 20} | options))


def drawn(lessons: Lessons) -> tuple[np.ndarray, np.ndarray]:
    return lessons.batch(lessons.epoch(np.random.default_rng(0)), np.random.default_rng(1))


def test_that_images_kept_to_stop_early_by_are_learned_from_too() -> None:
    assert len(lessons_of(data_of()).normal) == 12


def test_that_each_kind_is_a_class_and_drawn_as_often_as_normal_images() -> None:
    lessons = lessons_of(data_of(["dent", "dent", "spot"]), learn_abnormal=True)
    assert lessons.classes == ("normal", "abnormal dent", "abnormal spot")
    assert lessons.kinds == ("dent", "spot")
    assert drawn(lessons)[1].sum(axis=0).tolist() == [20, 20, 20]


def test_that_kinds_are_left_out_where_they_are_not_to_be_learned() -> None:
    lessons = lessons_of(data_of(["dent"]), made=["covered"])
    assert lessons.kinds == ()
    assert lessons.classes == ("normal", "made covered")


def test_that_a_weight_is_that_of_its_kind_alone() -> None:
    lessons = lessons_of(data_of(["dent", "spot"]), learn_abnormal=True, weights={"dent": 4.0, "unheard of": 2.0})
    _, targets = drawn(lessons)
    assert sorted(set(targets[:, 1])) == [0, 4]
    assert sorted(set(targets[:, 2])) == [0, 1]


def test_that_a_kind_that_counts_nothing_is_not_learned_from() -> None:
    lessons = lessons_of(data_of(["dent", "spot"]), learn_abnormal=True, weights={"dent": 0.0})
    assert lessons.kinds == ("spot",)
    assert not any("dent" in name for name in lessons.classes)


def test_that_references_are_all_shown_and_few_ones_repeated() -> None:
    few, many = placed(goods(3), ["cat", "dog", "dog"]), placed(goods(50), ["car"] * 50)
    lessons = lessons_of(data_of(), references=[few, many])
    assert lessons.classes == ("normal", "reference car", "reference cat", "reference dog")
    assert drawn(lessons)[1].sum(axis=0)[:2].tolist() == [20, 50]
    assert drawn(lessons)[1].sum() == 20 + 50 + 20


def test_that_half_of_a_balanced_epoch_is_normal() -> None:
    targets = drawn(lessons_of(data_of(), made=["covered", "pasted"], balanced=True))[1]
    assert targets[:, 0].sum() == targets[:, 1:].sum() == 40


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize("shape", [(24, 24, 1), (20, 31, 3)])
def test_that_made_classes_differ_from_normal_images_and_keep_their_form(name: str, shape: tuple[int, ...]) -> None:
    batch = np.random.default_rng(0).random((6, *shape), dtype=np.float32)
    before = batch.copy()
    made = MADE[name](batch, np.random.default_rng(1))
    assert made.shape == batch.shape
    assert made.dtype == np.float32
    assert np.array_equal(batch, before)
    assert all(not np.array_equal(one, other) for one, other in zip(made, batch, strict=True))
    assert ((made >= 0) & (made <= 1)).all()
    assert np.array_equal(made, MADE[name](batch, np.random.default_rng(1)))


def test_that_built_in_references_are_many_classes_of_pictures_that_differ() -> None:
    found = built_in_references(PLACEMENT)
    assert len(set(found.kinds)) == 15
    pixels = found.batch(range(len(found)))
    assert len(np.unique(pixels.reshape(len(pixels), -1), axis=0)) == len(found) == 760


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"kind_weights": "dent"}, "pairs of a kind and a weight"),
        ({"kind_weights": "dent=-1"}, "pairs of a kind and a weight"),
        ({"kind_weights": "dent=nan"}, "pairs of a kind and a weight"),
        ({"made": "painted"}, "auto, none, or one of pasted"),
        ({"made": "pasted+none"}, "auto, none, or one of pasted"),
        ({"network": "mobilenetv2", "size": 24}, "at least 32 pixels"),
        ({"size": 12}, "at least 15 pixels"),
    ],
)
def test_that_a_wrong_option_is_explained(options: dict[str, Any], text: str) -> None:
    with pytest.raises(OptionError, match=text):
        Metric(**options)


def test_that_kind_weights_are_read() -> None:
    weights = Metric(kind_weights="metal=5, deep scratch=1.5").options.weight_of
    assert weights == {"metal": 5.0, "deep scratch": 1.5}


def test_that_the_network_follows_from_whether_there_are_references() -> None:
    options = Metric().options
    assert options.network_for(references=True) == "small"
    assert options.network_for(references=False) == "built-in"
    assert Metric(size=24).options.network_for(references=False) == "small"
    assert Metric(network="light").options.network_for(references=False) == "light"
    assert options.all_stages("built-in")
    assert not options.all_stages("small")
    assert Metric(layers="stages").options.all_stages("small")


@pytest.mark.parametrize("size", [(64, 64), (40, 72), (33, 50)])
@pytest.mark.parametrize("channels", [1, 3])
def test_that_a_stem_sees_each_image_by_itself(size: tuple[int, int], channels: int) -> None:
    backbone = Graph(built_in().read_bytes())
    batch = np.random.default_rng(0).random((3, *size, channels), dtype=np.float32)
    together = stem_features(backbone, batch)
    assert together.shape[1:3] == (-(-size[0] // 8), -(-size[1] // 8))
    for image, features in zip(batch, together, strict=True):
        assert stem_features(backbone, image[np.newaxis])[0] == pytest.approx(features, rel=1e-5, abs=1e-6)


@pytest.mark.training
@pytest.mark.timeout(300)
def test_that_what_is_learned_behind_the_stem_finds_a_defect_after_loading(tmp_path: Path) -> None:
    detector = Metric(size=48, epochs=1, images=32, batch=16).fit(goods(52))
    assert set(detector.fitted.networks.graphs) == {"embedding", "stem"}
    detector.save(tmp_path / "bundle")
    again = load(tmp_path / "bundle")
    normal = [one.score for one in again.measure(goods(30, first=1000))]
    for one in again.measure([bad(number) for number in range(2000, 2005)]):
        assert one.score > max(normal)
        assert one.score > again.threshold.value


@pytest.mark.training
def test_that_compactness_is_the_published_formula() -> None:
    from inspector.detectors.metric import network

    rng = np.random.default_rng(0)
    normal, other = rng.normal(size=(5, 4)), rng.normal(size=(3, 4))
    answers = np.concatenate([np.full((8, 2), 0.5), np.concatenate([normal, other])], axis=1).astype(np.float32)
    targets = np.array([[1, 0, 0]] * 5 + [[0, 1, 0]] * 3, np.float32)
    apart = [one - np.delete(normal, place, axis=0).mean(axis=0) for place, one in enumerate(normal)]
    compactness = np.mean([one @ one for one in apart])
    loss = float(network.compact_and_descriptive(2, 0.3)(targets, answers))
    assert loss == pytest.approx(np.log(2) + 0.3 * compactness, rel=1e-4)


@pytest.mark.training
@pytest.mark.timeout(300)
@pytest.mark.parametrize("method", ["metric", "doc"])
def test_that_neighbours_in_a_batch_change_no_embedding(method: str) -> None:
    detector = METHODS[method](**METRIC | {"epochs": 1}).fit(goods(52))
    images = [bad(3), *goods(9, first=90)]
    together = [one.details["embedding"] for one in detector.measure(images, ["embedding"])]
    for image, embedding in zip(images, together, strict=True):
        [alone] = detector.measure([image], ["embedding"])
        assert alone.details["embedding"] == pytest.approx(embedding, rel=1e-4, abs=1e-6)


@pytest.mark.training
@pytest.mark.timeout(300)
def test_that_a_bundle_says_which_kinds_were_learned_from(tmp_path: Path) -> None:
    given = [(bad(number), "spot") for number in range(3)]
    detector = Metric(**METRIC | {"epochs": 1}).fit(goods(52), abnormal=given)
    detector.save(tmp_path / "bundle")
    assert list(load(tmp_path / "bundle").fitted.record.learned) == ["spot"]
    manifest = json.loads((tmp_path / "bundle" / "bundle.json").read_text(encoding="utf-8"))
    assert manifest["record"]["learned"] == ["spot"]
    judged = Metric(**METRIC | {"epochs": 1}, threshold="best-f1").fit(goods(52), abnormal=given)
    assert list(judged.fitted.record.learned) == []


@pytest.mark.training
@pytest.mark.timeout(300)
def test_that_mobilenet_can_be_trained_and_judges_each_image_by_itself(tmp_path: Path) -> None:
    options = METRIC | {"network": "mobilenetv2", "epochs": 1, "size": 32, "images": 8, "made": "covered"}
    with pytest.raises(OptionError, match="the path of a file"):
        Metric(**options, weights=str(tmp_path / "nothing.h5")).fit(goods(52))
    detector = Metric(**options).fit(goods(52))
    images = [good(70), bad(71)]
    [score] = [one.score for one in detector.measure(images[:1])]
    assert score == pytest.approx(detector.measure(images)[0].score, rel=1e-4)


@pytest.mark.training
@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_that_mobilenet_starts_from_a_file_of_its_own_width_only(tmp_path: Path) -> None:
    import keras

    from inspector.detectors.metric.mobilenet import mobilenet

    path = tmp_path / "narrow.weights.h5"
    whole = keras.applications.MobileNetV2(include_top=False, input_shape=(32, 32, 3), alpha=0.35, weights=None)
    whole.save_weights(path)
    batch = np.random.default_rng(0).random((2, 32, 32, 3), dtype=np.float32)
    wanted = keras.Model(whole.input, whole.get_layer("block_12_add").output)(batch * 2 - 1)
    found = mobilenet((32, 32, 3), 0.35, str(path))(batch)
    assert [one.shape[1] for one in found] == [8, 4, 2]
    assert np.asarray(found[-1]) == pytest.approx(np.asarray(wanted), rel=1e-4, abs=1e-5)
    with pytest.raises(OptionError, match="no weights of a MobileNetV2"):
        mobilenet((32, 32, 3), 0.5, str(path))
