"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.core.errors import OutputError
from inspector.core.lock import only_one

if TYPE_CHECKING:
    from collections.abc import Iterator

_FAULTS_OF_DISKS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG})
_LOCK = ".lock"

PARTIAL = ".partial-"
"""What the names of files and folders still being written begin with."""


def _say(path: Path, error: OSError) -> OutputError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return OutputError(f"The disk is full: {path} was not written. Free some space and try again.")
    reason = error.strerror or str(error)
    return OutputError(f"Cannot write {path}: {reason}. Choose another place, or make this one writable.")


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    """Tell any fault of the disk in this block as one of writing `path`."""
    try:
        yield
    except OSError as error:
        raise _say(path, error) from error


@contextmanager
def _telling_of(path: Path, partial: Path) -> Iterator[None]:
    """Of the faults in a block of somebody else's tell those of writing to `partial`; a lost camera is none."""
    try:
        yield
    except OSError as error:
        named = [os.fsdecode(name) for name in (error.filename, error.filename2) if isinstance(name, str | bytes)]
        if error.errno in _FAULTS_OF_DISKS or any(Path(name).is_relative_to(partial) for name in named):
            raise _say(path, error) from error
        raise
    except OutputError as error:
        # Of a file inside: nobody knows the place by the name it has until it is whole.
        if str(partial) in str(error):
            raise OutputError(str(error).replace(str(partial), str(path))) from error
        raise


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a path beside `path` to write to; it takes `path`'s place when the block ends well, and is gone when not.

    Raises:
        OutputError: the place cannot be written to, or the disk is full; what stood at `path` is untouched.
    """
    path = path.absolute()
    with _telling(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=PARTIAL, suffix=path.suffix, dir=path.parent)
    os.close(handle)
    partial = Path(name)
    try:
        with _telling_of(path, partial):
            _open_to_others(partial, 0o666)
            yield partial
        with _telling(path):
            _to_disk(partial)
            partial.replace(path)
    finally:
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
    with _telling(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=PARTIAL, dir=path.parent))
    try:
        with _telling_of(path, partial):
            _open_to_others(partial, 0o777)
            yield partial
        with _telling(path):
            _put(partial, path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@dataclass(slots=True)
class Attempt:
    """A folder being filled, perhaps not for the first time.

    Attributes:
        folder: to fill; what an attempt before left is in it.
        keep: to be set once there is something in it that the next attempt can go on from.
    """

    folder: Path
    keep: bool = False


def attempt_at(path: Path) -> Path:
    """Where `lasting_folder` fills what is to become `path`."""
    path = path.absolute()
    return path.parent / f"{PARTIAL}{path.name}"


@contextmanager
def sole_attempt(path: Path) -> Iterator[Path]:
    """Hold the folder of an attempt that was cut off, so that none begins meanwhile.

    Raises:
        OutputError: there is none, or it is under way.
    """
    folder = attempt_at(path)
    with _telling(path), only_one(folder / _LOCK, f"{path} is being written"):
        yield folder


@contextmanager
def lasting_folder(path: Path, marker: str) -> Iterator[Attempt]:
    """As `whole_folder`, but what is worth keeping stays, hidden beside `path`, for the next attempt at the same path.

    It stays also when the process is killed. There is one attempt at a time.

    Raises:
        OutputError: as `whole_folder`, or there is an attempt under way.
    """
    check_replaceable(path, marker)
    path = path.absolute()
    attempt = Attempt(attempt_at(path))
    with ExitStack() as held:
        with _telling(path):
            attempt.folder.mkdir(parents=True, exist_ok=True)
            held.enter_context(only_one(attempt.folder / _LOCK, f"{path} is being written"))
        try:
            with _telling_of(path, attempt.folder):
                _sweep(attempt.folder)
                yield attempt
        except BaseException:
            if not attempt.keep:
                held.close()
                shutil.rmtree(attempt.folder, ignore_errors=True)
            raise
        with _telling(path):
            if os.name == "nt":  # which renames no folder with an open file in it
                held.close()
            _put(attempt.folder, path)
            (path / _LOCK).unlink()


def _sweep(folder: Path) -> None:
    """Take away what a killed process was in the middle of writing."""
    for rest in folder.rglob(f"{PARTIAL}*"):
        rest.unlink(missing_ok=True)


def _put(partial: Path, path: Path) -> None:
    for file in partial.rglob("*"):
        if file.is_file():
            _to_disk(file)
    _swap(partial, path)


def _swap(new: Path, path: Path) -> None:
    """Put the folder `new` at `path`. A folder cannot replace a full folder in one step, so the old one steps aside."""
    if not path.exists():
        new.replace(path)
        return
    aside = Path(tempfile.mkdtemp(prefix=PARTIAL, dir=path.parent))
    old = aside / path.name
    try:
        path.replace(old)  # which fails when somebody else is at the same, and has it aside
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
