"""`latency`: one frame through a detector, beside the bare runtime call and Keras' `predict` on the same network."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from inspector.detectors import method
from inspector.detectors.distances import DISTANCES
from inspector.imaging.placement import as_batch
from tests.benchmarks.harness import Bar, Benchmark, Request, Unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from inspector.core.image import Image
    from inspector.detectors import Detector
    from tests.benchmarks.harness import Figures

ABOUT = """One frame that already has the network's size. *measure* is `detector.measure([frame])`: checks, placing,
the graph, score and smoothed map. *bare* is `InferenceSession.run` of the same graph on the same input, with ONNX
Runtime's defaults. *predict* is Keras' `model.predict` of the same network. The three take turns in blocks of
calls within one process; a figure is over all calls of a round, and the table is over rounds. Allowed is
1.2 x bare + 0.5 ms, by medians, and with *p10* by the quickest tenth of the calls, which others on the machine change
least. `metric` and `doc` are trained once and judge by each distance in turn: *measure* is by their default and
*measure_DISTANCE* by another; *over_bare* is that by the bare call, which a distance is to exceed by at most 15 %, and
*fps* is how many frames *measure* judges in a second."""

SHARE_OF_BARE, EXTRA_MS = 1.2, 0.5

_TURNS = 10
_REST_S = 0.1
_CALLS = {"measure": 40, "bare": 40, "predict": 4}
_IMAGES = 60
_METRIC = ("metric", "doc")


@dataclass(frozen=True, slots=True)
class Network:
    """What is timed.

    Attributes:
        method: the registry's name.
        size: of the input, in pixels.
        colour: whether images are in colour.
        options: further ones, for a training that takes a moment.
    """

    method: str
    size: int
    colour: bool
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def case(self) -> str:
        """What people call it."""
        return f"{self.size}x{self.size} {'colour' if self.colour else 'grey'}"


NETWORKS = (
    Network("dense-autoencoder", 28, colour=False),
    Network("conv-autoencoder", 28, colour=False),
    Network("conv-autoencoder", 96, colour=True),
    Network("conv-autoencoder", 128, colour=True),
    *(
        Network(one, size, colour=colour, options={"images": _IMAGES, "network": "small"})
        for one in _METRIC
        for size, colour in ((32, False), (96, True))
    ),
)

BARS = (
    Bar("measure_share_of_allowed", "≤", 1.0),
    *(Bar("predict_over_measure", "≥", 10.0, case=one.case) for one in NETWORKS[1:2]),
    *(Bar("predict_over_measure", "≥", 4.0, case=one.case) for one in NETWORKS[2:3]),
    *(Bar(f"over_bare_{name}", "≤", 1.15, method=one) for one in _METRIC for name in DISTANCES),
    *(Bar("fps", "≥", least, case=case) for case, least in (("32x32 grey", 200.0), ("96x96 colour", 30.0))),
)


def _units(request: Request) -> list[Unit]:
    return [
        Unit(
            one.case,
            one.method,
            {"round": number, "turns": _TURNS, "calls": _CALLS},
            partial(_run, one, number),
        )
        for one in NETWORKS
        for number in request.seeds
    ]


def _run(network: Network, number: int) -> Figures:
    images = pictures(_IMAGES, network.size, colour=network.colour, seed=number)
    options: dict[str, Any] = {"size": network.size, "epochs": 1, "batch": 8} | network.options
    detector = method(network.method)(**options, seed=number).fit(images)
    calls = contestants(detector, images[0])
    spent = take_turns({name: (call, _CALLS.get(name, _CALLS["measure"])) for name, call in calls.items()}, _TURNS)
    figures = figures_of(spent)
    for name in DISTANCES if network.method in _METRIC else ():
        figures[f"over_bare_{name}"] = figures[f"measure_{name}_median_ms"] / figures["bare_median_ms"]
    return figures


def pictures(count: int, size: int, *, colour: bool, seed: int) -> list[Image]:
    """Noise, as RGB images: contents hardly matter for time, but constant ones could be a special case."""
    rng = np.random.default_rng(seed)
    channels = 3 if colour else 1
    answer = []
    for _ in range(count):
        pixels = rng.integers(0, 256, (size, size, channels), np.uint8)
        answer.append(np.ascontiguousarray(np.broadcast_to(pixels, (size, size, 3))))
    return answer


def contestants(detector: Detector, frame: Image) -> dict[str, Callable[[], object]]:
    """The three ways for one frame through the detector's network."""
    import onnxruntime

    fitted = detector.fitted
    batch = as_batch(detector.place([frame]))
    [graph] = fitted.networks.graphs.values()
    session = onnxruntime.InferenceSession(graph.content, providers=["CPUExecutionProvider"])
    feed = {session.get_inputs()[0].name: batch}
    model = keras_model(detector, batch.shape[1:])
    return {
        "measure": lambda: detector.measure([frame]),
        **{f"measure_{name}": partial(one.measure, [frame]) for name, one in _by_distance(detector).items()},
        "bare": lambda: session.run(None, feed),
        "predict": lambda: model.predict(batch, verbose=0),
    }


def _by_distance(detector: Detector) -> dict[str, Detector]:
    """Detectors that judge the same training by each distance; none where the method has no distances."""
    if detector.METHOD not in _METRIC:
        return {}
    answer: dict[str, Detector] = {}
    for name in DISTANCES:
        answer[name] = other = method(detector.METHOD)(**detector.config() | {"distance": name})
        # Golden images are scored again on loading only.
        other._fitted = replace(detector.fitted)
    return answer


def keras_model(detector: Any, shape: tuple[int, ...]) -> Any:
    """The detector's network in Keras, with weights as they come: they do not matter for time."""
    if detector.METHOD in _METRIC:
        name = detector.options.network
        return detector._embedding(detector._features(shape, name), name)
    return detector._network(shape)


def take_turns(calls: dict[str, tuple[Callable[[], object], int]], turns: int) -> dict[str, list[float]]:
    """Time each call, block by block in turn so that what else the machine does meets all alike; milliseconds each.

    The first calls of a block are made but not counted: they find caches and threads as the others left them. Before
    it is a pause in which those threads come to rest: with its defaults ONNX Runtime's spin for a while after a call,
    and whatever is timed then has a core less.
    """
    spent: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(turns + 1):
        for name, (call, count) in calls.items():
            time.sleep(_REST_S)
            for index in range(count + 2):
                started = time.perf_counter()
                call()
                if turn and index >= 2:
                    spent[name].append((time.perf_counter() - started) * 1e3)
    return spent


def figures_of(spent: dict[str, list[float]]) -> dict[str, float]:
    """Medians, 99th percentiles and ratios of what `take_turns` gave."""
    medians = {name: float(np.median(values)) for name, values in spent.items()}
    figures = {}
    for name, values in spent.items():
        figures[f"{name}_median_ms"] = medians[name]
        figures[f"{name}_p99_ms"] = float(np.quantile(values, 0.99))
    figures["measure_share_of_allowed"] = medians["measure"] / (SHARE_OF_BARE * medians["bare"] + EXTRA_MS)
    quick = {name: float(np.quantile(values, 0.1)) for name, values in spent.items()}
    figures["measure_share_of_allowed_p10"] = quick["measure"] / (SHARE_OF_BARE * quick["bare"] + EXTRA_MS)
    figures["fps"] = 1000 / medians["measure"]
    figures["measure_over_bare"] = medians["measure"] / medians["bare"]
    figures["predict_over_measure"] = medians["predict"] / medians["measure"]
    return figures


BENCHMARK = Benchmark("latency", ABOUT, 3, _units, BARS)
