"""A workspace: the folder in which a person's images, detectors and history lie.

workspace.toml                  what it is; the file by which a workspace is known
images/normal/
images/abnormal/<kind>/
images/reference/<class>/
detectors/<name>/               bundles
comparison/                     the last comparison of methods: its report, and a bundle for each
history.db                      unless workspace.toml names one on a server
trash/<time>/                   what was deleted, under the paths it had, until the trash is emptied
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import time
import tomllib
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from pydantic import BaseModel, Field, ValidationError

from inspector.core.errors import InspectorError, OutputError
from inspector.core.files import PARTIAL, whole_file, whole_folder
from inspector.history.address import Where, parse_where
from inspector.history.errors import HistoryError
from inspector.jobs.filing import free_path, move_all, refused

if TYPE_CHECKING:
    from collections.abc import Iterable

FORMAT = 1
MANIFEST = "workspace.toml"

_LIMIT = 1 << 16
_FORGOTTEN = 86_400.0


class WorkspaceError(InspectorError):
    """A folder is no workspace, or one of a newer program, or torn."""


class _Manifest(BaseModel):
    program: Literal["inspector"]
    format: int = Field(ge=1)
    name: str
    created: datetime
    history: str = ""


@dataclass(frozen=True, slots=True)
class Discarded:
    """What was moved to the trash at once.

    Attributes:
        folder: below the trash, holding it under the paths it had.
        relatives: these paths, below the workspace, with `/` between parts.
    """

    folder: Path
    relatives: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Workspace:
    """An open workspace.

    Attributes:
        folder: absolute.
        name: what people call it.
        created: when, with zone.
        shared: the address of a history on a server that stations share; empty for a file of its own.
    """

    folder: Path
    name: str
    created: datetime
    shared: str = ""

    @classmethod
    def create(cls, path: Path, name: str = "") -> Self:
        """Make a new workspace.

        Args:
            path: a folder that is not there yet, or is empty.
            name: what people call it; the folder's name when empty.

        Raises:
            WorkspaceError: there is a workspace already.
            OutputError: something else stands there, or the place cannot be written to; nothing is left behind.
        """
        path = Path(path).absolute()
        if is_workspace(path):
            msg = f"{path} is a workspace already. Open it, or choose another folder for the new one."
            raise WorkspaceError(msg)
        workspace = cls(path, name.strip() or path.name, datetime.now().astimezone().replace(microsecond=0))
        with whole_folder(path, MANIFEST) as folder:
            for place in _places(workspace):
                (folder / place.relative_to(path)).mkdir(parents=True)
            (folder / MANIFEST).write_text(_manifest_text(workspace), encoding="utf-8")
        return workspace

    @classmethod
    def open(cls, path: Path, *, writable: bool = True) -> Self:
        """Open a workspace.

        Args:
            path: its folder.
            writable: whether it will be written to; then this is tried, and folders that are missing are made.

        Raises:
            WorkspaceError: it is missing, none, torn, or of a newer program.
            OutputError: it cannot be written to.
        """
        path = Path(path).absolute()
        manifest = _read_manifest(path)
        workspace = cls(path, manifest.name or path.name, manifest.created.astimezone(), manifest.history)
        if writable:
            _prepare(workspace)
        return workspace

    @property
    def images(self) -> Path:
        """All images; below it the layout that `sources.dataset` reads."""
        return self.folder / "images"

    @property
    def normal(self) -> Path:
        """Images of good parts."""
        return self.images / "normal"

    @property
    def abnormal(self) -> Path:
        """Images of bad parts, a folder for each kind."""
        return self.images / "abnormal"

    @property
    def reference(self) -> Path:
        """Images of other things, a folder for each class."""
        return self.images / "reference"

    @property
    def detectors(self) -> Path:
        """Bundles, by name."""
        return self.folder / "detectors"

    @property
    def comparison(self) -> Path:
        """The last comparison of methods; made when there is one."""
        return self.folder / "comparison"

    @property
    def history(self) -> Where:
        """The database of inspections."""
        return parse_where(self.shared, self.folder / "history.db")

    @property
    def trash(self) -> Path:
        """What was deleted."""
        return self.folder / "trash"

    def rename(self, name: str) -> Self:
        """Give the workspace another name; its folder stays where it is.

        Raises:
            OutputError: it cannot be written; the old name stays.
        """
        return self._changed(replace(self, name=name.strip() or self.name))

    def use_history(self, address: str) -> Self:
        """Record into a history on a server from now on, or, with an empty address, into the file again.

        What was recorded before stays where it is.

        Raises:
            HistoryError: it is no address of a history.
            OutputError: it cannot be written down; all stays as it was.
        """
        parse_where(address, self.folder / "history.db")
        return self._changed(replace(self, shared=address.strip()))

    def _changed(self, changed: Self) -> Self:
        with whole_file(self.folder / MANIFEST) as file:
            file.write_text(_manifest_text(changed), encoding="utf-8")
        return changed

    def discard(self, paths: Iterable[Path]) -> Discarded:
        """Move files or folders of the workspace to the trash, all or none of them.

        Raises:
            OutputError: one cannot be moved; everything is where it was.
            ValueError: a path is not inside the workspace.
        """
        wanted = [path.absolute() for path in paths]
        relatives = tuple(path.relative_to(self.folder).as_posix() for path in wanted)
        folder = _dated(self.trash)
        try:
            move_all([(path, folder / relative) for path, relative in zip(wanted, relatives, strict=True)])
        except OutputError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return Discarded(folder, relatives)

    def restore(self, discarded: Discarded) -> list[Path]:
        """Put back what was discarded; where something else has taken a name since, under a free one beside it.

        What is not in the trash any more is left out.

        Raises:
            OutputError: one cannot be moved; everything stays in the trash.
        """
        there = [relative for relative in discarded.relatives if (discarded.folder / relative).exists()]
        moves: list[tuple[Path, Path]] = []
        taken: set[Path] = set()
        for relative in there:
            target = free_path(self.folder / relative, taken)
            taken.add(target)
            moves.append((discarded.folder / relative, target))
        move_all(moves)
        shutil.rmtree(discarded.folder, ignore_errors=True)
        return [target for _, target in moves]

    def empty_trash(self) -> None:
        """Delete for good what lies in the trash.

        Raises:
            OutputError: something cannot be deleted.
        """
        try:
            if self.trash.exists():
                shutil.rmtree(self.trash)
        except OSError as error:
            raise refused(Path(error.filename or self.trash), "deleted", error) from error


def is_workspace(path: Path) -> bool:
    """Whether a folder says that it is a workspace (it may still be torn or newer)."""
    try:
        return (path / MANIFEST).is_file()
    except (OSError, ValueError):
        return False


def _places(workspace: Workspace) -> tuple[Path, ...]:
    return workspace.normal, workspace.abnormal, workspace.reference, workspace.detectors


def _prepare(workspace: Workspace) -> None:
    """See that there is all a workspace has, that it can be written to, and that no rubbish of a crash lies about."""
    try:
        for place in _places(workspace):
            place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=PARTIAL, dir=workspace.folder):
            pass
    except OSError as error:
        msg = (
            f"The workspace {workspace.folder} cannot be written to: {error.strerror or error}. Make it writable, or "
            "copy it to another disk and open the copy."
        )
        raise OutputError(msg) from error
    # A process that was killed while it wrote leaves these; younger ones may still be written by another process.
    for place in (workspace.folder, workspace.detectors, workspace.comparison / "detectors"):
        for rest in place.glob(f"{PARTIAL}*"):
            with suppress(OSError):
                if time.time() - rest.stat().st_mtime > _FORGOTTEN:
                    shutil.rmtree(rest) if rest.is_dir() else rest.unlink()


def _dated(parent: Path) -> Path:
    """A new folder below `parent` that is named by the time, so that names sort as they came."""
    return free_path(parent / datetime.now().astimezone().strftime("%Y%m%d-%H%M%S-%f"))


def _manifest_text(workspace: Workspace) -> str:
    # A JSON string is a TOML string, but for the one control character that JSON lets stand.
    name, shared = (
        json.dumps(_FORBIDDEN_IN_TOML.sub(" ", text), ensure_ascii=False) for text in (workspace.name, workspace.shared)
    )
    return (
        "# This folder is a workspace of inspector.\n"
        'program = "inspector"\n'
        f"format = {FORMAT}\n"
        f"name = {name}\n"
        f"created = {workspace.created.isoformat()}\n" + (f"history = {shared}\n" if workspace.shared else "")
    )


_FORBIDDEN_IN_TOML = re.compile("[\x7f\ud800-\udfff]")


def _read_manifest(path: Path) -> _Manifest:
    file = path / MANIFEST
    if not is_workspace(path):
        what = "is no workspace" if path.is_dir() else "is a file" if path.exists() else "is not there"
        msg = f"{path} {what}: a workspace is a folder with a {MANIFEST}. Choose another, or make a new one."
        raise WorkspaceError(msg)
    try:
        with file.open("rb") as stream:
            raw = tomllib.loads(stream.read(_LIMIT).decode())
        if raw.get("program") == "inspector" and isinstance(raw.get("format"), int) and raw["format"] > FORMAT:
            msg = (
                f"The workspace {path} was made by a newer inspector (format {raw['format']}; this one reads up to "
                f"{FORMAT}). Update inspector to use it."
            )
            raise WorkspaceError(msg)
        manifest = _Manifest.model_validate(raw)
        parse_where(manifest.history, path / "history.db")
    except OSError as error:
        msg = f"{file} cannot be read: {error.strerror or error}. Allow reading it."
        raise WorkspaceError(msg) from error
    except (ValueError, RecursionError) as error:
        reason = f"{error.error_count()} values are wrong" if isinstance(error, ValidationError) else str(error)
        msg = (
            f"{file} is torn or not inspector's ({reason:.200}). Mend it, or make a new workspace and move the folders "
            "images and detectors into it."
        )
        raise WorkspaceError(msg) from error
    except HistoryError as error:
        msg = f"In {file}: {error}"
        raise WorkspaceError(msg) from error
    return manifest
