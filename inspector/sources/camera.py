"""A camera of this computer."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from inspector.core.cv import cv2
from inspector.core.errors import SourceError
from inspector.sources.camera_settings import CameraSettings
from inspector.sources.cameras import BACKEND, camera_index
from inspector.sources.capture import Capture, CaptureFactory, open_capture, quiet, to_rgb
from inspector.sources.feed import FeedSource
from inspector.sources.watchdog import Patience

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from inspector.core.image import Image
    from inspector.sources.reader import Grabber

PATIENCE = Patience()
"""Opening takes some drivers 20 seconds and more."""


class CameraSource(FeedSource):
    """The newest frames of a camera; when it is pulled out it is lost, and opened again when it is back."""

    def __init__(
        self,
        camera: int | str,
        *,
        width: int | None = None,
        height: int | None = None,
        fps: float | None = None,
        settings: CameraSettings | None = None,
        wait: float = 0.5,
        patience: Patience | float = PATIENCE,
        capture_factory: CaptureFactory = open_capture,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Remember the camera; it is opened by `open`.

        Args:
            camera: its number, or its name or a part of it (see `cameras`).
            width: in pixels; the camera takes the nearest it has. None leaves it as it is.
            height: in pixels, likewise.
            fps: frames per second, likewise.
            settings: these and others; set each time that it is opened.
            wait: the longest that `read` waits, in seconds.
            patience: how long what may take; a number is the seconds without a picture after which it is lost.
            capture_factory: opens it; for tests.
            clock: gives the seconds since the epoch.
        """
        if not isinstance(patience, Patience):
            patience = replace(PATIENCE, silence=patience)
        super().__init__(f"camera {camera}", wait=wait, patience=patience, clock=clock)
        self._camera = camera
        sizes = {"width": width, "height": height, "fps": fps}
        asked = tuple((name, float(value)) for name, value in sizes.items() if value is not None)
        self._settings = CameraSettings((*asked, *(settings.values if settings is not None else ())))
        self._factory = capture_factory

    def _grabber(self, stopping: threading.Event | None = None) -> Grabber:  # noqa: ARG002 - a driver hears nothing
        # By its name each time: a camera that comes back may have another number.
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
            try:
                self._settings.apply(capture, self.name)
            except SourceError:
                capture.release()
                raise
        return _Device(capture)


class _Device:
    """A capture of this process, as a `Grabber`."""

    missed = 0

    def __init__(self, capture: Capture) -> None:
        self._capture = capture

    def grab(self) -> Image | None:
        try:
            return to_rgb(self._capture.read()[1])
        except cv2.error:  # what some drivers' faults become
            return None

    def release(self) -> None:
        self._capture.release()
