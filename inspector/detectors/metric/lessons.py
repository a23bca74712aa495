"""What a metric detector learns from: normal images, abnormal kinds, reference classes, and classes it makes itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from inspector.detectors.metric.made import MADE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from inspector.detectors.fitting import TrainingData
    from inspector.detectors.images import PlacedImages
    from inspector.imaging.augmentation import Augmentation
    from inspector.imaging.placement import Batch

NORMAL = "normal"
_MADE = 2  # times as many images of all made classes together as normal ones


@dataclass(frozen=True, slots=True)
class _Group:
    """Images that are drawn together.

    Attributes:
        images: from which.
        classes: what each of them is.
        wanted: how many an epoch.
        made: what is done to each, a name among `MADE`; empty leaves them as they are.
    """

    images: PlacedImages
    classes: Sequence[str]
    wanted: int
    made: str = ""


class Lessons:
    """Batches of augmented images with one-hot classes. Class 0 is normal."""

    def __init__(
        self,
        data: TrainingData,
        augmentation: Augmentation,
        *,
        images: int,
        balanced: bool = False,
        learn_abnormal: bool = False,
        weights: Mapping[str, float] | None = None,
        references: Sequence[PlacedImages] = (),
        made: Sequence[str] = (),
    ) -> None:
        """Sort the images into classes.

        Args:
            data: the normal images, which all are learned from: nothing here stops early. And the abnormal ones.
            augmentation: varies every image by itself.
            images: so many of the normal images, and of each kind, an epoch; twice as many of all made classes.
            balanced: whether to draw as many normal images as all others together rather than `images`.
            learn_abnormal: whether abnormal kinds are classes.
            weights: by kind, how much its images count; 1 where none stands, and 0 leaves a kind out.
            references: sets of other things, with what each is called; every one once an epoch, and sets of fewer
                than `images` again.
            made: classes made from the normal images, names among `MADE`.
        """
        self.normal = data.train.union(data.validation)
        self._shape = data.shape
        self._augmentation = augmentation
        self._groups = [_Group(self.normal, [NORMAL] * len(self.normal), images)]
        weights = weights or {}
        found = sorted(set(data.abnormal.kinds)) if learn_abnormal else []
        self.kinds = tuple(kind for kind in found if weights.get(kind, 1) > 0)
        """The abnormal kinds that are learned from."""
        for kind in self.kinds:
            own = data.abnormal.subset([place for place, one in enumerate(data.abnormal.kinds) if one == kind])
            self._groups.append(_Group(own, [f"abnormal {kind}"] * len(own), images))
        self.references = bool(references)
        """Whether there are other things to tell normal images from."""
        for some in references:
            named = [f"reference {kind}" for kind in some.kinds]
            self._groups.append(_Group(some, named, max(len(some), images)))
        for name in made:
            share = -(-_MADE * images // len(made))
            self._groups.append(_Group(self.normal, [f"made {name}"] * len(self.normal), share, name))
        if balanced:
            others = sum(group.wanted for group in self._groups[1:])
            self._groups[0] = replace(self._groups[0], wanted=max(others, images))
        names = sorted({name for group in self._groups[1:] for name in group.classes})
        self.classes = (NORMAL, *names)
        self._number = {name: number for number, name in enumerate(self.classes)}
        self._weights = {f"abnormal {kind}": weight for kind, weight in weights.items()}

    def epoch(self, rng: np.random.Generator) -> npt.NDArray[np.intp]:
        """The order of an epoch: rows `(group, position)`; group 0 is normal."""
        rows = [_drawn(number, len(group.images), group.wanted, rng) for number, group in enumerate(self._groups)]
        every = np.concatenate(rows)
        return np.asarray(every[rng.permutation(len(every))])

    def batch(self, rows: npt.NDArray[np.intp], rng: np.random.Generator) -> tuple[Batch, npt.NDArray[np.float32]]:
        """Inputs `(N, h, w, c)` and one-hot classes `(N, K)`, times their weight, of some rows of an epoch."""
        inputs = np.empty((len(rows), *self._shape), np.float32)
        targets = np.zeros((len(rows), len(self.classes)), np.float32)
        for number in np.unique(rows[:, 0]):
            at = np.flatnonzero(rows[:, 0] == number)
            group, positions = self._groups[number], rows[at, 1]
            batch = self._augmentation.apply(group.images.batch(positions), rng)
            inputs[at] = MADE[group.made](batch, rng) if group.made else batch
            for row, position in zip(at, positions, strict=True):
                name = group.classes[position]
                targets[row, self._number[name]] = self._weights.get(name, 1.0)
        return inputs, targets


def _drawn(group: int, available: int, wanted: int, rng: np.random.Generator) -> npt.NDArray[np.intp]:
    """So many rows of a group, each image as often as any other but for one."""
    rounds = -(-wanted // available)
    positions = np.concatenate([rng.permutation(available) for _ in range(rounds)])[:wanted]
    return np.stack([np.full(wanted, group), positions], axis=1)
