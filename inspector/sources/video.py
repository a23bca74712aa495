"""A video file, frame by frame, as fast as it is read."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from inspector.core.cv import cv2
from inspector.core.errors import FrameError, SourceError
from inspector.sources.base import Shot, Source
from inspector.sources.capture import Capture, CaptureFactory, open_capture, quiet, to_rgb

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from inspector.core.image import Image

_TRIES = 30
"""So many reads may fail in a row before the video counts as over."""

_SLACK = 0.05
"""Headers are known to claim a few frames more than there are: this share (two at least) is no fault."""


class VideoSource(Source):
    """The frames of a video file.

    A frame's time is when the source was opened plus its place in the video; without a known frame rate, when it was
    read. A stretch of frames that cannot be decoded is one `FrameError`. A file that ends well before what its header
    claims is a `SourceError`, not an end.

    Attributes:
        fps: frames per second as the file says; None when it does not, and before opening.
    """

    def __init__(
        self,
        path: Path,
        *,
        loop: bool = False,
        capture_factory: CaptureFactory = open_capture,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Remember the file.

        Args:
            path: the file.
            loop: whether it begins again at its end; `total` is None then.
            capture_factory: opens it; for tests.
            clock: gives the seconds since the epoch.
        """
        super().__init__(str(path))
        self.path = path
        self.fps: float | None = None
        self._loop = loop
        self._factory = capture_factory
        self._clock = clock
        self._capture: Capture | None = None
        self._claimed = 0
        self._place = 0  # of the next frame, in the video
        self._shown = 0  # frames passed, over all rounds
        self._started = 0.0
        self._ahead: Image | None = None

    def _open(self) -> None:
        self._place = self._shown = 0
        self._begin()
        capture = self._opened_capture()
        self._claimed = _whole(capture.get(cv2.CAP_PROP_FRAME_COUNT))
        fps = capture.get(cv2.CAP_PROP_FPS)
        self.fps = fps if math.isfinite(fps) and fps > 0 else None
        self.total = None if self._loop else self._claimed or None
        self._started = self._clock()

    def _next(self) -> Shot | None:
        image, self._ahead = self._ahead, None
        if image is None:
            image = to_rgb(self._opened_capture().read()[1])
        if image is None:
            skipped = self._look_ahead()
            if skipped:
                name = self._frame_name()
                self._pass(skipped)
                more = f" and {skipped - 1} behind it" if skipped > 1 else ""
                msg = f"Frame {name}{more} cannot be decoded. The video is damaged there; copy it again."
                raise FrameError(msg, name=name)
            if not self._loop:
                return None
            self._begin()
            image, self._ahead = self._ahead, None
            if image is None:  # pragma: no cover - _begin has raised
                return None
        when = self._clock() if self.fps is None else self._started + self._shown / self.fps
        shot = Shot(image, self._frame_name(), when, path=self.path)
        self._pass(1)
        return shot

    def _close(self) -> None:
        self._ahead = None
        if self._capture is not None:
            capture, self._capture = self._capture, None
            capture.release()

    def _begin(self) -> None:
        """Open the file, anew for each round (many files cannot be wound back), and read its first frame."""
        self._close()
        try:
            found = self.path.is_file()
        except (OSError, ValueError) as error:
            msg = f"The video {str(self.path)!r} cannot be looked at: {getattr(error, 'strerror', None) or error}."
            raise SourceError(msg) from error
        if not found:
            what = "is a folder, not a video file" if self.path.is_dir() else "is not there"
            msg = f"The video {self.path} {what}. Check its name."
            raise SourceError(msg)
        with quiet():
            # An absolute path, and FFmpeg alone: "img_%02d.png" or "concat:…" would mean something to others.
            self._capture = self._factory(str(self.path.absolute()), cv2.CAP_FFMPEG)
            if self._capture.isOpened():
                self._ahead = to_rgb(self._capture.read()[1])
        if self._ahead is None:
            msg = f"{self.path} is no video that can be read, or is torn. Copy it again, or convert it to MP4 (H.264)."
            raise SourceError(msg)
        self._place = 0

    def _look_ahead(self) -> int:
        """After a failed read, find the next frame and keep it. Gives how many failed before it; 0 at the end.

        Raises:
            SourceError: there is none, though the header claims many more.
        """
        capture = self._opened_capture()
        missing = self._claimed - self._place
        for failed in range(1, min(_TRIES, missing) + 1):
            self._ahead = to_rgb(capture.read()[1])
            if self._ahead is not None:
                return failed
        if missing > max(2, _SLACK * self._claimed):
            read = f"{self._place} of {self._claimed} frames"
            msg = f"The video {self.path} breaks off: {read} could be read. Copy it again."
            raise SourceError(msg)
        return 0

    def _pass(self, frames: int) -> None:
        self._place += frames
        self._shown += frames

    def _frame_name(self) -> str:
        return f"{self.path.name} #{self._shown}"

    def _opened_capture(self) -> Capture:
        if self._capture is None:
            msg = f"The video {self.path} is closed."
            raise SourceError(msg)
        return self._capture


def _whole(value: float) -> int:
    """Give a count that a header claims; 0 for the negative and absurd numbers that mean it is not known."""
    return int(value) if math.isfinite(value) and 0 < value < 2**53 else 0
