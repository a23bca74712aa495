"""The graphs that judge, built operation by operation from the weights of trained networks.

A search in the latent space takes the gradient of a loss with respect to z. The gradients that TensorFlow derives
contain operations without an ONNX form (ShapeN, ReluGrad, LeakyReluGrad, BroadcastGradientArgs); but a chain of
convolutions and transposed convolutions is its own gradient, with one taking the other's place and the same weights
used twice. So forward and backward pass are written down here, channels first as ONNX Runtime likes them, with each
batch normalisation folded into the layer before it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from inspector.detectors.runtime import Graph

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inspector.detectors.gan.layers import Activation, Layer, Network

_OPSET = 17
_IR = 10  # what the oldest supported ONNX Runtime reads

Weights = npt.NDArray[np.float32]


def search_graph(generator: Network, discriminator: Network, weight: float, restarts: int) -> Graph:
    """One step of the search in the latent space, for so many restarts at once.

    It takes `z` `(R, latent)`, the `image` `(1, channels, h, w)`, which of its pixels `counts` (1, elsewhere 0)
    `(1, 1, h, w)`, and the discriminator's `features` of the image `(1, k)`. It gives for each restart the `loss`,
    `(1 - weight) * residual + weight * discrimination` (Schlegl et al. 2017, equation 4), both of which are means of
    absolute differences, of pixels that count and of features, and come beside it `(R,)`; the `gradient` of the loss
    with respect to z `(R, latent)`; and what is `generated` `(R, channels, h, w)`, with the image itself where nothing
    counts, so that this can change neither term.
    """
    channels, height, width = generator.output
    written = _Writer()
    tape: list[_Step] = []
    made = written.forward(generator, "z", tape)
    shown, values = written.composed(made, channels)
    residual = written.mean_difference(shown, "image", values)
    seen: list[_Step] = []
    features = written.forward(discriminator, shown, seen)
    discrimination, sign = written.mean_of_features(features, "features")
    loss = written.weighted(residual.mean, discrimination, weight)

    size = discriminator.output[0]
    back = written.node("Mul", [sign, written.constant(np.float32(weight / size))])
    back = written.backward(seen, back)
    pull = written.node("Div", [residual.sign, values])
    pull = written.node("Mul", [pull, written.constant(np.float32(1 - weight))])
    back = written.node("Mul", [written.node("Add", [back, pull]), "counts"])
    gradient = written.backward(tape, back)
    return written.graph(
        "search",
        {
            "z": [restarts, generator.input[0]],
            "image": [1, channels, height, width],
            "counts": [1, 1, height, width],
            "features": [1, size],
        },
        {
            "loss": (loss, [restarts]),
            "residual": (residual.mean, [restarts]),
            "discrimination": (discrimination, [restarts]),
            "gradient": (gradient, [restarts, generator.input[0]]),
            "generated": (shown, [restarts, channels, height, width]),
        },
    )


def features_graph(discriminator: Network) -> Graph:
    """The discriminator's features `(N, k)` of images `(N, channels, h, w)`."""
    written = _Writer()
    features = written.forward(discriminator, "image", [])
    return written.graph(
        "features", {"image": ["N", *discriminator.input]}, {"features": (features, ["N", *discriminator.output])}
    )


def one_pass_graph(encoder: Network, generator: Network, discriminator: Network) -> Graph:
    """From `image` `(N, channels, h, w)` and `counts` `(N, 1, h, w)` to `generated` and `discrimination` `(N,)`.

    The terms are those of `search_graph`, of the one z that the encoder gives.
    """
    channels, height, width = encoder.input
    written = _Writer()
    made = written.forward(generator, written.forward(encoder, "image", []), [])
    shown, _ = written.composed(made, channels)
    ours, theirs = (written.forward(discriminator, one, []) for one in (shown, "image"))
    discrimination, _ = written.mean_of_features(ours, theirs)
    return written.graph(
        "one pass",
        {"image": ["N", channels, height, width], "counts": ["N", 1, height, width]},
        {"generated": (shown, ["N", channels, height, width]), "discrimination": (discrimination, ["N"])},
    )


