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
_BETWEEN_SCANS = frozenset({_START_OF_SCAN, 0xC4, 0xCC, 0xDB, 0xDC, 0xDD, 0xFE, *range(0xE0, 0xF0)})
"""Tables, their like and comments; nothing else stands between two scans, or behind the last but the end."""
_TABLES = 0xC4
_BASELINE = frozenset({0xC0, 0xC1})
_ZEROS = bytes(256)
_ONES = b"\xff" * 64
_DAMAGED = "the JPEG is damaged inside"
_BREAKS_OFF = "the JPEG breaks off before its end"
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


def jpeg_fault(data: bytes, header: JpegHeader) -> str:
    """What is wrong with the scans, in a few words; nothing when they are whole as far as markers can tell.

    Decoders fill what they cannot make sense of with grey and go on. Seen are: an end that is missing; within a scan a
    marker that no JPEG has there, as random bytes in place of a sector nearly always make one; and a long run of ones,
    or of zeros which the file's own code tables cannot mean, as an empty sector leaves it. Not seen is a flipped bit.
    """
    place = header.scan
    try:
        while True:
            place, marker = _marker(data, place)
            if marker == _END:
                return ""
            if marker not in _BETWEEN_SCANS:
                return _DAMAGED
            start = _behind(data, place, marker)
            place = start
            if marker == _START_OF_SCAN:
                following = _IN_SCAN.search(data, place)
                if following is None:
                    return _BREAKS_OFF
                place = following.start()
                if data.find(_ONES, start, place) >= 0:
                    return _DAMAGED
                if data.find(_ZEROS, start, place) >= 0 and not _zeros_can_be(data, header):
                    return _DAMAGED
    except JpegError:
        return _BREAKS_OFF


def _zeros_can_be(data: bytes, header: JpegHeader) -> bool:
    """Whether 256 zero bytes can stand in a scan.

    They can where the code of zeros means "end of block" in every table for AC coefficients, as an encoder that makes
    its own tables chooses for a plain picture, and in progressive files, whose codes mean other things. In the usual
    tables it means a coefficient of -1 after no others: whole blocks of nothing else follow, which no picture has.
    """
    place, first_codes = 2, {}
    while place < header.scan:
        place, marker = _marker(data, place)
        if marker in _FRAMES and marker not in _BASELINE:
            return True
        end = _behind(data, place, marker)
        if marker == _TABLES:
            at = place + 4
            while at + 17 < end:
                kind, counts = data[at], data[at + 1 : at + 17]
                # Codes are given out in order, so the first symbol has the code that is all zeros (T.81, annex C).
                if kind >> 4 == 1:
                    first_codes[kind & 15] = data[at + 17]
                at += 17 + sum(counts)
        place = end
    return not first_codes or all(symbol == 0 for symbol in first_codes.values())


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
