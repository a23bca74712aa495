"""A camera of 640x480 at 30 frames a second that draws the time into every picture, and a webhook that never answers.

`python -m tests.benchmarks.glass_server FOLDER` prints its port, and serves Motion JPEG at `/video.mjpg` until its
standard input ends. The clock is `time.monotonic`, which all processes of a Linux machine share.
"""

from __future__ import annotations

import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from inspector.core.cv import cv2
from inspector.sources.decode import read_image

if TYPE_CHECKING:
    from inspector.core.image import Image

FPS = 30.0
_BLOCK, _BITS = 16, 32


def draw_time(image: Image, milliseconds: int) -> Image:
    """The image with a number in its top row: 32 blocks, white for 1, the highest bit first."""
    drawn = image.copy()
    for bit in range(_BITS):
        value = 255 if milliseconds >> (_BITS - 1 - bit) & 1 else 0
        drawn[:_BLOCK, bit * _BLOCK : (bit + 1) * _BLOCK] = value
    return drawn


def read_time(image: Image) -> int:
    """The number that `draw_time` drew, also after JPEG."""
    middles = image[_BLOCK // 2, _BLOCK // 2 : _BITS * _BLOCK : _BLOCK].mean(-1) > 127
    return int("".join("1" if one else "0" for one in middles), 2)


def now_ms() -> int:
    """The shared clock."""
    return int(time.monotonic() * 1e3) & 0xFFFFFFFF


def main(folder: Path) -> None:
    """Serve."""
    pictures = [read_image(file) for file in sorted(folder.glob("*.jpg"))]
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            self.end_headers()
            number, due = 0, time.monotonic()
            while not over.is_set():
                image = draw_time(pictures[number % len(pictures)], now_ms())
                jpeg = cv2.imencode(".jpg", np.ascontiguousarray(image[:, :, ::-1]))[1].tobytes()
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                try:
                    self.wfile.write(head.encode() + jpeg + b"\r\n")
                except OSError:
                    return
                number, due = number + 1, due + 1 / FPS
                over.wait(max(0.0, due - time.monotonic()))

        def do_POST(self) -> None:
            over.wait()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    sys.stdin.read()
    over.set()
    server.shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
