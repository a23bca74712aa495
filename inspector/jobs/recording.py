"""Recording what a job judges: a listener in front of the job's own listener."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from inspector.core.errors import InspectorError
from inspector.core.events import Event, FeedChanged, Judged, Listener, Warned, ignore
from inspector.core.feedstate import Condition
from inspector.history.pictures import Which, wanted
from inspector.jobs.encoding import OverlayFile, PictureFile

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from inspector.core.inspection import Inspection
    from inspector.detectors import Detector
    from inspector.history.handle import SessionHandle
    from inspector.history.rows import Kind
    from inspector.history.writer import Writer
    from inspector.jobs.live import Shown


class Recorder:
    """Hears a job's events, records every inspection as a session of the history, and passes all of them on.

        with Recorder(listener, writer, kind="live", source="camera 0", detector=detector) as recorder:
            live(source, detector, recorder, record=recorder.keep)

    The session begins with the first inspection, so that a job that never judged anything leaves none. What was judged
    by a run that was cut off is in that run's session and not recorded again. Nothing that is
    wrong with the history ends the job: it is told as `Warned`, once, and counted.

    Attributes:
        session: what is recorded, with what was lost; None before the first inspection.
        report: to be set to the report that the job left, before the block ends.
    """

    def __init__(
        self,
        listener: Listener = ignore,
        writer: Writer | None = None,
        *,
        kind: Kind,
        source: str,
        detector: Detector | None = None,
        identity: str = "",
        pictures: Which = "ng",
    ) -> None:
        """Prepare a session; its detector's name is that of the first inspection.

        Args:
            listener: hears everything, after it was recorded.
            writer: of the history; None records nothing, for a job that is not to be remembered.
            kind: `"live"` or `"batch"`.
            source: what a person calls where the frames come from.
            detector: the one that judges; it gives the session its identity and threshold, and paints the overlays.
                Without it the session has `identity` and the threshold of the first inspection, and no overlays.
            identity: of the detector's training.
            pictures: of which inspections the frames given to `keep` are kept.
        """
        self.session: SessionHandle | None = None
        self.report: Path | None = None
        self._listener, self._writer = listener, writer
        self._kind, self._source = kind, source
        self._detector = detector
        self._identity = detector.identity if detector is not None else identity
        self._pictures = pictures
        self._shown: Shown | None = None
        self._told = ""
        self._again: Inspection | None = None
        self._losses, self._away = 0, 0.0
        self._lost_since: float | None = None

    def keep(self, shown: Shown) -> None:
        """Take the frame of the inspection that is told next; its pictures are kept if they are wanted."""
        self._shown = shown

    def note(self, event: FeedChanged) -> None:
        """Remember that the camera was lost, and for how long; it stands in the session's note."""
        if event.state.lost and self._lost_since is None:
            self._losses, self._lost_since = self._losses + 1, time.monotonic()
        elif event.state.condition is Condition.LIVE and self._lost_since is not None:
            self._away, self._lost_since = self._away + time.monotonic() - self._lost_since, None

    def __call__(self, event: Event) -> None:
        """Record `event` if it is a `Judged`, and pass it on. Never waits for a disk; only the listener raises."""
        if isinstance(event, FeedChanged):
            self.note(event)
        if isinstance(event, Judged) and event.again:
            self._again = event.inspection
        elif isinstance(event, Judged) and self._writer is not None:
            self._record(self._writer, event.inspection)
            problem = "" if self._writer.problem is None else str(self._writer.problem)
            if problem not in ("", self._told):
                self._told = problem
                self._listener(Warned(f"Not recorded: {problem}"))
        self._listener(event)

    def _record(self, writer: Writer, inspection: Inspection) -> None:
        session = self.session or self._start(writer, inspection)
        shown, self._shown = self._shown, None
        if shown is None or shown.frame is None or not wanted(self._pictures, inspection):
            session.add(inspection)
            return
        image, measured = shown.frame.image, shown.measured
        overlay = None
        if self._detector is not None and measured is not None and measured.map is not None:
            overlay = OverlayFile(self._detector, image, measured)
        session.add(inspection, PictureFile(image), overlay)

    def _start(self, writer: Writer, inspection: Inspection) -> SessionHandle:
        own = inspection.threshold if self._detector is None else self._detector.threshold.value
        self.session = writer.start(self._kind, self._source, inspection.detector, self._identity, own)
        return self.session

    def __enter__(self) -> Self:
        if self._writer is not None:
            self._writer.prepare()  # while the job loads its detector and opens its source
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the session; why it ended before its time stands in its note."""
        if self.report is not None and self.session is None and self._again is not None and self._writer is not None:
            self._start(self._writer, self._again)  # all was judged before; the report needs a place to be found at
        if self.session is None:
            return
        # Cancelling is how a watch ends, and a bug is no matter for the record.
        notes = [self._absence(), str(error) if isinstance(error, InspectorError) else ""]
        self.session.end(report=self.report, note=" ".join(filter(None, notes)))
        if error is None and self.session.lost:
            self._listener(Warned(f"{self.session.lost} inspections could not be recorded in the history."))

    def _absence(self) -> str:
        """How often the camera was lost, and for how long in all; empty when it never was."""
        if not self._losses:
            return ""
        now = time.monotonic()
        away = self._away + (0.0 if self._lost_since is None else now - self._lost_since)
        times = "once" if self._losses == 1 else f"{self._losses} times"
        gone = " It was not back at the end." if self._lost_since is not None else ""
        return f"The camera was lost {times}, for {away:.0f} s in all.{gone}"
