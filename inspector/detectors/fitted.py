"""What a trained detector consists of: plain values that go into a bundle and come out of one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    import numpy.typing as npt

    from inspector.core.image import Map
    from inspector.core.pose import Pose
    from inspector.detectors.runtime import Arrays, Graph
    from inspector.imaging.appearance import Appearance
    from inspector.imaging.placement import Placement


T = TypeVar("T")

FULL = "fp32"
"""The precision that networks are trained and exported in."""


@dataclass(frozen=True, slots=True)
class Networks:
    """What judging runs on: exported graphs, and arrays such as a mean and a covariance."""

    graphs: Mapping[str, Graph]
    arrays: Arrays = field(default_factory=dict)
    _derived: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def derived(self, key: Hashable, make: Callable[[Arrays], T]) -> T:
        """What `make` gives of the arrays, made once: a feed asks for it with every frame."""
        try:
            found: T = self._derived[key]
        except KeyError:
            found = self._derived[key] = make(self.arrays)
        return found


@dataclass(frozen=True, slots=True)
class Trained:
    """What a family's training gives.

    Attributes:
        networks: the exported graphs and the arrays beside them.
        curves: by name, one number an epoch; shares are in 0..1.
        learned: the abnormal kinds it learned from.
    """

    networks: Networks
    curves: Mapping[str, list[float]]
    learned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a family says of a batch of N inputs.

    Attributes:
        scores: `(N,)`.
        maps: `float32 (N, h, w)`, raw, or None.
        details: by name, arrays whose first axis is N.
        terms: what the scores are weighted sums of, by name, each `(N,)`.
        parts: what the scores are made of beside the maps, by name, arrays whose first axis is N (see `Detector._own`).
    """

    scores: npt.NDArray[np.floating]
    maps: npt.NDArray[np.float32] | None
    details: Mapping[str, npt.NDArray[np.generic]] = field(default_factory=dict)
    terms: Mapping[str, npt.NDArray[np.floating]] = field(default_factory=dict)
    parts: Mapping[str, npt.NDArray[np.generic]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a family found in one image, before the options that only judging looks at make a score of it.

    Attributes:
        own: the method's own score.
        map: raw, `float32 (h, w)`; None where the method has none, or where it was not kept.
        seen: the share of the map that shows what is looked at, in 0..1.
        parts: what the own score is made of beside the map, by name.
        details: the arrays asked for.
        terms: as in `Measured`.
        tiled: as in `Measured`.
        pose: likewise.
    """

    own: float
    map: Map | None
    seen: float = 1.0
    parts: Mapping[str, npt.NDArray[np.generic]] = field(default_factory=dict)
    details: Mapping[str, npt.NDArray[np.generic]] = field(default_factory=dict)
    terms: Mapping[str, float] = field(default_factory=dict)
    tiled: bool = False
    pose: Pose | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """The evidence of the calibration images, normal ones first: scores are made of it anew without training.

    Where images were cross-fitted, each one's is that of a network that had not seen it: embeddings of different folds
    do not lie in one space.

    Attributes:
        own: `float64 (N,)`, the method's own scores.
        seen: `float64 (N,)`, as in `Evidence`.
        kinds: of the abnormal images, the last of the N.
        parts: by name, arrays whose first axis is N.
        maps: N of them, each as in `Evidence`, of any size; None where it was not kept.
    """

    own: npt.NDArray[np.float64]
    seen: npt.NDArray[np.float64]
    kinds: tuple[str, ...]
    parts: Mapping[str, npt.NDArray[np.generic]]
    maps: tuple[Map | None, ...]

    @property
    def normals(self) -> int:
        """How many of the images are normal."""
        return len(self.own) - len(self.kinds)

    def evidence(self, index: int) -> Evidence:
        """Of one image."""
        parts = {name: values[index] for name, values in self.parts.items()}
        return Evidence(float(self.own[index]), self.maps[index], float(self.seen[index]), parts)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Scores of images the detector did not train on: what every later change of the threshold is computed from.

    Attributes:
        normal: `float64 (n,)`, scores of held-out normal images.
        abnormal: `float64 (m,)`, scores of given abnormal images.
        kinds: their m kinds.
        map_maxima: the largest value of each held-out normal image's map, `float64`; empty without maps.
        kept: what scores are made of anew, of these images and of those that are not among them because their maps
            could not be kept; None in bundles of before it was kept.
    """

    normal: npt.NDArray[np.float64]
    abnormal: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    kinds: tuple[str, ...] = ()
    map_maxima: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    kept: Kept | None = None


@dataclass(frozen=True, slots=True)
class Threshold:
    """The threshold a bundle holds, and how it came about.

    Attributes:
        value: in the score's unit, > 0.
        map_value: the map threshold, in the map's unit, > 0; None without maps.
        rule: as `parse_rule` reads it, or `"by hand"`.
        explanation: one sentence for people.
    """

    value: float
    map_value: float | None
    rule: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Lesson:
    """Images of good parts that a detector took in after its training, because a person said that they were fine.

    Attributes:
        when: ISO 8601 with zone.
        images: the name of each and the SHA-256 of its pixels.
    """

    when: str
    images: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Record:
    """How a detector was trained.

    Attributes:
        created: when, ISO 8601 with zone.
        seconds: how long it took.
        counts: `train`, `validation`, `calibration`, `abnormal`, `reference`, `unreadable` images.
        folds: into how many parts the images were cross-fitted; 0 when some were simply held out.
        curves: by name, one number an epoch.
        versions: of the program and the packages that matter.
        learned: the abnormal kinds it learned from; all others are unseen ones. Empty in bundles of before it was kept.
        lessons: what it took in since, in order.
        precision: of its graphs' numbers: `FULL` as trained, or `"fp16"` or `"int8"`.
    """

    created: str
    seconds: float
    counts: Mapping[str, int]
    folds: int
    curves: Mapping[str, list[float]]
    versions: Mapping[str, str]
    learned: Sequence[str] = ()
    lessons: tuple[Lesson, ...] = ()
    precision: str = FULL


@dataclass(frozen=True, slots=True)
class Golden:
    """A few images kept inside a bundle with the scores they had, to be scored again when it is loaded.

    Attributes:
        images: RGB `uint8 (k, h, w, 3)`, at the network's size.
        scores: `float64 (k,)`.
    """

    images: npt.NDArray[np.uint8]
    scores: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fitted:
    """All that `fit` gives and `save` writes.

    `appearance` is None in bundles of before it was kept.
    """

    networks: Networks
    placement: Placement
    calibration: Calibration
    threshold: Threshold
    record: Record
    golden: Golden
    appearance: Appearance | None = None
