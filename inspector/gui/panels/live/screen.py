"""Puts a feed's frames on the screen, 30 times a second at most."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from inspector.gui.models.live import Phase, sign
from inspector.gui.panels.live.painter import Painter
from inspector.gui.panels.live.view import JudgeView
from inspector.gui.panels.live.words import note_for

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from inspector.core.frame import Frame
    from inspector.gui.models.live import Looks, Painted
    from inspector.gui.models.live_feed import Feed, Moment
    from inspector.gui.panels.live.painter import Rooms
    from inspector.gui.theme import Theme


_PLOT_EVERY = 3
"""A plot costs more to draw than a picture, and scrolls smoothly enough ten times a second."""


class Screen(QObject):
    """Two views, one for each detector, and what is shown in them.

    Picture, verdict and figures of a view always come from one `Painted`, which holds the frame itself.
    """

    changed = Signal()
    """Another frame is shown, or none."""
    threshold_moved = Signal(int, float)
    """A hand moved the threshold of this view's detector there."""
    reset_asked = Signal(int)
    """The own threshold of this view's detector is wanted back."""
    save_asked = Signal(int)
    """The threshold moved by hand shall become that of this view's detector."""

    def __init__(self, parent: QObject, theme: Theme) -> None:
        """Show nothing yet."""
        super().__init__(parent)
        self.painter = Painter(self)
        self.painter.painted.connect(self._show)
        self.views = [JudgeView(theme), JudgeView(theme)]
        self.painted: list[Painted] = []
        self.feed: Feed | None = None
        self._phase, self._ending = Phase.IDLE, ""
        self._beat = 0
        self._moment: Moment | None = None
        self._last: tuple[Moment, Looks, list[Rooms]] | None = None
        for place, view in enumerate(self.views):
            view.threshold_moved.connect(partial(self.threshold_moved.emit, place))
            view.threshold.reset_asked.connect(partial(self.reset_asked.emit, place))
            view.threshold.save_asked.connect(partial(self.save_asked.emit, place))
        self.reset()

    @property
    def frame(self) -> Frame | None:
        """The frame shown; None when there is none or it could not be read."""
        return self.painted[0].shown.frame if self.painted else None

    def reset(self) -> None:
        """Show that nothing is watched yet."""
        self.feed, self._moment, self._last = None, None, None
        self._arrange(1)
        for view in self.views:
            view.begin("")
            view.set_placeholder(self.tr("Choose a source above and press Start."))
        self.clear()

    def begin(self, feed: Feed) -> None:
        """Show this feed from now on, and nothing of the one before."""
        self.feed, self._moment, self._last = feed, None, None
        self.painted = []
        self._arrange(len(feed.judges))
        for view, judge in zip(self.views, feed.judges, strict=False):
            view.begin(judge.name)
            view.set_placeholder("")
        self.changed.emit()

    def look(self, looks: Looks, phase: Phase, ending: str) -> None:
        """Take the newest frame, have it painted, and say how things stand."""
        feed = self.feed
        if feed is None:
            return
        self._moment = feed.screen.take() or self._moment
        if self._moment is not None and not self.painter.busy:
            order = (self._moment, looks, [view.rooms for view in self.views[: len(feed.judges)]])
            if self._last != order:
                self._last = order
                self.painter.paint(self._moment, feed.judges, looks, order[2])
        self._beat += 1
        for view, judge in zip(self.views, feed.judges, strict=False):
            if phase is not Phase.RUNNING or self._beat % _PLOT_EVERY == 0:
                view.show_trace(judge.trace)
            if judge.detector is not None:
                view.show_projection(judge.projection)
                view.show_threshold(judge.detector.threshold.value, judge.override)
        self._phase, self._ending = phase, ending
        self._say(feed)

    def clear(self) -> None:
        """Show no frame."""
        self.painted = []
        for view in self.views:
            view.show_painted(None)
        self.changed.emit()

    def fit(self) -> None:
        """Show whole pictures."""
        for view in self.views:
            view.fit()

    def set_embedding(self, *, on: bool) -> None:
        """Show planes beside the pictures, or do not."""
        for view in self.views:
            view.set_embedding(on=on)

    def _show(self, moment: Moment, painted: list[Painted], ready: list[list[QImage]]) -> None:
        """Put a frame on the screen: pictures, verdict and numbers at once."""
        feed = self.feed
        if feed is None or self._last is None or moment is not self._last[0]:
            return  # of a feed before this one
        fresh = not self.painted or painted[0].shown is not self.painted[0].shown
        self.painted = painted
        for view, one, pixels in zip(self.views, painted, ready, strict=False):
            view.show_painted(one, pixels)
        if fresh:
            feed.tally.arrived(moment.read_at)
        self._say(feed)
        self.changed.emit()

    def _say(self, feed: Feed) -> None:
        for place, view in enumerate(self.views[: len(feed.judges)]):
            shown = self.painted[place].shown if place < len(self.painted) else None
            inspection = None if shown is None else shown.inspection
            verdict = None if inspection is None else inspection.decided
            changed = bool(shown is not None and shown.changes)
            what = sign(self._phase, verdict, feed.tally.age(), feed.silence, changed=changed)
            view.banner.show_sign(what, inspection, note_for(what, self._phase, shown, feed, self._ending))

    def _arrange(self, count: int) -> None:
        self.views[1].setVisible(count > 1)
        for view in self.views:
            view.title.setVisible(count > 1)
            view.banner.set_compact(count > 1)
            view.embedding.set_compact(count > 1)
