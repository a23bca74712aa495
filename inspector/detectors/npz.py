"""Plain arrays as the bytes of an `.npz` file, and back without running anything of it."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from inspector.detectors.runtime import Arrays


class NotPlainArrays(Exception):  # noqa: N818 - whoever knows the file makes a message of it
    """The bytes are no `.npz`, hold something that would have to be run, or too much."""


def pack(arrays: Arrays) -> bytes:
    """Arrays by name as a compressed `.npz`."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def unpack(content: bytes, limit: int) -> Arrays:
    """The arrays of an `.npz`, at most `limit` bytes of them.

    Raises:
        NotPlainArrays: see there.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size <= limit:
            with np.load(io.BytesIO(content), allow_pickle=False) as loaded:
                return {key: loaded[key] for key in loaded.files}
    except Exception as error:  # what zipfile, zlib and NumPy raise on crafted bytes is no fixed set
        raise NotPlainArrays(str(error)) from error
    msg = f"oversized once unpacked: {size:,} bytes, at most {limit:,} are read"
    raise NotPlainArrays(msg)
