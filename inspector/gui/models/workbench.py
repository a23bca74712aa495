"""The threshold workbench's errands on a saved detector: open it, and write its threshold."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inspector.core.events import Listener, Progress, Stage, ignore
from inspector.detectors import bundle as bundles
from inspector.detectors import load
from inspector.gui.models.bench import Bench

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from inspector.detectors import Detector
    from inspector.detectors.fitted import Threshold

_TIMED = 5


@dataclass(frozen=True, slots=True)
class Loaded:
    """A detector for the workbench.

    Attributes:
        path: its bundle.
        detector: ready to judge.
        milliseconds: what one image took here, measured on the images that lie in the bundle.
    """

    path: Path
    detector: Detector
    milliseconds: float

    @property
    def bench(self) -> Bench:
        """A bench of its own."""
        return Bench(self.detector.fitted.calibration, self.detector.threshold)


def open_detector(path: Path, listener: Listener = ignore) -> Loaded:
    """Load a detector and time it.

    Raises:
        BundleError: it cannot be loaded.
    """
    listener(Stage("Opening the detector"))
    detector = load(path)
    picture = [detector.fitted.golden.images[0]]
    detector.measure(picture)
    spent = []
    for _ in range(_TIMED):
        listener(Progress(0))
        started = time.perf_counter()
        detector.measure(picture)
        spent.append((time.perf_counter() - started) * 1e3)
    return Loaded(path, detector, statistics.median(spent))


def judged_anew(detector: Detector, values: Mapping[str, Any], listener: Listener = ignore) -> Detector:
    """The detector with other options of those that only judging looks at, and its threshold by the rule in force.

    Raises:
        InspectorError: an option is not allowed, or too little is kept for it.
    """
    listener(Stage("Scoring anew"))
    return detector.judged_by(**values)


def save_detector(path: Path, detector: Detector) -> Detector:
    """Write a whole bundle: options and threshold together.

    Raises:
        OutputError: it cannot be written; the old one stays.
    """
    detector.save(path, undoable=bool(bundles.steps_of(path)))
    return detector


def save_threshold(path: Path, threshold: Threshold) -> Threshold:
    """Write the threshold of a bundle, and give it.

    Raises:
        OutputError: it cannot be written; the old one stays.
    """
    bundles.write_threshold(path, threshold)
    return threshold
