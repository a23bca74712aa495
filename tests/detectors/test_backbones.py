"""Where backbones come from, and what is said when they do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from inspector.core.errors import DataError, OptionError
from inspector.detectors import METHODS, backbones
from inspector.detectors.backbones import BUILT_IN, backbone, built_in
from inspector.detectors.patch import distillation
from tests.detectors.pictures import goods

if TYPE_CHECKING:
    from pathlib import Path


def test_that_the_built_in_backbone_is_small_and_gives_maps_at_three_strides() -> None:
    assert built_in().stat().st_size <= 5_000_000
    maps = backbone(BUILT_IN, (64, 96))(np.zeros((2, 64, 96, 3), np.float32))
    assert [one.shape[:3] for one in maps] == [(2, 16, 24), (2, 8, 12), (2, 4, 6)]


def test_that_a_name_that_is_neither_known_nor_a_file_is_refused_before_any_work() -> None:
    with pytest.raises(OptionError, match=r"built-in, mobilenetv2, .* or the path of a weights file.*'nowhere.h5'"):
        METHODS["padim"](size=64, backbone="nowhere.h5").fit(goods(52))


def test_that_a_file_that_is_no_backbone_is_named(tmp_path: Path) -> None:
    for name in ("torn.onnx", "torn.h5"):
        path = tmp_path / name
        path.write_bytes(b"no network")
        with pytest.raises(OptionError, match=name):
            backbone(str(path), (32, 32))


def test_that_a_graph_that_gives_no_feature_maps_is_no_backbone(tmp_path: Path) -> None:
    import onnx
    from onnx import TensorProto, helper

    shape = ["n", "h", "w", 3]
    graph = helper.make_graph(
        [helper.make_node("Flatten", ["images"], ["flat"])],
        "flat",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("flat", TensorProto.FLOAT, ["n", "m"])],
    )
    path = tmp_path / "flat.onnx"
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    path.write_bytes(model.SerializeToString())
    onnx.checker.check_model(model)
    with pytest.raises(OptionError, match=r"flat.onnx is no backbone: expected feature maps"):
        backbone(str(path), (32, 32))


def test_that_weights_that_cannot_be_downloaded_leave_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(_name: str) -> Any:
        def network(**_: Any) -> Any:
            msg = "URL fetch failure"
            raise Exception(msg)  # noqa: TRY002 - that is what Keras raises

        return network

    monkeypatch.setattr(backbones, "_application", offline)
    with pytest.raises(DataError, match=r"weights of mobilenetv2 cannot be downloaded.*built-in backbone, or.*path"):
        backbone("mobilenetv2", (32, 32))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_that_keras_weights_by_path_give_the_networks_own_features(tmp_path: Path) -> None:
    import keras

    network = keras.applications.MobileNetV2(alpha=0.35, include_top=False, weights=None, input_shape=(32, 32, 3))
    path = tmp_path / "mobilenet.weights.h5"
    network.save_weights(path)
    graph = backbone(str(path), (32, 32))
    images = np.random.default_rng(0).random((1, 32, 32, 3)).astype(np.float32)
    inner = keras.Model(network.input, network.get_layer("block_5_add").output)
    assert graph(images)[1] == pytest.approx(np.asarray(inner(images * 2 - 1, training=False)), abs=1e-4)


def test_that_a_backbone_can_be_distilled_and_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distillation, "_BATCH", 2)
    monkeypatch.setattr(distillation, "_STATISTICS", 2)
    pictures = np.random.default_rng(0).integers(0, 256, (4, 130, 140, 3), np.uint8)
    np.save(tmp_path / "crops.npy", pictures)
    out = tmp_path / "out"
    distillation.main([str(tmp_path / "crops.npy"), "--teacher", BUILT_IN, "--minutes", "0.02", "--out", str(out)])
    maps = backbone(str(out / "features.onnx"), (64, 64))(np.zeros((1, 64, 64, 3), np.float32))
    assert [one.shape[3] for one in maps] == [24, 32, 96]


def test_that_crops_are_changed_but_stay_pictures() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (150, 140, 3), np.uint8)
    rng = np.random.default_rng(2)
    crops = [distillation.augmented(picture, rng) for _ in range(12)]
    assert all(one.shape == (distillation.SIDE, distillation.SIDE, 3) and one.dtype == np.float32 for one in crops)
    assert all(one.min() >= 0 and one.max() <= 1 for one in crops)
    assert any((crops[0] != other).any() for other in crops[1:])
