"""Set a saved detector's threshold anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inspector.detectors import bundle as bundles
from inspector.detectors import load
from inspector.detectors.threshold import parse_rule

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.detectors.fitted import Threshold


def set_threshold(path: Path, rule: str) -> tuple[Threshold, Threshold]:
    """Compute the threshold of the bundle at `path` by another rule from the scores kept in it, and save it alone.

    Returns:
        The threshold before and after.

    Raises:
        OptionError: the rule cannot be read.
        DataError: there are too few calibration images for it; nothing is changed.
        BundleError: the bundle cannot be loaded.
        OutputError: the threshold cannot be written; nothing is changed.
    """
    parsed = parse_rule(rule)
    detector = load(path)
    before = detector.threshold
    after = detector.set_threshold(parsed)
    bundles.write_threshold(path, after)
    return before, after
