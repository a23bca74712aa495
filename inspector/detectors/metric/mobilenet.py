"""MobileNetV2 as the network that metric learning trains: with no weights, Keras' ImageNet weights, or a file's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspector.core.errors import DataError, OptionError
from inspector.detectors.backbones import load_weights

if TYPE_CHECKING:
    from inspector.detectors.metric.network import Shape

NONE, IMAGENET = "none", "imagenet"

SMALLEST_SIDE = 32
"""Pixels a side of its input: `keras.applications` takes no smaller one."""

WIDTHS = (0.35, 0.5, 0.75, 1.0, 1.3, 1.4)
"""Widths that `keras.applications` has ImageNet weights for."""

_ENDS = ("block_2_add", "block_5_add", "block_12_add")
"""Ends of the last blocks at strides 4, 8 and 16, as `backbones` cuts it."""


def mobilenet(shape: Shape, width: float, weights: str) -> Any:
    """From images in 0..1 to feature maps at strides 4, 8 and 16, the finest first; all of it can be trained.

    Sandler et al. 2018, arXiv:1801.04381. A grey image is shown to it in three equal channels.

    Args:
        shape: of the input, at least `SMALLEST_SIDE` a side.
        width: how many filters, as a share of the published network's.
        weights: `"none"` starts anew; `"imagenet"` downloads Keras' once; or the path of a file of Keras weights (no
            top) of this width.

    Raises:
        OptionError: there is no such file, or it is of another network.
        DataError: the weights cannot be downloaded.
    """
    import keras
    from keras import layers

    from inspector.detectors.metric.network import MOMENTUM

    whole = _whole(shape, width, weights)
    for layer in whole.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = MOMENTUM  # Keras' 0.999 forgets its start after more steps than trainings here have
    cut = keras.Model(whole.input, [whole.get_layer(name).output for name in _ENDS])
    image = keras.Input(shape)
    coloured = layers.Concatenate()([image] * 3) if shape[2] == 1 else image
    return keras.Model(image, cut(coloured * 2.0 - 1.0), name="features")


def _whole(shape: Shape, width: float, weights: str) -> Any:
    import keras

    form = {"include_top": False, "input_shape": (*shape[:2], 3), "alpha": width}
    if weights == IMAGENET:
        try:
            return keras.applications.MobileNetV2(weights="imagenet", **form)
        except Exception as error:  # Keras wraps whatever urllib raised into a bare Exception
            msg = (
                f"The weights of MobileNetV2 cannot be downloaded: {error}. Without a network, take weights={NONE}, or "
                "give the path of a weights file copied from a machine that has one."
            )
            raise DataError(msg) from error
    network = keras.applications.MobileNetV2(weights=None, **form)
    if weights != NONE:
        path = Path(weights).expanduser()
        if not path.is_file():
            msg = f"Expected for weights: {NONE}, {IMAGENET} or the path of a file. Received: {weights!r}"
            raise OptionError(msg)
        try:
            load_weights(network, path)
        except (ValueError, OSError, KeyError) as error:
            reason = str(error).splitlines()[0][:160]
            msg = f"{path} holds no weights of a MobileNetV2 of width {width:g} without top: {reason}"
            raise OptionError(msg) from error
    return network
