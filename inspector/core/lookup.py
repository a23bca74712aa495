"""Finding the places of very many keys in little memory."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_KEY_BYTES = 8


def digest(data: bytes) -> bytes:
    """What tells contents apart: BLAKE2b (RFC 7693) of 16 bytes."""
    return hashlib.blake2b(data, digest_size=16).digest()


class Lookup:
    """Where keys stand, sixteen bytes for each: a million names take 16 MB, and 200 as a `dict`.

    A key is known by eight bytes of its digest, so `places` gives candidates: whoever asks looks whether it is the one.
    """

    def __init__(self, pairs: Iterable[tuple[bytes, int]]) -> None:
        """Take `(key, place)` pairs; a key may come more than once."""
        both = np.fromiter(
            ((_short(key), place) for key, place in pairs), np.dtype([("key", np.uint64), ("place", np.int64)])
        )
        order = np.argsort(both["key"], kind="stable")
        self._keys, self._places = both["key"][order], both["place"][order]

    def __len__(self) -> int:
        return len(self._keys)

    def places(self, key: bytes) -> Iterator[int]:
        """The places of `key`, in the order they came, perhaps with those of another."""
        short = np.uint64(_short(key))
        for index in range(int(np.searchsorted(self._keys, short)), len(self._keys)):
            if self._keys[index] != short:
                return
            yield int(self._places[index])


def _short(key: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(key, digest_size=_KEY_BYTES).digest(), "little")
