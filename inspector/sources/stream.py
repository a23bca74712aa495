"""A camera in the network: RTSP, or Motion JPEG over HTTP."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from inspector.core.addresses import without_credentials
from inspector.core.errors import SourceError
from inspector.sources.feed import FeedSource
from inspector.sources.stream_child import StreamGrabber, StreamRequest
from inspector.sources.stream_fault import PORTS
from inspector.sources.watchdog import Patience

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from inspector.sources.reader import Grabber

_BEGIN_S = 20.0


class StreamSource(FeedSource):
    """The newest frames of a network stream; when it is lost, it is opened again.

    The credentials of the address are in no name and no error. An H.264 stream that changes its size without ending is
    scaled to its first size by OpenCV; Motion JPEG comes as it is.
    """

    def __init__(
        self,
        address: str,
        *,
        open_timeout: float = 10.0,
        read_timeout: float = 5.0,
        wait: float = 0.5,
        patience: Patience | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Remember the stream.

        Args:
            address: `rtsp://`, `rtsps://`, `http://` or `https://`, with `USER:PASSWORD@` where it asks for them.
            open_timeout: seconds until it must be open.
            read_timeout: seconds without a picture after which it is lost.
            wait: the longest that `read` waits, in seconds.
            patience: how long it rests before opening it again, and whether; its `opening` and `silence` are replaced
                by the time-outs.
            clock: gives the seconds since the epoch.

        Raises:
            SourceError: this is no such address.
        """
        _check(address)
        patience = replace(patience or Patience(), opening=open_timeout + _BEGIN_S, silence=read_timeout)
        super().__init__(f"stream {without_credentials(address)}", wait=wait, patience=patience, clock=clock)
        self._request = StreamRequest(address, open_timeout, read_timeout)

    def _grabber(self, stopping: threading.Event | None = None) -> Grabber:
        return StreamGrabber(self._request, self.name, stopping)


def _check(address: str) -> None:
    shown = without_credentials(address)
    try:
        parts = urlsplit(address)
        address.encode("ascii")
        _ = parts.port
    except ValueError as error:
        # The error's own words may quote the password.
        msg = f"{shown!r} cannot be an address. Write it as rtsp://HOST/PATH; in a password write / as %2F, # as %23."
        raise SourceError(msg) from error
    if parts.scheme not in PORTS or not parts.hostname or not address.isprintable() or " " in address:
        msg = f"{shown!r} is no address of a stream. Write rtsp://HOST/PATH or http://HOST/PATH."
        raise SourceError(msg)
