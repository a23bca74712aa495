"""The first page: try the sample, or open or make a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from inspector.core import events
from inspector.core.errors import InspectorError
from inspector.gui.bug import show_bug
from inspector.gui.widgets.message import MessageBar
from inspector.gui.worker import Failure, Runner
from inspector.jobs.workspace import Workspace

if TYPE_CHECKING:
    from inspector.gui.context import Context

_MOST_RECENT = 6


class Welcome(QWidget):
    """What a person sees who has no workspace open."""

    def __init__(self, context: Context) -> None:
        """Lay out the page."""
        super().__init__()
        self.context = context
        self.setObjectName("panel")
        self.messages = MessageBar(context.theme)
        self._runner = Runner(self)
        title = QLabel("inspector")
        title.setObjectName("title")
        words = QLabel(
            self.tr("Show it pictures of good parts. It learns what good looks like, and points at what is not.")
        )
        words.setObjectName("lead")
        words.setWordWrap(True)
        page = QVBoxLayout()
        page.setSpacing(16)
        page.addStretch(1)
        page.addWidget(title)
        page.addWidget(words)
        page.addWidget(self.messages)
        page.addLayout(self._cards())
        self._progress = QProgressBar()
        self._progress.setVisible(False)
        self._progress.setAccessibleName(self.tr("Progress of setting up the sample"))
        page.addWidget(self._progress)
        page.addWidget(self._recent_list())
        page.addStretch(2)
        middle = QWidget()
        middle.setMaximumWidth(860)
        middle.setLayout(page)
        row = QHBoxLayout(self)
        row.addStretch(1)
        row.addWidget(middle, 6)
        row.addStretch(1)
        self._runner.reported.connect(self._hear)
        self._runner.done.connect(self._sample_ready)
        self._runner.failed.connect(self._tell)
        self._runner.ended.connect(self._idle)
        context.workspace_changed.connect(self._remember_recent)

    def try_sample(self) -> None:
        """Set up the sample workspace and watch it live."""
        from inspector.jobs.sample import sample_workspace

        folder = self.context.places.data / "sample workspace"
        self._progress.setRange(0, 0)
        self._progress.setVisible(True)
        self._sample.setEnabled(False)
        self._runner.run(lambda listener: sample_workspace(folder, listener))

    def open_workspace(self, folder: Path) -> None:
        """Open the workspace in `folder`, or say why that cannot be."""
        self._try(lambda: Workspace.open(folder))

    def new_workspace(self, folder: Path) -> None:
        """Make a workspace in `folder` and open it, or say why that cannot be."""
        self._try(lambda: Workspace.create(folder))

    def busy(self) -> bool:
        """Whether the sample is being set up."""
        return self._runner.running

    def stop(self) -> None:
        """Ask setting up the sample to end."""
        self._runner.cancel()

    def _try(self, make: object) -> None:
        try:
            workspace = make()  # type: ignore[operator]
        except InspectorError as error:
            self.messages.error(str(error))
            return
        self.messages.clear()
        self.context.use(workspace)

    def _cards(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(12)
        self._sample, card = self._card(
            self.tr("Try the sample"),
            self.tr("A trained detector watches drawn machine parts. Takes a few seconds; needs nothing."),
            self.try_sample,
        )
        self._sample.setProperty("primary", True)
        self._sample.setDefault(True)
        row.addWidget(card)
        _, card = self._card(
            self.tr("New workspace"),
            self.tr("A folder for the pictures, detectors and records of one kind of part."),
            self._ask_new,
        )
        row.addWidget(card)
        _, card = self._card(
            self.tr("Open workspace"), self.tr("Go on with a folder that inspector made before."), self._ask_open
        )
        row.addWidget(card)
        return row

    def _card(self, title: str, text: str, do: object) -> tuple[QPushButton, QFrame]:
        card = QFrame()
        card.setObjectName("card")
        words = QLabel(text)
        words.setObjectName("hint")
        words.setWordWrap(True)
        words.setAlignment(Qt.AlignmentFlag.AlignTop)
        button = QPushButton(title)
        button.setAccessibleDescription(text)
        button.clicked.connect(do)
        column = QVBoxLayout(card)
        column.setContentsMargins(16, 16, 16, 16)
        column.addWidget(words, 1)
        column.addWidget(button)
        return button, card

    def _recent_list(self) -> QWidget:
        box = QWidget(self)
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 8, 0, 0)
        label = QLabel(self.tr("Opened before"))
        label.setObjectName("section")
        self._recent = QListWidget()
        self._recent.setAccessibleName(self.tr("Workspaces opened before"))
        self._recent.setMaximumHeight(170)
        self._recent.itemActivated.connect(lambda item: self.open_workspace(Path(item.data(Qt.ItemDataRole.UserRole))))
        self._recent.itemClicked.connect(lambda item: self.open_workspace(Path(item.data(Qt.ItemDataRole.UserRole))))
        column.addWidget(label)
        column.addWidget(self._recent)
        self._recent_box = box
        self._fill_recent()
        return box

    def _recent_paths(self) -> list[str]:
        return [line for line in self.context.recall("recent").split("|") if line]

    def _fill_recent(self) -> None:
        self._recent.clear()
        paths = [path for path in self._recent_paths() if Path(path).is_dir()]
        for path in paths:
            item = QListWidgetItem(f"{Path(path).name}    {path}")
            item.setData(Qt.ItemDataRole.UserRole, path)
            self._recent.addItem(item)
        self._recent_box.setVisible(bool(paths))

    def _remember_recent(self) -> None:
        workspace = self.context.workspace
        if workspace is None:
            return
        here = str(workspace.folder)
        paths = [here, *(path for path in self._recent_paths() if path != here)]
        self.context.remember("recent", "|".join(paths[:_MOST_RECENT]))
        self._fill_recent()

    def _ask_new(self) -> None:
        folder, _ = QFileDialog.getSaveFileName(
            self, self.tr("New workspace: name its folder"), str(Path.home() / self.tr("my parts"))
        )
        if folder:
            self.new_workspace(Path(folder))

    def _ask_open(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Open workspace"), str(Path.home()))
        if folder:
            self.open_workspace(Path(folder))

    def _hear(self, event: events.Event) -> None:
        if isinstance(event, events.Stage):
            self._progress.setFormat(event.name)
            self._progress.setRange(0, event.total or 0)
        elif isinstance(event, events.Progress) and event.total:
            self._progress.setRange(0, event.total)
            self._progress.setValue(event.done)

    def _sample_ready(self, sample: object) -> None:
        from inspector.jobs.sample import Sample

        assert isinstance(sample, Sample)  # noqa: S101 - what sample_workspace gives
        self.context.use(sample.workspace)
        self.context.live_requested.emit(sample.source, str(sample.detector))

    def _tell(self, failure: Failure) -> None:
        if failure.is_bug:
            show_bug(failure, self)
        else:
            self.messages.error(failure.message)

    def _idle(self) -> None:
        self._progress.setVisible(False)
        self._sample.setEnabled(True)