@dataclass(frozen=True, slots=True)
class _Step:
    """A layer that was passed, what it gave, and the name of its weights."""

    layer: Layer
    activation: Activation | None
    output: str
    weights: str


@dataclass(frozen=True, slots=True)
class _Difference:
    mean: str
    sign: str


@dataclass
class _Writer:
    """Writes down the operations of one graph."""

    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)
    _names: dict[int, str] = field(default_factory=dict)
    _parts: dict[tuple[int, int, int], str] = field(default_factory=dict)
    _count: int = 0

    def node(self, operation: str, inputs: Sequence[str], **attributes: Any) -> str:
        """Add an operation of one output, and give the output's name."""
        import onnx

        name = self._new()
        self.nodes.append(onnx.helper.make_node(operation, list(inputs), [name], **attributes))
        return name

    def constant(self, values: Any) -> str:
        """Add a constant, and give its name."""
        import onnx

        name = self._new()
        self.constants.append(onnx.numpy_helper.from_array(np.asarray(values), name))
        return name

    def forward(self, network: Network, x: str, tape: list[_Step]) -> str:
        """Pass `x` through a network; what it takes to come back goes to the `tape`."""
        for layer in network.layers:
            weights = self._weights(layer.weights)
            if layer.kind == "dense":
                if len(layer.input) > 1:
                    x = self.node("Flatten", [x])
                x = self.node("MatMul", [x, weights])
                x = self.node("Add", [x, self._weights(layer.bias)])
                if len(layer.output) > 1:
                    x = self.node("Reshape", [x, self.constant(np.array([0, *layer.output], np.int64))])
            else:
                bias = self._weights(layer.bias)
                x = self._down(x, weights, bias) if layer.kind == "down" else self._up(x, layer.weights, bias)
            for activation in (layer.activation,) if layer.activation is not None else ():
                if activation.kind == "sigmoid":
                    x = self.node("Sigmoid", [x])
                else:
                    x = (
                        self.node("LeakyRelu", [x], alpha=activation.leak)
                        if activation.leak
                        else self.node("Relu", [x])
                    )
            tape.append(_Step(layer, layer.activation, x, weights))
        return self.node("Flatten", [x]) if network.flat else x

    def backward(self, tape: Sequence[_Step], gradient: str) -> str:
        """From the gradient with respect to what a network gave to that with respect to what it took."""
        last = tape[-1].layer.output
        if len(last) > 1:  # it may have been flattened at the end
            gradient = self.node("Reshape", [gradient, self.constant(np.array([-1, *last], np.int64))])
        for step in reversed(tape):
            gradient = self._through(step.activation, step.output, gradient)
            if step.layer.kind == "dense":
                if len(step.layer.output) > 1:
                    gradient = self.node("Flatten", [gradient])
                gradient = self.node("MatMul", [gradient, self._transposed(step)])
                if len(step.layer.input) > 1:
                    gradient = self.node(
                        "Reshape", [gradient, self.constant(np.array([-1, *step.layer.input], np.int64))]
                    )
            else:
                down = step.layer.kind == "down"
                gradient = self._up(gradient, step.layer.weights) if down else self._down(gradient, step.weights)
        return gradient

    def composed(self, made: str, channels: int) -> tuple[str, str]:
        """What was made where it counts and the image elsewhere; and how many values of each image count."""
        one = self.constant(np.float32(1))
        kept = self.node("Mul", ["image", self.node("Sub", [one, "counts"])])
        shown = self.node("Add", [self.node("Mul", [made, "counts"]), kept])
        pixels = self.node("ReduceSum", ["counts", self.constant(np.array([1, 2, 3], np.int64))], keepdims=1)
        return shown, self.node("Mul", [pixels, self.constant(np.float32(channels))])

    def mean_difference(self, ours: str, theirs: str, values: str) -> _Difference:
        """Of images: the sum of absolute differences over how many values count, and their signs."""
        difference = self.node("Sub", [ours, theirs])
        axes = self.constant(np.array([1, 2, 3], np.int64))
        total = self.node("ReduceSum", [self.node("Abs", [difference]), axes], keepdims=0)
        flat = self.node("Reshape", [values, self.constant(np.array([-1], np.int64))])
        return _Difference(self.node("Div", [total, flat]), self.node("Sign", [difference]))

    def mean_of_features(self, ours: str, theirs: str) -> tuple[str, str]:
        """Of features: the mean of absolute differences, and their signs."""
        difference = self.node("Sub", [ours, theirs])
        mean = self.node("ReduceMean", [self.node("Abs", [difference])], axes=[1], keepdims=0)
        return mean, self.node("Sign", [difference])

    def weighted(self, residual: str, discrimination: str, weight: float) -> str:
        """The loss of both."""
        return self.node(
            "Add",
            [
                self.node("Mul", [residual, self.constant(np.float32(1 - weight))]),
                self.node("Mul", [discrimination, self.constant(np.float32(weight))]),
            ],
        )

    def graph(self, name: str, inputs: dict[str, Any], outputs: dict[str, tuple[str, Any]]) -> Graph:
        """All that was written, as a graph ready to run."""
        import onnx

        helper, kind = onnx.helper, onnx.TensorProto.FLOAT
        named = [helper.make_node("Identity", [inner], [output]) for output, (inner, _) in outputs.items()]
        made = helper.make_graph(
            [*self.nodes, *named],
            name.replace(" ", "_"),
            [helper.make_tensor_value_info(one, kind, shape) for one, shape in inputs.items()],
            [helper.make_tensor_value_info(one, kind, shape) for one, (_, shape) in outputs.items()],
            self.constants,
        )
        model = helper.make_model(made, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR)
        return Graph(model.SerializeToString(), name=name)

    def _through(self, activation: Activation | None, output: str, gradient: str) -> str:
        if activation is None:
            return gradient
        if activation.kind == "sigmoid":
            rest = self.node("Sub", [self.constant(np.float32(1)), output])
            return self.node("Mul", [gradient, self.node("Mul", [output, rest])])
        above = self.node("Greater", [output, self.constant(np.float32(0))])
        slope = self.node("Where", [above, self.constant(np.float32(1)), self.constant(np.float32(activation.leak))])
        return self.node("Mul", [gradient, slope])

    def _down(self, x: str, weights: str, *bias: str) -> str:
        """A 4x4 convolution of stride 2 that halves `x`."""
        return self.node("Conv", [x, weights, *bias], kernel_shape=[4, 4], strides=[2, 2], pads=[1, 1, 1, 1])

    def _up(self, x: str, weights: Weights, *bias: str) -> str:
        """The transposed one, which doubles `x`.

        Of four neighbouring pixels each is reached by 2x2 of the 4x4 weights. So it is four convolutions, whose results
        are interleaved: together they take ONNX Runtime less time than its ConvTranspose.
        """
        phases = []
        for row in (0, 1):
            for column in (0, 1):
                part = self._part(weights, row, column)
                pads = [1 - row, 1 - column, row, column]
                phases.append(self.node("Conv", [x, part, *bias], kernel_shape=[2, 2], pads=pads))
        together = self.node("Concat", phases, axis=1)
        return self.node("DepthToSpace", [together], blocksize=2)

    def _part(self, weights: Weights, row: int, column: int) -> str:
        """What reaches the pixels of odd or even `row` and `column`: `(outputs, inputs, 2, 2)`, kept once."""
        key = (id(weights), row, column)
        if key not in self._parts:
            # Output 2i + row takes from input i - 1 + row and i + row, whose weights are 3 - row and 1 - row.
            chosen = weights[:, :, [3 - row, 1 - row]][:, :, :, [3 - column, 1 - column]]
            self._parts[key] = self.constant(np.ascontiguousarray(chosen.transpose(1, 0, 2, 3)))
        return self._parts[key]

    def _transposed(self, step: _Step) -> str:
        return self.node("Transpose", [step.weights], perm=[1, 0])

    def _weights(self, values: Weights) -> str:
        """The name of weights, which are kept once however often they are used."""
        if id(values) not in self._names:
            self._names[id(values)] = self.constant(values)
        return self._names[id(values)]

    def _new(self) -> str:
        self._count += 1
        return f"v{self._count}"
