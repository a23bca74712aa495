"""What a job holds of the session it records."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.core.inspection import Inspection
    from inspector.history.steps import Encode, Facts
    from inspector.history.writer import Writer


class SessionHandle:
    """One live watch or batch run being recorded. From `Writer.start`; any thread may use it.

    Attributes:
        facts: what the session is.
        id: in the history; None until the writer got so far.
        lost: inspections that could not be recorded: no room for them, because the disk refuses or is too slow.
        pictures_lost: inspections whose pictures could not be kept; the inspections themselves are recorded.
    """

    def __init__(self, writer: Writer, facts: Facts) -> None:
        """Begin to count."""
        self.facts = facts
        self.id: int | None = None
        self.lost = 0
        self.pictures_lost = 0
        self._writer = writer
        self._count = 0
        self._lock = threading.Lock()

    def add(self, inspection: Inspection, picture: Encode | None = None, overlay: Encode | None = None) -> None:
        """Record one inspection. Raises nothing and never waits for a disk.

        When 10,000 inspections wait for the disk, a live session loses this one, and counts it in `lost`: a feed must
        go on. A batch waits instead until there is room, unless the disk refuses: then it, too, goes on and counts.

        Args:
            inspection: what was said.
            picture: gives the frame as a JPEG file; called on the writer thread, and soon, as few may wait.
            overlay: likewise with the map painted on.
        """
        with self._lock:  # so that the rows come in the order of their indexes
            index = self._count
            self._count += 1
            self._writer.put(self, index, inspection, picture, overlay)

    def end(self, *, report: Path | None = None, note: str = "") -> None:
        """Say that the session is over; nothing more may be added."""
        self._writer.put_end(self, report, note)
