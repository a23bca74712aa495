"""`superres-autoencoder`: the picture made four times coarser, and its detail restored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from inspector.detectors.autoencoder.convolutional import ConvOptions
from inspector.detectors.autoencoder.detector import Autoencoder, mean_square

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from inspector.detectors.autoencoder.detector import Compared


class SuperresOptions(ConvOptions):
    """What `superres-autoencoder` can be told."""

    epochs: int = Field(default=1000, ge=1, le=100_000, description="of as many batches as 'steps' says, at most")
    patience: int = Field(
        default=20, ge=0, description="stop after so many epochs without a better held-out loss; 0 never stops early"
    )


class SuperresAutoencoder(Autoencoder):
    """Sees a picture max-pooled to a quarter of each side, and restores what it has learned belongs there."""

    METHOD = "superres-autoencoder"
    TITLE = "Super-resolution autoencoder"
    SUMMARY = (
        "For parts whose fine detail follows from their coarse shape; trained until it stops improving; says where."
    )
    UNIT = "mean squared difference of pixels, each in 0..1"
    LOSS = "mean_absolute_error"
    Options = SuperresOptions
    options: SuperresOptions

    def _network(self, shape: tuple[int, int, int]) -> Any:
        from inspector.detectors.autoencoder import network

        return network.super_resolution(shape, self.options.filters, self.options.momentum, self.options.code)

    def _score(self, compared: Compared) -> npt.NDArray[np.floating]:
        return mean_square(compared)
