"""What is kept of a feed when someone asks for it: a snapshot, a picture for training, a threshold."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from inspector.gui.models.live import spoken

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.core.image import Image
    from inspector.detectors import Detector
    from inspector.gui.models.live import Painted

SNAPSHOTS = "snapshots"
"""The folder of a workspace that snapshots go to."""


def snapshot(folder: Path, painted: Painted) -> Path:
    """Write the frame as it came and, where it differs, as it is shown; give the path of the frame.

    Raises:
        OutputError: it cannot be written.
    """
    from inspector.jobs.filing import free_path
    from inspector.sources.save import write_image

    frame = painted.shown.frame
    assert frame is not None  # noqa: S101 - there is nothing to press while no frame is shown
    now = datetime.now().astimezone()
    verdict = str(painted.shown.inspection.verdict)
    path = free_path(folder / f"{now:%Y%m%d-%H%M%S}-{now.microsecond // 1000:03} {verdict}.png")
    write_image(path, frame.image)
    seen = side_by_side(painted.pictures)
    if seen is not frame.image:
        write_image(path.with_name(f"{path.stem} shown.png"), seen)
    return path


def side_by_side(pictures: tuple[Image, ...]) -> Image:
    """Several pictures of one size as one."""
    import numpy as np

    return pictures[0] if len(pictures) == 1 else np.ascontiguousarray(np.concatenate(pictures, axis=1))


def save_threshold(detector: Detector, path: Path, value: float) -> None:
    """Make a threshold that was moved by hand the detector's own, on disk and in the running feed.

    Raises:
        OutputError: it cannot be written; nothing has changed.
    """
    from inspector.detectors.bundle import write_threshold

    explanation = f"set by hand to {spoken(value)} while watching a feed"
    threshold = replace(detector.threshold, value=value, rule="by hand", explanation=explanation)
    write_threshold(path, threshold)
    detector.use_threshold(threshold)
