"""Set a saved detector's threshold anew, and the options that only judging looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inspector.core.errors import OptionError
from inspector.detectors import bundle as bundles
from inspector.detectors import load
from inspector.detectors.threshold import parse_rule

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from inspector.detectors import Detector
    from inspector.detectors.fitted import Threshold


def set_threshold(
    path: Path, rule: str | None = None, options: Mapping[str, Any] | None = None
) -> tuple[Threshold, Detector]:
    """Compute the threshold of the bundle at `path` anew from what is kept in it, and save it.

    A rule alone replaces the threshold alone; with options the whole bundle is written beside the old one and takes its
    place, so that nobody meets the one without the other.

    Args:
        path: the bundle.
        rule: how the threshold follows; by default as it does now.
        options: among `Detector.JUDGING`, with their new values.

    Returns:
        The threshold before, and the detector as it is now.

    Raises:
        OptionError: neither is given, or the rule or an option cannot be read.
        DataError: there are too few calibration images for it, or too little is kept of them; nothing is changed.
        BundleError: the bundle cannot be loaded.
        OutputError: it cannot be written; nothing is changed.
    """
    if rule is None and not options:
        msg = "Expected a rule, or options to change. Received: neither"
        raise OptionError(msg)
    parsed = None if rule is None else parse_rule(rule)
    detector = load(path)
    before = detector.threshold
    if options:
        detector = detector.judged_by(parsed, **options)
        # Lessons that can be taken back stay so, and the change of options is taken back first.
        detector.save(path, undoable=bool(bundles.steps_of(path)))
    elif parsed is not None:
        bundles.write_threshold(path, detector.set_threshold(parsed))
    return before, detector
