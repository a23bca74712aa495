"""The pictures of a report: some files looked at once more, after all are judged."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from inspector.core.errors import FrameError
from inspector.core.events import Listener, Progress, Stage
from inspector.jobs.judging import details_for_pictures, picture
from inspector.reports.html import SHEET_SIDE
from inspector.reports.pictures import LONGEST_SIDE, SHEET_GAIN
from inspector.sources.item import Items, read_item

if TYPE_CHECKING:
    from collections.abc import Iterator

    from inspector.core.inspection import Inspection
    from inspector.detectors import Detector
    from inspector.reports.pictures import Pictured
    from inspector.reports.tally import Tally


class Looking:
    """Some files once more, one at a time, with all there is to see: judging thousands then pays for no picture."""

    def __init__(self, detector: Detector, items: Items, tally: Tally, listener: Listener) -> None:
        """Choose the files.

        Args:
            detector: that judged.
            items: all there are.
            tally: of all that was judged.
            listener: hears how far it is.
        """
        self._detector = detector
        self._details = details_for_pictures(detector)
        self._worst = tally.worst
        # Who asks for no pictures gets no sheet either.
        self._chosen = tally.choice.chosen if tally.worst else []
        wanted = {one.name for one in (*self._worst, *(one for each in self._chosen for one in each.inspections))}
        self._by_name = {item.name: item for item in items if item.name in wanted} if wanted else {}
        self._total = len(self._worst) + sum(len(each.inspections) for each in self._chosen)
        self._done = 0
        self._listener = listener
        listener(Stage("Writing the report", self._total))

    def worst(self) -> Iterator[Pictured]:
        """The worst, worst first."""
        for inspection in self._worst:
            yield from self._look(inspection, 2 * LONGEST_SIDE, gain=1)

    def sheet(self) -> Iterator[tuple[str, Pictured]]:
        """What stands on the contact sheet, each with its heading."""
        for each in self._chosen:
            for inspection in each.inspections:
                for pictured in self._look(inspection, 2 * SHEET_SIDE, gain=SHEET_GAIN):
                    yield each.title, pictured

    def _look(self, inspection: Inspection, longest: int, *, gain: float) -> Iterator[Pictured]:
        """The pictures of an inspection, or nothing when the file is gone since; its row stays."""
        with suppress(FrameError):
            image = read_item(self._by_name[inspection.name])
            [measured] = self._detector.measure([image], self._details)
            yield picture(self._detector, image, measured, inspection, longest=longest, gain=gain)
        self._done += 1
        self._listener(Progress(self._done, self._total))
