"""The networks of the GANs: pure Keras, sizes in, `keras.Model` out. Imported only while training.

Each is a chain of what has an ONNX form together with its gradient (see `graphs`): dense layers, 4x4 convolutions and
transposed convolutions of stride 2, batch normalisation, rectifiers and a sigmoid.
"""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import layers

Shape = tuple[int, int, int]
"""Of one image: `(h, w, channels)`, values in 0..1."""

_LEAK = 0.2
_KERNEL = 4  # a multiple of the stride: every pixel is reached equally often, so no chequered pattern arises
_SMALLEST = 4
_MOST_WIDENING = 4


def halvings(height: int, width: int) -> int:
    """How often both sides can be halved evenly before one has fewer than four pixels; at least once."""
    count = 1
    height, width = height // 2, width // 2
    while height % 2 == 0 and width % 2 == 0 and min(height, width) >= 2 * _SMALLEST:
        height, width, count = height // 2, width // 2, count + 1
    return count


class Rectifier(layers.Layer):
    """Leaky ReLU, as Keras has it; here one layer for every slope, with a name that `layers.network_of` knows."""

    def __init__(self, leak: float = 0.0, **options: Any) -> None:
        """`leak` is the slope below 0; without one it is ReLU."""
        super().__init__(**options)
        self.leak = leak

    def call(self, inputs: Any) -> Any:
        """`inputs` where they are above 0, else `leak` times these."""
        return keras.ops.leaky_relu(inputs, self.leak) if self.leak else keras.ops.relu(inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """That of the input."""
        return input_shape


class Sigmoid(layers.Layer):
    """1 / (1 + exp(-x))."""

    def call(self, inputs: Any) -> Any:
        """Values in 0..1."""
        return keras.ops.sigmoid(inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """That of the input."""
        return input_shape


def generator(shape: Shape, latent: int, filters: int, momentum: float) -> Any:
    """From `latent` normally distributed numbers to an image: dense, then transposed convolutions that double it.

    Radford et al. 2016, "Unsupervised representation learning with deep convolutional GANs", with a sigmoid.

    Args:
        shape: of the images.
        latent: numbers in z.
        filters: of the outermost layer; each one further inside has twice as many, at most four times.
        momentum: of the batch normalisation's moving statistics.
    """
    count = halvings(*shape[:2])
    widths = _widths(filters, count)
    inner = (shape[0] >> count, shape[1] >> count, widths[-1])
    z = keras.Input((latent,), name="z")
    x = layers.Dense(math.prod(inner), use_bias=False, kernel_initializer=_initial())(z)
    x = Rectifier()(layers.BatchNormalization(momentum=momentum)(layers.Reshape(inner)(x)))
    for width in reversed(widths[:-1]):
        x = _doubled(x, width, use_bias=False)
        x = Rectifier()(layers.BatchNormalization(momentum=momentum)(x))
    return keras.Model(z, Sigmoid()(_doubled(x, shape[2])), name="generator")


def discriminator(shape: Shape, filters: int) -> Any:
    """From an image to one number, the higher the more real, and the features that the number is made from.

    Convolutions with strides and leaky ReLU, without batch normalisation: the penalty on gradients (WGAN-GP) is of one
    image, and the features of an image must not depend on others.

    Returns:
        A model of two outputs: `(N, 1)`, and the features of its last convolution, `(N, k)`.
    """
    image = keras.Input(shape, name="image")
    features = _features(image, filters)
    return keras.Model(image, [layers.Dense(1, name="real")(features), features], name="discriminator")


def encoder(shape: Shape, latent: int, filters: int) -> Any:
    """From an image to the `latent` numbers it may have been generated from; built like the discriminator."""
    image = keras.Input(shape, name="image")
    return keras.Model(image, layers.Dense(latent, name="z")(_features(image, filters)), name="encoder")


def _features(x: Any, filters: int) -> Any:
    for width in _widths(filters, halvings(*x.shape[1:3])):
        x = layers.Conv2D(width, _KERNEL, strides=2, padding="same", kernel_initializer=_initial())(x)
        x = Rectifier(_LEAK)(x)
    return layers.Flatten()(x)


def _doubled(x: Any, width: int, *, use_bias: bool = True) -> Any:
    layer = layers.Conv2DTranspose(
        width, _KERNEL, strides=2, padding="same", use_bias=use_bias, kernel_initializer=_initial()
    )
    return layer(x)


def _widths(filters: int, count: int) -> list[int]:
    """Filters of the layers from the outermost to the innermost."""
    return [filters * min(2**level, _MOST_WIDENING) for level in range(count)]


def _initial() -> Any:
    return keras.initializers.RandomNormal(stddev=0.02)
