"""The Detectors panel."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QStackedWidget, QWidget

from inspector.gui.models.detectors import listed, measured
from inspector.gui.panel import Panel
from inspector.gui.panels.detectors.buttons import Buttons
from inspector.gui.panels.detectors.comparing import Comparing
from inspector.gui.panels.detectors.distances import DistancesPage
from inspector.gui.panels.detectors.listing import Listing
from inspector.gui.widgets.emptypage import EmptyPage
from inspector.gui.widgets.newest import NewestRunner
from inspector.gui.widgets.workbench import Workbench
from inspector.gui.worker import Failure, Runner
from inspector.jobs import learning, library
from inspector.jobs.distances import compare_distances, put_back, use_distance

if TYPE_CHECKING:
    from collections.abc import Callable

    from inspector.detectors.fitted import Threshold
    from inspector.gui.context import Context
    from inspector.gui.worker import Job
    from inspector.jobs.compare import Comparison
    from inspector.jobs.distances import Before, DistanceTable
    from inspector.jobs.library import Saved
    from inspector.jobs.workspace import Discarded, Workspace


class DetectorsPanel(Panel):
    """Lists the saved detectors; a page each for the threshold of one and for comparing some."""

    NAME = "detectors"
    ICON = "detectors"

    def __init__(self, context: Context) -> None:
        """Lay out the panel."""
        super().__init__(
            context,
            QCoreApplication.translate("DetectorsPanel", "Detectors"),
            QCoreApplication.translate("DetectorsPanel", "What was trained: to be used, tuned, compared and shared."),
        )
        self._lists = NewestRunner(self)
        self._compares = NewestRunner(self)
        self._runner = Runner(self)
        self._after: Callable[[object], None] = lambda _: None
        self._select: Path | None = None
        self.listing = Listing(context.theme)
        self.bench = Workbench(context.theme)
        self.comparing = Comparing(context.theme)
        self.distances = DistancesPage(context.theme)
        self._far: Path | None = None
        """The detector whose distances are shown."""
        self.empty = EmptyPage(
            self.tr("No detectors yet"),
            self.tr("Train one on pictures of good parts, or import one that was exported elsewhere."),
            [
                (self.tr("Import …"), lambda: self.act.ask_import()),  # noqa: PLW0108 - it is made below
                (self.tr("Train a detector"), context.train_requested.emit),
            ],
        )
        self.pages = QStackedWidget()
        for page in (self.empty, self.listing, self.bench, self.comparing, self.distances):
            self.pages.addWidget(page)
        self.body.addWidget(self.pages, 1)
        self.act = Buttons(self, context.theme)
        self._runner.done.connect(self._did)
        self._runner.failed.connect(self.tell)
        self._runner.ended.connect(self.refresh)
        self.bench.saved.connect(self._threshold_saved)
        self.bench.failed.connect(self.tell)
        self.bench.picture_wanted.connect(context.picture_requested)
        self.comparing.images_chosen.connect(self.compare)
        self.distances.images_chosen.connect(self.compare_distances)
        self.distances.taken.connect(self.use_distance)
        self.listing.selected.connect(self.refresh)
        self.listing.table.doubleClicked.connect(lambda _: self.set_threshold())
        context.detectors_changed.connect(self.reload)
        self.refresh()

    @property
    def chosen(self) -> list[Saved]:
        """The detectors selected."""
        return self.listing.chosen

    def reload(self) -> None:
        """List the detectors anew."""
        workspace = self.context.workspace
        if workspace is None:
            self._list([])
            return
        folder = workspace.detectors
        self._lists.do(lambda _: listed(folder), self._list, self.tell)

    def rename(self, one: Saved, name: str) -> None:
        """Give a detector another name."""
        if name.strip() and name != one.name:
            self._do(lambda _: library.rename(one.path, name), self._changed)

    def duplicate(self) -> None:
        """Copy the selected detector."""
        for one in self.chosen[:1]:
            self._do(lambda _, path=one.path: library.duplicate(path), self._changed)  # type: ignore[misc]

    def delete(self) -> None:
        """Move the selected detectors to the trash."""
        workspace, chosen = self.context.workspace, self.chosen
        if workspace is None or not chosen:
            return
        paths = [one.path for one in chosen]
        names = ", ".join(one.name for one in chosen)

        def deleted(discarded: Any) -> None:
            self._changed(None)
            text = self.tr("{names} moved to the trash.").format(names=names)
            self.messages.good(text, self.tr("Undo"), partial(self._restore, workspace, discarded))

        self._do(lambda _: workspace.discard(paths), deleted)

    def export_to(self, one: Saved, file: Path) -> None:
        """Write a detector as one zip file."""

        def exported(path: object) -> None:
            self.messages.good(self.tr("{name} was exported to {path}.").format(name=one.name, path=path))

        self._do(lambda _: library.export_detector(one.path, file), exported)

    def import_from(self, file: Path) -> None:
        """Take in a detector that was exported."""
        workspace = self.context.workspace
        if workspace is None:
            return

        def imported(path: object) -> None:
            self._changed(path)
            self.messages.good(self.tr("{name} was imported.").format(name=Path(str(path)).name))

        self._do(lambda _: library.import_detector(file, workspace.detectors), imported)

    def set_threshold(self) -> None:
        """Show the selected detector on the workbench."""
        workspace = self.context.workspace
        for one in self.chosen[:1]:
            if one.error is None:
                self.bench.show_detector(one.path, None if workspace is None else workspace.images)
                self._show(self.bench)

    def compare(self, images: Path | None = None) -> None:
        """Measure the selected detectors on the same images: a folder's, or the workspace's."""
        workspace = self.context.workspace
        usable = [one for one in self.chosen if one.error is None]
        if workspace is None or not usable:
            return
        own, folder = workspace.images, images or workspace.images
        paths = [one.path for one in usable]
        self.comparing.begin([one.name for one in usable])
        self._show(self.comparing)

        def compared(comparison: Comparison) -> None:
            self.comparing.end()
            self.comparing.show_comparison(comparison, folder, own=folder == own)
            self.context.detectors_changed.emit()

        def failed(failure: Failure) -> None:
            self.comparing.end()
            self.tell(failure)

        self._compares.do(
            lambda listener: measured(paths, folder, own, listener), compared, failed, self.comparing.hear
        )

    def compare_distances(self, images: Path | None = None) -> None:
        """Judge labelled images, a folder's or the workspace's, by each distance of the selected detector."""
        workspace = self.context.workspace
        usable = [one for one in self.chosen if one.error is None]
        if workspace is None or len(usable) != 1:
            return
        [one] = usable
        own, folder, path = workspace.images, images or workspace.images, one.path
        self._far = path
        self.distances.begin(one.name)
        self._show(self.distances)

        def compared(found: DistanceTable) -> None:
            self.distances.end()
            self.distances.show_table(found, folder, own=folder == own)

        def failed(failure: Failure) -> None:
            self.distances.end()
            self.tell(failure)

        self._compares.do(
            lambda listener: compare_distances(path, folder, listener), compared, failed, self.distances.hear
        )

    def use_distance(self, name: str) -> None:
        """Have the detector whose distances are shown judge by this one from now on."""
        path = self._far
        if path is None:
            return

        def done(before: Any) -> None:
            self._changed(path)
            text = self.tr("{name} judges by the distance {distance} now; its threshold follows from the same images.")
            undo = partial(self._undo_distance, path, before)
            self.messages.good(text.format(name=path.name, distance=name), self.tr("Undo"), undo)
            self.back()

        self._do(lambda _: use_distance(path, name), done)

    def unlearn(self) -> None:
        """Put the selected detector back to what it was before its last lesson."""
        for one in self.chosen[:1]:

            def taken_back(_: object, one: Saved = one) -> None:
                self._changed(one.path)
                self.messages.good(self.tr("The last lesson of {name} is taken back.").format(name=one.name))

            self._do(lambda _, path=one.path: learning.undo(path), taken_back)  # type: ignore[misc]

    def back(self) -> None:
        """Show the list again."""
        self._compares.stop()
        self.bench.stop()
        self._show(self.listing if self.listing.rows.rows else self.empty)

    def watch(self) -> None:
        """Watch live with the selected detector."""
        for one in self.chosen[:1]:
            self.context.live_requested.emit("", str(one.path))

    def inspect(self) -> None:
        """Inspect a folder with the selected detector."""
        for one in self.chosen[:1]:
            self.context.batch_requested.emit("", str(one.path))

    def workspace_changed(self) -> None:
        """Show another workspace's."""
        self._compares.stop()
        self.bench.clear()
        self.messages.clear()
        self._show(self.empty)
        self.reload()

    def busy(self) -> bool:
        """Whether something is read, measured or copied."""
        return self._lists.busy or self._compares.busy or self._runner.running or self.bench.busy()

    def stop(self) -> None:
        """Ask that to end."""
        self._lists.stop()
        self._compares.stop()
        self._runner.cancel()
        self.bench.stop()

    def wait(self, seconds: float) -> bool:
        """Wait until nothing runs."""
        ended = [one.wait(seconds) for one in (self._lists, self._compares, self._runner, self.bench)]
        return all(ended)

    def refresh(self) -> None:
        """Offer what can be done now."""
        listing = self.pages.currentWidget() in (self.listing, self.empty)
        self.act.refresh(self.chosen, listing=listing, busy=self._runner.running)

    def _show(self, page: QWidget) -> None:
        self.pages.setCurrentWidget(page)
        self.refresh()

    def _list(self, saved: list[Saved]) -> None:
        select, self._select = self._select, None
        self.listing.show_detectors(saved, select)
        if self.pages.currentWidget() in (self.listing, self.empty):
            self._show(self.listing if saved else self.empty)

    def _do(self, job: Job, after: Callable[[object], None]) -> None:
        if not self._runner.running:
            self.messages.clear()
            self._after = after
            self._runner.run(job)
            self.refresh()

    def _did(self, outcome: object) -> None:
        self._after(outcome)

    def _changed(self, path: object) -> None:
        """Detectors are others now; select the one at `path`."""
        self._select = path if isinstance(path, Path) else None
        self.context.detectors_changed.emit()

    def _restore(self, workspace: Workspace, discarded: Discarded) -> None:
        self._do(lambda _: workspace.restore(discarded), lambda paths: self._changed(_first(paths)))

    def _threshold_saved(self, path: Path, before: Threshold) -> None:
        self.context.detectors_changed.emit()
        text = self.tr("The threshold of {name} was saved.").format(name=path.name)
        self.messages.good(text, self.tr("Undo"), partial(self._undo_threshold, path, before))

    def _undo_distance(self, path: Path, before: Before) -> None:
        self._do(lambda _: put_back(path, before), lambda _: self._changed(path))

    def _undo_threshold(self, path: Path, before: Threshold) -> None:
        if self.bench.path == path:
            self.bench.write(before)


def _first(paths: object) -> object:
    return paths[0] if isinstance(paths, list) and paths else None
