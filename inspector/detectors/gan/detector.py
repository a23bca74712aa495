"""What both GAN detectors share: what they are told, how images are laid out, and what the score is made of."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from inspector.detectors.base import Detector
from inspector.detectors.fitted import Judgement
from inspector.detectors.options import Options, OrNone, Size
from inspector.imaging.augmentation import Augmentation
from inspector.imaging.smoothing import smooth

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from inspector.core.image import Map
    from inspector.detectors.fitted import Evidence
    from inspector.detectors.images import Masks
    from inspector.imaging.placement import Batch

Values = npt.NDArray[np.float32]

_SMALLEST_SIDE = 8


class GanOptions(Options):
    """What both can be told."""

    size: Size = Field(default=(64, 64), description="input of the networks, in pixels, each side even: N or HxW")
    latent: int = Field(default=64, ge=1, le=4096, description="numbers that an image is generated from")
    filters: int = Field(default=32, ge=1, le=512, description="of the outermost layers; inner ones have up to 4 times")
    batch: int = Field(default=64, ge=2, le=4096, description="images a training step")
    steps: int = Field(default=0, ge=0, le=100_000, description="steps an epoch; 0 shows every image once an epoch")
    learning_rate: float = Field(default=2e-4, gt=0, le=1, description="of Adam, for generator and discriminator")
    momentum: float = Field(default=0.9, ge=0, lt=1, description="of the generator's batch normalisation")
    weight: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="lambda: share of the discrimination in the score, beside the residual",
    )
    smoothing: Annotated[float | None, OrNone] = Field(
        default=None, ge=0, le=100, description="sigma in pixels of the map's Gaussian; none takes a 48th of the size"
    )
    shift: float = Field(default=0.0, ge=0, le=0.5, description="augmentation: move by up to this share of the size")
    rotation: float = Field(default=0.0, ge=0, le=180, description="augmentation: turn by up to so many degrees")
    flip_horizontal: bool = Field(default=False, description="augmentation: mirror left and right")

    @model_validator(mode="after")
    def _even(self) -> Self:
        if any(side % 2 or side < _SMALLEST_SIDE for side in self.size):
            msg = f"a size of even sides of at least {_SMALLEST_SIDE} pixels (the networks halve and double them)"
            raise ValueError(msg)
        return self

    def augmentation(self) -> Augmentation:
        """The augmentation these options ask for."""
        return Augmentation(shift=self.shift, rotation=self.rotation, flip_horizontal=self.flip_horizontal)


class Generated:
    """What a generator made of N images, channels last, and how far it is from them.

    Attributes:
        images: `(N, h, w, c)`, the image itself where nothing counts.
        discrimination: `(N,)`, mean absolute difference of the discriminator's features.
        details: more that can be asked for by name, arrays whose first axis is N.
    """

    def __init__(self, images: Values, discrimination: Values, details: Mapping[str, Values] | None = None) -> None:
        self.images, self.discrimination, self.details = images, discrimination, details or {}


class Gan(Detector):
    """Compares an image with what a generator that knows only normal images makes of it."""

    UNIT = "weighted mean absolute difference, of pixels in 0..1 and of a discriminator's features"
    DETAILS: ClassVar[tuple[str, ...]] = ("reconstruction", "difference", "residual", "discrimination")
    KEPT = ("residual", "discrimination")
    JUDGING = (*Detector.JUDGING, "weight")
    MAP_UNIT = "highest smoothed absolute difference, of pixels in 0..1"
    Options = GanOptions
    options: GanOptions

    def _own(self, found: Evidence, anomaly_map: Map | None) -> float:
        del anomaly_map
        if "residual" not in found.parts:
            return found.own
        weight = self.options.weight
        return (1 - weight) * float(found.parts["residual"]) + weight * float(found.parts["discrimination"])

    @abstractmethod
    def _generated(self, networks: Any, batch: Batch, counts: Values) -> Generated:
        """What is generated for each image of the batch; `counts` is 1 where a pixel counts, `(N, 1, h, w)`."""

    def _judge(self, networks: Any, batch: Batch, masks: Masks | None, details: Sequence[str]) -> Judgement:
        count, high, wide = batch.shape[:3]
        seen = np.ones((count, high, wide), np.bool_) if masks is None else masks
        made = self._generated(networks, batch, seen[:, np.newaxis].astype(np.float32))
        difference = batch - made.images
        errors = np.abs(difference).mean(axis=3)
        # One by one, so that no image's sum depends on its neighbours in the batch.
        sums = [float(one[where].mean(dtype=np.float64)) for one, where in zip(errors, seen, strict=True)]
        residual = np.array(sums)
        weight = self.options.weight
        scores = (1 - weight) * residual + weight * made.discrimination.astype(np.float64)
        sigma = min(high, wide) / 48 if self.options.smoothing is None else self.options.smoothing
        maps = np.stack([smooth(one, sigma) for one in errors])
        wanted: dict[str, npt.NDArray[np.generic]] = {
            "reconstruction": made.images,
            "difference": difference,
            "residual": residual,
            "discrimination": made.discrimination,
            **made.details,
        }
        return Judgement(
            scores,
            np.where(seen, maps, np.float32(0)),
            {name: wanted[name] for name in details},
            {"residual": residual, "discrimination": made.discrimination},
        )


def channels_first(batch: Batch) -> Values:
    """`(N, h, w, c)` to `(N, c, h, w)`."""
    return np.ascontiguousarray(batch.transpose(0, 3, 1, 2))


def channels_last(images: Values) -> Values:
    """`(N, c, h, w)` to `(N, h, w, c)`."""
    return np.ascontiguousarray(images.transpose(0, 2, 3, 1))
