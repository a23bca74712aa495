"""Starts and ends the RTSP server of the tests, which runs under the system's Python."""

from __future__ import annotations

import os
import signal
import subprocess
from functools import cache
from pathlib import Path
from typing import Self

from tests.sources.mjpeg_server import free_port

PYTHON = "/usr/bin/python3"
MISSING = (
    "no RTSP server (apt-get install gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-base "
    "gstreamer1.0-plugins-good gstreamer1.0-plugins-ugly)"
)
_SCRIPT = Path(__file__).with_name("rtsp_server.py")
_CHECK = """
import gi
gi.require_version("GstRtspServer", "1.0")
gi.require_version("Gst", "1.0")
from gi.repository import Gst, GstRtspServer
Gst.init(None)
assert all(map(Gst.ElementFactory.find, ("x264enc", "jpegenc", "videotestsrc", "rtph264pay")))
"""


@cache
def available() -> bool:
    """Whether this machine has what the server needs."""
    try:
        return subprocess.run([PYTHON, "-c", _CHECK], capture_output=True, check=False, timeout=60).returncode == 0
    except OSError:
        return False


class RtspServer:
    """One colour as H.264 at `/h264` and as Motion JPEG at `/jpeg`."""

    def __init__(self, colour: tuple[int, int, int], *, credentials: str = "") -> None:
        self.port = free_port()
        self._arguments = ["0xff{:02x}{:02x}{:02x}".format(*colour), *(credentials.split(":") if credentials else [])]
        self._process: subprocess.Popen[str] | None = None

    def address(self, path: str, credentials: str = "") -> str:
        return f"rtsp://{credentials + '@' if credentials else ''}127.0.0.1:{self.port}{path}"

    def start(self) -> None:
        """Begin, or begin again at the port it had before."""
        command = [PYTHON, str(_SCRIPT), str(self.port), *self._arguments]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline().strip() == str(self.port)

    def freeze(self) -> None:
        """Stop without closing anything: the system goes on answering for it."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGCONT)

    def kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
