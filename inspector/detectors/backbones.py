"""Backbones: networks trained on other pictures, whose inner features tell one patch of a picture from another.

Whatever a backbone comes from, it ends as one exported graph from images `(N, h, w, 3)` in 0..1 to a list of feature
maps, finest first. The graph goes into the bundle, so that a saved detector never looks for weights again.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from inspector.core.errors import BundleError, DataError, InspectorError, OptionError
from inspector.core.places import shipped
from inspector.detectors.runtime import Graph

if TYPE_CHECKING:
    from collections.abc import Callable

BUILT_IN = "built-in"
"""The backbone that ships with the program: nothing is downloaded."""

_NAME = "backbone"
_HDF5 = b"\x89HDF\r\n\x1a\n"
_WIDTHS = (1.0, 0.75, 0.5, 0.35, 1.3, 1.4)
_LAYERS = {
    "mobilenetv2": ("block_2_add", "block_5_add", "block_12_add"),
    "efficientnetb0": ("block2b_add", "block3b_add", "block5c_add"),
}
"""Ends of the last blocks at strides 4, 8 and 16: narrow layers that hold what the wide ones around them do."""


def built_in() -> Path:
    """The file of the built-in backbone.

    Raises:
        InspectorError: the installation lacks it.
    """
    path = shipped("models") / "backbone" / "features.onnx"
    if not path.is_file():
        msg = f"The built-in backbone {path} is missing. Install inspector again, or name another backbone."
        raise InspectorError(msg)
    return path


def backbone(name: str, size: tuple[int, int]) -> Graph:
    """Make the feature graph that `name` stands for.

    Args:
        name: `"built-in"`; `"mobilenetv2"` or `"efficientnetb0"` for `keras.applications`' networks with ImageNet
            weights, downloaded once and kept by Keras; or the path of a file: an `.onnx` graph from images
            `(N, h, w, 3)` in 0..1 to feature maps, or Keras weights (`.h5`, no top) of MobileNetV2 of any width or of
            EfficientNetB0.
        size: height and width of its input.

    Raises:
        OptionError: there is no such backbone or file, or the file is none.
        DataError: the weights cannot be downloaded.
    """
    if name == BUILT_IN:
        return _of_file(built_in())
    if name in _LAYERS:
        return _export(_downloaded(name), _LAYERS[name], size)
    path = Path(name).expanduser()
    if not path.is_file():
        msg = (
            f"Expected for backbone: {BUILT_IN}, {', '.join(_LAYERS)} or the path of a weights file. Received: {name!r}"
        )
        raise OptionError(msg)
    return _of_file(path) if path.suffix == ".onnx" else _of_weights(path, size)


def _of_file(path: Path) -> Graph:
    try:
        graph = Graph(path.read_bytes(), name=_NAME)
        maps = graph(np.zeros((1, 64, 64, 3), np.float32))
    except OSError as error:
        msg = f"The backbone {path} cannot be read: {error.strerror}."
        raise OptionError(msg) from error
    except BundleError as error:
        msg = f"{path} is no backbone: {error}"
        raise OptionError(msg) from error
    except Exception as error:  # ONNX Runtime's exceptions share no base but Exception
        msg = f"{path} is no backbone: it does not take images (N, h, w, 3): {error}"
        raise OptionError(msg) from error
    if any(one.ndim != 4 for one in maps):  # noqa: PLR2004
        msg = f"{path} is no backbone: expected feature maps (N, h, w, channels), got {[one.shape for one in maps]}."
        raise OptionError(msg)
    return graph


def _downloaded(name: str) -> Callable[..., Any]:
    def build(**shape: Any) -> Any:
        try:
            return _application(name)(weights="imagenet", **shape)
        except Exception as error:  # Keras wraps whatever urllib raised into a bare Exception
            msg = (
                f"The weights of {name} cannot be downloaded: {error}. Without a network, take the {BUILT_IN} "
                "backbone, or give the path of a weights file copied from a machine that has one."
            )
            raise DataError(msg) from error

    return build


def _of_weights(path: Path, size: tuple[int, int]) -> Graph:
    """The network of a Keras weights file: tried by each architecture it may belong to."""
    try:
        with path.open("rb") as file:
            hdf = file.read(len(_HDF5)) == _HDF5
    except OSError as error:
        msg = f"The backbone {path} cannot be read: {error.strerror}."
        raise OptionError(msg) from error
    if not hdf:
        msg = f"{path} is no backbone: neither an .onnx graph nor a file of Keras weights (HDF5, .h5)."
        raise OptionError(msg)
    tried: list[tuple[str, dict[str, Any]]] = [("mobilenetv2", {"alpha": width}) for width in _WIDTHS]
    tried.append(("efficientnetb0", {}))
    reasons: dict[str, None] = {}
    for name, more in tried:

        def build(name: str = name, more: dict[str, Any] = more, **shape: Any) -> Any:
            network = _application(name)(weights=None, **more, **shape)
            load_weights(network, path)
            return network

        try:
            return _export(build, _LAYERS[name], size)
        except (ValueError, OSError, KeyError) as error:
            reasons[str(error).splitlines()[0][:160]] = None
    msg = (
        f"{path} holds the weights neither of a MobileNetV2 nor of an EfficientNetB0 without top: "
        f"{'; '.join(list(reasons)[-1:])}"
    )
    raise OptionError(msg)


def load_weights(network: Any, path: Path) -> None:
    """Load weights, all of them: Keras only warns of layers that a file does not have.

    Raises:
        ValueError: the file is of another network.
    """
    kernels = [one for one in network.weights if one.path.endswith("kernel")]
    before = [np.array(one.numpy()) for one in kernels]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of containers that hold no weights; what counts is looked at below
        network.load_weights(str(path))
    left = [one.path for one, old in zip(kernels, before, strict=True) if np.array_equal(one.numpy(), old)]
    if left:
        msg = f"it has no weights for {left[0]}"
        raise ValueError(msg)


def _application(name: str) -> Callable[..., Any]:
    import keras

    known = {"mobilenetv2": keras.applications.MobileNetV2, "efficientnetb0": keras.applications.EfficientNetB0}
    network: Callable[..., Any] = known[name]
    return network


def _export(build: Callable[..., Any], layers: tuple[str, ...], size: tuple[int, int]) -> Graph:
    """Cut the network off behind its last wanted layer and export it for images in 0..1."""
    import keras

    from inspector.detectors import training

    whole = build(include_top=False, input_shape=(*size, 3))
    cut = keras.Model(whole.input, [whole.get_layer(name).output for name in layers])
    images = keras.Input((*size, 3))
    # EfficientNet scales by itself and wants 0..255; MobileNetV2 wants -1..1.
    scaled = images * 255.0 if layers == _LAYERS["efficientnetb0"] else images * 2.0 - 1.0
    return training.export(keras.Model(images, cut(scaled)), _NAME)
