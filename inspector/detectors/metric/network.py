"""The networks of metric learning: pure Keras, sizes in, `keras.Model` out. Imported only while training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras import layers

if TYPE_CHECKING:
    from collections.abc import Sequence

Shape = tuple[int, int, int]
"""Of one input: `(h, w, channels)`, values in 0..1."""

MOMENTUM = 0.9
"""Of the batch normalisation: trainings here are too short for Keras' 0.99."""

STAGES: dict[str, tuple[tuple[int, int], ...]] = {
    "light": ((64, 4), (128, 3), (256, 3)),
    "small": ((32, 2), (64, 2), (128, 2)),
}
"""By name, `(filters, convolutions)` of each stage; `light` is the published one."""


def convolutions(shape: Shape, stages: Sequence[tuple[int, int]], momentum: float) -> Any:
    """Stages of 3x3 convolutions (but for a first 1x1), each with batch normalisation and ReLU.

    The last convolution of a stage has stride 2 and no padding.

    Args:
        shape: at least 15 pixels a side for three stages.
        stages: `(filters, convolutions)` of each.
        momentum: of the batch normalisation's moving statistics.

    Returns:
        A model from images to the last stage's feature map `(N, r, c, filters)`.
    """
    image = keras.Input(shape)
    x = image
    for number, (filters, count) in enumerate(stages):
        for index in range(count):
            last = index == count - 1
            x = layers.Conv2D(
                filters,
                1 if number == index == 0 else 3,
                strides=2 if last else 1,
                padding="valid" if last else "same",
                use_bias=False,
            )(x)
            x = layers.ReLU()(layers.BatchNormalization(momentum=momentum)(x))
    return keras.Model(image, x, name="features")


def classifier(features: Any, classes: int, alpha: float) -> Any:
    """L2-softmax (Ranjan et al. 2017, arXiv:1703.09507) on the mean of a feature map.

    Each embedding is normalised by itself: over the batch, as in a published script, its neighbours would change it.

    Args:
        features: from images to a feature map.
        classes: how many.
        alpha: the length each embedding is given before the softmax.
    """
    embedding = layers.UnitNormalization(axis=-1)(layers.GlobalAveragePooling2D()(features.output))
    logits = layers.Dense(classes, name="classes")(embedding * float(alpha))
    return keras.Model(features.input, layers.Softmax()(logits), name="classifier")


def embedding(features: Any) -> Any:
    """From images to the unit embedding `(N, d)` and the feature map `(N, r, c, d)` it is the mean of."""
    pooled = layers.UnitNormalization(axis=-1)(layers.GlobalAveragePooling2D()(features.output))
    return keras.Model(features.input, [pooled, features.output], name="embedding")
