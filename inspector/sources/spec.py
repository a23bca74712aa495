"""A source in one line of text, as the command line and settings have it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.core.errors import SourceError
from inspector.sources.camera import CameraSource
from inspector.sources.camera_settings import split_settings
from inspector.sources.folder import FolderSource
from inspector.sources.stream import StreamSource
from inspector.sources.stream_fault import PORTS
from inspector.sources.video import VideoSource
from inspector.sources.walk import is_image_name
from inspector.sources.watched import WatchedFolderSource

if TYPE_CHECKING:
    from inspector.sources.base import Source

FORMS = (
    "camera:NUMBER, camera:NAME, rtsp://ADDRESS, http://ADDRESS, folder:PATH, watch:PATH, loop:VIDEO, "
    "or the path of a folder or a video file"
)
"""What `open_source` understands, as told in errors and help."""

_NUMBER = re.compile(r"[0-9]{1,5}")
_KIND = re.compile(r"(camera|folder|watch|loop):(.*)", re.IGNORECASE | re.DOTALL)
_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]+)://", re.IGNORECASE)


def open_source(spec: str) -> Source:
    """Give the source that `spec` names, ready for `open` or `with`.

    | spec | source |
    |---|---|
    | `camera:0`, `0` | the camera of that number |
    | `camera:NAME` | the camera whose name is or contains that |
    | `camera:0?width=1280&exposure=-6` | the same, with settings (see `camera_settings`) |
    | `rtsp://…`, `rtsps://…`, `http://…`, `https://…` | the stream at that address |
    | `folder:PATH`, the path of a folder | its images, each once |
    | `watch:PATH` | the images that arrive there |
    | the path of a video file | its frames |
    | `loop:PATH` | the frames of that video, again and again |

    Raises:
        SourceError: it names nothing that is there, or is none of these.
    """
    text = spec.strip()
    if not text:
        msg = f"No source is given. Give one of: {FORMS}."
        raise SourceError(msg)
    if _NUMBER.fullmatch(text):
        return CameraSource(int(text))
    if kind := _KIND.fullmatch(text):
        return _of_kind(kind[1].lower(), kind[2].strip())
    if address := _ADDRESS.match(text):
        if address[1].lower() in PORTS:
            return StreamSource(text)
        msg = f"{address[1]}:// is not among the sources. Supported are: {FORMS}."
        raise SourceError(msg)
    return _of_path(text)


def _of_kind(kind: str, rest: str) -> Source:
    if not rest:
        what = "a number or a name" if kind == "camera" else "a path"
        msg = f"{kind}: is followed by nothing, and takes {what}. Supported are: {FORMS}."
        raise SourceError(msg)
    if kind == "camera":
        camera, settings = split_settings(rest)
        return CameraSource(int(camera) if _NUMBER.fullmatch(camera) else camera, settings=settings)
    path = _path(rest)
    if kind == "loop":
        return VideoSource(path, loop=True)
    return FolderSource(path) if kind == "folder" else WatchedFolderSource(path)


def _of_path(text: str) -> Source:
    path = _path(text)
    try:
        if path.is_dir():
            return FolderSource(path)
        there = path.is_file()
    except (OSError, ValueError) as error:  # too long, or with a zero byte
        msg = f"{text!r} cannot be a path: {getattr(error, 'strerror', None) or error}. Supported are: {FORMS}."
        raise SourceError(msg) from error
    if not there:
        msg = f"{text!r} is neither there as a folder or a file nor another kind of source. Supported are: {FORMS}."
        raise SourceError(msg)
    if is_image_name(path.name):
        msg = f"{path} is one image. Give the folder it lies in: folder:{path.parent}"
        raise SourceError(msg)
    return VideoSource(path)


def _path(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except (RuntimeError, ValueError):  # "~nobody": no such user, so it is a name like any other
        return Path(text)
