"""`denoising-autoencoder`: the convolutional one, trained to undo damage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from pydantic import Field, field_validator, model_validator

from inspector.core.errors import OptionError
from inspector.detectors.autoencoder.convolutional import ConvAutoencoder, ConvOptions
from inspector.imaging.corruption import cut_outs, gaussian_noise, pasted_patches, scratches, stains

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from inspector.detectors.autoencoder.learning import Corrupt
    from inspector.detectors.fitting import TrainingData
    from inspector.imaging.corruption import Picture
    from inspector.imaging.placement import Batch

NOISE, PASTED = "noise", "pasted"
CORRUPTIONS = (NOISE, "scratches", "cut-outs", "stains", PASTED)

_DRAWN: Mapping[str, Callable[[Batch, np.random.Generator], Batch]] = {
    "scratches": scratches,
    "cut-outs": cut_outs,
    "stains": stains,
}
_MOST_PATCHES = 200


class DenoisingOptions(ConvOptions):
    """What `denoising-autoencoder` can be told."""

    corruption: str = Field(
        default=NOISE,
        description="what it learns to undo: noise, scratches, cut-outs, stains or pasted (pieces of the given "
        "abnormal images); several joined with +, of which each picture gets one by lot",
    )
    noise: float = Field(default=0.1, gt=0, le=1, description="standard deviation of the noise, pixels being in 0..1")
    residual: bool = Field(
        default=False,
        description="the network finds the damage instead of redrawing the picture: fine texture is left alone",
    )

    @field_validator("corruption", mode="after")
    @classmethod
    def _known(cls, value: str) -> str:
        names = [name.strip().lower() for name in value.split("+")]
        if any(name not in CORRUPTIONS for name in names) or len(set(names)) < len(names):
            msg = f"one of {', '.join(CORRUPTIONS)}, or several different ones joined with +"
            raise ValueError(msg)
        return "+".join(names)

    @property
    def corruptions(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(self.corruption.split("+"))

    @model_validator(mode="after")
    def _fresh(self) -> Self:
        if PASTED in self.corruptions and self.threshold.name == "best-f1":
            msg = "a rule other than best-f1, whose abnormal images must be fresh: 'pasted' trains on them"
            raise ValueError(msg)
        return self


class DenoisingAutoencoder(ConvAutoencoder):
    """The convolutional autoencoder, shown damaged pictures and taught to give back the whole ones.

    What it has learned to take away it takes away from a picture to be judged too, and that is the difference.
    """

    METHOD = "denoising-autoencoder"
    TITLE = "Denoising autoencoder"
    SUMMARY = "For defects whose kind is known, such as scratches or stains: it learns to undo them; says where."
    Options = DenoisingOptions
    options: DenoisingOptions

    def _network(self, shape: tuple[int, int, int]) -> Any:
        from inspector.detectors.autoencoder import network

        options = self.options
        return network.convolutional(shape, options.filters, options.momentum, options.code, residual=options.residual)

    def _corruption(self, data: TrainingData) -> Corrupt:
        patches: list[Picture] = []
        if PASTED in self.options.corruptions:
            count = len(data.abnormal)
            if not count:
                msg = (
                    "Expected for corruption: abnormal images to paste pieces of. Received: 'pasted' and no abnormal "
                    "images. Give some, or choose another corruption."
                )
                raise OptionError(msg)
            positions = np.unique(np.linspace(0, count - 1, min(_MOST_PATCHES, count)).astype(int))
            patches = list(data.abnormal.batch(positions))
        return Corruption(self.options.corruptions, self.options.noise, patches)


class Corruption:
    """Damages each picture of a batch by one of several kinds, drawn by lot."""

    def __init__(self, names: tuple[str, ...], noise: float, patches: list[Picture]) -> None:
        """Choose the kinds, among `CORRUPTIONS`.

        Args:
            names: at least one.
            noise: standard deviation, of `noise`.
            patches: pictures to cut from, for `pasted`.
        """
        self._names = names
        self._noise = noise
        self._patches = patches

    def __call__(self, batch: Batch, rng: np.random.Generator) -> Batch:
        """Give a damaged copy of `batch`; the same generator state does the same damage."""
        lots = rng.integers(len(self._names), size=len(batch))
        answer = np.empty_like(batch)
        for lot, name in enumerate(self._names):
            chosen = lots == lot
            if chosen.any():
                answer[chosen] = self._damage(name, batch[chosen], rng)
        return answer

    def _damage(self, name: str, batch: Batch, rng: np.random.Generator) -> Batch:
        if name == NOISE:
            return gaussian_noise(batch, rng, scale=self._noise)
        if name == PASTED:
            return pasted_patches(batch, rng, self._patches)
        return _DRAWN[name](batch, rng)
