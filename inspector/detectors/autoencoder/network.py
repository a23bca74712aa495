"""The networks of the autoencoders: pure Keras, sizes in, `keras.Model` out. Imported only while training."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import layers

from inspector.imaging.similarity import similarity, window

Shape = tuple[int, int, int]
"""Of one input: `(h, w, channels)`, values in 0..1."""


def dense(shape: Shape, code: int) -> Any:
    """One hidden layer of `code` ReLU units between pixels and their sigmoid copies (Hinton & Salakhutdinov 2006)."""
    pixels = shape[0] * shape[1] * shape[2]
    image = keras.Input(shape)
    code_of = layers.Dense(code, activation="relu", name="code")(layers.Flatten()(image))
    rebuilt = layers.Dense(pixels, activation="sigmoid")(code_of)
    return keras.Model(image, layers.Reshape(shape)(rebuilt), name="dense_autoencoder")


def convolutional(shape: Shape, filters: int, momentum: float, code: int = 0, *, residual: bool = False) -> Any:
    """Five blocks of 3x3 convolution, batch normalisation and ReLU: two down, one inside, two up.

    Args:
        shape: height and width divisible by 4.
        filters: of each block.
        momentum: of the batch normalisation's moving statistics.
        code: numbers in a dense middle after the block inside; 0 leaves it out.
        residual: whether the network gives what is to be taken off the image (Zhang et al. 2017, "Beyond a Gaussian
            denoiser"), and each block on the way up also sees what the block of its size gave on the way down. Such
            a network learns nothing, unless what it sees is damaged.
    """
    image = keras.Input(shape)
    fine = _block(image, filters, momentum)
    coarse = _block(layers.MaxPooling2D()(fine), filters, momentum)
    x = _dense_middle(_block(layers.MaxPooling2D()(coarse), filters, momentum), code, "relu")
    for beside in (coarse, fine):
        x = layers.UpSampling2D()(x)
        x = _block(layers.Concatenate()([x, beside]) if residual else x, filters, momentum)
    if residual:
        # At first it takes nothing off: then it has only the damage to learn, and not the image.
        damage = layers.Conv2D(shape[2], 3, padding="same", kernel_initializer="zeros")(x)
        return keras.Model(image, layers.Subtract()([image, damage]), name="conv_autoencoder")
    return keras.Model(image, _pixels(x, shape), name="conv_autoencoder")


def super_resolution(shape: Shape, filters: int, momentum: float, code: int = 0) -> Any:
    """Max-pooling to a quarter of each side, then twice: nearest up-sampling and two blocks as above.

    Args:
        shape: height and width divisible by 4.
        filters: of each block.
        momentum: of the batch normalisation's moving statistics.
        code: numbers in a dense middle after the pooling; 0 leaves it out.
    """
    image = keras.Input(shape)
    x = _dense_middle(layers.MaxPooling2D(4)(image), code, None)
    for _ in range(2):
        x = layers.UpSampling2D()(x)
        x = _block(_block(x, filters, momentum), filters, momentum)
    return keras.Model(image, _pixels(x, shape), name="superres_autoencoder")


def strided(shape: Shape, filters: int, momentum: float, code: int = 0) -> Any:
    """3x3 convolutions that stride twice, and their mirror image; batch normalisation and leaky ReLU after each.

    Args:
        shape: height and width divisible by 4.
        filters: of the outermost layers; those inside have twice as many.
        momentum: of the batch normalisation's moving statistics.
        code: numbers in a dense middle; 0 leaves it out.
    """
    image = keras.Input(shape)
    x = image
    for number, stride in ((filters, 1), (2 * filters, 2), (2 * filters, 2)):
        x = _leaky(layers.Conv2D(number, 3, strides=stride, padding="same", use_bias=False)(x), momentum)
    x = _dense_middle(x, code, "leaky_relu")
    for number, stride in ((2 * filters, 1), (2 * filters, 2), (filters, 2)):
        x = _leaky(layers.Conv2DTranspose(number, 3, strides=stride, padding="same", use_bias=False)(x), momentum)
    return keras.Model(image, _pixels(x, shape), name="ssim_autoencoder")


def dissimilarity_loss(shape: Shape) -> Any:
    """1 - mean SSIM of targets and reconstructions of this shape, as a Keras loss: one number an image."""
    ops = keras.ops
    rows, columns = ops.convert_to_tensor(window(shape[0])), ops.convert_to_tensor(window(shape[1]).T.copy())

    def loss(target: Any, rebuilt: Any) -> Any:
        one, other = (ops.transpose(ops.cast(batch, "float32"), (0, 3, 1, 2)) for batch in (target, rebuilt))
        found = similarity(one, other, lambda values: ops.matmul(ops.matmul(rows, values), columns))
        return 1 - ops.mean(found, axis=(1, 2, 3))

    return loss


def _block(x: Any, filters: int, momentum: float) -> Any:
    # The normalisation has its own shift, so the convolution needs none.
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
    return layers.ReLU()(layers.BatchNormalization(momentum=momentum)(x))


def _leaky(x: Any, momentum: float) -> Any:
    return layers.LeakyReLU()(layers.BatchNormalization(momentum=momentum)(x))


def _pixels(x: Any, shape: Shape) -> Any:
    return layers.Conv2D(shape[2], 3, padding="same", activation="sigmoid")(x)


def _dense_middle(x: Any, code: int, activation: str | None) -> Any:
    """Squeeze everything through `code` numbers, which no place of its own belongs to, and spread it out again."""
    if not code:
        return x
    shape = x.shape[1:]
    numbers = layers.Dense(code, name="code")(layers.Flatten()(x))
    return layers.Reshape(shape)(layers.Dense(math.prod(shape), activation=activation)(numbers))
