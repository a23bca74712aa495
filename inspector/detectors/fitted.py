"""What a trained detector consists of: plain values that go into a bundle and come out of one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from inspector.detectors.runtime import Arrays, Graph
    from inspector.imaging.appearance import Appearance
    from inspector.imaging.placement import Placement


@dataclass(frozen=True, slots=True)
class Networks:
    """What judging runs on: exported graphs, and arrays such as a mean and a covariance."""

    graphs: Mapping[str, Graph]
    arrays: Arrays = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trained:
    """What a family's training gives.

    Attributes:
        networks: the exported graphs and the arrays beside them.
        curves: by name, one number an epoch; shares are in 0..1.
    """

    networks: Networks
    curves: Mapping[str, list[float]]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a family says of a batch of N inputs.

    Attributes:
        scores: `(N,)`.
        maps: `float32 (N, h, w)`, raw, or None.
        details: by name, arrays whose first axis is N.
        terms: what the scores are weighted sums of, by name, each `(N,)`.
    """

    scores: npt.NDArray[np.floating]
    maps: npt.NDArray[np.float32] | None
    details: Mapping[str, npt.NDArray[np.generic]] = field(default_factory=dict)
    terms: Mapping[str, npt.NDArray[np.floating]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Scores of images the detector did not train on: what every later change of the threshold is computed from.

    Attributes:
        normal: `float64 (n,)`, scores of held-out normal images.
        abnormal: `float64 (m,)`, scores of given abnormal images.
        kinds: their m kinds.
        map_maxima: `float64 (n,)`, the largest value of each held-out normal image's map; empty without maps.
        maps: `float16 (k, h, w)`, a few held-out normal images' maps, small, in units of the map threshold.
    """

    normal: npt.NDArray[np.float64]
    abnormal: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    kinds: tuple[str, ...] = ()
    map_maxima: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    maps: npt.NDArray[np.float16] = field(default_factory=lambda: np.zeros((0, 1, 1), np.float16))


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
        lessons: what it took in since, in order.
    """

    created: str
    seconds: float
    counts: Mapping[str, int]
    folds: int
    curves: Mapping[str, list[float]]
    versions: Mapping[str, str]
    lessons: tuple[Lesson, ...] = ()


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
