"""A camera of this computer."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from inspector.core.cv import cv2
from inspector.core.errors import SourceError
from inspector.core.latest import Latest
from inspector.sources.base import Shot, Source
from inspector.sources.cameras import BACKEND, camera_index
from inspector.sources.capture import Capture, CaptureFactory, open_capture, quiet, to_rgb

if TYPE_CHECKING:
    from collections.abc import Callable

    from inspector.core.image import Image

_RETRY_S = 0.02
"""A camera that was pulled out answers at once, again and again; this keeps a core free meanwhile."""

_JOIN_S = 2.0
"""How long `close` waits for a read that is under way."""


class CameraSource(Source):
    """The newest frames of a camera.

    A thread reads the camera without a pause and keeps the newest picture only: a driver's own queue would hand old
    ones to a reader who is slow. `read` waits up to `wait` seconds and gives None when nothing came in that time. A
    camera from which nothing came for `patience` seconds is lost: `SourceError`.
    """

    live = True

    def __init__(
        self,
        camera: int | str,
        *,
        width: int | None = None,
        height: int | None = None,
        fps: float | None = None,
        wait: float = 0.5,
        patience: float = 5.0,
        capture_factory: CaptureFactory = open_capture,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Remember the camera; it is opened by `open`.

        Args:
            camera: its number, or its name or a part of it (see `cameras`).
            width: in pixels; the camera takes the nearest it has. None leaves it as it is.
            height: in pixels, likewise.
            fps: frames per second, likewise.
            wait: the longest that `read` waits, in seconds.
            patience: after so many seconds without a picture the camera is lost.
            capture_factory: opens it; for tests.
            clock: gives the seconds since the epoch.
        """
        super().__init__(f"camera {camera}")
        self._camera = camera
        self._wanted = {
            cv2.CAP_PROP_FRAME_WIDTH: width,
            cv2.CAP_PROP_FRAME_HEIGHT: height,
            cv2.CAP_PROP_FPS: fps,
        }
        self._wait = wait
        self._patience = patience
        self._factory = capture_factory
        self._clock = clock
        self._reader: _Reader | None = None

    @property
    def missed(self) -> int:
        """How many pictures came and were replaced by newer ones before they were read, since `open`."""
        return self._reader.latest.missed if self._reader else 0

    def _open(self) -> None:
        index = camera_index(self._camera) if isinstance(self._camera, str) else self._camera
        with quiet():
            capture = self._factory(index, BACKEND)
            if not capture.isOpened():
                capture.release()
                msg = (
                    f"The {self.name} cannot be opened. Check its cable, close other programs that use it, and allow "
                    "this program to use cameras in the system's settings."
                )
                raise SourceError(msg)
            for prop, value in self._wanted.items():
                if value is not None:
                    capture.set(prop, value)
        self._reader = _Reader(capture, self._clock, self.name)
        self._reader.start()

    def _next(self) -> Shot | None:
        reader = self._reader
        if reader is None:
            msg = f"The {self.name} is closed."
            raise SourceError(msg)
        taken = reader.latest.take(self._wait)
        if taken is not None:
            image, when = taken
            return Shot(image, f"{self.name} #{self._given}", when)
        if reader.fault is not None:
            raise reader.fault
        if time.monotonic() - reader.arrived > self._patience:
            msg = (
                f"The {self.name} is lost: no picture came for {self._patience:g} s. Check its cable and power, then "
                "start it again."
            )
            raise SourceError(msg)
        return None

    def _close(self) -> None:
        if self._reader is not None:
            reader, self._reader = self._reader, None
            reader.stop()


class _Reader(threading.Thread):
    """Reads one capture until stopped, and releases it itself, since a driver may keep a read waiting for long.

    Attributes:
        latest: the newest picture in RGB and when it came, in seconds since the epoch.
        arrived: when the last one came, or the reading began, by `time.monotonic`.
        fault: what ended the thread, if that was no camera's silence.
    """

    def __init__(self, capture: Capture, clock: Callable[[], float], name: str) -> None:
        super().__init__(name=f"reader of {name}", daemon=True)
        self.latest: Latest[tuple[Image, float]] = Latest()
        self.arrived = time.monotonic()
        self.fault: Exception | None = None
        self._capture = capture
        self._clock = clock
        self._stopping = threading.Event()

    def run(self) -> None:
        try:
            while not self._stopping.is_set():
                image = self._read()
                if image is None:
                    self._stopping.wait(_RETRY_S)
                else:
                    self.arrived = time.monotonic()
                    self.latest.put((image, self._clock()))
        except Exception as error:  # noqa: BLE001 - raised again by `_next`, in the reader's thread
            self.fault = error
        finally:
            self.latest.close()
            self._capture.release()

    def stop(self) -> None:
        self._stopping.set()
        self.latest.close()
        self.join(_JOIN_S)

    def _read(self) -> Image | None:
        try:
            return to_rgb(self._capture.read()[1])
        except cv2.error:  # what some drivers' faults become
            return None
