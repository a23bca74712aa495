"""Reads one network stream in a process of its own, which can be killed whatever the library in it does.

A thread would not do. With OpenCV 5.0 and FFmpeg 8 a stream that is being opened holds a lock of the whole process:
beside 20 addresses that did not answer within 2 s each, opening a good one took 36 s. And a thread left behind in there
aborts the program ("terminate called without an active exception") when it comes back while the program ends. The
process costs 0.2 s at its start, and 7 ms of this process' time for each decoded picture of 1920x1080. Motion JPEG is
handed over as it came and is decoded here: a torn picture is then known to be torn, and one of another size is not
stretched to the size of the first, as OpenCV does.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import struct
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from inspector.core.errors import FrameError, SourceError
from inspector.core.latest import Latest
from inspector.sources.decode import decode_image

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from inspector.core.image import Image
    from inspector.sources.capture import Capture

_SPAWN = multiprocessing.get_context("spawn")
_BEGIN_S = 20.0
"""The most that starting a process of Python may take on a busy machine."""
_SPARE_S = 0.5
"""So much later than the library's own time-out ours strikes, where that one fails."""
_LOOK_UP_S = 0.1
_FAILURES = 5
"""So many reads may fail in a row: a stream that ended, or timed out, answers so for ever."""
_HEAD = struct.Struct("<cQII")
"""What it is, how many pictures were passed over, height and width."""
_READY, _OPEN, _OVER, _JPEG, _PIXELS = b"r", b"o", b"x", b"j", b"p"


@dataclass(frozen=True, slots=True)
class StreamRequest:
    """What to read.

    Attributes:
        address: with its credentials; it reaches the process through a pipe, so that no list of processes shows it.
        open_timeout: seconds.
        read_timeout: seconds.
    """

    address: str
    open_timeout: float
    read_timeout: float


class StreamGrabber:
    """A stream, opened in a process of its own. No call waits longer than the time-outs say, whatever happens there."""

    def __init__(self, request: StreamRequest, name: str, stopping: threading.Event | None = None) -> None:
        """Open it.

        Args:
            request: what to read.
            name: of the source, for errors.
            stopping: set when it is no longer wanted.

        Raises:
            SourceError: it cannot be opened.
        """
        self.missed = 0
        self._name, self._stopping = name, stopping
        self._news, childs_end = _SPAWN.Pipe(duplex=False)
        with childs_end:
            # A daemon: this process' ordinary end also ends it. After any other it notices the broken pipe.
            self._child = _SPAWN.Process(target=serve, args=(childs_end, request), daemon=True)
            self._child.start()
        try:
            self._expect(_READY, _BEGIN_S, "Its process did not start. Close other programs.")
            answer = f"It did not answer within {request.open_timeout:g} s. Check its address, its cable and its power."
            self._expect(_OPEN, request.open_timeout + _SPARE_S, answer)
        except BaseException:
            self.release()
            raise

    def grab(self) -> Image | None:
        """Give the next picture; None when none came for a short while, or a torn one.

        Raises:
            SourceError: the stream is over.
        """
        if not self._news.poll(_LOOK_UP_S):
            return None
        what, data = self._receive()
        if what == _JPEG:
            with suppress(FrameError):
                return decode_image(data[_HEAD.size :], self._name)
            return None
        _, _, height, width = _HEAD.unpack_from(data)
        # A copy, since bytes cannot be written to and a frame is its reader's to keep.
        return np.frombuffer(data, np.uint8, offset=_HEAD.size).reshape(height, width, 3).copy()

    def release(self) -> None:
        """Kill the process: it holds nothing that needs tidying up."""
        self._child.kill()
        self._child.join()
        self._child.close()
        self._news.close()

    def _expect(self, wanted: bytes, seconds: float, otherwise: str) -> None:
        end = time.monotonic() + seconds
        while not self._news.poll(_LOOK_UP_S):
            if self._stopping is not None and self._stopping.is_set():
                otherwise, end = "It was closed meanwhile.", 0.0
            if time.monotonic() > end:
                msg = f"The {self._name} cannot be opened. {otherwise}"
                raise SourceError(msg)
        what, _ = self._receive("cannot be opened")
        assert what == wanted  # noqa: S101 - the child says one after the other

    def _receive(self, failing: str = "is lost") -> tuple[bytes, bytes]:
        try:
            data = self._news.recv_bytes()
        except (EOFError, OSError) as error:
            msg = f"The {self._name} {failing}. The process that read it ended."
            raise SourceError(msg) from error
        what = data[:1]
        if what == _OVER:
            msg = f"The {self._name} {failing}. {data[1:].decode()}"
            raise SourceError(msg)
        if what in (_JPEG, _PIXELS):
            self.missed = _HEAD.unpack_from(data)[1]
        return what, data


def serve(news: Connection, request: StreamRequest) -> None:
    """Open the stream and send its newest pictures until it ends or nobody listens: what runs in the child."""
    # Ctrl-C reaches every process of a terminal; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        _serve(news, request)
    except OSError:  # nobody listens any more
        pass
    finally:
        os._exit(0)  # without waiting for the thread that may hang in the library


def _serve(news: Connection, request: StreamRequest) -> None:
    from inspector.core.cv import cv2
    from inspector.sources.capture import quiet

    with quiet():
        news.send_bytes(_READY)
        begun = time.monotonic()
        capture = cv2.VideoCapture(
            request.address,
            cv2.CAP_FFMPEG,
            [
                *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, int(request.open_timeout * 1000)),
                *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, int(request.read_timeout * 1000)),
            ],
        )
        if not capture.isOpened():
            from inspector.sources.stream_fault import why_not

            left = request.open_timeout - (time.monotonic() - begun)
            reason = why_not(request.address, left) if left > 0 else ""
            reason = reason or f"It did not answer within {request.open_timeout:g} s. Check its address and its power."
            news.send_bytes(_OVER + reason.encode(errors="replace"))
            return
        news.send_bytes(_OPEN)
        is_jpeg = int(capture.get(cv2.CAP_PROP_FOURCC)) == cv2.VideoWriter.fourcc(*"MJPG")
        raw = is_jpeg and capture.set(cv2.CAP_PROP_FORMAT, -1)
        newest: Latest[bytes] = Latest()
        threading.Thread(target=_read, args=(capture, newest, raw), daemon=True).start()
        while not newest.closed:
            data = newest.take(request.read_timeout)
            if data is not None:
                missed = newest.missed.to_bytes(8, "little")
                news.send_bytes(data[:1] + missed + data[9:])
        news.send_bytes(_OVER + b"The stream ended, or nothing came any more.")


def _read(capture: Capture, newest: Latest[bytes], raw: bool) -> None:  # noqa: FBT001 - started as a thread
    from inspector.sources.capture import to_rgb

    failures = 0
    while failures < _FAILURES:
        got, picture = capture.read()
        if not got:
            failures += 1
            continue
        failures = 0
        if raw:
            newest.put(_HEAD.pack(_JPEG, 0, 0, 0) + picture.tobytes())
        elif (image := to_rgb(picture)) is not None:
            newest.put(_HEAD.pack(_PIXELS, 0, *image.shape[:2]) + image.tobytes())
    newest.close()
