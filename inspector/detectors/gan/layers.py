"""Trained networks as plain layers: weights in the order ONNX wants them, each batch normalisation folded in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

Kind: TypeAlias = Literal["dense", "down", "up"]
Weights: TypeAlias = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Activation:
    """`"rectifier"`, whose slope below 0 is `leak`, or `"sigmoid"`."""

    kind: Literal["rectifier", "sigmoid"]
    leak: float = 0.0


@dataclass(frozen=True, slots=True)
class Layer:
    """A linear layer and the activation behind it.

    Attributes:
        kind: `"dense"`; `"down"`, a 4x4 convolution of stride 2; `"up"`, a transposed one.
        weights: dense `(inputs, outputs)`; else `(outputs, inputs, 4, 4)` down and `(inputs, outputs, 4, 4)` up.
        bias: `(outputs,)`.
        input: shape of what it takes, channels first, without the batch.
        output: likewise of what it gives.
        activation: None for none.
    """

    kind: Kind
    weights: Weights
    bias: Weights
    input: tuple[int, ...]
    output: tuple[int, ...]
    activation: Activation | None = None


@dataclass(frozen=True, slots=True)
class Network:
    """Layers in a row; `flat` says whether what the last one gives is laid out as `(N, k)` in the end."""

    layers: tuple[Layer, ...]
    flat: bool = False

    @property
    def input(self) -> tuple[int, ...]:
        """Shape of what it takes, channels first."""
        return self.layers[0].input

    @property
    def output(self) -> tuple[int, ...]:
        """Shape of what it gives, channels first."""
        last = self.layers[-1].output
        return (int(np.prod(last)),) if self.flat else last


def network_of(model: Any, *, until: int | None = None) -> Network:
    """The layers of one of the Keras models in `network`.

    Args:
        model: a chain of layers.
        until: how many of Keras' layers to take; None for all. The rest is cut off.
    """
    layers: list[Layer] = []
    flat = False
    shape = _first(tuple(model.input_shape[1:]))
    for one in model.layers[1:until]:
        name = type(one).__name__
        flat = False
        if name == "Dense":
            layers.append(_dense(one, shape))
        elif name in {"Conv2D", "Conv2DTranspose"}:
            layers.append(_convolution(one, shape, "down" if name == "Conv2D" else "up"))
        elif name == "Reshape":
            layers[-1] = _reshaped(layers[-1], tuple(one.target_shape))
        elif name == "BatchNormalization":
            layers[-1] = _normalised(layers[-1], one)
        elif name == "Rectifier":
            layers[-1] = replace(layers[-1], activation=Activation("rectifier", one.leak))
        elif name == "Sigmoid":
            layers[-1] = replace(layers[-1], activation=Activation("sigmoid"))
        elif name == "Flatten":
            flat = True
        else:
            msg = f"Expected a layer that has a place in the exported graphs. Received: {name}"
            raise TypeError(msg)
        shape = layers[-1].output
    return Network(tuple(layers), flat)


def _first(shape: tuple[int, ...]) -> tuple[int, ...]:
    """`(h, w, channels)` with its channels first; other shapes as they are."""
    return (shape[2], shape[0], shape[1]) if len(shape) == 3 else shape  # noqa: PLR2004


def _bias(layer: Any, outputs: int) -> Weights:
    return np.asarray(layer.bias) if layer.use_bias else np.zeros(outputs, np.float32)


def _dense(layer: Any, shape: tuple[int, ...]) -> Layer:
    weights = np.asarray(layer.kernel)
    outputs = weights.shape[1]
    if len(shape) > 1:  # Keras flattened it channels last
        channels, high, wide = shape
        weights = weights.reshape(high, wide, channels, outputs).transpose(2, 0, 1, 3).reshape(-1, outputs)
    return Layer("dense", np.ascontiguousarray(weights), _bias(layer, outputs), shape, (outputs,))


def _reshaped(layer: Layer, target: tuple[int, ...]) -> Layer:
    high, wide, channels = target
    weights = layer.weights.reshape(-1, high, wide, channels).transpose(0, 3, 1, 2).reshape(len(layer.weights), -1)
    bias = layer.bias.reshape(high, wide, channels).transpose(2, 0, 1).ravel()
    return replace(
        layer, weights=np.ascontiguousarray(weights), bias=np.ascontiguousarray(bias), output=(channels, high, wide)
    )


def _convolution(layer: Any, shape: tuple[int, ...], kind: Kind) -> Layer:
    _, high, wide = shape
    kernel = np.asarray(layer.kernel)  # (4, 4, inputs, outputs); transposed, (4, 4, outputs, inputs)
    weights = np.ascontiguousarray(kernel.transpose(3, 2, 0, 1))
    outputs = layer.filters
    output = (outputs, high // 2, wide // 2) if kind == "down" else (outputs, high * 2, wide * 2)
    return Layer(kind, weights, _bias(layer, outputs), shape, output)


def _normalised(layer: Layer, normalisation: Any) -> Layer:
    """The layer with what normalises its channels by given statistics."""
    gamma, beta, mean, variance = (
        np.asarray(getattr(normalisation, name), np.float64)
        for name in ("gamma", "beta", "moving_mean", "moving_variance")
    )
    scale = gamma / np.sqrt(variance + normalisation.epsilon)
    shift = beta - mean * scale
    if layer.kind == "dense":
        repeats = len(layer.bias) // len(scale)  # channels first: each channel's values lie beside each other
        scale, shift = np.repeat(scale, repeats), np.repeat(shift, repeats)
        weights = layer.weights * scale
    else:
        weights = layer.weights * (scale[:, None, None] if layer.kind == "up" else scale[:, None, None, None])
    return replace(
        layer, weights=np.asarray(weights, np.float32), bias=np.asarray(layer.bias * scale + shift, np.float32)
    )
