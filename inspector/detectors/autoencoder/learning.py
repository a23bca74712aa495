"""How an autoencoder learns: batches drawn, augmented and corrupted; epochs watched; the best weights kept."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from inspector.core.events import Epoch, Listener, Progress, Samples
from inspector.detectors.images import PlacedImages, stack_masks
from inspector.detectors.training import forward, run
from inspector.imaging.placement import Batch, as_batch, as_image

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from inspector.detectors.fitting import TrainingData
    from inspector.detectors.images import Masks
    from inspector.imaging.augmentation import Augmentation

    ScoreOf = Callable[[Batch, npt.NDArray[np.float32], Masks | None], npt.NDArray[np.floating]]
    Corrupt = Callable[[Batch, np.random.Generator], Batch]

_WATCHED = 256
_SHOWN = 6
_TOLD_EVERY = 0.25
_SHOWN_EVERY = 1.0
_PREDICTED_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and in what portions.

    Attributes:
        epochs: at most.
        steps: batches an epoch; 0 means as many as show every image once.
        batch: images a batch; fewer when there are fewer.
        patience: epochs without a better held-out loss before it stops; 0 never stops early.
    """

    epochs: int
    steps: int
    batch: int
    patience: int


@dataclass(slots=True)
class _Watched:
    """A few images followed from epoch to epoch."""

    batch: Batch
    masks: Masks | None

    @classmethod
    def of(cls, images: PlacedImages) -> _Watched:
        positions = np.unique(np.linspace(0, len(images) - 1, min(_WATCHED, len(images))).astype(int))
        placed = images.placed(positions)
        return cls(as_batch(placed) if placed else np.zeros((0, 1, 1, 1), np.float32), stack_masks(placed))

    def __len__(self) -> int:
        return len(self.batch)


@dataclass
class Learner:
    """One training of one compiled Keras autoencoder.

    Attributes:
        model: compiled; it holds the best weights when `learn` is done.
        data: what it learns from.
        schedule: for how long.
        augmentation: varies normal images; `corrupt` damages what the network sees but not what it must rebuild.
        score: as the detector scores, for the shares judged right.
        listener: hears progress, epochs and samples; may raise `Cancelled`.
    """

    model: Any
    data: TrainingData
    schedule: Schedule
    augmentation: Augmentation
    score: ScoreOf
    listener: Listener
    corrupt: Corrupt | None = None
    curves: dict[str, list[float]] = field(default_factory=dict)
    _best_weights: list[npt.NDArray[np.float32]] | None = field(default=None, init=False)

    def learn(self) -> dict[str, list[float]]:
        """Train, and give the curves: `loss`, `val_loss`, `normal_right`, `abnormal_right`, one number an epoch."""
        count = len(self.data.train)
        self._batch = min(self.schedule.batch, count)
        self._steps = self.schedule.steps or -(-count // self._batch)
        self._forward = forward(self.model)
        self._seen = _Watched.of(self.data.train)
        self._held = _Watched.of(self.data.validation)
        self._bad = _Watched.of(self.data.abnormal)
        self._best, self._best_epoch = np.inf, 0
        self._order: npt.NDArray[np.intp] = np.zeros(0, np.intp)
        self._done, self._told, self._shown = 0, time.monotonic(), 0.0
        run(
            self.model,
            self._draw,
            epochs=self.schedule.epochs,
            steps=self._steps,
            after_batch=self._after_batch,
            after_epoch=self._after_epoch,
        )
        if self._best_weights is not None:
            self.model.set_weights(self._best_weights)
        return self.curves

    def _draw(self, epoch: int, step: int) -> tuple[Batch, Batch]:
        """The batch of a step: inputs (corrupted, where the method does so) and targets."""
        rng = np.random.default_rng([self.data.seed, epoch, step])
        count = len(self.data.train)
        if self.schedule.steps:
            positions = rng.choice(count, self._batch, replace=False)
        else:
            if step == 0 or not len(self._order):
                self._order = np.random.default_rng([self.data.seed, epoch]).permutation(count)
            positions = self._order[step * self._batch : (step + 1) * self._batch]
        targets = self.augmentation.apply(self.data.train.batch(positions), rng)
        return (targets if self.corrupt is None else self.corrupt(targets, rng)), targets

    def _after_batch(self) -> None:
        self._done += 1
        if time.monotonic() - self._told >= _TOLD_EVERY:
            self._told = time.monotonic()
            self.listener(Progress(self._done, self._steps * self.schedule.epochs))

    def _after_epoch(self, epoch: int, logs: Mapping[str, float]) -> bool:
        values = {"loss": float(logs["loss"])}
        scores = self._scores(self._seen, self._rebuild(self._seen))
        threshold = float(scores.mean() + 3 * scores.std())
        rebuilt_held, rebuilt_bad = self._rebuild(self._held), self._rebuild(self._bad)
        if len(self._held):
            loss = self.model.compute_loss(y=self._held.batch, y_pred=rebuilt_held, training=False)
            values["val_loss"] = float(loss)
            values["normal_right"] = float((self._scores(self._held, rebuilt_held) <= threshold).mean())
        if len(self._bad):
            values["abnormal_right"] = float((self._scores(self._bad, rebuilt_bad) > threshold).mean())
        for name, value in values.items():
            self.curves.setdefault(name, []).append(value)
        self.listener(Epoch(epoch + 1, self.schedule.epochs, values))
        self._show(epoch, rebuilt_held, rebuilt_bad)
        return self._stop(epoch, values.get("val_loss"))

    def _stop(self, epoch: int, held_out_loss: float | None) -> bool:
        """Keep the weights of the best held-out loss; say whether it has stopped improving."""
        if held_out_loss is None or not self.schedule.patience:
            return False
        if held_out_loss < self._best:
            self._best, self._best_epoch, self._best_weights = held_out_loss, epoch, self.model.get_weights()
        return epoch - self._best_epoch >= self.schedule.patience

    def _show(self, epoch: int, held: npt.NDArray[np.float32], bad: npt.NDArray[np.float32]) -> None:
        if time.monotonic() - self._shown < _SHOWN_EVERY and epoch + 1 < self.schedule.epochs:
            return
        self._shown = time.monotonic()
        shown_bad = self._bad.batch[: _SHOWN // 2]
        inputs = [*self._held.batch[: _SHOWN // 2], *shown_bad]
        outputs = [*held[: _SHOWN // 2], *bad[: _SHOWN // 2]]
        if inputs:
            pictures = tuple(map(as_image, inputs)), tuple(map(as_image, outputs))
            self.listener(Samples(epoch + 1, *pictures, abnormal=len(shown_bad)))

    def _rebuild(self, watched: _Watched) -> npt.NDArray[np.float32]:
        parts = [
            self._forward(watched.batch[start : start + _PREDICTED_AT_ONCE])
            for start in range(0, len(watched), _PREDICTED_AT_ONCE)
        ]
        return np.concatenate(parts) if parts else watched.batch

    def _scores(self, watched: _Watched, rebuilt: npt.NDArray[np.float32]) -> npt.NDArray[np.floating]:
        return self.score(watched.batch, rebuilt, watched.masks)
