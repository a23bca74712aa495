"""Telling the outputs what a job finds: a listener in front of the job's own listener."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inspector.core.events import Event, FeedChanged, Judged, Listener, PictureChanged, Warned, ignore
from inspector.core.feedstate import Condition
from inspector.core.inspection import Verdict
from inspector.jobs.encoding import OverlayFile, PictureFile
from inspector.outputs import Parcel, message

if TYPE_CHECKING:
    from inspector.core.inspection import Inspection
    from inspector.detectors import Detector
    from inspector.jobs.live import Shown
    from inspector.outputs import Outlets

_EVENTS = {Verdict.NG: "ng", Verdict.OK: "ok", Verdict.UNREADABLE: "unreadable"}


class Sender:
    """Hears a job's events, hands what outputs may want to them, and passes all of them on.

    It counts the verdict that counts: the voted one where a feed votes. What goes wrong with an output is told as
    `Warned`, once each time that it goes wrong; nothing that is wrong with one ends the job or keeps it waiting.
    """

    def __init__(
        self, listener: Listener = ignore, outlets: Outlets | None = None, *, source: str, detector: Detector | None
    ) -> None:
        """Prepare.

        Args:
            listener: hears everything, after the outputs.
            outlets: the outputs at work; None tells nobody.
            source: what a person calls where the frames come from.
            detector: paints the overlays; without it there are none.
        """
        self._listener, self._outlets = listener, outlets
        self._source, self._detector = source, detector
        self._shown: Shown | None = None
        self._lost = False
        self._told: dict[str, str] = {}

    def keep(self, shown: Shown) -> None:
        """Take the frame of the inspection that is told next; an output may want its pictures."""
        self._shown = shown

    def __call__(self, event: Event) -> None:
        """Tell the outputs of `event` and pass it on. Never waits; only the listener raises."""
        if self._outlets is not None:
            self._tell(self._outlets, event)
            self._complain(self._outlets)
        self._listener(event)

    def _tell(self, outlets: Outlets, event: Event) -> None:
        if isinstance(event, Judged) and not event.again:
            name, shown = _EVENTS[event.inspection.decided], self._shown
            self._shown = None
            if outlets.hears(name):
                outlets.tell(self._parcel(name, event.inspection, shown))
        elif isinstance(event, FeedChanged):
            lost, back = event.state.lost, event.state.condition is Condition.LIVE
            if lost and not self._lost:
                outlets.tell(Parcel(message("lost", source=self._source, reason=event.state.reason)))
            elif back and self._lost:
                outlets.tell(Parcel(message("back", source=self._source)))
            self._lost = lost or (self._lost and not back)
        elif isinstance(event, PictureChanged):
            name = "changed" if event.how else "as before"
            outlets.tell(Parcel(message(name, source=self._source, reason=", ".join(event.how))))

    def _parcel(self, event: str, inspection: Inspection, shown: Shown | None) -> Parcel:
        said = message(event, source=self._source, inspection=inspection)
        if shown is None or shown.frame is None:
            return Parcel(said)
        image, measured = shown.frame.image, shown.measured
        overlay = None
        if self._detector is not None and measured is not None and measured.map is not None:
            overlay = OverlayFile(self._detector, image, measured)
        return Parcel(said, PictureFile(image), overlay)

    def _complain(self, outlets: Outlets) -> None:
        for state in outlets.states:
            if state.problem and not self._told.get(state.name):
                self._listener(Warned(f"Output {state.name!r}: {state.problem}"))
            self._told[state.name] = state.problem
