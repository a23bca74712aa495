"""The networks of metric learning: pure Keras, sizes in, `keras.Model` out. Imported only while training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras import layers, ops

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Shape = tuple[int, int, int]
"""Of one input: `(h, w, channels)`, values in 0..1."""

MOMENTUM = 0.9
"""Of the batch normalisation: trainings here are too short for Keras' 0.99."""

_TINY = 1e-7
_HEAD = 64

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
        A model from images to the feature map `(N, r, c, filters)` of each stage, the finest first.
    """
    image = keras.Input(shape)
    x = image
    maps = []
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
        maps.append(x)
    return keras.Model(image, maps, name="features")


def head(shape: Shape, momentum: float) -> Any:
    """What is learned behind a stem that is not: one position by itself, then 3x3 of them with stride 2.

    Args:
        shape: of the stem's features, `(r, c, d)`.
        momentum: of the batch normalisation's moving statistics.

    Returns:
        A model from the stem's features to these, each in its own spread, and to two further feature maps.
    """
    features = keras.Input(shape)
    # The stem's channels differ a hundredfold in size.
    x = layers.BatchNormalization(momentum=momentum)(features)
    maps = [x]
    for side, stride in ((1, 1), (3, 2)):
        x = layers.Conv2D(_HEAD, side, strides=stride, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization(momentum=momentum)(x))
        maps.append(x)
    return keras.Model(features, maps, name="features")


def classifier(features: Any, classes: int, alpha: float) -> Any:
    """L2-softmax (Ranjan et al. 2017, arXiv:1703.09507) on the mean of the last feature map.

    Each embedding is normalised by itself: over the batch, as in a published script, its neighbours would change it.

    Args:
        features: from images to feature maps.
        classes: how many.
        alpha: the length each embedding is given before the softmax.
    """
    logits = layers.Dense(classes, name="classes")(_pooled(features.outputs[-1]) * float(alpha))
    return keras.Model(features.input, layers.Softmax()(logits), name="classifier")


def describer(features: Any, others: int, alpha: float) -> Any:
    """Probabilities of the classes of other things, and the embedding of length alpha: `(N, others + d)`.

    Args:
        features: from images to feature maps.
        others: how many classes there are beside normal.
        alpha: the length of each embedding.
    """
    scaled = _pooled(features.outputs[-1]) * float(alpha)
    answers = layers.Softmax()(layers.Dense(others, name="classes")(scaled))
    return keras.Model(features.input, layers.Concatenate()([answers, scaled]), name="describer")


def compact_and_descriptive(others: int, weight: float) -> Callable[[Any, Any], Any]:
    """The loss of deep one-class classification (Perera and Patel 2019, arXiv:1801.05365), for a `describer`.

    Descriptiveness is the mean cross-entropy of what is not normal. Compactness is the mean over the n normal images
    of a batch of |z_i|^2, z_i = x_i - m_i, where m_i is the mean of the other normal ones: with m the mean of all,
    z_i = (x_i - m) n / (n - 1). The paper also divides by the embedding's dimensions; here all embeddings have one
    length, however many dimensions they have, so their distances need no such scale.

    Args:
        others: how many classes there are beside normal.
        weight: lambda, of the compactness.

    Returns:
        A loss of targets `(N, 1 + others)`, one-hot with normal first, and of the describer's answers.
    """

    def loss(targets: Any, answers: Any) -> Any:
        normal, classes = targets[:, 0], targets[:, 1:]
        probabilities, embeddings = answers[:, :others], answers[:, others:]
        wrong = -ops.sum(classes * ops.log(probabilities + _TINY), axis=1)
        descriptiveness = ops.sum(wrong) / ops.maximum(ops.sum(1 - normal), 1.0)
        count = ops.sum(normal)
        mean = ops.sum(normal[:, None] * embeddings, axis=0) / ops.maximum(count, 1.0)
        apart = (embeddings - mean) * count / ops.maximum(count - 1, 1.0)
        compactness = ops.sum(normal * ops.sum(apart * apart, axis=1)) / ops.maximum(count, 1.0)
        return descriptiveness + weight * compactness

    return loss


def embedding(features: Any, depth: int, *, stem: bool = False) -> Any:
    """From images to embeddings `(N, d)` and the last feature map `(N, r, c, d')`, scaled to a mean of length 1.

    The embedding is the mean of that map, behind the unit means of the `depth - 1` feature maps before it: what earlier
    layers hold was not thrown away for the sake of the classes.

    Args:
        features: from images to feature maps.
        depth: how many of the last maps take part, >= 1.
        stem: whether the first map comes from a stem. Its values lie around 0, and so do their means, whose direction
            alone would say little: they are taken with their length, one for each quarter of the picture.
    """
    pooled = [_pooled(one) for one in features.outputs[-depth:]]
    if stem and depth == len(features.outputs):
        pooled[0] = _quarters(features.outputs[0])
    joined = pooled[0] if depth == 1 else layers.Concatenate()(pooled)
    last = features.outputs[-1]
    mean = layers.GlobalAveragePooling2D()(last)
    length = ops.sqrt(ops.sum(mean * mean, axis=1, keepdims=True))
    # By channels, which is how the exporter turns maps: it cannot divide one by a number for each image.
    scale = ops.ones_like(mean) / ops.maximum(length, _TINY)
    scaled = last * layers.Reshape((1, 1, last.shape[3]))(scale)
    return keras.Model(features.input, [joined, scaled], name="embedding")


def _quarters(feature_map: Any) -> Any:
    """The mean of each quarter of a feature map of at least 2x2 positions, `(N, 4 d)`."""
    rows, columns = feature_map.shape[1] // 2, feature_map.shape[2] // 2
    quarters = [
        half[:, :, across]
        for half in (feature_map[:, :rows], feature_map[:, rows:])
        for across in (slice(columns), slice(columns, None))
    ]
    return layers.Concatenate()([layers.GlobalAveragePooling2D()(one) for one in quarters])


def _pooled(feature_map: Any) -> Any:
    """The unit mean of a feature map over its positions, `(N, d)`."""
    return layers.UnitNormalization(axis=-1)(layers.GlobalAveragePooling2D()(feature_map))
