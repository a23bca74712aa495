"""`dense-autoencoder`: one hidden layer between the pixels and their copies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from inspector.detectors.autoencoder.detector import Autoencoder, AutoencoderOptions
from inspector.detectors.options import Size  # noqa: TC001 - pydantic reads it while the program runs

if TYPE_CHECKING:
    import numpy.typing as npt

    from inspector.detectors.autoencoder.detector import Compared


class DenseOptions(AutoencoderOptions):
    """What `dense-autoencoder` can be told."""

    size: Size = Field(default=(28, 28), description="input of the network, in pixels: N or HEIGHTxWIDTH")
    epochs: int = Field(default=300, ge=1, le=100_000, description="how often to go over the images, at most")
    batch: int = Field(default=256, ge=1, le=65_536, description="images a training step")
    code: int = Field(
        default=30, ge=1, le=65_536, description="units in the middle: how much is remembered of an image"
    )


class DenseAutoencoder(Autoencoder):
    """One hidden layer between the pixels and their copies: for small, aligned pictures."""

    METHOD = "dense-autoencoder"
    TITLE = "Dense autoencoder"
    SUMMARY = "For small, well-aligned pictures such as characters; learns in seconds and says where."
    UNIT = "sum of absolute differences over all pixels, each in 0..1"
    LOSS = "binary_crossentropy"
    Options = DenseOptions
    options: DenseOptions

    def _network(self, shape: tuple[int, int, int]) -> Any:
        from inspector.detectors.autoencoder import network

        return network.dense(shape, self.options.code)

    def _score(self, compared: Compared) -> npt.NDArray[np.floating]:
        return np.asarray(np.abs(compared.difference).sum(axis=(1, 2, 3), dtype=np.float64))
