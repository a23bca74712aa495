"""The autoencoder detectors: what they are told, how they score, and the maps of where."""

from __future__ import annotations

from abc import abstractmethod
from functools import reduce
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from inspector.detectors.base import Detector
from inspector.detectors.fitted import Judgement, Networks, Trained
from inspector.detectors.options import Options, OrNone, Size
from inspector.imaging.augmentation import Augmentation
from inspector.imaging.smoothing import smooth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inspector.core.events import Listener
    from inspector.detectors.fitting import TrainingData
    from inspector.detectors.images import Masks
    from inspector.imaging.placement import Batch

_GRAPH = "autoencoder"


class AutoencoderOptions(Options):
    """What every autoencoder can be told."""

    epochs: int = Field(default=50, ge=1, le=100_000, description="how often to go over the images, at most")
    batch: int = Field(default=128, ge=1, le=65_536, description="images a training step")
    steps: int = Field(default=0, ge=0, le=100_000, description="batches an epoch; 0 shows every image once an epoch")
    learning_rate: float = Field(default=1e-3, gt=0, le=1, description="of Adam")
    patience: int = Field(
        default=0, ge=0, description="stop after so many epochs without a better held-out loss; 0 never stops early"
    )
    score: Literal["difference", "map"] = Field(
        default="difference",
        description="difference: of the whole picture, as published; map: the map's highest value, for small defects",
    )
    smoothing: Annotated[float | None, OrNone] = Field(
        default=None, ge=0, le=100, description="sigma in pixels of the map's Gaussian; none takes a 48th of the size"
    )
    shift: float = Field(default=0.0, ge=0, le=0.5, description="augmentation: move by up to this share of the size")
    rotation: float = Field(default=0.0, ge=0, le=180, description="augmentation: turn by up to so many degrees")
    brightness: float = Field(default=0.0, ge=0, le=1, description="augmentation: lighten or darken by up to this")
    flip_horizontal: bool = Field(default=False, description="augmentation: mirror left and right")
    flip_vertical: bool = Field(default=False, description="augmentation: mirror top and bottom")

    def augmentation(self) -> Augmentation:
        """The augmentation these options ask for."""
        return Augmentation(
            shift=self.shift,
            rotation=self.rotation,
            brightness=self.brightness,
            flip_horizontal=self.flip_horizontal,
            flip_vertical=self.flip_vertical,
        )


