"""What a job tells while it runs. Small, picklable, and the same for GUI, CLI and tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from inspector.core.feedstate import FeedState
    from inspector.core.image import Image
    from inspector.core.inspection import Inspection


@dataclass(frozen=True, slots=True)
class Stage:
    """A job enters a part of its work, such as `"Reading images"`. `total` is None when unknown."""

    name: str
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of the present stage's steps are finished. `total` is None when unknown."""

    done: int
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Epoch:
    """One epoch of training is over.

    Attributes:
        number: from 1.
        total: how many there will be at most.
        values: such as `loss`, `val_loss`, `normal_right`, `abnormal_right` (the last two are shares in 0..1).
    """

    number: int
    total: int
    values: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Samples:
    """What the network makes of a few images now: pairs of equal length, at the network's size, as RGB images.

    Attributes:
        epoch: from 1.
        inputs: what it was shown.
        outputs: what it made of that.
        abnormal: how many of them, the last ones, are abnormal.
    """

    epoch: int
    inputs: tuple[Image, ...]
    outputs: tuple[Image, ...]
    abnormal: int = 0


@dataclass(frozen=True, slots=True)
class Judged:
    """One frame was judged, or found unreadable.

    Attributes:
        inspection: what was found.
        again: whether it was told before, by a run that was cut off and that this one goes on from.
    """

    inspection: Inspection
    again: bool = False


@dataclass(frozen=True, slots=True)
class Warned:
    """Something a person should know, that does not end the job."""

    message: str


@dataclass(frozen=True, slots=True)
class PartBegan:
    """A job of several independent parts, such as methods to compare, begins the one called `name`."""

    name: str


@dataclass(frozen=True, slots=True)
class PartEnded:
    """The part called `name` came to `outcome`; what that is stands with the job."""

    name: str
    outcome: object


@dataclass(frozen=True, slots=True)
class FeedChanged:
    """The camera or stream called `source` was opened, fell silent, was lost, is to be tried again or came back."""

    source: str
    state: FeedState


@dataclass(frozen=True, slots=True)
class PictureChanged:
    """What the source called `source` shows looks other than the training images, or does so again.

    Attributes:
        source: its name.
        how: in what, in words, the largest change first; empty when it looks again as in training.
    """

    source: str
    how: tuple[str, ...]


Event: TypeAlias = (
    Stage | Progress | Epoch | Samples | Judged | Warned | PartBegan | PartEnded | FeedChanged | PictureChanged
)
Listener: TypeAlias = Callable[[Event], None]
"""Hears every event; raising `Cancelled` from it ends the job."""


def ignore(_event: Event) -> None:
    """Hear nothing: the listener of those who do not ask."""
