"""OpenCV's `VideoCapture`, behind a small interface so that a scripted one can stand in its place."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from inspector.core.cv import cv2

if TYPE_CHECKING:
    from collections.abc import Iterator

    from inspector.core.image import Image

# FFmpeg prints on stderr what a SourceError says better. It is asked once, when OpenCV opens the first video.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

_GREY, _RGB, _RGBA = 1, 3, 4


class Capture(Protocol):
    """What is used of `cv2.VideoCapture`. Pictures are BGR and may be overwritten by the next `read`."""

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        """Whether there is anything to read from."""

    def read(self) -> tuple[bool, Any]:
        """Wait for the next picture; `(False, None)` when there is none."""

    def get(self, prop: int, /) -> float:
        """Give a property; 0 when it is unknown."""

    def set(self, prop: int, value: float, /) -> bool:
        """Ask for a property to be changed."""

    def release(self) -> None:
        """Let go of the device or file."""


class CaptureFactory(Protocol):
    """Opens a capture: a device by its number or a file by its name, through one of OpenCV's backends."""

    def __call__(self, what: int | str, backend: int, /) -> Capture:
        """Give a capture, which may turn out not to be opened."""


def open_capture(what: int | str, backend: int) -> Capture:
    """Open the real thing."""
    return cv2.VideoCapture(what, backend)


class _Silence:
    """Counts who wants quiet: OpenCV's log level is the process', and cameras are opened in several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted = 0
        self._before = 0

    def begin(self) -> None:
        with self._lock:
            if not self._wanted:
                self._before = cv2.utils.logging.getLogLevel()
                cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
            self._wanted += 1

    def end(self) -> None:
        with self._lock:
            self._wanted -= 1
            if not self._wanted:
                cv2.utils.logging.setLogLevel(self._before)


_silence = _Silence()


@contextmanager
def quiet() -> Iterator[None]:
    """Keep OpenCV from writing to stderr: what it finds out while probing is told as an error or is none."""
    _silence.begin()
    try:
        yield
    finally:
        _silence.end()


def to_rgb(picture: Any) -> Image | None:
    """Give a captured picture (BGR, BGRA or grey) as RGB in memory of its own; None when it is no picture.

    The one place where BGR becomes RGB: every frame of a video and of a camera passes here, after a loop and after a
    reconnect too.
    """
    if not isinstance(picture, np.ndarray) or picture.size == 0 or picture.dtype != np.uint8:
        return None
    channels = picture.shape[2] if picture.ndim == _RGB else _GREY
    codes = {_GREY: cv2.COLOR_GRAY2RGB, _RGB: cv2.COLOR_BGR2RGB, _RGBA: cv2.COLOR_BGRA2RGB}
    if channels not in codes:
        return None
    image: Image = cv2.cvtColor(picture, codes[channels])  # type: ignore[assignment]
    return image
