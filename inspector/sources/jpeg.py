"""What the markers of a JPEG file tell without decoding it (ITU-T T.81, annex B)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_START_OF_SCAN = 0xDA
_END = 0xD9
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Start of frame, of every kind; the three left out are tables that share the range."""
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a length behind them."""
_IN_SCAN = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]", re.DOTALL)
"""The marker that ends a scan: neither a stuffed byte nor a restart."""
_FILLING = re.compile(rb"\xff+")


class JpegError(Exception):
    """The markers make no sense; the text is the reason, in a few words."""


@dataclass(frozen=True, slots=True)
class JpegHeader:
    """What stands before the first scan.

    Attributes:
        width: in pixels, before any rotation.
        height: in pixels, before any rotation.
        components: 1 grey, 3 colour, 4 CMYK.
        scan: where the first scan's marker is, in bytes from the start.
    """

    width: int
    height: int
    components: int
    scan: int


def jpeg_header(data: bytes) -> JpegHeader:
    """Walk the markers up to the first scan.

    Raises:
        JpegError: the bytes break off or are not JPEG.
    """
    place, found = 2, None
    while True:
        place, marker = _marker(data, place)
        if marker == _START_OF_SCAN and found is not None:
            return JpegHeader(width=found[1], height=found[0], components=found[2], scan=place)
        if marker in (_START_OF_SCAN, _END):
            msg = "the JPEG holds no picture"
            raise JpegError(msg)
        if marker in _FRAMES:
            found = _frame(data, place)
        place = _behind(data, place, marker)


def jpeg_is_whole(data: bytes, header: JpegHeader) -> bool:
    """Whether the end marker comes behind the last scan.

    A whole file nearly always ends in it, and then nothing is searched. Only where something follows it (some cameras
    append more, and a disk that lost power leaves zeros) are the scans walked, for a thumbnail in the header has an
    end marker too.
    """
    if data.endswith(b"\xff\xd9"):
        return True
    place = header.scan
    try:
        while True:
            place, marker = _marker(data, place)
            if marker == _END:
                return True
            place = _behind(data, place, marker)
            if marker == _START_OF_SCAN:
                following = _IN_SCAN.search(data, place)
                if following is None:
                    return False
                place = following.start()
    except JpegError:
        return False


def _marker(data: bytes, place: int) -> tuple[int, int]:
    """Give where the marker at `place` is, behind any filling, and its second byte."""
    if data[place : place + 1] != b"\xff":
        msg = "the JPEG breaks off in its header" if place >= len(data) else "the JPEG's header makes no sense"
        raise JpegError(msg)
    filling = _FILLING.match(data, place)
    place = filling.end() - 1 if filling else place
    if place + 1 >= len(data):
        msg = "the JPEG breaks off in its header"
        raise JpegError(msg)
    return place, data[place + 1]


def _behind(data: bytes, place: int, marker: int) -> int:
    """Give where the segment that begins at `place` ends."""
    if marker in _ALONE:
        return place + 2
    return place + 2 + int.from_bytes(data[place + 2 : place + 4], "big")


def _frame(data: bytes, place: int) -> tuple[int, int, int]:
    """Give height, width and number of components from the start of frame at `place`."""
    height, width = (
        int.from_bytes(data[place + 5 : place + 7], "big"),
        int.from_bytes(data[place + 7 : place + 9], "big"),
    )
    if place + 10 > len(data) or width == 0:
        msg = "the JPEG has no size"
        raise JpegError(msg)
    return height, width, data[place + 9]
