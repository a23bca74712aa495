"""What every panel is handed: places, settings, the workspace, and word of what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, Signal

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.core.places import Places
    from inspector.gui.theme import Theme
    from inspector.history.writer import Writer
    from inspector.jobs.workspace import Workspace


class Context(QObject):
    """Shared by the panels of one window; it holds no widget.

    A panel that changes something says so here, and whoever shows it reads it anew: panels do not know each other.
    """

    workspace_changed = Signal()
    """Another workspace is open, or none."""
    images_changed = Signal()
    """Images of the workspace came, went or changed their label."""
    detectors_changed = Signal()
    """Detectors of the workspace came, went or changed name or threshold."""
    history_changed = Signal()
    """A session was recorded."""
    feed_told = Signal(str)
    """How the live feed goes, as one line for the status bar; empty when there is none."""
    show_panel = Signal(str)
    """Ask the window to show the panel of this name."""
    picture_requested = Signal(str)
    """Ask the Collect panel to show this file of the workspace."""
    train_requested = Signal()
    """Ask the Train panel to get ready."""
    live_requested = Signal(str, str)
    """Ask the Live panel to watch: (source spec, detector's path)."""
    batch_requested = Signal(str, str)
    """Ask the Batch panel to inspect: (folder, detector's path); either may be empty."""

    def __init__(self, places: Places, theme: Theme, settings: QSettings, parent: QObject | None = None) -> None:
        """Begin without a workspace."""
        super().__init__(parent)
        self.places = places
        self.theme = theme
        self.settings = settings
        self._workspace: Workspace | None = None
        self._writer: Writer | None = None

    @property
    def workspace(self) -> Workspace | None:
        """The workspace that is open."""
        return self._workspace

    def use(self, workspace: Workspace | None) -> None:
        """Open this workspace in every panel."""
        before, self._writer = self._writer, None
        self._workspace = workspace
        if workspace is not None:
            self.settings.setValue("workspace", str(workspace.folder))
        self.workspace_changed.emit()
        if before is not None:
            before.close()  # after panels have ended what they recorded in it

    def writer(self) -> Writer | None:
        """What records in the history of the workspace: one for all panels, made when first asked for."""
        if self._writer is None and self._workspace is not None:
            from inspector.history.writer import Writer

            self._writer = Writer(self._workspace.history)
        return self._writer

    def close(self) -> None:
        """Write what is still to be recorded. No job may be under way."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def remember(self, key: str, value: object) -> None:
        """Keep a choice for the next start."""
        self.settings.setValue(key, value)

    def recall(self, key: str, default: str = "") -> str:
        """A choice kept before, as text."""
        value = self.settings.value(key, default)
        return default if value is None else str(value)

    def recall_path(self, key: str) -> Path | None:
        """A path kept before, if it is still there."""
        from pathlib import Path

        text = self.recall(key)
        return Path(text) if text and Path(text).exists() else None
