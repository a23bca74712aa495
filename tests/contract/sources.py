"""Every source there is, each giving red pictures. A test fails when one is missing here."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import inspector.sources
from inspector.sources.base import Source
from inspector.sources.camera import CameraSource
from inspector.sources.folder import FolderSource
from inspector.sources.stream import StreamSource
from inspector.sources.video import VideoSource
from inspector.sources.watched import WatchedFolderSource
from tests.sources.drawing import RED, plain, save, write_video
from tests.sources.mjpeg_server import MjpegServer, free_port
from tests.sources.scripted import ScriptedCapture

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from inspector.core.frame import Frame

FRAMES = 4
"""How many frames the finite ones among the cases give."""


@dataclass(frozen=True)
class Case:
    """One way to use a source.

    Attributes:
        name: what pytest calls it.
        kind: the class.
        make: gives one with red pictures, from an empty folder.
        make_missing: gives one that stands for nothing that is there.
        endless: whether it never ends.
    """

    name: str
    kind: type[Source]
    make: Callable[[Path], Source]
    make_missing: Callable[[Path], Source]
    endless: bool = False


def _red_folder(folder: Path) -> Path:
    for number, suffix in enumerate((".jpg", ".png", ".bmp", ".tif")):
        save(folder / f"red {number}{suffix}", plain(RED))
    return folder


def _video(folder: Path) -> Path:
    return write_video(folder / "red.avi", [plain(RED)] * FRAMES)


def _camera(*, opens: bool) -> CameraSource:
    return CameraSource(
        0, wait=0.05, capture_factory=lambda _what, _backend: ScriptedCapture([plain(RED)] * 2, opens=opens, again=True)
    )


class _Served(StreamSource):
    """A stream whose server begins and ends with it."""

    def __init__(self) -> None:
        self._server = MjpegServer(port=free_port())
        super().__init__(self._server.address(), open_timeout=5.0, read_timeout=5.0, wait=0.05)

    def _open(self) -> None:
        self._server.start()
        super()._open()

    def _close(self) -> None:
        super()._close()
        self._server.kill()


SOURCES = (
    Case("folder", FolderSource, lambda at: FolderSource(_red_folder(at)), lambda at: FolderSource(at / "gone")),
    Case(
        "watched folder",
        WatchedFolderSource,
        lambda at: WatchedFolderSource(_red_folder(at), existing=True, interval=0.01),
        lambda at: WatchedFolderSource(at / "gone"),
        endless=True,
    ),
    Case("video", VideoSource, lambda at: VideoSource(_video(at)), lambda at: VideoSource(at / "gone.avi")),
    Case(
        "looping video",
        VideoSource,
        lambda at: VideoSource(_video(at), loop=True),
        lambda at: VideoSource(at / "gone.avi", loop=True),
        endless=True,
    ),
    Case("camera", CameraSource, lambda _: _camera(opens=True), lambda _: _camera(opens=False), endless=True),
    Case(
        "stream",
        StreamSource,
        lambda _: _Served(),
        lambda _: StreamSource(f"http://127.0.0.1:{free_port()}/video.mjpg"),
        endless=True,
    ),
)


def all_kinds() -> set[type[Source]]:
    """Every class in the sources floor that can be made."""
    kinds: set[type[Source]] = set()
    for module in pkgutil.walk_packages(inspector.sources.__path__, "inspector.sources."):
        for _, kind in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(kind, Source) and not inspect.isabstract(kind):
                kinds.add(kind)
    return kinds


def read_frames(source: Source, wanted: int, *, seconds: float = 20.0) -> list[Frame]:
    """Read so many frames, or all there are; live sources may have nothing for a while."""
    frames: list[Frame] = []
    end = time.monotonic() + seconds
    while len(frames) < wanted and not source.ended:
        frame = source.read()
        if frame is not None:
            frames.append(frame)
        elif time.monotonic() > end:
            msg = f"Only {len(frames)} of {wanted} frames came in {seconds} s"
            raise TimeoutError(msg)
    return frames
