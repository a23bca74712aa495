"""How the GANs learn: batches, epochs, what a person can follow, and the word when one collapses."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from inspector.core.events import Epoch, Listener, Progress, Samples, Warned
from inspector.imaging.placement import as_image

if TYPE_CHECKING:
    from collections.abc import Callable

    from inspector.detectors.fitting import TrainingData
    from inspector.imaging.augmentation import Augmentation

Values = npt.NDArray[np.float32]

COLLAPSED = 0.25
"""Samples that differ from each other by less than this share of what images do: the generator makes one picture."""

_SHOWN = 6
_COMPARED = 64
_TOLD_EVERY = 0.25
_SHOWN_EVERY = 1.0
_SETTLED, _FEWEST_STEPS = 0.5, 200
"""Share and steps of the training before which samples of too little diversity are no sign of anything."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long, and in what portions.

    Attributes:
        epochs: how often to go over the images.
        steps: steps of the generator an epoch; 0 takes as many as show every image once.
        batch: images a batch.
    """

    epochs: int
    steps: int
    batch: int


@dataclass(frozen=True, slots=True)
class Step:
    """What is done over and over.

    Attributes:
        run: takes images `(REALS, n, h, w, c)` and z `(DRAWS, n, latent)`, and gives losses by name.
        reals: batches of images it takes.
        draws: batches of z.
    """

    run: Callable[[Values, Values], dict[str, Any]]
    reals: int
    draws: int


class Training:
    """One training of one GAN. The same seed draws the same images and the same z."""

    def __init__(
        self,
        data: TrainingData,
        latent: int,
        schedule: Schedule,
        augmentation: Augmentation,
        generate: Callable[[Values], Values],
        listener: Listener,
    ) -> None:
        """Prepare.

        Args:
            data: what it learns from.
            latent: numbers in z.
            schedule: for how long.
            augmentation: varies the images.
            generate: from z to images `(n, h, w, c)`, as the generator stands.
            listener: hears progress, epochs and samples; may raise `Cancelled`.
        """
        self._data, self._latent, self._schedule = data, latent, schedule
        self._augmentation, self._generate, self._listener = augmentation, generate, listener
        self._fixed = np.random.default_rng([data.seed, 1]).standard_normal((_COMPARED, latent), np.float32)
        count = len(data.train)
        self._batch = min(schedule.batch, count)
        positions = np.unique(np.linspace(0, count - 1, min(_COMPARED, count)).astype(int))
        self._real = data.train.batch(positions)
        self._variety = _variety(self._real)
        self._warned = False
        self._done, self._told, self._shown = 0, time.monotonic(), 0.0
        self.curves: dict[str, list[float]] = {}

    def steps(self, step: Step) -> int:
        """How many steps an epoch of this kind has."""
        return self._schedule.steps or max(1, -(-len(self._data.train) // (self._batch * step.reals)))

    def run(self, step: Step, epochs: range, *, total_steps: int) -> None:
        """Do the step for these epochs, of all that there will be.

        Args:
            step: what to do.
            epochs: their numbers, from 0.
            total_steps: of the whole training, for the progress.
        """
        for epoch in epochs:
            rng = np.random.default_rng([self._data.seed, 2, epoch])
            losses: dict[str, list[float]] = {}
            for _ in range(self.steps(step)):
                for name, value in step.run(self._reals(step.reals, rng), self._zs(step.draws, rng)).items():
                    losses.setdefault(name, []).append(float(value))
                self._tell(total_steps)
            self._end(epoch, {name: float(np.mean(values)) for name, values in losses.items()})

    def _reals(self, batches: int, rng: np.random.Generator) -> Values:
        count = len(self._data.train)
        wanted = self._batch * batches
        order = np.concatenate([rng.permutation(count) for _ in range(-(-wanted // count))])[:wanted]
        images = self._augmentation.apply(self._data.train.batch(order), rng)
        return np.asarray(images, np.float32).reshape(batches, self._batch, *images.shape[1:])

    def _zs(self, batches: int, rng: np.random.Generator) -> Values:
        return rng.standard_normal((batches, self._batch, self._latent), np.float32)

    def _tell(self, total: int) -> None:
        self._done += 1
        if time.monotonic() - self._told >= _TOLD_EVERY:
            self._told = time.monotonic()
            self._listener(Progress(self._done, total))

    def _end(self, epoch: int, values: dict[str, float]) -> None:
        made = self._generate(self._fixed)
        diversity = _variety(made) / self._variety if self._variety > 0 else 1.0
        values["diversity"] = diversity
        for name, value in values.items():
            self.curves.setdefault(name, []).append(value)
        epochs = self._schedule.epochs
        self._listener(Epoch(epoch + 1, epochs, values))
        if time.monotonic() - self._shown >= _SHOWN_EVERY or epoch + 1 == epochs:
            self._shown = time.monotonic()
            pictures = tuple(map(as_image, self._real[:_SHOWN])), tuple(map(as_image, made[: len(self._real[:_SHOWN])]))
            self._listener(Samples(epoch + 1, *pictures))
        settled = epoch + 1 >= _SETTLED * epochs and self._done >= _FEWEST_STEPS
        if diversity < COLLAPSED and settled and not self._warned:
            self._warned = True
            self._listener(
                Warned(
                    f"The generator collapses: its pictures differ from each other only {diversity:.0%} as much as the "
                    "images do, so much that is normal will look abnormal. Try another seed, a smaller learning_rate "
                    "or more images."
                )
            )


def _variety(images: Values) -> float:
    """How much images differ from each other: the standard deviation of each pixel over them, its mean."""
    return float(images.std(axis=0).mean())
