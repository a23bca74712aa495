"""The images of a workspace: captured, imported, relabelled, deleted, and every step of it undone."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from inspector.core.events import Listener, ignore
from inspector.jobs.filing import free_path, move_all
from inspector.jobs.importing import Found, Imported, copy_all, find_dataset, find_files
from inspector.jobs.labels import Group, Where, folder_of, remove_empty_kinds
from inspector.sources.save import write_image
from inspector.sources.walk import find_images

if TYPE_CHECKING:
    from inspector.core.image import Image
    from inspector.jobs.workspace import Discarded, Workspace


@dataclass(frozen=True, slots=True)
class Entry:
    """One image file of a workspace.

    Attributes:
        path: the file.
        where: what its folder says of it.
        modified: when it was written, in seconds since the epoch.
        size: in bytes.
    """

    path: Path
    where: Where
    modified: float
    size: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How many images there are."""

    normal: int
    abnormal: dict[str, int]
    reference: dict[str, int]

    @property
    def total(self) -> int:
        """All of them."""
        return self.normal + sum(self.abnormal.values()) + sum(self.reference.values())


@dataclass(frozen=True, slots=True)
class Done:
    """An operation that can be undone.

    Attributes:
        what: `"add"`, `"import"`, `"relabel"` or `"delete"`.
        paths: the files as they are after it (before it, for `"delete"`).
        before: where relabelled files were, in the same order.
        discarded: what was deleted.
    """

    what: Literal["add", "import", "relabel", "delete"]
    paths: tuple[Path, ...]
    before: tuple[Path, ...] = ()
    discarded: Discarded | None = None


