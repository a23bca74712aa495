"""A metric detector that needs no training: its embedding of a picture is what lies where in it, coarsely.

Everything else about it, distances, map, plane and bundle, is what `metric` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx

from inspector.core.events import Epoch
from inspector.detectors.fitted import Networks, Trained
from inspector.detectors.metric.detector import Metric
from inspector.detectors.projection import plane_arrays
from inspector.detectors.runtime import Graph
from tests.detectors.pictures import bad, good, goods

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.core.events import Listener
    from inspector.detectors.fitting import TrainingData

SIDE = 16
_CELL = 4
_PLACES = 4


def coarse_graph(channels: int) -> bytes:
    """An ONNX file: the means of 4x4 cells of a picture, as a unit vector `(N, d)` and as a map that is even."""
    helper, kind, dims = onnx.helper, onnx.TensorProto.FLOAT, (SIDE // _CELL) ** 2 * channels
    whole = [
        ("middle", np.full(1, 0.4, np.float32)),
        ("flat", np.array([-1, 1, 1, dims])),
        ("row", np.array([-1, dims])),
        ("places", np.array([1, _PLACES, _PLACES, 1])),
    ]
    graph = helper.make_graph(
        [
            helper.make_node("Sub", ["image", "middle"], ["shifted"]),
            helper.make_node("Transpose", ["shifted"], ["first"], perm=[0, 3, 1, 2]),
            helper.make_node("AveragePool", ["first"], ["pooled"], kernel_shape=[_CELL, _CELL], strides=[_CELL, _CELL]),
            helper.make_node("Reshape", ["pooled", "row"], ["cells"]),
            helper.make_node("LpNormalization", ["cells"], ["embedding"], axis=-1, p=2),
            helper.make_node("Reshape", ["pooled", "flat"], ["everywhere"]),
            helper.make_node("Expand", ["everywhere", "places"], ["features"]),
        ],
        "coarse",
        [helper.make_tensor_value_info("image", kind, ["N", SIDE, SIDE, channels])],
        [
            helper.make_tensor_value_info("embedding", kind, ["N", dims]),
            helper.make_tensor_value_info("features", kind, ["N", _PLACES, _PLACES, dims]),
        ],
        [onnx.numpy_helper.from_array(value, name) for name, value in whole],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    content: bytes = model.SerializeToString()
    return content


class TemplateMetric(Metric):
    """See the module."""

    def _train(self, data: TrainingData, listener: Listener) -> Trained:
        listener(Epoch(1, 1, {"loss": 1.0}))
        graph = Graph(coarse_graph(data.shape[2]), name="embedding")
        lessons = self._lessons(data)
        arrays = self._arrays({"embedding": graph}, lessons.normal, data.seed) | plane_arrays(
            data, lambda batch: graph(batch)[0]
        )
        return Trained(Networks({"embedding": graph}, arrays), {"loss": [1.0]}, lessons.kinds)


def template_metric(count: int = 60, *, abnormal: int = 6, reference: int = 6, **options: object) -> TemplateMetric:
    """One of drawn pictures, with so many bad ones of the kind `spot` and others of the class `colours`."""
    return TemplateMetric(**({"size": SIDE, "distance": "euclidean"} | options)).fit(
        goods(count),
        abnormal=[(bad(900 + number), "spot") for number in range(abnormal)],
        reference=[(bad(800 + number)[:, ::-1].copy(), "colours") for number in range(reference)],
    )


def save_metric(path: Path, count: int = 60, **options: object) -> Path:
    """The bundle of one."""
    template_metric(count, **options).save(path)  # type: ignore[arg-type]
    return path


def far() -> object:
    """A picture like none of them."""
    return 255 - good(3)
