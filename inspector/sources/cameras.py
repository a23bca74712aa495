"""Which cameras there are. None is opened for it, so it neither hangs nor lights a lamp."""

from __future__ import annotations

import importlib
import logging
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from inspector.core.cv import cv2
from inspector.core.errors import SourceError
from inspector.sources.capture import quiet

_log = logging.getLogger(__name__)

# Numbers mean the same camera only within one of OpenCV's backends, so cameras are listed and opened with the same.
BACKEND: int = {"linux": cv2.CAP_V4L2, "win32": cv2.CAP_DSHOW, "darwin": cv2.CAP_AVFOUNDATION}.get(
    sys.platform, cv2.CAP_ANY
)

_DEVICES = Path("/sys/class/video4linux")


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """One camera: the number to open it by, and what it calls itself."""

    index: int
    name: str


def cameras() -> list[CameraInfo]:
    """Give the cameras of this computer by number; none when they cannot be listed.

    The package cv2-enumerate-cameras knows the names on every system. Where it is not installed, Linux is asked
    directly, and elsewhere cameras can be opened by number only.
    """
    try:
        package = importlib.import_module("cv2_enumerate_cameras")
        with quiet():
            found = [CameraInfo(int(one.index), str(one.name)) for one in package.enumerate_cameras(BACKEND)]
    except ImportError:
        found = _linux_cameras(_DEVICES)
    except Exception:  # noqa: BLE001 - it talks to drivers, and a missing list must not stop the program
        _log.info("Cameras could not be listed", exc_info=True)
        found = _linux_cameras(_DEVICES)
    return sorted(found, key=lambda one: one.index)


def camera_index(name: str) -> int:
    """Give the number of the camera called `name`, or of the only one whose name contains it.

    Raises:
        SourceError: there is none, or there are several; the text lists those there are.
    """
    there = cameras()
    wanted = name.casefold()
    matching = [one for one in there if one.name.casefold() == wanted]
    matching = matching or [one for one in there if wanted in one.name.casefold()]
    if len(matching) == 1:
        return matching[0].index
    listed = "; ".join(f"{one.index}: {one.name}" for one in there) or "none"
    many = f"{len(matching)} cameras are called {name!r}" if matching else f"No camera is called {name!r}"
    msg = f"{many}. Found {listed}. Choose one by its number, such as camera:0, or check its cable."
    raise SourceError(msg)


def _linux_cameras(devices: Path) -> list[CameraInfo]:
    """Ask the kernel. A camera has several nodes; the first (`index` 0) gives pictures, the others only metadata."""
    found = []
    for node in devices.glob("video*") if devices.is_dir() else ():
        number = re.fullmatch(r"video([0-9]+)", node.name)
        try:
            if number and (node / "index").read_text().strip() == "0":
                found.append(CameraInfo(int(number[1]), (node / "name").read_text(errors="replace").strip()))
        except OSError:  # unplugged meanwhile
            continue
    return found
