"""A contact sheet: what a saved detector makes of some images, on one picture."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.core.errors import FrameError, OutputError, SourceError
from inspector.core.events import Judged, Listener, Progress, Stage, ignore
from inspector.core.inspection import Inspection, Verdict
from inspector.detectors import load
from inspector.imaging.sheet import CELL, Band, Column, contact_sheet
from inspector.jobs.judging import details_for_pictures, inspect, picture, unreadable
from inspector.reports.choice import Choice
from inspector.reports.pictures import SHEET_GAIN, sheet_rows
from inspector.reports.wording import level
from inspector.sources.dataset import list_images
from inspector.sources.decode import IMAGE_SUFFIXES
from inspector.sources.item import Item, read_item
from inspector.sources.save import write_image

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inspector.core.image import Image
    from inspector.detectors import Detector

EACH = 8
"""Images of each sort on a sheet, at most: one line of columns."""


@dataclass(frozen=True, slots=True)
class SheetJob:
    """What to judge and to draw. Plain values only, so that it can cross to another process.

    Attributes:
        detector: a bundle.
        images: image files, and folders that are searched with their sub-folders.
        out: the picture to write; None only judges.
    """

    detector: Path
    images: tuple[Path, ...]
    out: Path | None = None


@dataclass(frozen=True, slots=True)
class SheetOutcome:
    """What became of them.

    Attributes:
        inspections: of all images, in their order.
        shown: how many stand on the sheet; 0 without one.
    """

    inspections: list[Inspection]
    shown: int


def judge_and_draw(job: SheetJob, listener: Listener = ignore) -> SheetOutcome:
    """Judge images one by one and draw a contact sheet of them, normal and abnormal ones apart.

    Of many, a few of each sort are drawn (see `Choice`).

    Raises:
        BundleError: the detector cannot be loaded.
        SourceError: a file or folder is not there, or a folder holds no images.
        OutputError: the sheet cannot be written, or no image could be read to stand on it; what stood there is
            untouched.
    """
    if job.out is not None and job.out.suffix.lower() not in IMAGE_SUFFIXES:
        known = ", ".join(sorted(IMAGE_SUFFIXES))
        msg = f"{job.out} is no name of a picture. Let it end in one of {known}."
        raise OutputError(msg)
    items = find_items(job.images)
    detector = load(job.detector)
    name = job.detector.resolve().name
    choice = Choice(EACH)
    inspections: list[Inspection] = []
    by_inspection: dict[int, Item] = {}
    listener(Stage("Inspecting", len(items)))
    for item in items:
        inspection = _judged(detector, name, item)
        inspections.append(inspection)
        by_inspection[id(inspection)] = item
        choice.add(inspection)
        listener(Judged(inspection))
        listener(Progress(len(inspections), len(items)))
    if job.out is None:
        return SheetOutcome(inspections, 0)
    bands, rows = _bands(detector, choice, by_inspection, listener)
    if not bands:
        msg = f"No image could be read, so {job.out} was not drawn."
        raise OutputError(msg)
    note = (
        f"score below each column; threshold {detector.threshold.value:.4g}; level = score / threshold, above 1 is NG"
    )
    title = f"{name}: {detector.TITLE}"
    write_image(job.out, contact_sheet(title, bands, rows, note=note))
    return SheetOutcome(inspections, sum(len(band.columns) for band in bands))


def find_items(paths: Sequence[Path]) -> list[Item]:
    """The images among files and folders; those in a folder with the label that their sub-folder gives them.

    Raises:
        SourceError: one is not there, or a folder holds no images.
    """
    items: list[Item] = []
    for path in paths:
        if path.is_dir():
            items += list_images(path)
        elif path.exists():
            items.append(Item(Path(), path.as_posix()))  # called as it was typed
        else:
            msg = f"{path} is not there. Give image files, or folders of images."
            raise SourceError(msg)
    return items


def _judged(detector: Detector, name: str, item: Item) -> Inspection:
    threshold = detector.threshold.value
    try:
        image = read_item(item)
    except FrameError as error:
        return unreadable(error, detector=name, threshold=threshold, name=item.name, label=item.label)
    started = time.perf_counter()
    [measured] = detector.measure([image])
    return inspect(
        name=item.name,
        detector=name,
        score=measured.score,
        threshold=threshold,
        taken=time.time(),
        milliseconds=(time.perf_counter() - started) * 1e3,
        label=item.label,
    )


def _bands(
    detector: Detector, choice: Choice, by_inspection: dict[int, Item], listener: Listener
) -> tuple[list[Band], list[str]]:
    """What stands on the sheet, and its rows. Only small pictures are kept."""
    chosen = choice.chosen
    total, done = sum(len(each.inspections) for each in chosen), 0
    listener(Stage("Drawing the sheet", total))
    details = details_for_pictures(detector)
    bands: list[Band] = []
    rows: dict[str, None] = {}
    for each in chosen:
        columns = []
        for inspection in each.inspections:
            done += 1
            listener(Progress(done, total))
            try:
                image = read_item(by_inspection[id(inspection)])
            except FrameError:
                continue  # gone since
            [measured] = detector.measure([image], details)
            pictures = sheet_rows(picture(detector, image, measured, inspection, longest=2 * CELL, gain=SHEET_GAIN))
            rows |= dict.fromkeys(pictures)
            columns.append(_column(pictures, inspection))
        bands.append(Band(each.title, columns))
    return [band for band in bands if band.columns], list(rows)


def _column(pictures: dict[str, Image], inspection: Inspection) -> Column:
    label = () if inspection.label is None else (inspection.label.kind,)
    return Column(
        pictures,
        verdict=f"{inspection.verdict}  {inspection.score:.4g}",
        bad=inspection.verdict is Verdict.NG,
        lines=(f"level {level(inspection.level)}", *label, inspection.name),
    )
