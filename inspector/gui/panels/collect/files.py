"""What the Collect panel does with the workspace's images: every step in a thread, every step undoable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from inspector.core.events import Event, Warned
from inspector.gui.models.collect import Dropped, look_at
from inspector.gui.panels.collect.errands import Errands
from inspector.gui.widgets.newest import NewestRunner
from inspector.jobs.collection import Collection, Done
from inspector.jobs.importing import Imported

if TYPE_CHECKING:
    from inspector.core.events import Listener
    from inspector.core.frame import Frame
    from inspector.gui.panel import Panel
    from inspector.gui.worker import Failure
    from inspector.jobs.labels import Where

_MOST_WAITING = 8
_WARNINGS = 2


class Files(QObject):
    """Captures, adds, relabels, deletes and takes back, and says in the panel what became of it."""

    listed = Signal(object)
    """All `Entry`s, in order."""
    captured = Signal(object)
    """A frame was saved with this `Where`."""

    def __init__(self, panel: Panel) -> None:
        """Work for this panel."""
        super().__init__(panel)
        self._panel = panel
        self._context = panel.context
        self.errands = Errands(self)
        self.errands.failed.connect(self._failed)
        self.errands.reported.connect(self._hear)
        self._lister = NewestRunner(self)
        self._collection: Collection | None = None
        self._warnings: list[str] = []

    @property
    def busy(self) -> bool:
        """Whether something is not on the disk yet."""
        return self.errands.busy

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return self._collection is not None and self._collection.last is not None

    def use_workspace(self) -> None:
        """Work on the images of the workspace that is open now."""
        workspace = self._context.workspace
        self._collection = None if workspace is None else Collection(workspace)

    def list(self) -> None:
        """Look what images there are; `listed` tells."""
        collection = self._collection
        if collection is None:
            self.listed.emit([])
            return

        def tell(entries: object) -> None:
            if collection is self._collection:
                self.listed.emit(entries)

        self._lister.do(lambda _: collection.entries(), tell, self._panel.tell)

    def capture(self, frame: Frame, where: Where) -> None:
        """Save a frame with this label."""
        collection = self._collection
        if collection is None:
            return
        if self.errands.waiting >= _MOST_WAITING:
            text = self.tr("Pictures come faster than the disk takes them; one was not captured.")
            self._panel.messages.warn(text)
            return

        def said(_: object) -> None:
            self.captured.emit(where)
            self._context.images_changed.emit()

        self.errands.do(lambda _: collection.add_image(frame.image, where), said)

    def look(self, paths: Sequence[Path], then: Callable[[Dropped], None]) -> None:
        """Count what is to be added, before a person is asked what it is."""
        self.errands.do(lambda _: look_at(paths), then)

    def add(self, dropped: Dropped, where: Where | None) -> None:
        """Copy what was dropped into the workspace, with one label or with those of its folders."""
        collection = self._collection
        if collection is None:
            return

        def job(listener: Listener) -> Imported:
            if where is None:
                return collection.import_dataset(dropped.paths[0], listener)
            return collection.import_files(dropped.paths, where, listener)

        self._warnings = []
        self.errands.do(job, self._added, self.tr("Adding pictures"))

    def relabel(self, paths: Sequence[Path], where: Where) -> None:
        """Give images another label."""
        collection = self._collection
        if collection is None or not paths:
            return
        text = self.tr("1 picture is labelled {label} now.")
        if len(paths) > 1:
            text = self.tr("{n} pictures are labelled {label} now.")
        text = text.format(n=len(paths), label=where.text)
        self.errands.do(lambda _: collection.relabel(paths, where), lambda _: self._said(text))

    def delete(self, paths: Sequence[Path]) -> None:
        """Move images to the trash."""
        collection = self._collection
        if collection is None or not paths:
            return
        text = self.tr("1 picture is in the trash.")
        if len(paths) > 1:
            text = self.tr("{n} pictures are in the trash.").format(n=len(paths))
        self.errands.do(lambda _: collection.delete(paths), lambda _: self._said(text))

    def undo(self) -> None:
        """Take back the last step."""
        collection = self._collection
        if collection is not None:
            self.errands.do(lambda _: collection.undo(), self._undone)

    def wait(self, seconds: float) -> bool:
        """Wait for the threads; say whether they are over."""
        return all(one.wait(seconds) for one in (self.errands, self._lister))

    def _said(self, text: str) -> None:
        self._panel.messages.good(text, self.tr("Undo"), self.undo)
        self._context.images_changed.emit()

    def _added(self, outcome: object) -> None:
        assert isinstance(outcome, Imported)  # noqa: S101 - what an import gives
        parts = [self.tr("Pictures added: {n}.").format(n=len(outcome.added))]
        if outcome.present:
            parts.append(self.tr("There already: {n}.").format(n=outcome.present))
        if outcome.left_out:
            parts.append(self.tr("Left out: {n}.").format(n=outcome.left_out))
            parts += self._warnings[:_WARNINGS]
        show = self._panel.messages.warn if outcome.left_out else self._panel.messages.good
        if outcome.added:
            show(" ".join(parts), self.tr("Undo"), self.undo)
        else:
            show(" ".join(parts))
        self._context.images_changed.emit()

    def _undone(self, done: object) -> None:
        if isinstance(done, Done):
            words = {
                "add": self.tr("The captured picture is in the trash."),
                "import": self.tr("The added pictures are in the trash."),
                "relabel": self.tr("The old labels are back."),
                "delete": self.tr("The pictures are back."),
            }
            self._panel.messages.good(words[done.what])
        self._context.images_changed.emit()

    def _hear(self, event: Event) -> None:
        if isinstance(event, Warned):
            self._warnings.append(event.message)

    def _failed(self, failure: Failure) -> None:
        self._panel.tell(failure)
        self._context.images_changed.emit()  # the disk may look otherwise than was thought
