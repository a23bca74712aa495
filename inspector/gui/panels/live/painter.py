"""Paints frames beside the window's own thread, one at a time."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QObject, QThreadPool, Signal

from inspector.core.errors import InspectorError
from inspector.gui.models.live import paint
from inspector.gui.widgets.picture import for_screen
from inspector.gui.worker import Failure, give_way

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QSize

    from inspector.gui.models.live import Looks, Painted
    from inspector.gui.models.live_feed import Judge, Moment

    Rooms: TypeAlias = tuple[QSize | None, ...]


class Painter(QObject):
    """Makes pictures in a thread of its own.

    It is not the feed's, so that painting never slows judging, and a feed at rest can be shown another way. Only one
    frame is painted at a time and who is busy takes no other, so that no queue can form.
    """

    painted = Signal(object, object, object)
    """A `Moment`, its `list[Painted]`, one for each detector, and the pictures of each as `QImage`s for the screen."""
    failed = Signal(object)
    """A `Failure`."""

    def __init__(self, parent: QObject) -> None:
        """Be ready."""
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self.busy = False
        self.painted.connect(self._free)
        self.failed.connect(self._free)

    def paint(self, moment: Moment, judges: list[Judge], looks: Looks, rooms: Sequence[Rooms]) -> None:
        """Paint a frame that this feed's detectors judged; only when not `busy`.

        Args:
            moment: the frame.
            judges: the feed's.
            looks: how frames are to be shown.
            rooms: for each detector what room its pictures have on the screen.
        """
        self.busy = True

        def work() -> None:
            give_way()
            try:
                pairs = zip(judges, moment.shown, strict=True)
                made: list[Painted] = [paint(judge.detector, one, looks) for judge, one in pairs if judge.detector]
                ready = [
                    [for_screen(picture, room) for picture, room in zip(one.pictures, room_of, strict=False)]
                    for one, room_of in zip(made, rooms, strict=False)
                ]
            except InspectorError as error:
                self.failed.emit(Failure(str(error)))
            except Exception as error:  # noqa: BLE001 - a bug in painting must be seen, and not end the thread unheard
                self.failed.emit(Failure(f"{type(error).__name__}: {error}", traceback.format_exc()))
            else:
                self.painted.emit(moment, made, ready)

        self._pool.start(work)

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is being painted."""
        return self._pool.waitForDone(int(seconds * 1000))

    def _free(self) -> None:
        self.busy = False
