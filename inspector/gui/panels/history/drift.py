"""The control chart's side of the History panel: warns when the scores of good parts have moved."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from inspector.gui.widgets.newest import NewestRunner
from inspector.gui.worker import Runner
from inspector.jobs.labels import NORMAL

if TYPE_CHECKING:
    from inspector.core.events import Listener
    from inspector.gui.panels.history.panel import HistoryPanel
    from inspector.gui.worker import Failure
    from inspector.history.drift import Drift
    from inspector.jobs.importing import Imported


class DriftWatch(QObject):
    """Reads how the scores went whenever the panel is read, draws it, and offers to collect and train anew."""

    def __init__(self, panel: HistoryPanel) -> None:
        """Read nothing yet."""
        super().__init__(panel)
        self._panel = panel
        self.reads = NewestRunner(self)
        self.runner = Runner(self)
        self.runner.done.connect(self._collected)
        self.runner.failed.connect(panel.tell)
        self.stale = True
        """Whether something was recorded since it was read; filters change nothing in it."""
        self._said: tuple[str, float] | None = None
        """What was warned of; once it was dismissed it is not said again until something changes."""

    @property
    def busy(self) -> bool:
        """Whether something is read or copied."""
        return self.reads.busy or self.runner.running

    def reload(self) -> None:
        """Read it, if anything was recorded since."""
        archive = self._panel.archive
        if archive is not None and self.stale:
            self.stale = False
            self.reads.do(lambda _: archive.drift(), self._show, self._failed)

    def stop(self) -> None:
        """Ask that to end."""
        self.reads.stop()
        self.runner.cancel()

    def wait(self, seconds: float) -> bool:
        """Wait for the threads."""
        return all([one.wait(seconds) for one in (self.reads, self.runner)])  # noqa: C419 - each is waited for

    def forget(self) -> None:
        """Another workspace: nothing was said of it."""
        self._said, self.stale = None, True
        self._panel.trend.show_drift(None)

    def collect(self, drift: Drift) -> None:
        """Add the pictures kept of good parts since then to the normal images, and get ready to train."""
        archive, workspace = self._panel.archive, self._panel.context.workspace
        if archive is None or workspace is None or self.runner.running:
            return

        def work(listener: Listener) -> Imported | None:
            from inspector.jobs.collection import Collection

            found = archive.fine_pictures(drift, listener)
            return Collection(workspace).import_files(found, NORMAL, listener) if found else None

        self.runner.run(work)

    def _show(self, drift: Drift | None) -> None:
        self._panel.trend.show_drift(drift)
        moved = None if drift is None else drift.moved
        if drift is None or moved is None:
            self._said = None
            return
        said = (drift.detector, moved.start)
        if said == self._said:
            return
        self._said = said
        since = f"{datetime.fromtimestamp(drift.since or moved.start).astimezone():%Y-%m-%d}"
        text = self.tr(
            "Since {since} the good parts score otherwise than before: the median is {now:.3g}, it was {before:.3g} "
            "({detector}; the threshold is {threshold:.3g}). Look at the light, the lens and the parts; where they are "
            "as they shall be, train anew with newer pictures."
        ).format(
            since=since,
            now=moved.median,
            before=drift.first.median,
            detector=drift.detector,
            threshold=drift.threshold,
        )
        self._panel.messages.warn(text, self.tr("Collect and retrain"), lambda: self.collect(drift))

    def _failed(self, _failure: Failure) -> None:
        self._panel.trend.show_drift(None)  # what is wrong with the file the panel has said itself

    def _collected(self, outcome: object) -> None:
        context = self._panel.context
        if outcome is None:
            self._panel.messages.warn(
                self.tr(
                    "No pictures of good parts were kept since then. Watch the feed with “Record pictures: Of all "
                    "frames” for a while, or take new ones in Collect."
                ),
                self.tr("Collect"),
                lambda: context.show_panel.emit("collect"),
            )
            return
        context.images_changed.emit()
        context.train_requested.emit()
