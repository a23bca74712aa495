"""The labels of a workspace's images, and the folders that mean them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.core.errors import OutputError
from inspector.core.image import Label
from inspector.jobs.filing import safe_name
from inspector.sources.dataset import NORMAL_NAMES, REFERENCE_NAME, SPLIT_NAMES
from inspector.sources.walk import MASK_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from inspector.sources.item import Item

# These folders' names mean something else where a folder of kinds is read by itself, as training does.
_MEANT_OTHERWISE = NORMAL_NAMES | SPLIT_NAMES | {REFERENCE_NAME, MASK_FOLDER}


class Group(StrEnum):
    """The three groups of images; the values are their folders' names."""

    NORMAL = "normal"
    ABNORMAL = "abnormal"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Where:
    """Where an image belongs.

    Attributes:
        group: normal, abnormal or reference.
        kind: of the defect, or the class of the reference; empty where nobody said, and for normal images.
    """

    group: Group
    kind: str = ""

    @property
    def label(self) -> Label | None:
        """The label this means; None for references, which are neither normal nor abnormal."""
        if self.group is Group.REFERENCE:
            return None
        abnormal = self.group is Group.ABNORMAL
        return Label(abnormal=abnormal, kind=self.kind or self.group.value)

    @property
    def text(self) -> str:
        """For people: `"normal"`, `"abnormal/scratch"`."""
        return f"{self.group}/{self.kind}" if self.kind else str(self.group)


NORMAL = Where(Group.NORMAL)
ABNORMAL = Where(Group.ABNORMAL)
REFERENCE = Where(Group.REFERENCE)

_DEFAULT_KIND = {Group.ABNORMAL: "defect", Group.REFERENCE: "other"}


def where_of(images: Path, path: Path) -> Where:
    """Where an image below `images` belongs, by its folder.

    Raises:
        ValueError: it is not in one of the groups.
    """
    group, *rest = path.absolute().relative_to(images).parts
    kinds = rest[:-1] if Group(group) is not Group.NORMAL else []
    return Where(Group(group), kinds[0] if kinds else "")


def where_of_item(item: Item) -> Where | None:
    """Where an item of a data set belongs in a workspace; None where nothing says so."""
    if item.label is not None:
        return Where(Group.ABNORMAL, item.label.kind) if item.label.abnormal else NORMAL
    parts = Path(item.relative).parts[:-1]
    if item.split is not None and parts and parts[0].lower() in SPLIT_NAMES:
        parts = parts[1:]
    if parts and parts[0].lower() == REFERENCE_NAME:
        return Where(Group.REFERENCE, parts[1] if len(parts) > 1 else "")
    return None


def folder_of(images: Path, where: Where) -> Path:
    """The folder of a label below `images`: the one that is there already, though it differ in upper and lower case.

    Raises:
        OutputError: the folders that are there cannot be listed.
    """
    folder = images / where.group
    if where.group is Group.NORMAL:
        return folder
    fallback = _DEFAULT_KIND[where.group]
    kind = safe_name(where.kind, fallback)
    if kind.lower() in _MEANT_OTHERWISE:
        kind = f"{kind}_"
    try:
        there = [one.name for one in folder.iterdir()]
    except FileNotFoundError:
        there = []
    except OSError as error:
        msg = f"The folder {folder} cannot be listed: {error.strerror or error}. Allow reading it."
        raise OutputError(msg) from error
    return folder / next((name for name in there if name.casefold() == kind.casefold()), kind)


def remove_empty_kinds(images: Path, paths: Iterable[Path]) -> None:
    """Remove the folders of kinds that have become empty, now that `paths` are gone."""
    groups = {images / group for group in Group}
    for folder in {path.parent for path in paths} - groups:
        # Not empty is the rule; gone is as well.
        with suppress(OSError):
            folder.rmdir()
