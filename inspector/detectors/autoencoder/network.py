"""The networks of the autoencoders: pure Keras, sizes in, `keras.Model` out. Imported only while training."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

Shape = tuple[int, int, int]
"""Of one input: `(h, w, channels)`, values in 0..1."""


def dense(shape: Shape, code: int) -> Any:
    """One hidden layer of `code` ReLU units between pixels and their sigmoid copies (Hinton & Salakhutdinov 2006)."""
    pixels = shape[0] * shape[1] * shape[2]
    image = keras.Input(shape)
    code_of = layers.Dense(code, activation="relu", name="code")(layers.Flatten()(image))
    rebuilt = layers.Dense(pixels, activation="sigmoid")(code_of)
    return keras.Model(image, layers.Reshape(shape)(rebuilt), name="dense_autoencoder")


def convolutional(shape: Shape, filters: int, momentum: float) -> Any:
    """Five blocks of 3x3 convolution, batch normalisation and ReLU: two down, one inside, two up; no skip connections.

    Args:
        shape: height and width divisible by 4.
        filters: of each block.
        momentum: of the batch normalisation's moving statistics.
    """
    image = keras.Input(shape)
    x = layers.MaxPooling2D()(_block(image, filters, momentum))
    x = layers.MaxPooling2D()(_block(x, filters, momentum))
    x = layers.UpSampling2D()(_block(x, filters, momentum))
    x = layers.UpSampling2D()(_block(x, filters, momentum))
    x = _block(x, filters, momentum)
    rebuilt = layers.Conv2D(shape[2], 3, padding="same", activation="sigmoid")(x)
    return keras.Model(image, rebuilt, name="conv_autoencoder")


def _block(x: Any, filters: int, momentum: float) -> Any:
    # The normalisation has its own shift, so the convolution needs none.
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
    return layers.ReLU()(layers.BatchNormalization(momentum=momentum)(x))
