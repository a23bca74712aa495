"""From a frame and what a detector measured to an inspection, to pictures, and to the facts of a report."""

from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from inspector.core.inspection import Inspection, Verdict, judge
from inspector.detectors.projection import RING, circles, projection_of
from inspector.imaging.overlay import difference, overlay
from inspector.imaging.placement import as_image
from inspector.imaging.sheet import shrunk, shrunk_size
from inspector.jobs.kinds import learned_by
from inspector.reports.facts import DetectorFacts
from inspector.reports.pictures import Pictured
from inspector.reports.plane import Plane, PlaneGroup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from inspector.core.errors import FrameError
    from inspector.core.image import Image, Label
    from inspector.core.inspection import Measured
    from inspector.detectors import Detector
    from inspector.detectors.projection import Projection

_PULSE_S = 0.1

LOOKS = ("reconstruction",)
"""The details a picture of an inspection is made from, where a method has them."""

EMBEDDING = "embedding"
"""The detail that says where an image lies in the plane of its detector."""


def inspect(
    *,
    name: str,
    detector: str,
    score: float,
    threshold: float,
    taken: float,
    milliseconds: float | None = None,
    label: Label | None = None,
    overridden: bool = False,
    terms: Mapping[str, float] | None = None,
) -> Inspection:
    """The inspection of a frame called `name` that was `taken` then and got this score."""
    return Inspection(
        name=name,
        detector=detector,
        score=score,
        threshold=threshold,
        verdict=judge(score, threshold),
        time=taken,
        label=label,
        milliseconds=milliseconds,
        overridden=overridden,
        terms=terms or {},
    )


def unreadable(
    error: FrameError, *, detector: str, threshold: float, name: str = "", label: Label | None = None
) -> Inspection:
    """The inspection of a frame that could not be had: neither OK nor NG."""
    return Inspection(
        name=name or error.name,
        detector=detector,
        score=None,
        threshold=threshold,
        verdict=Verdict.UNREADABLE,
        time=time.time(),
        label=label,
        error=str(error),
    )


@contextmanager
def interruptible(detector: Detector, tell: Callable[[], None]) -> Iterator[None]:
    """Have `tell` called in the midst of judging that takes long, ten times a second at most.

    So whoever wants to cancel is heard before a search of seconds is over: `tell` calls the listener, which raises.
    """
    told = time.monotonic()

    def pulse() -> None:
        nonlocal told
        if time.monotonic() - told >= _PULSE_S:
            told = time.monotonic()
            tell()

    before, detector.pulse = detector.pulse, pulse
    try:
        yield
    finally:
        detector.pulse = before


def details_for_pictures(detector: Detector) -> tuple[str, ...]:
    """What to ask `measure` for so that `picture` can show all there is, and `point_of` where it lies."""
    looks = tuple(name for name in LOOKS if name in detector.DETAILS)
    return looks if projection_of(detector) is None else (*looks, EMBEDDING)


def point_of(projection: Projection | None, measured: Measured | None) -> tuple[float, float] | None:
    """Where an image lies in the plane of its detector, from the pass that gave its score; None where it has none."""
    embedding = None if measured is None else measured.details.get(EMBEDDING)
    if projection is None or embedding is None:
        return None
    return projection.place(np.asarray(embedding, np.float32))


def reconstruction_of(
    detector: Detector, image: Image, measured: Measured, *, longest: int | None = None
) -> Image | None:
    """What the detector made of `image`, as a picture of the image's size; None where it makes no such thing.

    With `longest` the picture's longer side has at most so many pixels: of a picture of 12,000 x 9,000, in floating
    point, a small one costs nothing and a whole one gigabytes.
    """
    rebuilt = measured.details.get("reconstruction")
    if rebuilt is None:
        return None
    size = shrunk_size(image.shape, longest)
    return as_image(
        detector.fitted.placement.onto_image(
            np.asarray(rebuilt, np.float32), *size, tiled=measured.tiled, pose=measured.pose
        )
    )


