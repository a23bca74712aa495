"""A network camera of our own on loopback: Motion JPEG over HTTP, which fails in the ways such cameras do."""

from __future__ import annotations

import base64
import contextlib
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

import PIL.Image

from tests.sources.drawing import RED, encoded, plain

if TYPE_CHECKING:
    from inspector.core.image import Image

STREAM = "/video.mjpg"
PAGE = "/index.html"
FPS = 50.0
_BOUNDARY = "frame"


def free_port() -> int:
    """Give a port of loopback at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class MjpegServer:
    """Serves `image`, again and again, at `STREAM`, and an ordinary page at `PAGE`. Everything may change meanwhile.

    Attributes:
        image: what is sent, RGB.
        torn: so many of the next pictures are sent cut in half.
        frozen: while set, connections stay open and nothing is sent, not even an answer.
        trickling: while set, one byte of a picture comes now and then, and no picture.
        connects: how many streams were asked for.
        credentials: `USER:PASSWORD` that are asked for; none when empty.
    """

    def __init__(self, *, credentials: str = "", port: int = 0) -> None:
        self.image: Image = plain(RED)
        self.torn = 0
        self.frozen = threading.Event()
        self.trickling = threading.Event()
        self.connects = 0
        self.credentials = credentials
        self.port = port
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def address(self, path: str = STREAM, credentials: str = "") -> str:
        return f"http://{credentials + '@' if credentials else ''}127.0.0.1:{self.port}{path}"

    def start(self) -> None:
        """Begin, or begin again at the port it had before."""
        server = _Server(("127.0.0.1", self.port), self)
        self.port = server.server_address[1]
        self._server = server
        self._thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="mjpeg server")
        self._thread.start()

    def kill(self) -> None:
        """End as a power cut does: all connections break, and nobody listens any more."""
        server, self._server = self._server, None
        if server is not None and self._thread is not None:
            server.shutdown()
            server.server_close()
            server.drop_all()
            self._thread.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = False

    def __init__(self, address: tuple[str, int], camera: MjpegServer) -> None:
        self.camera = camera
        self.over = threading.Event()
        self._connections: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def drop_all(self) -> None:
        self.over.set()
        for connection in tuple(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no fault."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        camera = self.server.camera
        self._rest_while_frozen()
        wanted = "Basic " + base64.b64encode(camera.credentials.encode()).decode()
        if camera.credentials and self.headers.get("Authorization") != wanted:
            self._answer(401, b"who are you?", ("WWW-Authenticate", 'Basic realm="camera"'))
        elif self.path == STREAM:
            camera.connects += 1
            self._stream()
        elif self.path == PAGE:
            self._answer(200, b"<html><body>" + b"The camera's own page. " * 500 + b"</body></html>")
        else:
            self._answer(404, b"no such stream")

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _answer(self, status: int, body: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (*headers, ("Content-Type", "text/html"), ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={_BOUNDARY}")
        self.end_headers()
        camera = self.server.camera
        while not self.server.over.is_set():
            self._rest_while_frozen()
            jpeg = encoded(PIL.Image.fromarray(camera.image), "JPEG")
            head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {{}}\r\n\r\n"
            if camera.trickling.is_set():
                self.wfile.write(head.format(10_000_000).encode())
                while camera.trickling.is_set() and not self.server.over.wait(0.02):
                    self.wfile.write(b"\0")
                return
            if camera.torn > 0:
                camera.torn -= 1
                jpeg = jpeg[: len(jpeg) // 2]
            self.wfile.write(head.format(len(jpeg)).encode() + jpeg + b"\r\n")
            time.sleep(1 / FPS)

    def _rest_while_frozen(self) -> None:
        while self.server.camera.frozen.is_set() and not self.server.over.wait(0.01):
            pass