class Autoencoder(Detector):
    """Trained to rebuild normal images; what it rebuilds badly it has not seen.

    A subclass gives the network, the loss and how the difference becomes a score.
    """

    DETAILS = ("reconstruction", "difference")
    LOSS: ClassVar[str]
    Options = AutoencoderOptions
    options: AutoencoderOptions

    @property
    def unit(self) -> str:
        """What its score counts: of the whole picture, or the map's highest value."""
        return "highest smoothed absolute difference, of pixels in 0..1" if self.options.score == "map" else self.UNIT

    @abstractmethod
    def _network(self, shape: tuple[int, int, int]) -> Any:
        """Build the Keras model for inputs of `shape` (h, w, channels)."""

    @abstractmethod
    def _score(
        self, difference: npt.NDArray[np.float32], counted: npt.NDArray[np.floating] | int
    ) -> npt.NDArray[np.floating]:
        """Turn differences `(N, h, w, channels)`, zero where nothing counts, into scores `(N,)`.

        `counted` is how many values of each image count: a number, or `(N,)`.
        """

    def _train(self, data: TrainingData, listener: Listener) -> Trained:
        from inspector.detectors import training
        from inspector.detectors.autoencoder.learning import Learner, Schedule

        training.begin(data.seed)
        model = self._network(data.shape)
        model.compile(optimizer=training.adam(self.options.learning_rate), loss=self.LOSS, jit_compile=False)
        options = self.options
        learner = Learner(
            model,
            data,
            Schedule(options.epochs, options.steps, options.batch, options.patience),
            options.augmentation(),
            self._score_of,
            listener,
        )
        curves = learner.learn()
        return Trained(Networks({_GRAPH: training.export(model, _GRAPH)}), curves)

    def _judge(self, networks: Networks, batch: Batch, masks: Masks | None, details: Sequence[str]) -> Judgement:
        reconstruction = networks.graphs[_GRAPH](batch)[0]
        difference = batch - reconstruction
        maps = self._maps(difference, masks)
        scores = self._scores(difference, maps, masks)
        wanted: dict[str, npt.NDArray[np.generic]] = {}
        if "reconstruction" in details:
            wanted["reconstruction"] = reconstruction
        if "difference" in details:
            wanted["difference"] = difference
        return Judgement(scores, maps, wanted)

    def _score_of(
        self, batch: Batch, reconstruction: npt.NDArray[np.float32], masks: Masks | None
    ) -> npt.NDArray[np.floating]:
        difference = batch - reconstruction
        return self._scores(difference, self._maps(difference, masks), masks)

    def _maps(self, difference: npt.NDArray[np.float32], masks: Masks | None) -> npt.NDArray[np.float32]:
        """The smoothed absolute difference, mean over the channels: `(N, h, w)`."""
        maps = _mean_of_channels(np.abs(difference))
        if masks is not None:
            maps = np.where(masks, maps, np.float32(0))
        sigma = self._sigma(difference.shape[1], difference.shape[2])
        # One by one, so that no image's map depends on its neighbours in the batch.
        maps = np.stack([smooth(one, sigma) for one in maps])
        return maps if masks is None else np.where(masks, maps, np.float32(0))

    def _scores(
        self, difference: npt.NDArray[np.float32], maps: npt.NDArray[np.float32], masks: Masks | None
    ) -> npt.NDArray[np.floating]:
        if self.options.score == "map":
            return np.asarray(maps.max(axis=(1, 2)))
        channels = difference.shape[3]
        if masks is None:
            return self._score(difference, difference.shape[1] * difference.shape[2] * channels)
        counted = masks.sum(axis=(1, 2)) * channels
        return self._score(np.where(masks[:, :, :, np.newaxis], difference, np.float32(0)), counted)

    def _sigma(self, height: int, width: int) -> float:
        return min(height, width) / 48 if self.options.smoothing is None else self.options.smoothing


def _mean_of_channels(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The mean `(N, h, w)` of `(N, h, w, channels)`, as `values.mean(axis=3)`, which takes 20 times as long.

    NumPy sums over the last axis pixel by pixel, which does not pay for three numbers.
    """
    channels = values.shape[3]
    total: npt.NDArray[np.float32] = reduce(np.add, (values[:, :, :, channel] for channel in range(channels)))
    return total / np.float32(channels)


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

    def _score(
        self, difference: npt.NDArray[np.float32], counted: npt.NDArray[np.floating] | int
    ) -> npt.NDArray[np.floating]:
        del counted
        return np.asarray(np.abs(difference).sum(axis=(1, 2, 3), dtype=np.float64))


class ConvOptions(AutoencoderOptions):
    """What `conv-autoencoder` can be told."""

    epochs: int = Field(default=50, ge=1, le=100_000, description="of as many batches as 'steps' says, at most")
    steps: int = Field(default=10, ge=0, le=100_000, description="batches an epoch; 0 shows every image once an epoch")
    filters: int = Field(default=8, ge=1, le=1024, description="of each of the five convolution blocks")
    momentum: float = Field(default=0.9, ge=0, lt=1, description="of the batch normalisation's moving statistics")

    @model_validator(mode="after")
    def _divisible(self) -> Self:
        if any(side % 4 for side in self.size):
            msg = "a size divisible by 4 (two poolings halve it twice)"
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

        return network.convolutional(shape, self.options.filters, self.options.momentum)

    def _score(
        self, difference: npt.NDArray[np.float32], counted: npt.NDArray[np.floating] | int
    ) -> npt.NDArray[np.floating]:
        # Dot products image by image: quick, and no image's sum depends on its neighbours in the batch.
        flat = difference.reshape(len(difference), -1)
        return np.array([np.dot(one, one) for one in flat], np.float64) / counted
