"""The data sets benchmarks measure on: from the folder given, or from where Keras downloads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from inspector.core.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from inspector.core.image import Image

Arrays: TypeAlias = Literal["mnist", "fashion-mnist", "cifar10"]
"""Sets of small images that `keras.datasets` has too."""

_FILES = {
    "mnist": "mnist/mnist.npz",
    "fashion-mnist": "fashion-mnist/fashion_mnist.npz",
    "cifar10": "cifar10/cifar10_subset.npz",
}


@dataclass(frozen=True, slots=True)
class Split:
    """A set of small images with their classes.

    Attributes:
        train: `uint8 (n, h, w)` or `(n, h, w, 3)`.
        train_classes: `(n,)`.
        test: likewise.
        test_classes: likewise.
    """

    train: npt.NDArray[np.uint8]
    train_classes: npt.NDArray[np.integer]
    test: npt.NDArray[np.uint8]
    test_classes: npt.NDArray[np.integer]


class Images(Sequence["Image"]):
    """An array of images, each made RGB when it is asked for."""

    def __init__(self, pixels: npt.NDArray[np.uint8]) -> None:
        self._pixels = pixels

    def __len__(self) -> int:
        return len(self._pixels)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return Images(self._pixels[index])
        one = self._pixels[index]
        return np.repeat(one[:, :, np.newaxis], 3, axis=2) if one.ndim == 2 else one


def arrays(name: Arrays, data: Path | None) -> Split:
    """Read one of the sets of small images; without a folder, have Keras download it.

    Raises:
        DataError: it is in neither place.
    """
    if data is not None:
        path = data / _FILES[name]
        if not path.is_file():
            msg = f"{path} is missing. Give the folder that holds {_FILES[name]}, or no folder to have it downloaded."
            raise DataError(msg)
        with np.load(path) as found:
            return Split(found["x_train"], found["y_train"], found["x_test"], found["y_test"])
    return _downloaded(name)


def _downloaded(name: Arrays) -> Split:
    import keras

    module = getattr(keras.datasets, name.replace("-", "_"))
    try:
        (train, train_classes), (test, test_classes) = module.load_data()
    except Exception as error:  # Keras wraps whatever urllib raised into a bare Exception
        msg = (
            f"{name} cannot be downloaded: {error}. Without a network, give the folder that holds {_FILES[name]} "
            "with --data or INSPECTOR_DATA."
        )
        raise DataError(msg) from error
    return Split(train, train_classes.ravel(), test, test_classes.ravel())


def folder(name: str, data: Path | None) -> Path:
    """Find a set that is a folder in the MVTec layout.

    Raises:
        DataError: it is not there; nobody offers these for download in this form.
    """
    if data is None:
        msg = f"{name} takes a folder of data sets. Give the one that holds {name} with --data or INSPECTOR_DATA."
        raise DataError(msg)
    path = data / name
    if not path.is_dir():
        msg = f"{path} is missing. Give the folder that holds {name} with --data or INSPECTOR_DATA."
        raise DataError(msg)
    return path
