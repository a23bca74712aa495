"""Small errands of the Live panel that touch the disk: one after the other, beside the window's thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from inspector.gui.models.live_keep import SNAPSHOTS, save_threshold, snapshot
from inspector.gui.worker import Runner

if TYPE_CHECKING:
    from inspector.core.frame import Frame
    from inspector.gui.models.live import Painted
    from inspector.gui.models.live_feed import Judge
    from inspector.gui.panel import Panel
    from inspector.jobs.collection import Collection


class Keeper(QObject):
    """Saves snapshots, files frames into the workspace and writes thresholds, and says so in the panel."""

    def __init__(self, panel: Panel) -> None:
        """Work for this panel."""
        super().__init__(panel)
        self._panel = panel
        self._context = panel.context
        self._waiting: deque[tuple[Callable[[], Any], Callable[[Any], None]]] = deque()
        self._then: Callable[[Any], None] | None = None
        self._runner = Runner(self)
        self._runner.done.connect(self._done)
        self._runner.failed.connect(panel.tell)
        self._runner.ended.connect(self._next)
        self._collection: Collection | None = None

    @property
    def busy(self) -> bool:
        """Whether something is not on the disk yet."""
        return self._runner.running or bool(self._waiting)

    def wait(self, seconds: float) -> bool:
        """Wait for the errand under way; say whether it is over."""
        return self._runner.wait(seconds)

    def snapshot(self, painted: Painted) -> None:
        """Save what is shown."""
        workspace = self._context.workspace
        if workspace is not None:
            folder = workspace.folder / SNAPSHOTS
            text = self.tr("Saved as %1")
            self._do(
                lambda: snapshot(folder, painted),
                lambda path: self._panel.messages.good(text.replace("%1", str(path))),
            )

    def file(self, frame: Frame, *, abnormal: bool) -> None:
        """Add a frame to the workspace's images."""
        from inspector.jobs.labels import ABNORMAL, NORMAL

        collection = self._collected()
        if collection is None:
            return
        text = self.tr("Added to the abnormal images.") if abnormal else self.tr("Added to the normal images.")

        def said(_: object) -> None:
            self._context.images_changed.emit()
            self._panel.messages.good(text, self.tr("Undo"), self.undo)

        self._do(lambda: collection.add_image(frame.image, ABNORMAL if abnormal else NORMAL), said)

    def undo(self) -> None:
        """Take back the picture filed last."""
        collection = self._collected()
        if collection is not None:
            self._do(collection.undo, lambda _: self._context.images_changed.emit())

    def save_threshold(self, judge: Judge) -> None:
        """Make a threshold moved by hand the detector's own."""
        detector, value = judge.detector, judge.override
        if detector is None or value is None:
            return

        def said(_: object) -> None:
            if judge.override == value:  # and was not moved again meanwhile
                judge.override = None
            self._context.detectors_changed.emit()
            text = self.tr("The threshold of %1 is saved.").replace("%1", judge.name)
            self._panel.messages.good(text)

        self._do(lambda: save_threshold(detector, judge.path, value), said)

    def _collected(self) -> Collection | None:
        from inspector.jobs.collection import Collection

        workspace = self._context.workspace
        if workspace is None:
            return None
        if self._collection is None or self._collection.workspace is not workspace:
            self._collection = Collection(workspace)
        return self._collection

    def _do(self, job: Callable[[], Any], then: Callable[[Any], None]) -> None:
        self._waiting.append((job, then))
        if not self._runner.running:
            self._next()

    def _next(self) -> None:
        if self._waiting:
            job, self._then = self._waiting.popleft()
            self._runner.run(lambda _: job())

    def _done(self, outcome: object) -> None:
        if self._then is not None:
            self._then(outcome)
