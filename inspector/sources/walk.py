"""Finding image files below a folder."""

from __future__ import annotations

import heapq
import os
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from natsort import natsort_keygen, ns

from inspector.core.errors import SourceError
from inspector.sources.decode import IMAGE_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MASK_FOLDER = "ground_truth"
"""Masks, not images, are in a folder of this name, wherever it lies."""

_BLOCK = 4096

_key: Callable[[str], Any] = natsort_keygen(alg=ns.IGNORECASE)


@dataclass(slots=True)
class Findings:
    """What is in a folder. Names are relative to it, with `/` between parts.

    Attributes:
        images: the names of image files, in natural order.
        problems: why a folder inside could not be listed, by its name.
        others: how many other files there are, by the end of their names (`".txt"`).
    """

    images: list[str] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    others: Counter[str] = field(default_factory=Counter)


def natural_key(name: str) -> Any:
    """Sort by this to have `"2.png"` before `"10.png"`, and all of a folder before its neighbour."""
    return _key(name.replace("/", "\0"))  # natsort's own way with paths takes three times as long


def in_natural_order(names: list[str]) -> list[str]:
    """Sort names naturally, in little memory: the keys of a million would take half a gigabyte at once."""
    blocks = [sorted(names[start : start + _BLOCK], key=natural_key) for start in range(0, len(names), _BLOCK)]
    return blocks[0] if len(blocks) == 1 else list(heapq.merge(*blocks, key=natural_key))


def is_image_name(name: str) -> bool:
    """Whether a file of this name is taken for an image. Names beginning with a dot never are (`._photo.jpg`)."""
    return not name.startswith(".") and _suffix(name) in IMAGE_SUFFIXES


def find_images(folder: Path, *, recursive: bool = True) -> Findings:
    """Find the image files in a folder. None of them is opened.

    Links are followed. Every folder is visited once, however many links lead to it, so links in a circle end; a folder
    is found at its own place rather than through a link. Folders beginning with a dot and `ground_truth` are left out.

    Raises:
        SourceError: the folder itself is not there, is no folder or cannot be listed.
    """
    check_folder(folder)
    findings = Findings()
    visited: set[tuple[int, int]] = set()
    places, linked = deque([""]), deque[str]()
    while places or linked:
        # What is linked comes last, so that a folder's own place has been seen before.
        place = places.popleft() if places else linked.popleft()
        try:
            status = (folder / place).stat()
            if (status.st_dev, status.st_ino) in visited:
                continue
            visited.add((status.st_dev, status.st_ino))
            with os.scandir(folder / place) as entries:
                for entry in entries:
                    if entry.name.startswith("."):
                        continue
                    name = f"{place}/{entry.name}" if place else entry.name
                    if not _is_folder(entry):
                        _take(findings, name)
                    elif recursive and entry.name.lower() != MASK_FOLDER:
                        (linked if entry.is_symlink() else places).append(name)
        except OSError as error:
            reason = error.strerror or str(error)
            if not place:
                msg = f"The folder {folder} cannot be listed: {reason}. Allow reading it, or choose another."
                raise SourceError(msg) from error
            findings.problems[place] = f"The folder {place} in {folder} cannot be listed: {reason}. Allow reading it."
    findings.images = in_natural_order(findings.images)
    return findings


def check_folder(folder: Path) -> None:
    """See that `folder` is there and is a folder.

    Raises:
        SourceError: it is not; the text says what stands there instead.
    """
    try:
        if folder.is_dir():
            return
        there = folder.exists()
    except (OSError, ValueError) as error:
        msg = f"The folder {str(folder)!r} cannot be looked at: {getattr(error, 'strerror', None) or error}."
        raise SourceError(msg) from error
    if there:
        msg = f"{folder} is a file, and a folder of images was looked for. Give the folder it lies in."
    else:
        msg = f"The folder {folder} is not there. Check its name, and that its drive is connected."
    raise SourceError(msg)


def no_images(folder: object, findings: Findings) -> SourceError:
    """The error for a folder without images: what was looked for, and what is there."""
    total = findings.others.total()
    if total:
        kinds = ", ".join(
            f"{count} {suffix or 'without an ending'}" for suffix, count in findings.others.most_common(5)
        )
        there = f"{total} other file{'s' if total > 1 else ''} ({kinds})"
    else:
        there = "no files"
    wanted = ", ".join(sorted(suffix[1:] for suffix in IMAGE_SUFFIXES))
    return SourceError(f"No images in {folder}: looked for {wanted}, found {there}. Choose a folder with images.")


def take_name(findings: Findings, name: str) -> None:
    """Count a file among the images or among the others; dot folders and masks are neither."""
    inside, _, file = name.rpartition("/")
    if inside and any(part.startswith(".") or part.lower() == MASK_FOLDER for part in inside.split("/")):
        return
    if not file.startswith("."):
        _take(findings, name)


def _take(findings: Findings, name: str) -> None:
    if is_image_name(name.rpartition("/")[2]):
        findings.images.append(name)
    else:
        findings.others[_suffix(name)] += 1


def _suffix(name: str) -> str:
    # 100,000 Paths would be slow.
    return os.path.splitext(name)[1].lower()  # noqa: PTH122


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False
