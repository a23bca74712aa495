"""The threshold workbench: try thresholds on a detector's calibration scores, and save one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QTabWidget, QVBoxLayout, QWidget

from inspector.core.events import Event, Progress
from inspector.detectors.projection import projection_of
from inspector.gui.models.scored import nearest, score_images, thumbnails
from inspector.gui.models.workbench import open_detector, save_threshold
from inspector.gui.widgets.curves import Key, boxed
from inspector.gui.widgets.embeddingview import EmbeddingView
from inspector.gui.widgets.figure import Figures
from inspector.gui.widgets.nearest import Nearest
from inspector.gui.widgets.newest import NewestRunner
from inspector.gui.widgets.scoreplot import Confusion, RocPlot, ScorePlot
from inspector.gui.widgets.thresholdbox import ThresholdBox

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QHideEvent, QShowEvent

    from inspector.core.image import Image
    from inspector.detectors.fitted import Threshold
    from inspector.gui.models.bench import Bench
    from inspector.gui.models.scored import Known, Scored
    from inspector.gui.models.workbench import Loaded
    from inspector.gui.theme import Theme
    from inspector.gui.worker import Failure

_SETTLE_MS = 150
_SIDE = 340


class Workbench(QWidget):
    """Shows one saved detector. Counts come from images it was not trained on; nothing is written until `save`."""

    loaded = Signal(object)
    """A detector was opened: a `models.workbench.Loaded`."""
    saved = Signal(object, object)
    """A threshold was written: the bundle's path, and the `Threshold` that stood there before."""
    picture_wanted = Signal(str)
    """An image nearest to the line was activated: its file."""
    failed = Signal(object)
    """A `Failure`: the detector cannot be opened, or the threshold not saved."""

    def __init__(self, theme: Theme) -> None:
        """Show no detector yet."""
        super().__init__()
        self._theme = theme
        self._loaded: Loaded | None = None
        self._bench: Bench | None = None
        self._images: Path | None = None
        self._scored: list[Scored] | None = None
        self._known: Known = {}
        self._pictures: dict[str, Image | None] = {}
        self._jobs = NewestRunner(self)
        self._judging = False
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(_SETTLE_MS)
        self._settled.timeout.connect(self._show_nearest)
        self._lay_out()
        theme.changed.connect(self._settled.start)
        self._show_bench()

    @property
    def bench(self) -> Bench | None:
        """What is being tried; None while no detector is shown."""
        return self._bench

    @property
    def path(self) -> Path | None:
        """The bundle shown."""
        return None if self._loaded is None else self._loaded.path

    def show_detector(self, path: Path, images: Path | None = None) -> None:
        """Open a bundle.

        Args:
            path: the bundle.
            images: a workspace's `images`, of which those nearest to the line are shown.
        """
        self.clear()
        self._images = images
        self.nearest.say(self.tr("Opening the detector …"))
        self._jobs.do(lambda listener: open_detector(path, listener), self._opened, self.failed.emit)

    def clear(self) -> None:
        """Show no detector."""
        self.stop()
        self._loaded = self._bench = self._scored = None
        self._pictures = {}
        self.nearest.say("")
        self._show_bench()

    def save(self) -> None:
        """Write the threshold tried into the bundle."""
        if self._bench is not None and self._bench.changed:
            self.write(self._bench.threshold)

    def write(self, threshold: Threshold) -> None:
        """Write this threshold into the bundle; also to undo a save."""
        loaded, bench = self._loaded, self._bench
        if loaded is None or bench is None:
            return
        before = bench.saved

        def written(now: Threshold) -> None:
            bench.accept(now)
            bench.revert()
            self._refresh()
            self.saved.emit(loaded.path, before)
            self._judge()

        def refused(failure: Failure) -> None:
            self.failed.emit(failure)
            self._judge()

        self._judging = False  # writing comes first; judging goes on after it
        self._jobs.do(lambda _: save_threshold(loaded.path, threshold), written, refused)

    def revert(self) -> None:
        """Go back to the threshold that is saved."""
        if self._bench is not None:
            self._bench.revert()
            self._refresh()

    def busy(self) -> bool:
        """Whether something is being read or judged."""
        return self._jobs.busy

    def stop(self) -> None:
        """Ask that to end."""
        self._judging = False
        self._settled.stop()
        self._jobs.stop()

    def wait(self, seconds: float) -> bool:
        """Wait for its end; say whether it came."""
        return self._jobs.wait(seconds)

    def showEvent(self, event: QShowEvent) -> None:
        """Go on judging."""
        super().showEvent(event)
        self._judge()

    def hideEvent(self, event: QHideEvent) -> None:
        """Leave the processor to what is looked at instead; what was judged is kept."""
        super().hideEvent(event)
        if self._judging:
            self.stop()

    def _opened(self, loaded: Loaded) -> None:
        self._loaded, self._bench = loaded, loaded.bench
        self._logarithmic.setChecked(self._bench.is_wide)
        self._show_bench()
        self.loaded.emit(loaded)
        self._judge()

    def _judge(self) -> None:
        """Judge the workspace's images, once, while somebody looks."""
        images, loaded = self._images, self._loaded
        if loaded is None or self._scored is not None or self._judging or not self.isVisible():
            return
        if images is None:
            self.nearest.say(self.tr("Open a workspace to see its images here."))
            return
        self._judging = True
        self._jobs.do(
            lambda listener: score_images(loaded.detector, images, self._known, listener),
            self._judged,
            self._not_judged,
            self._hear,
        )

    def _hear(self, event: Event) -> None:
        if isinstance(event, Progress) and event.total:
            text = self.tr("Judging the images of the workspace: {done} of {total}")
            self.nearest.say(text.format(done=event.done, total=event.total))

    def _judged(self, scored: list[Scored]) -> None:
        self._judging, self._scored = False, scored
        self._show_nearest()

    def _not_judged(self, failure: Failure) -> None:
        self._judging, self._scored = False, []
        self.nearest.say(failure.message)
        if failure.is_bug:
            self.failed.emit(failure)

    def _show_nearest(self) -> None:
        if self._bench is None or self._scored is None:
            return
        if not self._scored:
            self.nearest.say(self.nearest.text or self.tr("The workspace has no labelled images."))
            return
        near = nearest(self._scored, self._bench.value)
        self.nearest.show_images(near, self._pictures, self._bench.value)
        have = dict(self._pictures)
        if any(one.item.name not in have for one in near) and not self._jobs.busy:
            self._jobs.do(lambda listener: thumbnails(near, have, listener), self._pictured, self.failed.emit)

    def _pictured(self, made: dict[str, Image | None]) -> None:
        self._pictures |= made
        self._show_nearest()

    def _move(self, value: float) -> None:
        if self._bench is not None:
            self._bench.move(value)
            self._refresh()

    def _show_bench(self) -> None:
        bench = self._bench
        self.setEnabled(bench is not None)
        self._show_scores()
        self._show_embedding()
        self.roc.show_bench(bench)
        self.box.show_bench(bench)
        area = None if bench is None else bench.roc
        text = self.tr("ROC") if area is None else self.tr("ROC, area {auroc}").format(auroc=f"{area.auroc:.3f}")
        self._tabs.setTabText(1, text)
        self._tabs.setTabEnabled(1, area is not None)
        if bench is None:
            self.confusion.show_counts(None)
            self.figures.show_bench(None)
            self._title.setText(self._title_words(learned=False))
        else:
            self._refresh()

    def _show_scores(self) -> None:
        unit = "" if self._loaded is None else self._loaded.detector.unit
        self.plot.show_bench(self._bench, logarithmic=self._logarithmic.isChecked(), unit=unit)

    def _show_embedding(self) -> None:
        projection = None if self._loaded is None else projection_of(self._loaded.detector)
        self.embedding.show_projection(projection)
        self._views.tabBar().setVisible(projection is not None)
        self._views.setDocumentMode(projection is None)  # a page alone has no line above it
        if projection is None:
            self._views.setCurrentIndex(0)

    def _refresh(self) -> None:
        """Show all that follows from the threshold tried."""
        bench = self._bench
        if bench is None:
            return
        counts = bench.counts
        self.plot.place_line()
        self.roc.place_point(counts)
        self.confusion.show_counts(counts)
        learned = () if self._loaded is None else self._loaded.detector.fitted.record.learned
        self._title.setText(self._title_words(learned=bool(learned)))
        self.figures.show_bench(bench, learned)
        self.box.refresh()
        self._settled.start()

    def _lay_out(self) -> None:
        self.nearest = Nearest(self._theme)
        self.nearest.opened.connect(self.picture_wanted)
        self.figures = Figures()
        self.box = ThresholdBox()
        self.box.changed.connect(self._refresh)
        self.box.save_button.clicked.connect(self.save)
        self.box.revert_button.clicked.connect(self.revert)
        left = QVBoxLayout()
        left.setSpacing(12)
        left.addWidget(self._views_box(), 1)
        left.addWidget(boxed(self.nearest))
        side = QWidget()
        side.setFixedWidth(_SIDE)
        right = QVBoxLayout(side)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(12)
        right.addWidget(self.box)
        right.addWidget(self.figures)
        right.addWidget(self._tabs_box(), 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addLayout(left, 1)
        row.addWidget(side)

    def _views_box(self) -> QTabWidget:
        """The scores, and behind them the embedding where the detector has one."""
        self.embedding = EmbeddingView(self._theme)
        self._views = QTabWidget()
        self._views.addTab(self._scores_box(), self.tr("Scores"))
        self._views.addTab(self.embedding, self.tr("Embedding"))
        return self._views

    def _scores_box(self) -> QFrame:
        self._title = QLabel(self._title_words(learned=False))
        self._title.setObjectName("section")
        self._logarithmic = QCheckBox(self.tr("Logarithmic"))
        self._logarithmic.setToolTip(self.tr("Spread low scores out where high ones lie far away"))
        self._logarithmic.toggled.connect(lambda _: self._show_scores())
        top = QHBoxLayout()
        top.setSpacing(14)
        top.addWidget(self._title)
        top.addStretch(1)
        top.addWidget(Key(self._theme, "normal", self.tr("normal")))
        top.addWidget(Key(self._theme, "abnormal", self.tr("abnormal")))
        top.addWidget(self._logarithmic)
        self.plot = ScorePlot(self._theme)
        self.plot.moved.connect(self._move)
        box = QFrame()
        box.setObjectName("box")
        column = QVBoxLayout(box)
        column.setContentsMargins(14, 10, 14, 8)
        column.addLayout(top)
        column.addWidget(self.plot, 1)
        return box

    def _title_words(self, *, learned: bool) -> str:
        if learned:
            return self.tr("Scores of normal images not trained on")
        return self.tr("Scores of images that were not trained on")

    def _tabs_box(self) -> QFrame:
        self.confusion = Confusion(self._theme)
        self.roc = RocPlot(self._theme)
        self._tabs = QTabWidget()
        self._tabs.addTab(self.confusion, self.tr("Confusion matrix"))
        self._tabs.addTab(self.roc, self.tr("ROC"))
        return boxed(self._tabs, 8)
