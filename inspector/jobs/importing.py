"""Copying images into a workspace."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.core.errors import DataError, FrameError
from inspector.core.events import Listener, Progress, Stage, Warned
from inspector.core.files import whole_file
from inspector.jobs.filing import free_path, safe_name
from inspector.jobs.labels import Where, folder_of, remove_empty_kinds, where_of_item
from inspector.sources.dataset import read_dataset
from inspector.sources.decode import decode_image, read_bytes
from inspector.sources.walk import find_images, is_image_name

if TYPE_CHECKING:
    from collections.abc import Sequence

_TOLD_EVERY = 0.1


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import came to.

    Attributes:
        added: the new files.
        present: files that were in their place already, byte for byte, and were not copied again.
        left_out: files that could not be read, or had no label; each was told as `Warned`.
    """

    added: tuple[Path, ...]
    present: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Found:
    """What an import will copy.

    Attributes:
        files: each with its label and the name it gets.
        left_out: how many others were told of already.
    """

    files: tuple[tuple[Path, Where, str], ...]
    left_out: int


def find_files(paths: Sequence[Path], where: Where, listener: Listener) -> Found:
    """The image files among `paths`, and those in the folders among them; all get the same label.

    Raises:
        SourceError: a folder cannot be listed.
    """
    listener(Stage("Looking for images"))
    files: list[tuple[Path, Where, str]] = []
    left_out = 0
    for path in paths:
        if path.is_dir():
            findings = find_images(path)
            for problem in findings.problems.values():
                left_out += 1
                listener(Warned(problem))
            files += [(path / name, where, Path(name).name) for name in findings.images]
        elif is_image_name(path.name):
            files.append((path, where, path.name))
        else:
            left_out += 1
            listener(Warned(f"{path.name} is no image file and was left out."))
    return Found(tuple(files), left_out)


def find_dataset(folder: Path, listener: Listener) -> Found:
    """The labelled images of a data set; the split goes into their names.

    Raises:
        SourceError: the folder is missing or holds no images.
        DataError: none of its images has a label.
    """
    listener(Stage("Looking for images"))
    files: list[tuple[Path, Where, str]] = []
    left_out = unlabelled = 0
    for item in read_dataset(folder).items:
        where = where_of_item(item)
        if item.problem is not None:
            left_out += 1
            listener(Warned(item.problem))
        elif where is None:
            unlabelled += 1
        else:
            name = Path(item.relative).name
            files.append((item.path, where, f"{item.split}-{name}" if item.split else name))
    if not files:
        msg = (
            f"No image in {folder} has a label: they are expected in sub-folders such as train/good, test/good and "
            "test/scratch. Add the folder as normal or abnormal images instead."
        )
        raise DataError(msg)
    if unlabelled:
        listener(Warned(f"{unlabelled} images lie in no sub-folder that says what they are, and were left out."))
    return Found(tuple(files), left_out + unlabelled)


def copy_all(found: Found, images: Path, lock: AbstractContextManager[object], listener: Listener) -> Imported:
    """Copy files as they are below `images`, each once it was seen to be a whole image; all, or none when it raises.

    Args:
        found: what.
        images: of the workspace.
        lock: held while a name is chosen and taken.
        listener: hears of every file that is left out.

    Raises:
        OutputError: a copy cannot be written.
    """
    listener(Stage("Copying images", len(found.files)))
    added: list[Path] = []
    present, left_out, told = 0, found.left_out, 0.0
    try:
        for number, (path, where, name) in enumerate(found.files, 1):
            try:
                data = read_bytes(path)
                decode_image(data, str(path))
            except FrameError as error:
                left_out += 1
                listener(Warned(str(error)))
            else:
                with lock:
                    copy = _copy(data, folder_of(images, where), name)
                if copy is None:
                    present += 1
                else:
                    added.append(copy)
            if time.monotonic() - told >= _TOLD_EVERY or number == len(found.files):
                told = time.monotonic()
                listener(Progress(number, len(found.files)))
    except BaseException:
        for path in added:
            with suppress(OSError):
                path.unlink()
        remove_empty_kinds(images, added)
        raise
    return Imported(tuple(added), present, left_out)


def _copy(data: bytes, folder: Path, name: str) -> Path | None:
    """Write a file's bytes into `folder`; None when they are there under this name already."""
    wanted = folder / f"{safe_name(Path(name).stem, 'image')}{Path(name).suffix.lower()}"
    # A folder that is dropped twice must not double every image.
    if _holds(wanted, data):
        return None
    target = free_path(wanted)
    with whole_file(target) as partial:
        partial.write_bytes(data)
    return target


def _holds(path: Path, data: bytes) -> bool:
    """Whether a file with just these bytes is at `path`."""
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except OSError:
        return False
