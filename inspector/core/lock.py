"""One process at a time: a lock that ends with the process that holds it, however that ends."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from inspector.core.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def only_one(path: Path, what: str) -> Iterator[None]:
    """Hold the lock file `path` for a block; it is made where it is missing, and stays.

    Args:
        path: of the lock file; its folder exists.
        what: is being done, for the error: `"A report is being written to …"`.

    Raises:
        OutputError: another process, or another block of this one, holds it.
        OSError: the file cannot be made.
    """
    with _opened(path, what):
        yield


def _opened(path: Path, what: str) -> IO[bytes]:
    while True:
        file = path.open("ab")
        try:
            _lock(file)
            # Its holder may have taken the file away between our opening and our locking it.
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                return file
        except FileNotFoundError:
            pass
        except OSError as error:
            file.close()
            msg = f"{what} by another run. Wait for its end, or choose another place."
            raise OutputError(msg) from error
        file.close()
