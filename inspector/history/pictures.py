"""Pictures of a session, as files beside the history: `pictures/<session>/<index>.jpg`."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from inspector.core.files import whole_file
from inspector.core.inspection import Inspection, Verdict
from inspector.history.errors import HistoryError

if TYPE_CHECKING:
    from collections.abc import Iterator

Which: TypeAlias = Literal["none", "ng", "all"]
"""Of which inspections pictures are kept."""

_FOLDER = "pictures"


def wanted(which: Which, inspection: Inspection) -> bool:
    """Whether pictures of `inspection` are to be kept: with `"ng"`, when the frame or the vote was NG."""
    if which == "ng":
        return Verdict.NG in (inspection.verdict, inspection.voted)
    return which == "all"


class Pictures:
    """The pictures beside a history. Paths are kept relative to its folder, so that a workspace can be moved."""

    def __init__(self, history: Path) -> None:
        """Take the folder that `history`, the file, lies in."""
        self._folder = history.absolute().parent

    def write(self, session: int, index: int, data: bytes, *, overlay: bool = False) -> str:
        """Write an encoded picture, whole or not at all; give its path relative to the history's folder.

        Raises:
            OutputError: the place cannot be written to, or the disk is full.
        """
        path = f"{_FOLDER}/{session}/{index}{'-overlay' if overlay else ''}.jpg"
        with whole_file(self._folder / path) as partial:
            partial.write_bytes(data)
        return path

    def path(self, relative: str | None) -> Path | None:
        """Where the picture recorded as `relative` lies."""
        return None if relative is None else self._folder / relative

    def all(self) -> Iterator[Path]:
        """Every picture there is, in no order."""
        yield from (self._folder / _FOLDER).rglob("*.jpg")

    def remove(self, relative: str) -> None:
        """Delete one picture; it may be gone already."""
        (self._folder / relative).unlink(missing_ok=True)

    def remove_all(self, session: int) -> None:
        """Delete the pictures of a session.

        Raises:
            HistoryError: some are left.
        """
        folder = self._folder / _FOLDER / str(session)
        try:
            shutil.rmtree(folder)
        except FileNotFoundError:
            pass
        except OSError as error:
            msg = f"Some pictures in {folder} could not be deleted: {error.strerror or error}. Delete the folder."
            raise HistoryError(msg) from error
