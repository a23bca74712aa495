"""The live preview of a source that pictures are captured from."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from inspector.core.errors import FrameError
from inspector.core.events import Listener, Progress, Stage, Warned
from inspector.gui.models.thumbs import shrink
from inspector.jobs.live import StateTeller

if TYPE_CHECKING:
    from inspector.core.frame import Frame
    from inspector.core.image import Image
    from inspector.core.latest import Latest
    from inspector.sources.base import Source

FOLDER_FPS = 2.0
"""At which a folder is shown, which has no pace of its own: time enough to press a key."""

SHOWN_SIDE = 1600
"""Larger pictures are shown at this size: bringing one to the screen must not keep the window from answering."""

_LOOK_UP_S = 0.05


@dataclass(frozen=True, slots=True)
class Seen:
    """A frame as it came, which is what is captured, and as it is shown."""

    frame: Frame
    picture: Image


def preview(source: Source, screen: Latest[Seen], listener: Listener) -> int:
    """Show a source's frames at its own pace until it ends or the listener cancels. Gives how many there were.

    Args:
        source: not open yet.
        screen: where frames are put; who shows them takes the newest.
        listener: asked often, also while nothing comes.

    Raises:
        SourceError: it cannot be opened, or is lost.
    """
    shown = 0
    with source:
        pace = None if source.live else 1 / (getattr(source, "fps", None) or FOLDER_FPS)
        listener(Stage("Watching"))
        teller = StateTeller(listener)
        due = time.monotonic()
        while True:
            listener(Progress(shown))
            teller.tell(source)
            try:
                frame = source.read()
            except FrameError as error:
                listener(Warned(str(error)))
                continue
            if frame is None:
                if source.ended:
                    return shown
                continue
            screen.put(Seen(frame, shrink(frame.image, SHOWN_SIDE)))
            shown += 1
            if pace is not None:
                # From when it was due, so that small delays do not add up; from now where it cannot keep up.
                due = max(due + pace, time.monotonic())
                while (left := due - time.monotonic()) > 0:
                    listener(Progress(shown))
                    time.sleep(min(left, _LOOK_UP_S))
