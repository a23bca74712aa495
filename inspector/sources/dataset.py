"""A folder of images with what their folders or an `index.csv` say of them.

The label comes from the first sub-folder below the folder given, after a `train`, `test` or `val` which is the split:

| name of the sub-folder | label |
|---|---|
| `good`, `normal`, `ok` | normal |
| `abnormal`, `anomaly`, `bad`, `defect`, `ng` | abnormal; the kind is the next sub-folder, or else this one |
| `reference` | none: other things than the part, each in a folder of its class |
| any other | abnormal, and the name is the kind |

Files in no sub-folder have no label. Upper and lower case are the same. So both the MVTec layout (`train/good`,
`test/<kind>`, masks in `ground_truth/<kind>/<stem>_mask.png` or `<stem>.png`) and a workspace's `images` are
understood.

Where `index.csv` lies in the folder and has a column `path` beside `label`, `kind`, `mask` or `split`, it is believed
instead, and only what it lists is taken. `label` is 0 normal, 1 abnormal, or empty.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, overload

import numpy as np
import PIL.Image

from inspector.core.errors import FrameError
from inspector.core.image import Label
from inspector.sources.decode import read_bytes
from inspector.sources.index_csv import INDEX_NAME, read_index
from inspector.sources.item import Folder, Item, Items, Stamp, read_item
from inspector.sources.png import PNG_START, png_is_whole
from inspector.sources.remote import RemoteFolder
from inspector.sources.walk import (
    MASK_FOLDER,
    Findings,
    check_folder,
    find_images,
    in_natural_order,
    is_image_name,
    no_images,
    take_name,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    from inspector.core.image import Image
    from inspector.sources.index_csv import IndexRow

NORMAL_NAMES = frozenset({"good", "normal", "ok"})
ABNORMAL_NAMES = frozenset({"abnormal", "anomaly", "bad", "defect", "ng"})
SPLIT_NAMES = frozenset({"train", "test", "val", "validation"})
REFERENCE_NAME = "reference"


@dataclass(frozen=True, slots=True)
class Dataset:
    """The items of a folder, in natural order (in its own order where an index says)."""

    folder: Path
    items: Sequence[Item]

    def only(self, *, split: str | None = None, abnormal: bool | None = None) -> list[Item]:
        """The items of this split, and labelled so; None asks for no condition."""
        return [
            item
            for item in self.items
            if (split is None or item.split == split)
            and (abnormal is None or (item.label is not None and item.label.abnormal == abnormal))
        ]


def read_dataset(folder: Path, *, recursive: bool = True) -> Dataset:
    """Find the images of a folder and their labels, without opening any.

    Raises:
        SourceError: the folder is not there, is no folder, cannot be listed, or has no images; or its index makes no
            sense.
    """
    return Dataset(folder, list_images(folder, recursive=recursive))


def list_images(folder: Folder, *, recursive: bool = True) -> Items:
    """Give `read_dataset`'s items, of a folder on a disk or at an address, in little memory; the same errors."""
    if isinstance(folder, RemoteFolder):
        return _list_remote(folder)
    check_folder(folder)
    rows = read_index(folder / INDEX_NAME) if (folder / INDEX_NAME).is_file() else None
    if rows is not None:
        return Items(folder, (_indexed(folder, row) for row in rows))
    findings = find_images(folder, recursive=recursive)
    if not findings.images and not findings.problems:
        raise no_images(folder, findings)
    items = _labelled(folder, findings.images, _masks(folder))
    for name, problem in findings.problems.items():
        items.append(Item(folder, name, problem=problem))
    return items


def _list_remote(folder: RemoteFolder) -> Items:
    stamps: dict[str, Stamp] = {}
    findings = Findings()
    has_index = False
    for name, size, time in folder.files():
        has_index = has_index or name == INDEX_NAME
        take_name(findings, name)
        if is_image_name(name.rpartition("/")[2]):
            stamps[name] = Stamp(size, time)
    if has_index:
        with tempfile.TemporaryDirectory() as place:
            copy = Path(place) / INDEX_NAME
            copy.write_bytes(folder.read(INDEX_NAME))
            rows = read_index(copy)
        if rows is not None:
            return Items(folder, (replace(_indexed(folder, row), listed=stamps.get(row.path)) for row in rows))
    if not findings.images:
        raise no_images(folder, findings)
    return _labelled(folder, in_natural_order(findings.images), {}, stamps)


def _indexed(folder: Folder, row: IndexRow) -> Item:
    return Item(folder, row.path, label=row.label, mask_relative=row.mask, split=row.split)


