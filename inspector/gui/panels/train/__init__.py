"""The Train panel: choose a method, watch it learn, set its threshold."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QMenu, QPushButton, QStackedWidget, QWidget

from inspector.core.errors import OptionError
from inspector.gui.models.region import read_region
from inspector.gui.models.train import Stock, request, take_stock
from inspector.gui.panel import Panel
from inspector.gui.panels.train.comparing import ComparePage
from inspector.gui.panels.train.empty import EmptyPage
from inspector.gui.panels.train.progress import ProgressPage
from inspector.gui.panels.train.result import ResultPage
from inspector.gui.panels.train.setup import SetupPage
from inspector.gui.widgets.actionbuttons import add_action
from inspector.gui.widgets.newest import NewestRunner
from inspector.gui.worker import Failure, Runner
from inspector.jobs.process import run_in_child
from inspector.jobs.train import train_and_save

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.core.events import Event, Listener
    from inspector.detectors.fitted import Threshold
    from inspector.gui.context import Context
    from inspector.gui.models.workbench import Loaded
    from inspector.gui.worker import Job
    from inspector.jobs.train import Training

_GRACE_S = 3.0
"""How long a training asked to stop may tidy up: closing the window waits for it."""


class TrainPanel(Panel):
    """Pages: what is missing, what to train, how it goes, what came of it; and several methods side by side."""

    NAME = "train"
    ICON = "train"

    def __init__(self, context: Context) -> None:
        """Lay the pages out."""
        super().__init__(context, self.tr("Train"), self.tr("Teach a detector what good parts look like."))
        self._runner = Runner(self)
        self._counting = NewestRunner(self)
        self._stock: Stock | None = None
        self._training: Training | None = None
        self._images: Path | None = None
        self.empty = EmptyPage()
        self.setup = SetupPage(context)
        self.progress = ProgressPage(context.theme)
        self.result = ResultPage(context.theme)
        self.comparing = ComparePage(context, self.setup.options_of)
        self.pages = QStackedWidget()
        for page in (self.empty, self.setup, self.progress, self.result, self.comparing):
            self.pages.addWidget(page)
        self.body.addWidget(self.pages, 1)
        self._add_buttons()
        self._connect()
        self._show(self.setup)

    def start(self, method: str, options: dict[str, Any], name: str) -> None:
        """Train in a process of its own and save what comes of it under this name."""
        workspace = self.context.workspace
        if self._runner.running or workspace is None or self._stock is None:
            return
        self.messages.clear()
        out = workspace.detectors / name
        if out.exists():  # came by another way since names were looked at
            self.messages.error(
                self.tr("There is a detector called {name} already. Take another name.").format(name=name)
            )
            self._count()
            return
        try:
            region = read_region(workspace)
        except OptionError as error:
            self.messages.error(str(error))
            return
        if not region.everything:
            options = {**options, "region": region.as_json()}
        self._images = workspace.images
        self._training = request(method, options, self._stock.pictures, out)
        self.progress.begin(name)
        self._show(self.progress)
        self._runner.run(self._job(self._training))

    def cancel(self) -> None:
        """Ask the training under way to end."""
        if self._runner.running:
            self.progress.say_stopping()
            self._runner.cancel()

    def open_detector(self, path: Path) -> None:
        """Show a saved detector on the workbench."""
        if self.busy():
            return
        self.messages.clear()
        workspace = self.context.workspace
        self.result.show_detector(path, None if workspace is None else workspace.images)
        self._show(self.result)

    def get_ready(self) -> None:
        """Show what to train, unless a training or a comparison is under way."""
        if not self.busy():
            self.result.bench.clear()
            self._show(self.setup)
            self._count()

    def workspace_changed(self) -> None:
        """Begin anew; a training under way goes on, for the workspace it was started in."""
        self._stock = None
        self.comparing.clear()
        self.get_ready()

    def compare(self) -> None:
        """Show the page that compares methods."""
        self.setup.remember()
        self._show(self.comparing)

    def shown(self) -> None:
        """Count again: images may have come by other ways."""
        self._count()

    def busy(self) -> bool:
        """Whether a training or a comparison is under way."""
        return self._runner.running or self.comparing.busy()

    def stop(self) -> None:
        """End everything under way."""
        self.cancel()
        self.comparing.stop()
        self._counting.stop()
        self.result.bench.stop()

    def wait(self, seconds: float) -> bool:
        """Wait for the end of it."""
        ended = [one.wait(seconds) for one in (self._runner, self.comparing, self._counting, self.result.bench)]
        return all(ended)

    def save_state(self) -> None:
        """Keep method and options."""
        self.setup.remember()

    def _job(self, training: Training) -> Job:
        def job(listener: Listener) -> Path:
            return run_in_child(train_and_save, training, listener, poll=self._runner.check, grace=_GRACE_S)

        return job

    def _count(self) -> None:
        workspace = self.context.workspace
        if workspace is None:
            return
        images, detectors = workspace.images, workspace.detectors
        self._counting.do(lambda _: take_stock(images, detectors), self._counted, self.tell)

    def _counted(self, stock: Stock) -> None:
        self._stock = stock
        self.setup.show_stock(stock)
        self._show_region()
        self.empty.show_count(stock.pictures.normal)
        self.comparing.show_count(stock.pictures.normal)
        menu = QMenu(self._saved)
        for path in stock.detectors:
            menu.addAction(path.name.replace("&", "&&"), partial(self.open_detector, path))
        old = self._saved.menu()
        self._saved.setMenu(menu)
        if old is not None:
            old.deleteLater()
        if self.pages.currentWidget() in {self.setup, self.empty}:
            self._show(self.setup)

    def _show_region(self) -> None:
        if self.context.workspace is None:
            return
        try:
            self.setup.show_region(read_region(self.context.workspace))
        except OptionError as error:
            self.messages.error(str(error))

    def _show(self, page: QWidget) -> None:
        if page is self.setup and self._stock is not None and not self._stock.pictures.enough:
            page = self.empty
        self.pages.setCurrentWidget(page)
        on_setup = page in {self.setup, self.empty}
        self._saved.setVisible(on_setup and self._stock is not None and bool(self._stock.detectors))
        self._start.setVisible(page is self.setup)
        self._compare.setVisible(page is self.setup)
        self._cancel.setVisible(page is self.progress)
        for button in (self._again, self._inspect, self._watch):
            button.setVisible(page is self.result)
        self._ready()

    def _ready(self) -> None:
        self._start.setEnabled(self._stock is not None and self.setup.ready)
        opened = self.result.bench.path is not None
        self._inspect.setEnabled(opened)
        self._watch.setEnabled(opened)

    def _hear(self, event: Event) -> None:
        self.progress.hear(event)

    def _trained(self, path: Path) -> None:
        self._end()
        self.context.detectors_changed.emit()
        self.messages.good(self.tr("{name} is trained and saved.").format(name=path.name))
        if self.progress.watch.warnings:
            self.messages.warn("\n".join(self.progress.watch.warnings[:5]))
        self.result.show_detector(path, self._images)
        self._show(self.result)

    def _was_cancelled(self) -> None:
        self._end()
        self.messages.warn(self.tr("The training was cancelled; nothing was saved."))
        self._show(self.setup)
        self._count()

    def _has_failed(self, failure: Failure) -> None:
        self._end()
        self._show(self.setup)
        self.tell(failure)
        self._count()

    def _kept(self, path: Path) -> None:
        self.context.detectors_changed.emit()
        text = self.tr("{name} is among the detectors now.").format(name=path.name)
        self.messages.good(text, self.tr("Set its threshold"), partial(self.open_detector, path))

    def _end(self) -> None:
        self._training = None
        self.progress.end()

    def _opened(self, loaded: Loaded) -> None:
        size = " × ".join(str(side) for side in loaded.detector.options.size)
        speed = self.tr("{ms} ms an image at {size}, measured here").format(ms=f"{loaded.milliseconds:.2g}", size=size)
        self.context.remember(f"speed/{loaded.detector.METHOD}", speed)
        self.setup.show_speeds()
        self._ready()

    def _not_opened(self, failure: Failure) -> None:
        self.tell(failure)
        if self.result.bench.path is None:
            self.get_ready()

    def _threshold_saved(self, path: Path, before: Threshold) -> None:
        self.context.detectors_changed.emit()
        bench = self.result.bench

        def undo() -> None:
            if bench.path == path:
                bench.write(before)

        text = self.tr("The threshold of {name} was saved.").format(name=path.name)
        self.messages.good(text, self.tr("Undo"), undo)

    def _add_buttons(self) -> None:
        self._saved = self._button(self.tr("Open in workbench"), self.tr("Look at a saved detector and its threshold"))
        self._saved.setProperty("menu", True)  # leaves room for the arrow
        self._compare = self._button(
            self.tr("Compare methods"), self.tr("Train several on the same images and see which to take"), self.compare
        )
        self._again = self._button(self.tr("Train another"), self.tr("Back to the methods"), self.get_ready)
        self._inspect = self._button(
            self.tr("Inspect a folder"),
            self.tr("Judge a folder of images with this detector"),
            lambda: self.context.batch_requested.emit("", str(self.result.bench.path)),
        )
        self._watch = self._button(
            self.tr("Watch live"),
            self.tr("Judge a camera or a feed with this detector"),
            lambda: self.context.live_requested.emit("", str(self.result.bench.path)),
        )
        self._start = self._button(self.tr("Start training"), "", self.setup.start)
        self._cancel = self._button(self.tr("Cancel"), "", self.cancel)
        for button in (self._start, self._watch):
            button.setProperty("primary", True)
        self._shortcut(self.tr("Start training"), "Ctrl+Return", self._start)
        self._shortcut(self.tr("Cancel training"), "Ctrl+.", self._cancel)
        self._shortcut(self.tr("Save threshold"), "Ctrl+S", self.result.bench.box.save_button)

    def _button(self, text: str, hint: str, do: Any = None) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(hint)
        if do is not None:
            button.clicked.connect(lambda _=False: do())
        self.buttons.addWidget(button)
        return button

    def _shortcut(self, text: str, keys: str, button: QPushButton) -> None:
        add_action(self, text, keys, lambda: button.click() if button.isVisible() else None)
        if not button.toolTip():
            button.setToolTip(f"{text} ({keys})")

    def _connect(self) -> None:
        context = self.context
        self._runner.reported.connect(self._hear)
        self._runner.done.connect(self._trained)
        self._runner.cancelled.connect(self._was_cancelled)
        self._runner.failed.connect(self._has_failed)
        self.empty.collect.connect(lambda: context.show_panel.emit("collect"))
        self.comparing.back.connect(self.get_ready)
        self.comparing.kept.connect(self._kept)
        self.comparing.told.connect(self.tell)
        self.setup.wanted.connect(self.start)
        self.setup.edited.connect(self._ready)
        self.result.bench.loaded.connect(self._opened)
        self.result.bench.failed.connect(self._not_opened)
        self.result.bench.saved.connect(self._threshold_saved)
        self.result.bench.picture_wanted.connect(context.picture_requested)
        context.images_changed.connect(self._count)
        context.detectors_changed.connect(self._count)
        context.train_requested.connect(self.get_ready)
