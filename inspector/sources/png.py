"""Whether a PNG file is whole, by the checksums it carries (W3C PNG, 5.3)."""

from __future__ import annotations

import zlib

PNG_START = b"\x89PNG\r\n\x1a\n"
_BESIDES = 12
"""Bytes of a chunk apart from its body: length, kind and checksum."""


def png_is_whole(data: bytes) -> bool:
    """Whether all chunks up to the end chunk are undamaged.

    Pillow does not look at the checksums of the picture's own chunks and fills with black what half a file lacks.
    """
    view = memoryview(data)
    place = len(PNG_START)
    while place + _BESIDES <= len(data):
        length = int.from_bytes(view[place : place + 4], "big")
        kind = bytes(view[place + 4 : place + 8])
        end = place + _BESIDES + length
        if end > len(data):
            return False
        if zlib.crc32(view[place + 4 : end - 4]) != int.from_bytes(view[end - 4 : end], "big"):
            return False
        if kind == b"IEND":
            return True
        place = end
    return False
