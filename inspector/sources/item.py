"""Image files with what is known of them, one or very many."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeAlias, overload

from inspector.core.errors import FrameError
from inspector.sources.decode import decode_image, read_bytes
from inspector.sources.remote import RemoteFolder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from inspector.core.image import Image, Label

Folder: TypeAlias = Path | RemoteFolder
"""Where images lie: on a disk, or at an address such as `s3://bucket/parts`."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells a file that changed from one that did not."""

    size: int
    mtime_ns: int

    @classmethod
    def of(cls, path: Path) -> Self | None:
        """The stamp of a file as it is now; None when it cannot be looked at."""
        try:
            status = path.stat()
        except OSError:
            return None
        return cls(status.st_size, status.st_mtime_ns)


@dataclass(frozen=True, slots=True)
class Item:
    """One image file. The folder is shared by all its items, since 100,000 whole paths take room.

    Attributes:
        folder: the folder that was searched.
        relative: where the file is below it, with `/` between parts.
        label: what its folder or the index says it is.
        mask_relative: where its mask is, likewise.
        split: `"train"`, `"test"` or whatever else the index says.
        problem: why it cannot be read, as far as was seen while searching; reading it raises this as `FrameError`. So
            a folder that cannot be listed is one item which cannot be read, and nobody can overlook it.
        listed: its stamp when the folder was listed, where listing tells; asking a server for each file would be slow.
    """

    folder: Folder
    relative: str
    label: Label | None = None
    mask_relative: str | None = None
    split: str | None = None
    problem: str | None = None
    listed: Stamp | None = None

    @property
    def path(self) -> Path:
        """The image file.

        Raises:
            FrameError: it lies at an address, not on a disk.
        """
        return self._local(self.relative)

    @property
    def mask(self) -> Path | None:
        """The file in which the defect's pixels are not zero."""
        return None if self.mask_relative is None else self._local(self.mask_relative)

    @property
    def name(self) -> str:
        r"""What a person calls it: the path below the folder. Bytes that are no UTF-8 are shown as `\xe9`."""
        if self.relative.isascii():
            return self.relative
        return self.relative.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")

    def stamp(self) -> Stamp | None:
        """Its stamp: as it is now on a disk, as it was listed at an address; None when nobody can tell."""
        return Stamp.of(self.folder / self.relative) if isinstance(self.folder, Path) else self.listed

    def read(self) -> bytes:
        """The bytes of the file.

        Raises:
            FrameError: it cannot be read, with the item's name.
            SourceError: the server it lies on does not answer.
        """
        if self.problem is not None:
            raise FrameError(self.problem, name=self.name)
        if isinstance(self.folder, Path):
            return read_bytes(self.folder / self.relative, name=self.name)
        return self.folder.read(self.relative)

    def _local(self, relative: str) -> Path:
        if isinstance(self.folder, Path):
            return self.folder / relative
        msg = f"{self.folder}/{relative} is on a server, and a file on this computer is needed. Copy it here first."
        raise FrameError(msg, name=self.name)


def read_item(item: Item) -> Image:
    """Read an item's image.

    Raises:
        FrameError: it cannot be read, with the item's name.
        SourceError: the server it lies on does not answer.
    """
    return decode_image(item.read(), item.name)


_Facts: TypeAlias = tuple["Label | None", str | None]


class Items(Sequence[Item]):
    """Very many items of one folder, each made when it is asked for: a million take some 40 MB, not half a gigabyte."""

    def __init__(self, folder: Folder, items: Iterable[Item] = ()) -> None:
        """Take items, all of `folder`, in their order."""
        self.folder = folder
        self._names = bytearray()
        self._ends = array("q")
        self._facts: list[_Facts] = []
        self._codes = array("i")
        self._known: dict[_Facts, int] = {}
        self._masks: dict[int, str] = {}
        self._problems: dict[int, str] = {}
        self._stamps = array("q")
        for item in items:
            self.append(item)

    def append(self, item: Item) -> None:
        """Take one more."""
        facts = item.label, item.split
        code = self._known.get(facts)
        if code is None:
            code = self._known[facts] = len(self._facts)
            self._facts.append(facts)
        number = len(self._codes)
        self._codes.append(code)
        self._names += item.relative.encode("utf-8", "surrogateescape")
        self._ends.append(len(self._names))
        if item.mask_relative is not None:
            self._masks[number] = item.mask_relative
        if item.problem is not None:
            self._problems[number] = item.problem
        if isinstance(self.folder, RemoteFolder):
            stamp = item.listed or Stamp(-1, -1)
            self._stamps.extend((stamp.size, stamp.mtime_ns))

    def __len__(self) -> int:
        return len(self._codes)

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> list[Item]: ...
    def __getitem__(self, index: int | slice) -> Item | list[Item]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        number = index + len(self) if index < 0 else index
        if not 0 <= number < len(self):
            msg = f"Expected an index within {len(self)} items. Received: {index}"
            raise IndexError(msg)
        label, split = self._facts[self._codes[number]]
        listed = None
        if isinstance(self.folder, RemoteFolder) and self._stamps[2 * number] >= 0:
            listed = Stamp(self._stamps[2 * number], self._stamps[2 * number + 1])
        return Item(
            self.folder,
            bytes(self._names[self._ends[number - 1] if number else 0 : self._ends[number]]).decode(
                "utf-8", "surrogateescape"
            ),
            label=label,
            mask_relative=self._masks.get(number),
            split=split,
            problem=self._problems.get(number),
            listed=listed,
        )
