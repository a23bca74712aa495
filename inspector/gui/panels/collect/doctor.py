"""Runs the dataset doctor for the Collect panel, and keeps what it found for as long as it is true."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from inspector.core.errors import InspectorError
from inspector.core.events import Warned
from inspector.gui.models.collect import detector_folders, still_true
from inspector.gui.panels.collect.strip import Strip
from inspector.gui.worker import Runner

if TYPE_CHECKING:
    from inspector.core.events import Event, Listener
    from inspector.gui.panel import Panel
    from inspector.jobs.collection import Entry
    from inspector.jobs.health import Finding


class Doctor(QObject):
    """Looks through the images in a thread. After training the newest detector is asked as well."""

    changed = Signal()
    """There are findings now, or fewer, or none."""
    found = Signal()
    """It has looked."""

    def __init__(self, panel: Panel) -> None:
        """Work for this panel."""
        super().__init__(panel)
        self._panel = panel
        self.findings: list[Finding] | None = None
        self.strip = Strip()
        self.runner = Runner(self)
        self.runner.started.connect(lambda: self.strip.begin(self.tr("Looking through the pictures")))
        self.runner.reported.connect(self._hear)
        self.runner.done.connect(self._done)
        self.runner.failed.connect(panel.tell)
        self.runner.ended.connect(self.strip.end)
        self.strip.cancel_asked.connect(self.runner.cancel)

    def look(self, entries: Sequence[Entry]) -> None:
        """Look through these images."""
        workspace = self._panel.context.workspace
        if workspace is None or not entries:
            return
        folders = detector_folders(workspace.detectors)

        def job(listener: Listener) -> list[Finding]:
            from inspector.jobs.health import examine

            detector = None
            if folders:
                from inspector.detectors import load

                try:
                    detector = load(folders[0])
                except InspectorError as error:  # the pictures can be looked at all the same
                    listener(Warned(str(error)))
            return examine(list(entries), listener, detector=detector)

        self.runner.run(job)

    def recheck(self, entries: Sequence[Entry]) -> None:
        """Forget what is not true any more, now that these images are there."""
        if self.findings is not None:
            self.findings = still_true(self.findings, entries)

    def forget(self) -> None:
        """Another workspace: what was found is of no interest."""
        self.runner.cancel()
        self.findings = None

    def _hear(self, event: Event) -> None:
        self.strip.hear(event)
        if isinstance(event, Warned):
            self._panel.messages.warn(event.message)

    def _done(self, findings: object) -> None:
        assert isinstance(findings, list)  # noqa: S101 - what `examine` gives
        self.findings = findings
        self.changed.emit()
        self.found.emit()
