"""A dense autoencoder that needs no training: it rebuilds every picture as the mean of the normal ones.

Everything else about it is real, so that bundles, jobs and commands are tested in no time and with scores one can work
out by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx

from inspector.core.events import Epoch
from inspector.detectors import DenseAutoencoder
from inspector.detectors.fitted import Networks, Trained
from inspector.detectors.runtime import Graph
from tests.detectors.pictures import goods

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from inspector.core.events import Listener
    from inspector.detectors.fitting import TrainingData

EPOCHS = 3


def constant_graph(values: npt.NDArray[np.float32]) -> bytes:
    """An ONNX file that gives `values` (h, w, channels) for each input of a batch."""
    shape = ["N", *values.shape]
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [
            helper.make_node("Mul", ["image", "zero"], ["nothing"]),
            helper.make_node("Add", ["nothing", "mean"], ["out"]),
        ],
        "template",
        [helper.make_tensor_value_info("image", kind, shape)],
        [helper.make_tensor_value_info("out", kind, shape)],
        [onnx.numpy_helper.from_array(np.zeros(1, np.float32), "zero"), onnx.numpy_helper.from_array(values, "mean")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    content: bytes = model.SerializeToString()
    return content


class Template(DenseAutoencoder):
    """See the module."""

    def _train(self, data: TrainingData, listener: Listener) -> Trained:
        for number in range(1, EPOCHS + 1):
            listener(Epoch(number, EPOCHS, {"loss": 1 / number}))
        mean = data.train.batch(np.arange(len(data.train))).mean(axis=0)
        curves = {"loss": [1 / number for number in range(1, EPOCHS + 1)]}
        return Trained(Networks({"autoencoder": Graph(constant_graph(mean))}), curves)


def template(count: int = 60, **options: object) -> Template:
    """A template of drawn good pictures, ready to judge."""
    return Template(**({"size": 16} | options)).fit(goods(count))


def save_template(path: Path, count: int = 60, **options: object) -> Path:
    """The bundle of one."""
    template(count, **options).save(path)
    return path