def overlay_of(
    detector: Detector, image: Image, measured: Measured, *, opacity: float = 0.5, longest: int | None = None
) -> Image | None:
    """`image` with its map painted on, colours fixed to the map threshold; None where the method has no map.

    With `longest` the picture's longer side has at most so many pixels.
    """
    map_threshold = detector.threshold.map_value
    if measured.map is None or map_threshold is None:
        return None
    small = shrunk(image, longest)
    where = detector.fitted.placement.onto_picture(
        measured.map, *small.shape[:2], tiled=measured.tiled, pose=measured.pose
    )
    return overlay(small, where, map_threshold, opacity=opacity)


def picture(
    detector: Detector,
    image: Image,
    measured: Measured,
    inspection: Inspection,
    *,
    longest: int | None = None,
    gain: float = 1.0,
) -> Pictured:
    """All there is to see of an inspection.

    Args:
        detector: the one that measured.
        image: as it was inspected.
        measured: with the details of `details_for_pictures`.
        inspection: what was said of it.
        longest: pixels of the longer side of each picture at most; None keeps the image's size.
        gain: factor on the difference; a fixed one, so that pictures compare.
    """
    rebuilt = reconstruction_of(detector, image, measured, longest=longest)
    small = shrunk(image, longest)
    return Pictured(
        inspection,
        small,
        reconstruction=rebuilt,
        difference=None if rebuilt is None else difference(as_seen(detector, image, longest), rebuilt, gain=gain),
        overlay=overlay_of(detector, small, measured),
        point=_drawn_at(detector, measured),
    )


def as_seen(detector: Detector, image: Image, longest: int | None) -> Image:
    """The image as the network saw it, at its own size: else the difference would show what was lost in scaling."""
    placement = detector.fitted.placement
    placed, size = placement.place(image), shrunk_size(image.shape, longest)
    pixels = placed.pixels if placed.tiles is None else shrunk(placed.tiles.picture, longest)
    values = pixels.reshape(*pixels.shape[:2], -1).astype(np.float32) / np.float32(255)
    return as_image(placement.onto_image(values, *size, tiled=placed.tiles is not None, pose=placed.pose))


def plane_of(detector: Detector) -> Plane | None:
    """The plane of a detector's embedding in plain values, for a report; None where it has none."""
    projection = projection_of(detector)
    if projection is None:
        return None
    groups = []
    drawn = projection.drawn(projection.points)
    for number, name in enumerate(projection.groups):
        sort, _, kind = name.partition(" ")
        points = [(float(x), float(y)) for x, y in drawn[projection.group == number]]
        words = f"{sort}: {kind}" if sort in {"abnormal", "reference"} else name
        groups.append(PlaneGroup(sort if sort in {"normal", "abnormal"} else "other", words, points))
    furthest = float(np.expm1(np.linalg.norm(drawn, axis=1).max(initial=0.0)))
    lines = [(times, float(np.log1p(times))) for times in circles(furthest)]
    return Plane(groups, lines, RING, projection.axes.shape[1])


def _drawn_at(detector: Detector, measured: Measured) -> tuple[float, float] | None:
    projection = projection_of(detector)
    point = point_of(projection, measured)
    if projection is None or point is None:
        return None
    [(x, y)] = projection.drawn([point])
    return float(x), float(y)


def facts_of(detector: Detector, path: Path) -> DetectorFacts:
    """A detector in plain values, for a report."""
    fitted = detector.fitted
    options = detector.config()
    region = detector.options.region
    return DetectorFacts(
        name=path.resolve().name,
        method=detector.METHOD,
        title=detector.TITLE,
        unit=detector.unit,
        score=detector.SUMMARY,
        size=detector.options.size,
        threshold=fitted.threshold.value,
        rule=fitted.threshold.explanation,
        n_calibration=len(fitted.calibration.normal),
        identity=detector.identity,
        path=path.name,
        created=fitted.record.created,
        map_threshold=fitted.threshold.map_value,
        seed=detector.options.seed,
        options={name: value for name, value in options.items() if name not in {"region", "size", "seed"}},
        counts=fitted.record.counts,
        curves=fitted.record.curves,
        calibration=fitted.calibration.normal.tolist(),
        versions=fitted.record.versions,
        learned=learned_by(detector),
        region=""
        if region.everything
        else f"{len(region.include) or 'no'} areas looked at, {len(region.ignore) or 'no'} ignored",
    )
