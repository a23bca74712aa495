"""Judging a few files, start to end, on one thread: what the threads of one machine do and the workers of many."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from inspector.core.errors import FrameError
from inspector.core.inspection import Inspection, Verdict
from inspector.core.lookup import digest
from inspector.jobs.judging import inspect, overlay_of, unreadable
from inspector.sources.decode import decode_image

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from inspector.core.image import Image
    from inspector.core.inspection import Measured
    from inspector.detectors import Detector
    from inspector.imaging.placement import Placed
    from inspector.jobs.known import Known
    from inspector.sources.item import Item, Stamp

Overlays: TypeAlias = Literal["none", "ng", "all"]

_KEPT_BYTES = 2**23
"""A larger picture is read again for its overlay: sixteen of 12,000 x 9,000 kept until then would be 5 GB."""


@dataclass(frozen=True, slots=True)
class How:
    """How files are judged. Plain values, so that they reach other machines.

    Attributes:
        detector: its name.
        threshold: that decides.
        overridden: whether it is not the detector's own.
        overlays: of which files an overlay is made.
    """

    detector: str
    threshold: float
    overridden: bool
    overlays: Overlays

    def wants_overlay(self, inspection: Inspection) -> bool:
        """Whether this inspection gets an overlay."""
        return self.overlays == "all" or (self.overlays == "ng" and inspection.verdict is Verdict.NG)


class Done(NamedTuple):
    """One file judged.

    Attributes:
        inspection: what is said of it.
        stamp: of the file before it was read; None for one that could not be read.
        digest: of its content, likewise.
        known: whether it was not judged now.
        overlay: what `keep` gave for it.
    """

    inspection: Inspection
    stamp: Stamp | None = None
    digest: bytes | None = None
    known: bool = False
    overlay: bytes | None = None


class _Ready(NamedTuple):
    item: Item
    placed: Placed
    stamp: Stamp | None
    digest: bytes
    read: float
    image: Image | None


def judge_files(
    how: How,
    detector: Detector,
    items: Sequence[Item],
    known: Known,
    keep: Callable[[str, Image], bytes | None],
) -> list[Done]:
    """Judge files, each read once, measured together.

    Args:
        how: as it is asked for.
        detector: fitted; whose thread this is.
        items: a few.
        known: what need not be judged again.
        keep: takes an inspection's name and its overlay; what it gives stands in `Done`.

    Returns:
        one for each item, in their order.

    Raises:
        SourceError: the server on which they lie does not answer.
        OutputError: an overlay cannot be kept.
    """
    started: list[Done | _Ready] = []
    for item in items:
        one = _begin(how, detector, item, known)
        if isinstance(one, _Ready) and one.placed.tiles is not None:
            # It holds the whole picture: it does not wait for the others.
            clock = time.perf_counter()
            [measured_now] = detector.measure_placed([one.placed])
            one = _end(how, detector, one, measured_now, (time.perf_counter() - clock) * 1e3, keep)
        started.append(one)
    ready = [one for one in started if isinstance(one, _Ready)]
    clock = time.perf_counter()
    measured = iter(detector.measure_placed([one.placed for one in ready]))
    spent = (time.perf_counter() - clock) * 1e3 / max(len(ready), 1)
    return [one if isinstance(one, Done) else _end(how, detector, one, next(measured), spent, keep) for one in started]


def _begin(how: How, detector: Detector, item: Item, known: Known) -> Done | _Ready:
    """Read and place a file, unless something is known of it."""
    stamp = item.stamp()
    found = known.unchanged(item, stamp)
    if found is not None and not how.wants_overlay(found.inspection):
        return Done(found.inspection, stamp, found.digest, known=True)
    try:
        data = item.read()
        content = digest(data)
        found = known.same(item, content)
        # An overlay can only be made by judging again.
        if found is not None and not how.wants_overlay(found.inspection):
            return Done(found.inspection, stamp, content, known=True)
        image = decode_image(data, item.name)
    except FrameError as error:
        row = unreadable(error, detector=how.detector, threshold=how.threshold, name=item.name, label=item.label)
        return Done(row)
    [placed] = detector.place([image])
    kept = image if how.overlays != "none" and image.nbytes <= _KEPT_BYTES else None
    return _Ready(item, placed, stamp, content, time.time(), kept)


def _end(
    how: How,
    detector: Detector,
    one: _Ready,
    measured: Measured,
    milliseconds: float,
    keep: Callable[[str, Image], bytes | None],
) -> Done:
    item = one.item
    inspection = inspect(
        name=item.name,
        detector=how.detector,
        score=measured.score,
        threshold=how.threshold,
        taken=one.read,
        milliseconds=milliseconds,
        label=item.label,
        overridden=how.overridden,
        terms=measured.terms,
    )
    overlay = None
    if how.wants_overlay(inspection):
        with suppress(FrameError):  # gone since it was judged
            image = decode_image(item.read(), item.name) if one.image is None else one.image
            painted = overlay_of(detector, image, measured)
            overlay = None if painted is None else keep(item.name, painted)
    return Done(inspection, one.stamp, one.digest, overlay=overlay)
