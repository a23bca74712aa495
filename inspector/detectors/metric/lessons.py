"""What a metric detector learns from: normal images, abnormal kinds, reference classes, or classes it makes itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from inspector.imaging.corruption import cut_outs, pasted_patches, scratches, stains

if TYPE_CHECKING:
    from inspector.detectors.fitting import TrainingData
    from inspector.detectors.images import PlacedImages
    from inspector.imaging.augmentation import Augmentation
    from inspector.imaging.placement import Batch

MADE = ("pasted", "scratched", "stained", "covered")
"""Classes made from normal images where there is nothing else to tell them from (after Li et al. 2021, CutPaste)."""


class Lessons:
    """Batches of augmented images with one-hot classes. Class 0 is normal; every group is drawn equally often."""

    def __init__(self, data: TrainingData, augmentation: Augmentation, *, learn_abnormal: bool, images: int) -> None:
        """Sort the images into classes.

        Args:
            data: what there is.
            augmentation: varies every image by itself.
            learn_abnormal: whether abnormal kinds are classes.
            images: so many of the normal images, and of each kind, an epoch.
        """
        self._data = data
        self._augmentation = augmentation
        self._images = images
        self._groups: list[tuple[PlacedImages, list[str]]] = []
        if learn_abnormal and len(data.abnormal):
            kinds = data.abnormal.kinds
            for kind in sorted(set(kinds)):
                own = data.abnormal.subset([place for place, one in enumerate(kinds) if one == kind])
                self._groups.append((own, [f"abnormal {kind}"] * len(own)))
        if len(data.reference):
            self._groups.append((data.reference, [f"reference {kind}" for kind in data.reference.kinds]))
        self.made = not len(data.reference)
        names = sorted({name for _, group in self._groups for name in group})
        self.classes = ("normal", *names, *(MADE if self.made else ()))

    def epoch(self, rng: np.random.Generator) -> npt.NDArray[np.intp]:
        """The order of an epoch: rows `(group, position)`; group 0 is normal, -1 a class made from normal images."""
        rows = [self._drawn(0, len(self._data.train), self._images, rng)]
        for number, (own, names) in enumerate(self._groups, 1):
            # References keep their own number: they are many classes.
            count = len(own) if names[0].startswith("reference") else self._images
            rows.append(self._drawn(number, len(own), count, rng))
        if self.made:
            rows.append(self._drawn(-1, len(self._data.train), self._images * 2, rng))
        every = np.concatenate(rows)
        return np.asarray(every[rng.permutation(len(every))])

    def batch(self, rows: npt.NDArray[np.intp], rng: np.random.Generator) -> tuple[Batch, npt.NDArray[np.float32]]:
        """Inputs `(N, h, w, c)` and one-hot classes `(N, K)` of some rows of an epoch."""
        inputs = np.empty((len(rows), *self._data.shape), np.float32)
        targets = np.zeros((len(rows), len(self.classes)), np.float32)
        for group in np.unique(rows[:, 0]):
            at = np.flatnonzero(rows[:, 0] == group)
            positions = rows[at, 1]
            source = self._groups[group - 1][0] if group > 0 else self._data.train
            made = self._augmentation.apply(source.batch(positions), rng)
            numbers = np.zeros(len(at), np.intp)
            if group > 0:
                names = self._groups[group - 1][1]
                numbers = np.array([self.classes.index(names[position]) for position in positions])
            elif group < 0:
                made, lots = _damaged(made, rng)
                numbers = lots + len(self.classes) - len(MADE)
            inputs[at] = made
            targets[at, numbers] = 1
        return inputs, targets

    @staticmethod
    def _drawn(group: int, available: int, wanted: int, rng: np.random.Generator) -> npt.NDArray[np.intp]:
        """So many rows of a group, each image as often as any other but for one."""
        rounds = -(-wanted // available)
        positions = np.concatenate([rng.permutation(available) for _ in range(rounds)])[:wanted]
        return np.stack([np.full(wanted, group), positions], axis=1)


def _damaged(batch: Batch, rng: np.random.Generator) -> tuple[Batch, npt.NDArray[np.intp]]:
    """A copy in which each image is damaged by one way by lot, and which of `MADE` that is."""
    lots = rng.integers(len(MADE), size=len(batch))
    answer = np.empty_like(batch)
    for lot in np.unique(lots):
        own = lots == lot
        if MADE[lot] == "pasted":
            answer[own] = pasted_patches(batch[own], rng, list(batch))
        else:
            answer[own] = (scratches, stains, cut_outs)[lot - 1](batch[own], rng)
    return answer, lots
