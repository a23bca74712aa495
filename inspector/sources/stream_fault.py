"""Why a stream cannot be opened: OpenCV only says that it cannot, so the server is asked once more, by hand."""

from __future__ import annotations

import base64
import socket
import ssl
from contextlib import ExitStack
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}
"""The schemes that are read, and the ports they have where an address names none."""

_SECURE = frozenset({"rtsps", "https"})
_MOST_BYTES = 65536
_FORBIDDEN = frozenset({401, 403})
_NOT_FOUND = frozenset({404, 454, 459, 460})
_RIGHT = 200


def why_not(address: str, timeout: float) -> str:
    """Ask the server for the stream, and say what is wrong and what helps, in a sentence or two without credentials.

    Args:
        address: with its credentials, which go to this server only.
        timeout: seconds for each step.
    """
    parts = urlsplit(address)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    try:
        with ExitStack() as stack:
            connection = stack.enter_context(socket.create_connection((host, port), timeout))
            if parts.scheme in _SECURE:
                # Cameras certify themselves; FFmpeg does not check it either.
                context = ssl._create_unverified_context()  # noqa: S323, SLF001
                connection = stack.enter_context(context.wrap_socket(connection, server_hostname=host))
            connection.sendall(_question(parts))
            status, headers = _answer(connection)
    except TimeoutError:
        return f"{host} did not answer within {timeout:.1f} s. Check its address, its cable and its power."
    except ConnectionRefusedError:
        return f"{host} refuses connections at port {port}. Check the port, and that the camera serves streams."
    except socket.gaierror:
        return f"No computer or camera is called {host}. Check the address."
    except (OSError, ValueError) as error:
        return f"{host} cannot be reached: {getattr(error, 'strerror', None) or error}. Check the address."
    return _reason(parts, status, headers)


def _question(parts: SplitResult) -> bytes:
    host = parts.netloc.rpartition("@")[2]
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if parts.scheme.startswith("rtsp"):
        lines = [f"DESCRIBE {parts.scheme}://{host}{path} RTSP/1.0", "CSeq: 1", "Accept: application/sdp"]
    else:
        lines = [f"GET {path} HTTP/1.0", f"Host: {host}", "Accept: */*"]
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        lines.append("Authorization: Basic " + base64.b64encode(pair.encode()).decode())
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _answer(connection: socket.socket) -> tuple[int, Mapping[str, str]]:
    """Give the status, 0 where what answers speaks otherwise, and the headers by their names in lower case."""
    data = b""
    while b"\r\n\r\n" not in data and len(data) < _MOST_BYTES:
        more = connection.recv(4096)
        if not more:
            break
        data += more
    first, *lines = data.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    words = first.split(" ", 2)
    known = words[0].startswith(("HTTP/", "RTSP/")) and len(words) > 1 and words[1].isdigit()
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return int(words[1]) if known else 0, headers


def _reason(parts: SplitResult, status: int, headers: Mapping[str, str]) -> str:
    kind = headers.get("content-type", "").partition(";")[0]
    if status in _FORBIDDEN:
        refuses = "It refuses the user name or the password. Check both; write @ as %40, : as %3A and / as %2F in them."
        asks = f"It asks for a user name and a password. Give the address as {parts.scheme}://USER:PASSWORD@…"
        return asks if parts.username is None else refuses
    if status in _NOT_FOUND:
        return f"There is no stream of that name ({status}). Check the path: the camera's manual names it."
    if not status:
        return f"What answers there does not speak {parts.scheme}. Check the port and the address."
    if status != _RIGHT:
        return f"It answers with status {status} and no stream. Check the address: the camera's manual names it."
    if kind.startswith("text/"):
        return f"A page ({kind}) is there, no video stream. The camera's manual names the address of its stream."
    return "What comes from there is no video that can be read. Set the camera to Motion JPEG or H.264."
