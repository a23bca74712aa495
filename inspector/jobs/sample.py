"""The sample workspace: drawn machine parts and a trained detector, so that there is something to see at once."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from inspector.core.errors import InspectorError
from inspector.core.events import Listener, Progress, Stage, ignore
from inspector.core.files import whole_folder
from inspector.core.places import shipped
from inspector.detectors import load
from inspector.detectors.bundle import MANIFEST
from inspector.imaging.drawing import DEFECTS, draw_part
from inspector.jobs.train import Training, train
from inspector.jobs.workspace import Workspace
from inspector.sources.save import write_image

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from inspector.core.image import Image

DETECTOR = "sample parts"
FEED = "feed"

TRAINING_OPTIONS: dict[str, object] = {"size": 96, "batch": 32, "epochs": 60}
"""What the shipped detector, and the demo's, was trained with."""

_SHIPPED = "sample-parts"
_NORMAL = 60
_BAD_OF_A_KIND = 4
_FED = 48
_BAD_EVERY = 4


@dataclass(frozen=True, slots=True)
class Sample:
    """The sample, ready to be watched.

    Attributes:
        workspace: open.
        source: the feed, as `open_source` reads it.
        detector: the bundle.
    """

    workspace: Workspace
    source: str
    detector: Path


def sample_workspace(folder: Path, listener: Listener = ignore) -> Sample:
    """Make the sample workspace in `folder`, or open the one that was made there before.

    Raises:
        InspectorError: `folder` cannot be written to, or holds something else.
    """
    workspace = Workspace.open(folder) if (folder / "workspace.toml").is_file() else Workspace.create(folder)
    feed, detector = workspace.folder / FEED, workspace.detectors / DETECTOR
    if not feed.is_dir():
        _draw(workspace, feed, listener)
    if not detector.is_dir():
        _detector(workspace, detector, listener)
    return Sample(workspace, f"folder:{feed}", detector)


def _draw(workspace: Workspace, feed: Path, listener: Listener) -> None:
    """Pictures to look at in Collect, and a feed of other ones, a bad part now and then."""
    total = _NORMAL + len(DEFECTS) * _BAD_OF_A_KIND + _FED
    listener(Stage("Drawing sample parts", total))
    done = 0
    for path, image in _collected(workspace):
        if not path.exists():
            write_image(path, image)
        done += 1
        listener(Progress(done, total))
    with whole_folder(feed, "000.png") as partial:
        for index in range(_FED):
            kind = DEFECTS[index // _BAD_EVERY % len(DEFECTS)] if index % _BAD_EVERY == _BAD_EVERY - 1 else None
            write_image(partial / f"{index:03}.png", draw_part((7, index), defect=kind)[0])
            done += 1
            listener(Progress(done, total))


def _collected(workspace: Workspace) -> Iterator[tuple[Path, Image]]:
    for index in range(_NORMAL):
        # The first of those that the shipped detector was trained on: see jobs/demo.py.
        yield workspace.normal / f"part {index:03}.png", draw_part((0, 0, index))[0]
    for number, kind in enumerate(DEFECTS):
        for index in range(_BAD_OF_A_KIND):
            image, _ = draw_part((0, 2 + number, index), defect=kind)
            yield workspace.abnormal / kind / f"part {index:03}.png", image


def _detector(workspace: Workspace, path: Path, listener: Listener) -> None:
    """Put the shipped detector in place; train one where it is missing or scores differently on this processor."""
    try:
        source = shipped("models") / _SHIPPED
        load(source)
    except InspectorError:
        train(Training("conv-autoencoder", workspace.normal, path, dict(TRAINING_OPTIONS)), listener)
        return
    with whole_folder(path, MANIFEST) as partial:
        for file in source.iterdir():
            shutil.copy2(file, partial / file.name)
