"""The only import of OpenCV.

`opencv-python` ships Qt 5 plugins and, when imported on Linux, points `QT_QPA_PLATFORM_PLUGIN_PATH` (and its font
folder) at them. A PySide6 window then aborts with "could not load the Qt platform plugin xcb":
https://github.com/opencv/opencv-python/issues/736. So the environment is put back after the import. Everyone says
`from inspector.core.cv import cv2`.
"""

from __future__ import annotations

import os

_TOUCHED = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")
_before = {name: os.environ.get(name) for name in _TOUCHED}

import cv2  # noqa: E402 - the environment must be read first

for _name, _value in _before.items():
    if _value is None:
        os.environ.pop(_name, None)
    else:
        os.environ[_name] = _value

__all__ = ["cv2"]
