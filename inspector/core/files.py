"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.core.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator

PARTIAL = ".partial-"
"""What the names of files and folders still being written begin with."""


def _say(path: Path, error: OSError) -> OutputError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return OutputError(f"The disk is full: {path} was not written. Free some space and try again.")
    reason = error.strerror or str(error)
    return OutputError(f"Cannot write {path}: {reason}. Choose another place, or make this one writable.")


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a path beside `path` to write to; it takes `path`'s place when the block ends well, and is gone when not.

    Raises:
        OutputError: the place cannot be written to, or the disk is full; what stood at `path` is untouched.
    """
    path = path.absolute()
    partial: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=PARTIAL, suffix=path.suffix, dir=path.parent)
        os.close(handle)
        partial = Path(name)
        _open_to_others(partial, 0o666)
        yield partial
        _to_disk(partial)
        partial.replace(path)
    except OSError as error:
        raise _say(path, error) from error
    finally:
        if partial is not None:
            partial.unlink(missing_ok=True)


def check_replaceable(path: Path, marker: str) -> None:
    """See that a folder may be written at `path` without taking anything of the user's with it.

    To be asked before long work, so that the answer does not come after it.

    Args:
        path: where the folder shall be.
        marker: the file by which a folder of this kind is known, such as `"bundle.json"`.

    Raises:
        OutputError: something else stands there, or the place cannot be written to.
    """
    try:
        if path.is_dir():
            if any(path.iterdir()) and not (path / marker).is_file():
                msg = f"{path} holds other files (no {marker}) and was left alone. Choose a new or an empty folder."
                raise OutputError(msg)
        elif path.exists():
            msg = f"{path} is a file, not a folder, and was left alone. Choose another name."
            raise OutputError(msg)
        above = next(place for place in path.absolute().parents if place.exists())
        with tempfile.TemporaryDirectory(prefix=PARTIAL, dir=above):
            pass
    except OSError as error:
        raise _say(path, error) from error


@contextmanager
def whole_folder(path: Path, marker: str) -> Iterator[Path]:
    """Give a new folder beside `path` to fill; it takes `path`'s place when the block ends well, and is gone when not.

    An older folder of the same kind at `path` stays until the new one is complete.

    Args:
        path: where the folder shall be.
        marker: the file by which a folder of this kind is known; a full folder without it is never replaced.

    Raises:
        OutputError: something else stands there, the place cannot be written to, or the disk is full; what stood at
            `path` is untouched.
    """
    check_replaceable(path, marker)
    path = path.absolute()
    partial: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=PARTIAL, dir=path.parent))
        _open_to_others(partial, 0o777)
        yield partial
        for file in partial.rglob("*"):
            if file.is_file():
                _to_disk(file)
        _swap(partial, path)
    except OSError as error:
        raise _say(path, error) from error
    finally:
        if partial is not None:
            shutil.rmtree(partial, ignore_errors=True)


def _swap(new: Path, path: Path) -> None:
    """Put the folder `new` at `path`. A folder cannot replace a full folder in one step, so the old one steps aside."""
    if not path.exists():
        new.replace(path)
        return
    aside = Path(tempfile.mkdtemp(prefix=PARTIAL, dir=path.parent))
    old = aside / path.name
    path.replace(old)
    try:
        new.replace(path)
    except BaseException:
        old.replace(path)
        raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _to_disk(path: Path) -> None:
    """Have the bytes on the disk before the rename is: else a power cut leaves an empty file under the final name."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _open_to_others(path: Path, mode: int) -> None:
    """Undo tempfile's private mode: a report is meant to be read by whom the umask allows."""
    umask = os.umask(0)
    os.umask(umask)
    path.chmod(mode & ~umask)
