"""What all autoencoder detectors share: what they are told, how they learn and judge, and the maps of where."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property, reduce
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BeforeValidator, Field

from inspector.detectors.base import Detector
from inspector.detectors.fitted import Judgement, Networks, Trained
from inspector.detectors.options import Options, OrNone
from inspector.imaging.areas import mean_of_top
from inspector.imaging.augmentation import Augmentation
from inspector.imaging.similarity import dissimilarity
from inspector.imaging.smoothing import smooth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inspector.core.events import Listener
    from inspector.detectors.autoencoder.learning import Corrupt
    from inspector.detectors.fitting import TrainingData
    from inspector.detectors.images import Masks
    from inspector.imaging.placement import Batch

_GRAPH = "autoencoder"


def _published(value: object) -> object:
    """The network as it was published has no dense code: 0."""
    return 0 if value is None or (isinstance(value, str) and value.strip().lower() in {"none", "published"}) else value


Published = BeforeValidator(_published)
"""For a code that may be none: `none` and `published` mean 0."""


class AutoencoderOptions(Options):
    """What every autoencoder can be told."""

    epochs: int = Field(default=50, ge=1, le=100_000, description="how often to go over the images, at most")
    batch: int = Field(default=128, ge=1, le=65_536, description="images a training step")
    steps: int = Field(default=0, ge=0, le=100_000, description="batches an epoch; 0 shows every image once an epoch")
    learning_rate: float = Field(default=1e-3, gt=0, le=1, description="of Adam")
    patience: int = Field(
        default=0, ge=0, description="stop after so many epochs without a better held-out loss; 0 never stops early"
    )
    code: Annotated[int, Published] = Field(
        default=0, ge=0, le=65_536, description="numbers in a dense middle that all must pass; 0: as published, without"
    )
    score: Literal["difference", "map", "area"] = Field(  # type: ignore[assignment]
        default="difference",
        description="difference: of the whole picture, as published; map: the map's highest values, for small defects; "
        "area: the share of the picture that is red",
    )
    smoothing: Annotated[float | None, OrNone] = Field(
        default=None, ge=0, le=100, description="sigma in pixels of the map's Gaussian; none takes a 48th of the size"
    )
    shift: float = Field(default=0.0, ge=0, le=0.5, description="augmentation: move by up to this share of the size")
    rotation: float = Field(default=0.0, ge=0, le=180, description="augmentation: turn by up to so many degrees")
    brightness: float = Field(default=0.0, ge=0, le=1, description="augmentation: lighten or darken by up to this")
    colour_shift: float = Field(
        default=0.0, ge=0, le=1, description="augmentation: move colours along their main directions, 0.1 as published"
    )
    flip_horizontal: bool = Field(default=False, description="augmentation: mirror left and right")
    flip_vertical: bool = Field(default=False, description="augmentation: mirror top and bottom")

    def augmentation(self) -> Augmentation:
        """The augmentation these options ask for."""
        return Augmentation(
            shift=self.shift,
            rotation=self.rotation,
            brightness=self.brightness,
            colour_shift=self.colour_shift,
            flip_horizontal=self.flip_horizontal,
            flip_vertical=self.flip_vertical,
        )


class Compared:
    """A batch beside its reconstruction, with what follows from the two, each made when it is asked for.

    Attributes:
        batch: `(N, h, w, channels)` in 0..1.
        reconstruction: of the same shape.
        masks: which pixels count, bool `(N, h, w)`; None when all do.
    """

    def __init__(self, batch: Batch, reconstruction: npt.NDArray[np.float32], masks: Masks | None) -> None:
        self.batch = batch
        self.reconstruction = reconstruction
        self.masks = masks

    @cached_property
    def raw_difference(self) -> npt.NDArray[np.float32]:
        """Batch less reconstruction."""
        return self.batch - self.reconstruction

    @cached_property
    def difference(self) -> npt.NDArray[np.float32]:
        """Batch less reconstruction, zero where nothing counts."""
        if self.masks is None:
            return self.raw_difference
        return np.where(self.masks[:, :, :, np.newaxis], self.raw_difference, np.float32(0))

    @cached_property
    def dissimilarity(self) -> npt.NDArray[np.float32]:
        """Local 1 - SSIM of the two, `(N, h, w)`, also where nothing counts."""
        return dissimilarity(self.batch, self.reconstruction)

    @property
    def pixels(self) -> npt.NDArray[np.integer]:
        """How many pixels of each image count: `(N,)`."""
        if self.masks is None:
            count, high, wide = self.batch.shape[:3]
            return np.full(count, high * wide)
        return np.asarray(self.masks.sum(axis=(1, 2)))


class Autoencoder(Detector):
    """Trained to rebuild normal images; what it rebuilds badly it has not seen.

    A subclass gives the network, the loss and how the difference becomes a score; one that corrupts says how.
    """

    DETAILS = ("reconstruction", "difference")
    LOSS: ClassVar[str]
    MAP_UNIT: ClassVar[str] = "highest smoothed absolute difference, of pixels in 0..1"
    Options = AutoencoderOptions
    options: AutoencoderOptions

    @abstractmethod
    def _network(self, shape: tuple[int, int, int]) -> Any:
        """Build the Keras model for inputs of `shape` (h, w, channels)."""

    def _loss(self, shape: tuple[int, int, int]) -> Any:
        """What it learns by: a Keras loss for inputs of `shape`, or the name of one."""
        del shape
        return self.LOSS

    def _corruption(self, data: TrainingData) -> Corrupt | None:
        """How what the network sees is damaged, but not what it must rebuild; None leaves it whole."""
        del data
        return None

    @abstractmethod
    def _score(self, compared: Compared) -> npt.NDArray[np.floating]:
        """Scores `(N,)` of whole pictures. What `masks` leaves out must not count."""

    def _errors(self, compared: Compared) -> npt.NDArray[np.float32]:
        """How wrong each pixel is, before smoothing: `(N, h, w)`, >= 0; zero where nothing counts."""
        return _mean_of_channels(np.abs(compared.difference))

    def _train(self, data: TrainingData, listener: Listener) -> Trained:
        corrupt = self._corruption(data)  # refuses what cannot be, before Keras is imported
        from inspector.detectors import training
        from inspector.detectors.autoencoder.learning import Learner, Schedule

        training.begin(data.seed)
        model = self._network(data.shape)
        options = self.options
        model.compile(optimizer=training.adam(options.learning_rate), loss=self._loss(data.shape), jit_compile=False)
        learner = Learner(
            model,
            data,
            Schedule(options.epochs, options.steps, options.batch, options.patience),
            options.augmentation(),
            self._score_of,
            listener,
            corrupt,
        )
        curves = learner.learn()
        return Trained(Networks({_GRAPH: training.export(model, _GRAPH)}), curves)

    def _judge(self, networks: Networks, batch: Batch, masks: Masks | None, details: Sequence[str]) -> Judgement:
        compared = Compared(batch, networks.graphs[_GRAPH](batch)[0], masks)
        maps = self._maps(compared)
        wanted: dict[str, npt.NDArray[np.generic]] = {}
        if "reconstruction" in details:
            wanted["reconstruction"] = compared.reconstruction
        if "difference" in details:
            wanted["difference"] = compared.raw_difference
        return Judgement(self._score(compared), maps, wanted)

    def _score_of(
        self, batch: Batch, reconstruction: npt.NDArray[np.float32], masks: Masks | None
    ) -> npt.NDArray[np.floating]:
        """As the detector scores; before a map threshold is known an area stands for itself by the highest values."""
        compared = Compared(batch, reconstruction, masks)
        if self.options.score == "difference":
            return self._score(compared)
        return np.array([mean_of_top(one, self.options.top) for one in self._maps(compared)], np.float64)

    def _maps(self, compared: Compared) -> npt.NDArray[np.float32]:
        """The smoothed errors: `(N, h, w)`."""
        sigma = self._sigma(*compared.batch.shape[1:3])
        # One by one, so that no image's map depends on its neighbours in the batch.
        maps = np.stack([smooth(one, sigma) for one in self._errors(compared)])
        return maps if compared.masks is None else np.where(compared.masks, maps, np.float32(0))

    def _sigma(self, height: int, width: int) -> float:
        return min(height, width) / 48 if self.options.smoothing is None else self.options.smoothing


def _mean_of_channels(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The mean `(N, h, w)` of `(N, h, w, channels)`, as `values.mean(axis=3)`, which takes 20 times as long.

    NumPy sums over the last axis pixel by pixel, which does not pay for three numbers.
    """
    channels = values.shape[3]
    total: npt.NDArray[np.float32] = reduce(np.add, (values[:, :, :, channel] for channel in range(channels)))
    return total / np.float32(channels)


def mean_square(compared: Compared) -> npt.NDArray[np.floating]:
    """The mean squared difference `(N,)` of the values that count."""
    difference = compared.difference
    # Dot products image by image: quick, and no image's sum depends on its neighbours in the batch.
    flat = difference.reshape(len(difference), -1)
    sums = np.array([np.dot(one, one) for one in flat], np.float64)
    return np.asarray(sums / (compared.pixels * difference.shape[3]))
