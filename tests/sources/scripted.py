"""A capture that plays what a test wrote down."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from inspector.core.cv import cv2

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inspector.core.image import Image

PACE_S = 0.002
"""Between two pictures of a camera that plays without end, so that it does not keep a core busy."""


class ScriptedCapture:
    """Stands in for `cv2.VideoCapture`: gives RGB images as BGR, all in one buffer as some drivers do.

    Attributes:
        asked: what was set, by property.
        released: whether it was let go of.
        reads: how often it was read.
    """

    def __init__(
        self,
        script: Sequence[Image | Exception | None],
        *,
        opens: bool = True,
        again: bool = False,
        properties: dict[int, float] | None = None,
        hold: threading.Event | None = None,
    ) -> None:
        """Write down what is played.

        Args:
            script: RGB images; None is a read that fails, an exception is raised. Behind the last, reads fail.
            opens: whether it can be opened.
            again: whether it plays again and again.
            properties: what `get` gives.
            hold: behind the script a read hangs until this is set.
        """
        self.asked: dict[int, float] = {}
        self.released = False
        self.reads = 0
        self._script = script
        self._opens = opens
        self._again = again
        self._properties = properties or {}
        self._hold = hold
        self._buffer: Any = None

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        return self._opens

    def read(self) -> tuple[bool, Any]:
        place, self.reads = self.reads, self.reads + 1
        if self._again:
            threading.Event().wait(PACE_S)
            place %= len(self._script)
        if place >= len(self._script):
            if self._hold is not None:
                self._hold.wait(30)
            return False, None
        step = self._script[place]
        if isinstance(step, Exception):
            raise step
        if step is None:
            return False, None
        bgr = cv2.cvtColor(step, cv2.COLOR_RGB2BGR)
        if self._buffer is None or self._buffer.shape != bgr.shape:
            self._buffer = np.empty_like(bgr)
        self._buffer[...] = bgr
        return True, self._buffer

    def get(self, prop: int, /) -> float:
        return self._properties.get(prop, 0.0)

    def set(self, prop: int, value: float, /) -> bool:
        self.asked[prop] = value
        return True

    def release(self) -> None:
        self.released = True
