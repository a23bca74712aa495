"""Names that every file system takes, and files that are moved all or not at all."""

from __future__ import annotations

import os
import re
import shutil
import unicodedata
from contextlib import suppress
from typing import TYPE_CHECKING

from inspector.core.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_LONGEST_NAME = 80
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\ud800-\udfff]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.IGNORECASE)


def safe_name(text: str, fallback: str) -> str:
    """Make a name that files and folders may have on Linux, Windows and macOS, as near to `text` as can be.

    Args:
        text: as a person typed it.
        fallback: used when nothing of `text` can be kept.
    """
    name = " ".join(_FORBIDDEN.sub(" ", unicodedata.normalize("NFC", text)).split())
    # Names that begin with a dot are hidden, and Windows drops dots and spaces at the end.
    name = name.lstrip(". ")[:_LONGEST_NAME]
    while len(name.encode()) > 2 * _LONGEST_NAME:  # file systems count bytes: 255 with all that is still appended
        name = name[:-1]
    name = name.rstrip(". ")
    return f"{name}_" if _DEVICES.match(name) else name or fallback


def free_path(path: Path, taken: Iterable[Path] = ()) -> Path:
    """`path`, or where something stands there already, one beside it: `part-2.png`, then `part-3.png`.

    Args:
        path: where something shall be put.
        taken: paths that count as taken though nothing stands there yet; a set where there are many.
    """
    number = 1
    wanted = path
    while path in taken or os.path.lexists(path):  # also a link to nothing takes a name
        number += 1
        path = wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}")
    return path


def move_all(moves: list[tuple[Path, Path]]) -> None:
    """Move files or folders, each from one path to another that is free, all or none of them.

    Raises:
        OutputError: one cannot be moved; everything is where it was.
    """
    done: list[tuple[Path, Path]] = []
    for old, new in moves:
        try:
            new.parent.mkdir(parents=True, exist_ok=True)
            # `shutil.move` also crosses to another disk, should a person have linked a folder to one.
            shutil.move(old, new)
        except OSError as error:
            for before, after in reversed(done):
                with suppress(OSError):
                    shutil.move(after, before)
            raise refused(old, "moved", error) from error
        done.append((old, new))


def refused(path: Path, what: str, error: OSError) -> OutputError:
    """What to say when `path` could not be `what`: "moved", "deleted"."""
    if isinstance(error, FileNotFoundError):
        return OutputError(f"{path} is not there any more, so nothing was {what}.")
    reason = error.strerror or str(error)
    return OutputError(f"{path} cannot be {what}: {reason}. Make the workspace writable, and close what holds it open.")
