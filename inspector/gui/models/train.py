"""What the Train panel shows and asks for, without Qt."""

from __future__ import annotations

import re
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from inspector.core.errors import InspectorError, SourceError
from inspector.core.events import Epoch, Event, Progress, Samples, Stage, Warned
from inspector.detectors import METHODS
from inspector.detectors.bundle import MANIFEST
from inspector.jobs.advising import first_size
from inspector.jobs.filing import safe_name
from inspector.jobs.train import Training
from inspector.sources.walk import find_images

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Collection

FEWEST = 2
"""Normal images that training takes at least."""

GOOD_MANY = 50
"""From so many on some are held out; with fewer, training is repeated so that each is judged unseen."""

NameFault: TypeAlias = Literal["", "empty", "unsafe", "taken"]

_PART = re.compile(r"part (\d+) of (\d+)")
_LOOK_BACK_S = 20.0


@dataclass(frozen=True, slots=True)
class Card:
    """A method as a person chooses it.

    Attributes:
        name: the registry's.
        title: for people.
        summary: one sentence, what it is for.
        says_where: whether it has a map.
    """

    name: str
    title: str
    summary: str
    says_where: bool


def cards() -> list[Card]:
    """A card for every method there is."""
    return [Card(name, one.TITLE, one.SUMMARY, one.HAS_MAP) for name, one in METHODS.items()]


@dataclass(frozen=True, slots=True)
class Pictures:
    """How many images a workspace has to train on.

    Attributes:
        folder: the workspace's `images`.
        normal: images of good parts.
        abnormal: images of bad parts, by kind.
        reference: images of other things, by class.
    """

    folder: Path
    normal: int = 0
    abnormal: dict[str, int] = field(default_factory=dict)
    reference: dict[str, int] = field(default_factory=dict)

    @property
    def enough(self) -> bool:
        """Whether training is possible at all."""
        return self.normal >= FEWEST

    @property
    def bad(self) -> int:
        """How many abnormal images there are."""
        return sum(self.abnormal.values())


def count_pictures(images: Path) -> Pictures:
    """Count the images of a workspace without opening any."""
    return Pictures(
        images,
        sum(_by_folder(images / "normal").values()),
        _by_folder(images / "abnormal"),
        _by_folder(images / "reference"),
    )


@dataclass(frozen=True, slots=True)
class Stock:
    """What a workspace has.

    Attributes:
        pictures: to train on.
        detectors: bundles, the newest first.
        taken: names that something in the folder of detectors has.
        size: `(height, width)` of the first normal image; None when there is none to be read.
    """

    pictures: Pictures
    detectors: tuple[Path, ...] = ()
    taken: frozenset[str] = frozenset()
    size: tuple[int, int] | None = None


def take_stock(images: Path, detectors: Path) -> Stock:
    """See what there is to train on and what was trained."""
    taken = frozenset(one.name for one in detectors.iterdir()) if detectors.is_dir() else frozenset()
    size = None
    with suppress(InspectorError):  # without images there is none
        size = first_size(images / "normal")
    return Stock(count_pictures(images), tuple(saved_detectors(detectors)), taken, size)


def saved_detectors(folder: Path) -> list[Path]:
    """The bundles in a workspace's `detectors`, the newest first."""
    if not folder.is_dir():
        return []
    found = [one for one in folder.iterdir() if not one.name.startswith(".") and (one / MANIFEST).is_file()]
    return sorted(found, key=lambda one: (one / MANIFEST).stat().st_mtime, reverse=True)


def default_name(method: str, today: dt.date, taken: Collection[str]) -> str:
    """A name that nobody has yet: the method and the day, and a number when that is taken."""
    base = f"{method} {today.isoformat()}"
    lower = {one.lower() for one in taken}
    number = 1
    name = base
    while name.lower() in lower:
        number += 1
        name = f"{base} ({number})"
    return name


def name_fault(name: str, taken: Collection[str]) -> NameFault:
    """Why a detector cannot be called so: its name is a folder's, on any system."""
    name = name.strip()
    if not name:
        return "empty"
    if safe_name(name, "") != name:
        return "unsafe"
    # Some file systems do not tell upper from lower case.
    return "taken" if name.lower() in {one.lower() for one in taken} else ""


def request(method: str, options: dict[str, Any], pictures: Pictures, out: Path) -> Training:
    """What is asked of the child process."""
    return Training(
        method,
        pictures.folder / "normal",
        out,
        options,
        abnormal=pictures.folder / "abnormal" if pictures.bad else None,
        reference=pictures.folder / "reference" if pictures.reference else None,
    )


def _by_folder(folder: Path) -> dict[str, int]:
    """Images below `folder` by its sub-folders; those in none are under the folder's own name."""
    counts: dict[str, int] = {}
    if not folder.is_dir():
        return counts
    try:
        names = find_images(folder).images
    except SourceError:
        return counts
    for name in names:
        kind = name.partition("/")[0] if "/" in name else folder.name
        counts[kind] = counts.get(kind, 0) + 1
    return counts


class Watch:
    """What is known of a training under way, from the events it told.

    With few images training is repeated, and each part draws its curves anew.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Nothing was told yet."""
        self._clock = clock
        self.stage = ""
        self.part, self.parts = 1, 1
        self.done, self.total = 0, 0
        self.epoch, self.epochs = 0, 0
        self.curves: dict[str, list[tuple[int, float]]] = {}
        self.samples: Samples | None = None
        self.warnings: list[str] = []
        self.training = False
        self._marks: deque[tuple[float, float]] = deque()

    def hear(self, event: Event) -> None:
        """Take an event in."""
        if isinstance(event, Stage):
            self._enter(event)
        elif isinstance(event, Progress):
            self.done, self.total = event.done, event.total or 0
            self._mark()
        elif isinstance(event, Epoch):
            self.epoch, self.epochs = event.number, event.total
            for name, value in event.values.items():
                self.curves.setdefault(name, []).append((event.number, value))
        elif isinstance(event, Samples):
            self.samples = event
        elif isinstance(event, Warned):
            self.warnings.append(event.message)

    @property
    def fraction(self) -> float | None:
        """How much of the stage is done, of a training in parts how much of all parts; None when unknown."""
        if not self.total:
            return None
        share = min(self.done / self.total, 1.0)
        return (self.part - 1 + share) / self.parts if self.training else share

    @property
    def seconds_left(self) -> float | None:
        """At the pace of the last seconds; None while there is too little to tell."""
        if len(self._marks) < 2:  # noqa: PLR2004
            return None
        (since, before), (until, now) = self._marks[0], self._marks[-1]
        if until - since < 1.0 or now <= before:
            return None
        return max(0.0, (1.0 - now) * (until - since) / (now - before) - (self._clock() - until))

    def _enter(self, stage: Stage) -> None:
        self.stage = stage.name
        self.done, self.total = 0, stage.total or 0
        self.training = stage.name.startswith("Training")
        found = _PART.search(stage.name)
        self.part, self.parts = (int(found[1]), int(found[2])) if found else (1, 1)
        if not (self.training and self.part > 1):
            self._marks.clear()
        if self.training:
            self.epoch = self.epochs = 0
            self.curves = {}

    def _mark(self) -> None:
        fraction, now = self.fraction, self._clock()
        if fraction is None:
            return
        self._marks.append((now, fraction))
        while now - self._marks[0][0] > _LOOK_BACK_S:
            self._marks.popleft()
