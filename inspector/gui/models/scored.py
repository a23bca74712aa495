"""Images of a workspace with their scores, and which of them to look at, without Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from inspector.core.cv import cv2
from inspector.core.errors import FrameError
from inspector.core.events import Listener, Progress, Stage, Warned
from inspector.core.inspection import Verdict, judge
from inspector.sources.dataset import list_images
from inspector.sources.item import Item, read_item

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping, Sequence
    from pathlib import Path

    from inspector.core.image import Image, Label
    from inspector.detectors import Detector

THUMBNAIL = 96


@dataclass(frozen=True, slots=True)
class Scored:
    """An image of the workspace with its score."""

    item: Item
    label: Label
    score: float

    def verdict(self, threshold: float) -> Verdict:
        """OK or NG."""
        return judge(self.score, threshold)

    def right(self, threshold: float) -> bool:
        """Whether the verdict is what a person says of the image."""
        return (self.verdict(threshold) is Verdict.NG) == self.label.abnormal


Known = dict[tuple[str, str, int, int], float]
"""Scores by the detector's identity, the file, and its time and size: judging again is for what is new."""


def score_images(
    detector: Detector, images: Path, known: MutableMapping[tuple[str, str, int, int], float], listener: Listener
) -> list[Scored]:
    """Judge the labelled images of a workspace.

    Args:
        detector: fitted.
        images: the workspace's `images`.
        known: scores from before; those found now are added.
        listener: hears progress, and of files that cannot be read.

    Raises:
        SourceError: there are no images.
    """
    items = [item for item in list_images(images) if item.label is not None]
    listener(Stage("Judging the images of the workspace", len(items)))
    scored = []
    for done, item in enumerate(items, 1):
        assert item.label is not None  # noqa: S101 - see above
        try:
            scored.append(Scored(item, item.label, _score(detector, item, known)))
        except FrameError as error:
            listener(Warned(str(error)))
        listener(Progress(done, len(items)))
    return scored


def _score(detector: Detector, item: Item, known: MutableMapping[tuple[str, str, int, int], float]) -> float:
    try:
        status = item.path.stat()
    except OSError as error:
        msg = f"{item.name} cannot be read: {error.strerror or error}."
        raise FrameError(msg, name=item.name) from error
    key = (detector.identity, str(item.path), status.st_mtime_ns, status.st_size)
    if key not in known:
        [measured] = detector.measure([read_item(item)])
        known[key] = measured.score
    return known[key]


def nearest(scored: Sequence[Scored], threshold: float, most: int = 12) -> list[Scored]:
    """The images whose scores lie nearest to the threshold on both sides, by rising score."""
    ordered = sorted(scored, key=lambda one: one.score)
    first_ng = sum(one.score <= threshold for one in ordered)
    # As many that just pass as that just do not, and more of the one where the other lacks.
    start = max(first_ng - max(most // 2, most - (len(ordered) - first_ng)), 0)
    return ordered[start : start + most]


def thumbnails(
    scored: Sequence[Scored], have: Mapping[str, Image | None], listener: Listener
) -> dict[str, Image | None]:
    """Small pictures of images, by name; None for those that cannot be read. What is there already is left out."""
    made: dict[str, Image | None] = {}
    for one in scored:
        listener(Progress(len(made)))
        if one.item.name not in have:
            made[one.item.name] = _thumbnail(one.item)
    return made


def _thumbnail(item: Item) -> Image | None:
    try:
        image = read_item(item)
    except FrameError:
        return None
    scale = THUMBNAIL / max(image.shape[:2])
    size = (max(round(image.shape[1] * scale), 1), max(round(image.shape[0] * scale), 1))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST
    return np.ascontiguousarray(cv2.resize(image, size, interpolation=how), np.uint8)
