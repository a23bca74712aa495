"""Settings of a camera, as they stand behind its name: `camera:0?width=1280&height=720&exposure=-6`."""

from __future__ import annotations

import math
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from inspector.core.cv import cv2
from inspector.core.errors import SourceError

if TYPE_CHECKING:
    from inspector.sources.capture import Capture

_SIZES = {"width": cv2.CAP_PROP_FRAME_WIDTH, "height": cv2.CAP_PROP_FRAME_HEIGHT, "fps": cv2.CAP_PROP_FPS}
"""The camera takes the nearest that it has."""
_MANUAL_EXPOSURE = 0.25 if sys.platform == "win32" else 1.0  # what DirectShow and Video4Linux mean by "manual"
_FIXED = {
    "exposure": (cv2.CAP_PROP_EXPOSURE, cv2.CAP_PROP_AUTO_EXPOSURE, _MANUAL_EXPOSURE),
    "white_balance": (cv2.CAP_PROP_WB_TEMPERATURE, cv2.CAP_PROP_AUTO_WB, 0.0),
    "focus": (cv2.CAP_PROP_FOCUS, cv2.CAP_PROP_AUTOFOCUS, 0.0),
    "gain": (cv2.CAP_PROP_GAIN, None, 0.0),
    "brightness": (cv2.CAP_PROP_BRIGHTNESS, None, 0.0),
    "contrast": (cv2.CAP_PROP_CONTRAST, None, 0.0),
}
"""In the driver's own unit, and what is switched off before: the camera would go on changing it by itself."""

SETTINGS = (*_SIZES, *_FIXED)
"""What may be set."""

_QUERY = re.compile(r"(?P<name>[^?]*)\?(?P<query>[a-z_]+=[^?]*)")


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """Values by their names, in the order in which they were given; those of a driver are in its own unit."""

    values: tuple[tuple[str, float], ...] = ()

    def apply(self, capture: Capture, camera: str) -> None:
        """Set them on an open camera.

        Raises:
            SourceError: its driver does not offer one of them.
        """
        for name, value in self.values:
            if name in _SIZES:
                capture.set(_SIZES[name], value)
                continue
            prop, automatic, manual = _FIXED[name]
            if automatic is not None:
                capture.set(automatic, manual)
            if not capture.set(prop, value):
                msg = (
                    f"The driver of the {camera} does not take {name}={value:g}. Choose another value or leave it out."
                )
                raise SourceError(msg)


def split_settings(text: str) -> tuple[str, CameraSettings]:
    """The camera and its settings, from `"0?width=1280&fps=30"`; without settings the text stays as it is.

    Raises:
        SourceError: there is no such setting, or its value is no number.
    """
    match = _QUERY.fullmatch(text)
    if match is None:
        return text, CameraSettings()
    values: dict[str, float] = {}
    for name, written in parse_qsl(match["query"], keep_blank_values=True):
        if name not in SETTINGS:
            msg = f"A camera has no setting {name!r}. There are: {', '.join(SETTINGS)}."
            raise SourceError(msg)
        try:
            value = float(written)
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or (name in _SIZES and value <= 0):
            msg = f"Expected a number for the camera's {name}. Received: {written!r}"
            raise SourceError(msg)
        values[name] = value
    return match["name"].strip(), CameraSettings(tuple(values.items()))
