"""What an image and an anomaly map are, and the one check for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Image: TypeAlias = npt.NDArray[np.uint8]
"""An upright RGB picture: `uint8`, shape `(H, W, 3)`, contiguous."""

Map: TypeAlias = npt.NDArray[np.float32]
"""A raw anomaly map: `float32`, shape `(h, w)`, in the detector's own unit, at the network's resolution."""


@dataclass(frozen=True, slots=True)
class Label:
    """What a person says an image is: normal, or abnormal of some kind.

    Attributes:
        abnormal: whether the part is bad.
        kind: the name of the folder it came from, such as `"good"` or `"scratch"`.
    """

    abnormal: bool
    kind: str


NORMAL = Label(abnormal=False, kind="good")


def check_image(image: object) -> Image:
    """Give `image` back, contiguous, if it is an image.

    Raises:
        ValueError: it is not a `uint8` array of shape `(H, W, 3)` with at least one pixel.
    """
    if (
        not isinstance(image, np.ndarray)
        or image.dtype != np.uint8
        or image.ndim != 3  # noqa: PLR2004
        or image.shape[2] != 3  # noqa: PLR2004
        or 0 in image.shape
    ):
        received = f"{image.dtype} {image.shape}" if isinstance(image, np.ndarray) else type(image).__name__
        msg = f"Expected an RGB image: a uint8 array of shape (H, W, 3). Received: {received}"
        raise ValueError(msg)
    return np.ascontiguousarray(image)
