"""What judging gives: a measurement by a detector, and an inspection of a frame."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import numpy.typing as npt

    from inspector.core.image import Label, Map
    from inspector.core.pose import Pose


class Verdict(StrEnum):
    """What is said of a frame. `UNREADABLE` is neither OK nor NG: nothing was judged."""

    OK = "OK"
    NG = "NG"
    UNREADABLE = "Unreadable"


@dataclass(frozen=True, slots=True)
class Measured:
    """What a detector says of one image, before any threshold.

    Attributes:
        score: finite, at least 0, higher is worse, in the detector's unit.
        map: raw anomaly map `(h, w)` at the network's resolution, or None where a method has none.
        details: the arrays that were asked for by name, such as `"reconstruction"`.
        terms: what the score is a sum of, by name, such as `"residual"`; empty where it is one thing.
        tiled: whether the image was judged in tiles: then map and pictures among the details show what is looked at
            from edge to edge.
        pose: how the part lay, where pictures are aligned first: map and pictures show it aligned; None elsewhere.
    """

    score: float
    map: Map | None
    details: Mapping[str, npt.NDArray[np.generic]] = field(default_factory=lambda: MappingProxyType({}))
    terms: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    tiled: bool = False
    pose: Pose | None = None


@dataclass(frozen=True, slots=True)
class Inspection:
    """One frame judged, or found unreadable.

    Attributes:
        name: the frame's name.
        detector: the name of the detector that judged.
        score: the detector's raw number; None when the frame could not be read.
        threshold: the threshold it was compared with, in the same unit, > 0.
        verdict: of this frame alone.
        time: of the frame, in seconds since the epoch.
        voted: the verdict over several frames, where a feed votes; None elsewhere.
        label: what the folder said it is, if it said so.
        error: why it could not be read.
        milliseconds: what measuring took.
        overridden: whether the threshold was moved by hand and is not the detector's own.
        terms: as in `Measured`.
    """

    name: str
    detector: str
    score: float | None
    threshold: float
    verdict: Verdict
    time: float
    voted: Verdict | None = None
    label: Label | None = None
    error: str | None = None
    milliseconds: float | None = None
    overridden: bool = False
    terms: Mapping[str, float] = field(default_factory=dict, hash=False)  # a mapping proxy reaches no other process

    @property
    def level(self) -> float | None:
        """`score / threshold`: 1.0 is the threshold. None when there is no score."""
        return None if self.score is None else self.score / self.threshold

    @property
    def decided(self) -> Verdict:
        """The verdict that counts: the voted one where a feed votes, else the frame's own."""
        return self.voted or self.verdict

    def as_row(self) -> dict[str, Any]:
        """The inspection as plain values, in the order the CSV and JSON outputs use."""
        return {
            "path": self.name,
            "score": self.score,
            "threshold": self.threshold,
            "level": self.level,
            "verdict": str(self.verdict),
            "label": "" if self.label is None else self.label.kind,
            "error": self.error or "",
        }


def judge(score: float, threshold: float) -> Verdict:
    """`score > threshold` is anomalous.

    Raises:
        ValueError: the score is not a finite number >= 0: such a number must never become an OK.
    """
    if not (math.isfinite(score) and score >= 0):
        msg = f"Expected a finite score >= 0. Received: {score}"
        raise ValueError(msg)
    return Verdict.NG if score > threshold else Verdict.OK
