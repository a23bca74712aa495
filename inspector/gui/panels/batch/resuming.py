"""Offers to go on with a run that was cut off: cancelled just now, failed, or left when the window was closed."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from inspector.core.files import attempt_at
from inspector.gui.models.batch import find_unfinished
from inspector.gui.widgets.newest import NewestRunner

if TYPE_CHECKING:
    from inspector.gui.panels.batch.panel import BatchPanel
    from inspector.gui.worker import Failure
    from inspector.jobs.unfinished import Unfinished


class Resuming(QObject):
    """Speaks in the panel's message bar."""

    def __init__(self, panel: BatchPanel) -> None:
        """Offer nothing yet."""
        super().__init__(panel)
        self._panel = panel
        self.runner = NewestRunner(self)

    def look(self) -> None:
        """Look in the workspace for a run that was left."""
        workspace = self._panel.context.workspace
        if workspace is not None:
            self.runner.do(partial(find_unfinished, workspace), self._found, self._panel.tell)

    def cancelled(self) -> None:
        """Say that the run ended before its time."""
        panel = self._panel
        again = (self.tr("Run again"), panel.start)
        text = self.tr("Cancelled. The rows judged so far are shown; no report was written.")
        if panel.job is None or not attempt_at(panel.job.out).is_dir():  # nothing was judged yet
            panel.messages.warn(text, *again)
        else:
            panel.messages.warn(text, self.tr("Resume"), partial(panel.resume, replace(panel.job, resume=True)), again)

    def failed(self, failure: Failure) -> None:
        """Say why; what was judged before is not lost."""
        job = self._panel.job
        if failure.is_bug or job is None or not attempt_at(job.out).is_dir():
            self._panel.tell(failure)
        else:
            do = partial(self._panel.resume, replace(job, resume=True))
            self._panel.messages.error(failure.message, self.tr("Resume"), do)

    def _found(self, found: Unfinished | None) -> None:
        panel = self._panel
        if found is None or panel.runner.running or panel.messages.text:
            return
        text = self.tr("Inspecting {folder} was cut off after {done:,} of {total:,} images.").format(
            folder=found.job.folder.name, done=found.done, total=found.total
        )
        panel.messages.warn(text, self.tr("Resume"), partial(panel.resume, found.job))
