"""What a report says about the detector that judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeVar

from inspector.core.kinds import Learned

V = TypeVar("V")


def _nothing() -> Mapping[str, V]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorFacts:
    """A detector in plain values, filled from a bundle by whoever may open one.

    Reports stand beside detectors, not above them, so nothing here is a detector.

    Attributes:
        name: what a person calls the detector.
        method: the method's registered name, such as `"conv-autoencoder"`.
        title: the method's name for people, such as `"Convolutional autoencoder"`.
        unit: the unit of the score, such as `"mean squared error"`.
        score: one sentence that says how the score comes about.
        size: height and width, in pixels, at which the network sees an image.
        threshold: the detector's own, in the score's unit, > 0.
        rule: how the threshold was set, as a sentence's end: `"mean + 3 sigma over 80 normal images that were not
            trained on"`.
        n_calibration: how many images the threshold was calibrated on.
        map_threshold: in the map's unit; None where the method has no map.
        identity: short hash of the bundle's files.
        path: the name of the bundle's folder.
        created: when it was trained, ISO 8601.
        seed: of the training; None when not known.
        options: the method's options by name.
        counts: how many images it was made from, such as `trained`, `validation`, `calibration`, `abnormal`.
        curves: values by epoch, from epoch 1: `loss`, `val_loss`, and as shares in 0..1 `normal_right` and
            `abnormal_right`. NaN where an epoch has no value.
        calibration: the scores of the calibration images.
        versions: of the program and the packages the detector was made with.
        region: what part of the image is looked at, in words; empty for all of it.
        learned: the abnormal kinds it learned from.
    """

    name: str
    method: str
    title: str
    unit: str
    score: str
    size: tuple[int, int]
    threshold: float
    rule: str
    n_calibration: int
    identity: str
    path: str
    created: str
    map_threshold: float | None = None
    seed: int | None = None
    options: Mapping[str, Any] = field(default_factory=_nothing)
    counts: Mapping[str, int] = field(default_factory=_nothing)
    curves: Mapping[str, Sequence[float]] = field(default_factory=_nothing)
    calibration: Sequence[float] = ()
    versions: Mapping[str, str] = field(default_factory=_nothing)
    region: str = ""
    learned: Learned = field(default_factory=Learned)
