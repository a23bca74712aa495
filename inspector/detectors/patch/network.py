"""The built-in backbone's network: a small residual one, quick on a processor without a GPU. Sizes in, model out."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

WIDTHS = (24, 48, 96, 160)
"""Filters of the stem and of the stages at strides 4, 8 and 16."""

FEATURES = (24, 32, 96)
"""Channels of the feature maps at strides 4, 8 and 16: as many as the teacher's."""


def student() -> Any:
    """Images `(N, h, w, 3)` in 0..1 to three feature maps, at strides 4, 8 and 16 (He et al. 2016, basic blocks)."""
    images = keras.Input((None, None, 3))
    x = layers.Rescaling(2.0, -1.0)(images)
    x = _convolution(x, WIDTHS[0], 2)
    maps = []
    for width, channels, blocks in zip(WIDTHS[1:], FEATURES, (1, 2, 2), strict=True):
        x = _convolution(x, width, 2)
        for _ in range(blocks):
            x = _block(x, width)
        maps.append(layers.Conv2D(channels, 1)(x))
    return keras.Model(images, maps)


def _convolution(x: Any, filters: int, stride: int = 1, *, activate: bool = True) -> Any:
    x = layers.Conv2D(filters, 3, stride, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.95)(x)
    return layers.ReLU()(x) if activate else x


def _block(x: Any, filters: int) -> Any:
    return layers.ReLU()(layers.Add()([x, _convolution(_convolution(x, filters), filters, activate=False)]))
