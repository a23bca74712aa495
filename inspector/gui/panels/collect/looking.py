"""What stands in the large picture of the Collect panel: the source seen live, or else what is selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from inspector.gui.models.collect import ALL
from inspector.gui.models.collect_feed import SHOWN_SIDE, Seen
from inspector.gui.models.thumbs import shrink
from inspector.gui.widgets.newest import NewestRunner

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from inspector.core.image import Image
    from inspector.gui.panels.collect.panel import CollectPanel
    from inspector.gui.worker import Failure


class Looking(QObject):
    """Opens the selected picture in a thread; the newest choice counts."""

    def __init__(self, panel: CollectPanel) -> None:
        """Show nothing yet."""
        super().__init__(panel)
        self._panel = panel
        self._runner = NewestRunner(self)
        self._words = self.tr("The picture selected on the right is shown here.")
        self.image: Image | None = None
        self._wanted: Path | None = None
        self.show(None)

    def show(self, image: Image | None, caption: str = "", instead: str = "") -> None:
        """Show this picture, or words where there is none."""
        self.image = image
        view = self._panel.capture
        view.picture.set_placeholder(instead or self._words)
        view.picture.show_image(image)
        view.caption.setText(caption)

    def show_seen(self, seen: Seen) -> None:
        """Show a frame."""
        self.show(seen.picture, seen.frame.name)

    def show_selected(self) -> None:
        """Show what is selected, unless a source is seen."""
        if self._panel.watching.running:
            return
        row = self._panel.gallery.grid.current()
        if row is None:
            self._runner.stop()
            self.show(None)
            return
        name = row.path.name
        self.open(row.path, lambda image: self.show(image, name))

    def jump(self, path: Path) -> None:
        """Select this file and show it, as soon as the files are listed."""
        self._wanted = path
        self.arrive()

    def arrive(self) -> None:
        """The files are listed, perhaps anew: select the one that was asked for."""
        path, gallery = self._wanted, self._panel.gallery
        if path is None or path not in {entry.path for entry in self._panel.entries}:
            return
        self._wanted = None
        gallery.choose_heading(ALL)
        gallery.grid.choose([path])

    def open(self, path: Path, then: Callable[[Image], None]) -> None:
        """Open a file in a thread."""
        self._runner.do(lambda _: _opened(path), then, self._not_opened)

    def stop(self) -> None:
        """Open nothing more."""
        self._runner.stop()

    def wait(self, seconds: float) -> bool:
        """Wait for the thread; say whether it is over."""
        return self._runner.wait(seconds)

    def _not_opened(self, failure: Failure) -> None:
        if failure.is_bug:
            self._panel.tell(failure)
        self.show(None, instead=failure.message)


def _opened(path: Path) -> Image:
    from inspector.sources.decode import read_image

    return shrink(read_image(path), SHOWN_SIDE)
