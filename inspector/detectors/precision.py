"""Exported graphs with fewer bits: half the size (fp16), or a quarter and faster where the processor has it (int8)."""

from __future__ import annotations

import logging
import tempfile
import warnings
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from inspector.core.errors import InspectorError
from inspector.detectors.runtime import Graph

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np
    import numpy.typing as npt

    from inspector.core.image import Image
    from inspector.detectors.base import Detector

Precision: TypeAlias = Literal["fp16", "int8"]

PRECISIONS: tuple[Precision, ...] = ("fp16", "int8")

_MOST_SAMPLES = 64

Feeds: TypeAlias = "Mapping[str, npt.NDArray[np.generic]]"


class _Listening(Graph):
    """A graph that remembers what it was fed."""

    def __init__(self, graph: Graph, fed: list[Feeds]) -> None:
        super().__init__(graph.content)
        self._fed = fed

    def __call__(self, batch: npt.NDArray[np.float32]) -> list[npt.NDArray[np.float32]]:
        return self.run({self.inputs[0]: batch})

    def run(self, feeds: Mapping[str, npt.NDArray[np.generic]]) -> list[npt.NDArray[np.float32]]:
        if len(self._fed) < _MOST_SAMPLES:
            self._fed.append(dict(feeds))
        return super().run(feeds)


def converted(detector: Detector, precision: Precision, images: Sequence[Image]) -> Detector:
    """The detector with its graphs in another precision. Its threshold and its calibration stay as they are.

    fp16 halves every number but what goes in and out. int8 is ONNX Runtime's static quantisation: weights by channel,
    activations by the range that `images` show, in 7 bits where the processor would add up 8 wrongly.

    Args:
        detector: as trained.
        precision: wanted.
        images: some normal ones; they show in what range numbers lie.

    Raises:
        InspectorError: a graph cannot be converted.
    """
    fed: dict[str, list[Feeds]] = {name: [] for name in detector.fitted.networks.graphs}
    networks = detector.fitted.networks
    ears = {name: _Listening(graph, fed[name]) for name, graph in networks.graphs.items()}
    detector.with_networks(replace(networks, graphs=ears)).measure(list(images))
    graphs = {}
    for name, graph in networks.graphs.items():
        try:
            content = _halved(graph.content) if precision == "fp16" else _quantised(graph.content, fed[name])
            graphs[name] = Graph(content, name=name)
        except Exception as error:  # what onnx and its tools raise is no fixed set
            msg = f"The graph {name!r} cannot be converted to {precision}: {error}"
            raise InspectorError(msg) from error
    fitted = replace(detector.fitted, record=replace(detector.fitted.record, precision=precision))
    return detector.with_networks(replace(networks, graphs=graphs), fitted)


def _halved(content: bytes) -> bytes:
    import onnx
    from onnxruntime.transformers.float16 import convert_float_to_float16

    with _quiet():
        answer = convert_float_to_float16(onnx.load_from_string(content), keep_io_types=True)
    halved: bytes = answer.SerializeToString()
    return halved


def _quantised(content: bytes, fed: Sequence[Feeds]) -> bytes:
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(CalibrationDataReader):
        def __init__(self) -> None:
            self._rest: Iterator[Feeds] = iter(fed)

        def get_next(self) -> Any:
            return next(self._rest, None)

    with tempfile.TemporaryDirectory() as folder, _quiet():
        given, prepared, done = (Path(folder) / f"{name}.onnx" for name in ("given", "prepared", "quantised"))
        # By its path: of a model in memory ONNX Runtime puts constants into a file that it then does not find.
        given.write_bytes(content)
        quant_pre_process(str(given), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared),
            str(done),
            Reader(),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            # Without VNNI, products of two 8-bit numbers overflow the 16 bits they are added up in.
            reduce_range=True,
            weight_type=QuantType.QInt8,
            activation_type=QuantType.QUInt8,
        )
        return done.read_bytes()


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep advice for those who write networks away from those who use detectors."""
    logger = logging.getLogger()
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)
