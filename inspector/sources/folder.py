"""A folder of image files, each given once."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from inspector.sources.base import Shot, Source
from inspector.sources.dataset import list_images
from inspector.sources.item import Item, read_item

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class FolderSource(Source):
    """The images of a folder in natural order, with the labels that `inspector.sources.dataset` describes.

    A file that cannot be read, and a sub-folder that cannot be listed, is a `FrameError` in its place. What is in the
    folder is looked up by `open`.
    """

    def __init__(self, path: Path, *, recursive: bool = True, clock: Callable[[], float] = time.time) -> None:
        """Remember the folder.

        Args:
            path: the folder.
            recursive: whether sub-folders are read too.
            clock: gives the seconds since the epoch.
        """
        super().__init__(str(path))
        self.path = path
        self._recursive = recursive
        self._clock = clock
        self._items: deque[Item] = deque()

    def _open(self) -> None:
        self._items = deque(list_images(self.path, recursive=self._recursive))
        self.total = len(self._items)

    def _next(self) -> Shot | None:
        if not self._items:
            return None
        item = self._items.popleft()
        return Shot(read_item(item), item.name, self._clock(), path=item.path, label=item.label)

    def _close(self) -> None:
        self._items.clear()