def _labelled(
    folder: Folder,
    names: list[str],
    masks: dict[tuple[str, str], str],
    stamps: dict[str, Stamp] | None = None,
) -> Items:
    items = Items(folder)
    known: dict[str, tuple[str | None, Label | None]] = {}
    for name in names:
        inside, _, file = name.rpartition("/")
        if inside not in known:  # one label for all in a folder
            known[inside] = split_and_label(inside)
        split, label = known[inside]
        mask = masks.get((label.kind, file.rpartition(".")[0])) if masks and label is not None else None
        listed = None if stamps is None else stamps[name]
        items.append(Item(folder, name, label=label, mask_relative=mask, split=split, listed=listed))
    return items


def split_and_label(inside: str) -> tuple[str | None, Label | None]:
    """Give what the sub-folders `inside` (`"test/scratch"`) say, as the module describes."""
    parts = inside.split("/") if inside else []
    split = parts.pop(0).lower() if parts and parts[0].lower() in SPLIT_NAMES else None
    if not parts or parts[0].lower() == REFERENCE_NAME:
        return split, None
    if parts[0].lower() in NORMAL_NAMES:
        return split, Label(abnormal=False, kind=parts[0])
    if parts[0].lower() in ABNORMAL_NAMES and len(parts) > 1:
        return split, Label(abnormal=True, kind=parts[1])
    return split, Label(abnormal=True, kind=parts[0])


def _masks(folder: Path) -> dict[tuple[str, str], str]:
    """Give the masks below `ground_truth` by kind and by the stem of their image."""
    for place, up in ((folder / MASK_FOLDER, ""), (folder.parent / MASK_FOLDER, "../")):
        if place.is_dir() and (not up or folder.name.lower() in SPLIT_NAMES):
            masks = {}
            for name in find_images(place).images:
                kind, _, file = name.rpartition("/")
                stem = file.rpartition(".")[0]
                masks[kind, stem.removesuffix("_mask")] = f"{up}{MASK_FOLDER}/{name}"
            return masks
    return {}


def load_mask(item: Item, shape: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """Read where an image's defect is.

    Args:
        item: the image. A normal one without a mask has no defect anywhere.
        shape: the image's `(H, W)`.

    Returns:
        Bool, shape `(H, W)`: true where the mask's value is not zero, whatever its depth or palette.

    Raises:
        FrameError: there is no mask for an image that is not normal, it cannot be read, or has another size.
    """
    if item.mask is None:
        if item.label is not None and not item.label.abnormal:
            return np.zeros(shape, np.bool_)
        msg = f"{item.name} has no mask. Leave it out of what is measured by pixels."
        raise FrameError(msg, name=item.name)
    data = read_bytes(item.mask, name=item.mask_relative)
    try:
        if data.startswith(PNG_START) and not png_is_whole(data):
            raise ValueError("it is torn")  # noqa: EM101, TRY003, TRY301 - becomes the FrameError below
        # Values count here, not brightness: 1 of 65,535 is a defect, and so is palette entry 1.
        with PIL.Image.open(io.BytesIO(data)) as picture:
            values = np.asarray(picture.convert(picture.mode[:-1]) if picture.mode in ("LA", "RGBA") else picture)
    except Exception as error:  # what Pillow's decoders raise on torn bytes is no fixed set
        msg = f"The mask {item.mask_relative} cannot be decoded: {error}. Copy or save it again."
        raise FrameError(msg, name=item.name) from error
    mask: npt.NDArray[np.bool_] = (values != 0) if values.ndim == len(shape) else (values != 0).any(axis=2)
    if mask.shape != shape:
        msg = f"The mask {item.mask_relative} is {mask.shape[1]} x {mask.shape[0]}, its image {shape[1]} x {shape[0]}."
        raise FrameError(msg, name=item.name)
    return mask


class LazyImages(Sequence["Image"]):
    """The images of some items, each decoded when it is asked for and not kept: 50,000 never all lie in memory.

    `[i]` gives the image upright in RGB8 and raises `FrameError` for one that cannot be read. A slice is lazy too.
    """

    def __init__(self, items: Sequence[Item]) -> None:
        """Remember the items; nothing is read."""
        self.items = items

    @property
    def names(self) -> list[str]:
        """What each item is called."""
        return [item.name for item in self.items]

    def __len__(self) -> int:
        return len(self.items)

    @overload
    def __getitem__(self, index: int) -> Image: ...
    @overload
    def __getitem__(self, index: slice) -> LazyImages: ...
    def __getitem__(self, index: int | slice) -> Image | LazyImages:
        if isinstance(index, slice):
            return LazyImages(self.items[index])
        return read_item(self.items[index])
