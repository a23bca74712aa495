"""`conv-autoencoder`: blocks of convolutions that halve the picture twice and double it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from pydantic import Field, model_validator

from inspector.detectors.autoencoder.detector import Autoencoder, AutoencoderOptions, mean_square

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from inspector.detectors.autoencoder.detector import Compared


class ConvOptions(AutoencoderOptions):
    """What every autoencoder of convolutions can be told."""

    epochs: int = Field(default=50, ge=1, le=100_000, description="of as many batches as 'steps' says, at most")
    steps: int = Field(default=10, ge=0, le=100_000, description="batches an epoch; 0 shows every image once an epoch")
    filters: int = Field(default=8, ge=1, le=1024, description="of each convolution block")
    momentum: float = Field(default=0.9, ge=0, lt=1, description="of the batch normalisation's moving statistics")

    @model_validator(mode="after")
    def _divisible(self) -> Self:
        if any(side % 4 for side in self.size):
            msg = "a size divisible by 4 (the network halves it twice)"
            raise ValueError(msg)
        return self


class ConvAutoencoder(Autoencoder):
    """Five blocks of convolutions that halve the picture twice and double it again."""

    METHOD = "conv-autoencoder"
    TITLE = "Convolutional autoencoder"
    SUMMARY = "For textures and simple parts where the defect is large or contrasting; says where."
    UNIT = "mean squared difference of pixels, each in 0..1"
    LOSS = "mean_absolute_error"
    Options = ConvOptions
    options: ConvOptions

    def _network(self, shape: tuple[int, int, int]) -> Any:
        from inspector.detectors.autoencoder import network

        return network.convolutional(shape, self.options.filters, self.options.momentum, self.options.code)

    def _score(self, compared: Compared) -> npt.NDArray[np.floating]:
        return mean_square(compared)
