"""Receivers of our own on loopback, which fail as real ones do."""

from __future__ import annotations

import contextlib
import getpass
import json
import shutil
import socket
import subprocess
import threading
import time
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from tests.sources.mjpeg_server import free_port


class HttpServer:
    """Takes what is posted.

    Attributes:
        got: the documents, in the order in which they came.
        headers: of each.
        status: what is answered.
        hanging: while set, nothing is answered.
    """

    def __init__(self, port: int = 0) -> None:
        self.got: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.status = 204
        self.hanging = threading.Event()
        self.over = threading.Event()
        self.port = port or free_port()
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks/key-that-is-secret"

    def start(self) -> Self:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                while outer.hanging.is_set() and not outer.over.wait(0.02):
                    pass
                with contextlib.suppress(OSError):
                    outer.headers.append(dict(self.headers))
                    if outer.status < 300:
                        outer.got.append(json.loads(body))
                    self.send_response(outer.status)
                    self.send_header("Content-Length", "0")
                    self.send_header("Connection", "close")
                    self.end_headers()
                self.close_connection = True

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = False
            block_on_close = True

        self.over.clear()
        self._server = Server(("127.0.0.1", self.port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), name="webhook server")
        self._thread.start()
        return self

    def stop(self) -> None:
        server, self._server = self._server, None
        if server is not None and self._thread is not None:
            self.over.set()
            server.shutdown()
            server.server_close()
            self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


@cache
def mosquitto() -> str | None:
    """The broker's program, which Debian keeps among those for root."""
    return shutil.which("mosquitto") or shutil.which("/usr/sbin/mosquitto")


class Broker:
    """Debian's mosquitto."""

    def __init__(self, folder: Path, *, credentials: str = "") -> None:
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        lines = [f"user {getpass.getuser()}", f"listener {self.port} 127.0.0.1", "persistence false"]
        if credentials:
            users = folder / "users"
            users.write_text(f"{credentials}\n")
            subprocess.run(["mosquitto_passwd", "-U", str(users)], check=True)
            users.chmod(0o644)
            lines += [f"password_file {users}", "allow_anonymous false"]
        else:
            lines.append("allow_anonymous true")
        self._settings = folder / "mosquitto.conf"
        self._settings.write_text("\n".join(lines) + "\n")

    def start(self) -> Self:
        program = mosquitto()
        assert program is not None
        self._process = subprocess.Popen([program, "-c", str(self._settings)], stderr=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return self
            time.sleep(0.02)
        self.stop()
        raise AssertionError

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class Subscriber:
    """Hears a topic, also after the broker was away."""

    def __init__(self, port: int, topic: str) -> None:
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion

        self.got: list[dict[str, Any]] = []
        self.subscribed = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="subscriber", clean_session=False)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe(topic, qos=1)
        self._client.on_subscribe = lambda *_: self.subscribed.set()
        self._client.on_message = lambda _client, _data, one: self.got.append(json.loads(one.payload))
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def __enter__(self) -> Self:
        assert self.subscribed.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def until(happened: Any, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)