class Collection:
    """Operations on the images of one workspace. May be used from several threads; one operation runs at a time."""

    def __init__(self, workspace: Workspace, *, remembered: int = 100, clock: Callable[[], float] = time.time) -> None:
        """Stand for the images of `workspace`.

        Args:
            workspace: open and writable.
            remembered: how many operations can be undone.
            clock: gives seconds since the epoch, for the names of captured images.
        """
        self.workspace = workspace
        self._done: deque[Done] = deque(maxlen=remembered)
        self._clock = clock
        self._lock = threading.RLock()

    @property
    def last(self) -> Done | None:
        """What `undo` would undo."""
        with self._lock:
            return self._done[-1] if self._done else None

    def entries(self) -> list[Entry]:
        """All images: normal, abnormal by kind, reference by class; each in natural order. None is opened."""
        entries = []
        for group in Group:
            folder = self.workspace.images / group
            if not folder.is_dir():
                continue
            known: dict[str, Where] = {}
            for name in find_images(folder).images:
                place, _, _ = name.rpartition("/")
                if place not in known:
                    known[place] = Where(group, "" if group is Group.NORMAL else place.partition("/")[0])
                path = folder / name
                try:
                    status = path.stat()
                except OSError:  # gone since
                    continue
                entries.append(Entry(path, known[place], status.st_mtime, status.st_size))
        return entries

    def counts(self) -> Counts:
        """How many images there are; kinds and classes in the order of their names."""
        found: dict[Group, Counter[str]] = {group: Counter() for group in Group}
        for group in Group:
            folder = self.workspace.images / group
            if folder.is_dir():
                found[group].update(
                    name.partition("/")[0] if "/" in name else "" for name in find_images(folder).images
                )
        return Counts(found[Group.NORMAL].total(), dict(found[Group.ABNORMAL]), dict(found[Group.REFERENCE]))

    def add_image(self, image: Image, where: Where, *, suffix: str = ".png") -> Path:
        """Save a captured image under the time of day; nothing is ever overwritten.

        Args:
            image: RGB.
            where: what a person says of it.
            suffix: `".png"`, or `".jpg"` for a file a tenth as large, with what JPEG does to a picture.

        Raises:
            OutputError: it cannot be written.
        """
        now = datetime.fromtimestamp(self._clock()).astimezone()
        name = f"{now:%Y%m%d-%H%M%S}-{now.microsecond // 1000:03}{suffix}"
        with self._lock:
            path = free_path(folder_of(self.workspace.images, where) / name)
            write_image(path, image)
            self._done.append(Done("add", (path,)))
        return path

    def import_files(self, paths: Sequence[Path], where: Where, listener: Listener = ignore) -> Imported:
        """Copy image files, and those in folders with their sub-folders; all get the same label.

        Raises:
            SourceError: a folder cannot be listed.
            OutputError: a copy cannot be written; what was copied is taken away again, as when it is cancelled.
        """
        return self._import(find_files(paths, where, listener), listener)

    def import_dataset(self, folder: Path, listener: Listener = ignore) -> Imported:
        """Copy the images of a data set in the MVTec layout (or another that `sources.dataset` reads), with its labels.

        The split goes into the files' names, since a workspace has none. Masks are not copied: nothing here shows them.

        Raises:
            SourceError: the folder is missing or holds no images.
            DataError: none of its images has a label.
            OutputError: a copy cannot be written; what was copied is taken away again, as when it is cancelled.
        """
        return self._import(find_dataset(folder, listener), listener)

    def relabel(self, paths: Sequence[Path], where: Where) -> list[Path]:
        """Move images to another label, all or none of them. Gives their new paths, in the same order.

        Raises:
            OutputError: one cannot be moved; everything is where it was.
            ValueError: a path is not among the images of the workspace.
        """
        with self._lock:
            folder = folder_of(self.workspace.images, where)
            moves: list[tuple[Path, Path]] = []
            taken: set[Path] = set()
            answer = []
            for path in paths:
                old = self._own(path)
                if old.parent == folder:
                    answer.append(old)
                    continue
                new = free_path(folder / old.name, taken)
                taken.add(new)
                moves.append((old, new))
                answer.append(new)
            if moves:
                move_all(moves)
                self._done.append(
                    Done("relabel", tuple(new for _, new in moves), before=tuple(old for old, _ in moves))
                )
                remove_empty_kinds(self.workspace.images, [old for old, _ in moves])
            return answer

    def delete(self, paths: Sequence[Path]) -> None:
        """Move images to the workspace's trash, all or none of them.

        Raises:
            OutputError: one cannot be moved; everything is where it was.
            ValueError: a path is not among the images of the workspace.
        """
        with self._lock:
            own = tuple(self._own(path) for path in paths)
            if own:
                self._done.append(Done("delete", own, discarded=self.workspace.discard(own)))
                remove_empty_kinds(self.workspace.images, own)

    def undo(self) -> Done | None:
        """Undo the last operation that was not undone yet, and give it; None when there is none.

        What was added goes to the trash. What a person has moved or removed by other means since is left alone.

        Raises:
            OutputError: a file cannot be moved; nothing is undone.
        """
        with self._lock:
            if not self._done:
                return None
            done = self._done[-1]
            if done.discarded is not None:
                self.workspace.restore(done.discarded)
            elif done.what == "relabel":
                taken: set[Path] = set()
                moves = []
                for new, old in zip(done.paths, done.before, strict=True):
                    if new.exists():
                        back = free_path(old, taken)
                        taken.add(back)
                        moves.append((new, back))
                move_all(moves)
                remove_empty_kinds(self.workspace.images, done.paths)
            else:
                there = [path for path in done.paths if path.exists()]
                if there:
                    self.workspace.discard(there)
                remove_empty_kinds(self.workspace.images, there)
            return self._done.pop()

    def _import(self, found: Found, listener: Listener) -> Imported:
        imported = copy_all(found, self.workspace.images, self._lock, listener)
        if imported.added:
            with self._lock:
                self._done.append(Done("import", imported.added))
        return imported

    def _own(self, path: Path) -> Path:
        path = path.absolute()
        if self.workspace.images not in path.parents:
            msg = f"Expected an image below {self.workspace.images}. Received: {path}"
            raise ValueError(msg)
        return path
