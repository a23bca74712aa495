"""`ssim-autoencoder`: learns and judges by structural similarity instead of by differences of pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import Field

from inspector.detectors.autoencoder.convolutional import ConvOptions
from inspector.detectors.autoencoder.detector import Autoencoder, Published
from inspector.detectors.options import OrNone

if TYPE_CHECKING:
    import numpy.typing as npt

    from inspector.detectors.autoencoder.detector import Compared


class SsimOptions(ConvOptions):
    """What `ssim-autoencoder` can be told."""

    epochs: int = Field(default=100, ge=1, le=100_000, description="of as many batches as 'steps' says, at most")
    learning_rate: float = Field(default=5e-4, gt=0, le=1, description="of Adam")
    filters: int = Field(default=32, ge=1, le=1024, description="of the outermost layers; the inner ones have twice")
    code: Annotated[int, Published] = Field(
        default=32,
        ge=0,
        le=65_536,
        description="numbers in a dense middle that all must pass; 0: as published, which rebuilds anything",
    )
    smoothing: Annotated[float | None, OrNone] = Field(
        default=0.0, ge=0, le=100, description="sigma in pixels of the map's Gaussian, beside SSIM's own window"
    )


class SsimAutoencoder(Autoencoder):
    """Strided convolutions, a dense code and transposed convolutions; 1 - SSIM is loss, map and score."""

    METHOD = "ssim-autoencoder"
    TITLE = "SSIM autoencoder"
    SUMMARY = "For defects that change structure more than brightness; judges by structural similarity; says where."
    UNIT = "1 - mean structural similarity, in 0..2"
    MAP_UNIT = "highest local 1 - structural similarity, in 0..2"
    Options = SsimOptions
    options: SsimOptions

    def _network(self, shape: tuple[int, int, int]) -> Any:
        from inspector.detectors.autoencoder import network

        return network.strided(shape, self.options.filters, self.options.momentum, self.options.code)

    def _loss(self, shape: tuple[int, int, int]) -> Any:
        from inspector.detectors.autoencoder import network

        return network.dissimilarity_loss(shape)

    def _errors(self, compared: Compared) -> npt.NDArray[np.float32]:
        errors = compared.dissimilarity
        return errors if compared.masks is None else np.where(compared.masks, errors, np.float32(0))

    def _score(self, compared: Compared) -> npt.NDArray[np.floating]:
        return np.asarray(self._errors(compared).sum(axis=(1, 2), dtype=np.float64) / compared.pixels)
