"""The threshold workbench: try thresholds on a detector's calibration scores, and save one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from inspector.core.events import Event, Progress
from inspector.detectors.projection import projection_of
from inspector.gui.models.bench import Bench
from inspector.gui.models.scored import nearest, score_images, thumbnails
from inspector.gui.models.workbench import judged_anew, open_detector, save_detector, save_threshold
from inspector.gui.widgets.curves import boxed
from inspector.gui.widgets.figure import Figures
from inspector.gui.widgets.judgingbox import JudgingBox
from inspector.gui.widgets.nearest import Nearest
from inspector.gui.widgets.newest import NewestRunner
from inspector.gui.widgets.scoresviews import CountsViews, ScoresViews
from inspector.gui.widgets.thresholdbox import ThresholdBox

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QHideEvent, QShowEvent

    from inspector.core.image import Image
    from inspector.detectors import Detector
    from inspector.detectors.fitted import Threshold
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
        self._tried: Detector | None = None
        self._replaced: tuple[Threshold, Detector] | None = None
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
        self._edited = QTimer(self)
        self._edited.setSingleShot(True)
        self._edited.setInterval(_SETTLE_MS)
        self._edited.timeout.connect(self._try_options)
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
        self._loaded = self._bench = self._scored = self._tried = self._replaced = None
        self._pictures = {}
        self.judging.show_detector(None)
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
        before = loaded.detector.threshold
        if self._tried is not None:
            self._write_detector(loaded, self._tried, threshold)
            return
        if self._replaced is not None and threshold is self._replaced[0]:
            self._write_detector(loaded, self._replaced[1], threshold)
            return

        def written(now: Threshold) -> None:
            bench.accept(now)
            bench.revert()
            loaded.detector.use_threshold(now)
            self._refresh()
            self.saved.emit(loaded.path, before)
            self._judge()

        def refused(failure: Failure) -> None:
            self.failed.emit(failure)
            self._judge()

        self._judging = False  # writing comes first; judging goes on after it
        self._jobs.do(lambda _: save_threshold(loaded.path, threshold), written, refused)

    def _write_detector(self, loaded: Loaded, detector: Detector, threshold: Threshold) -> None:
        """Write a detector with other options and this threshold, whole; that of before can come back."""
        before = loaded.detector
        detector.use_threshold(threshold)

        def written(now: Detector) -> None:
            self._replaced = (before.threshold, before)
            self._show_loaded(replace(loaded, detector=now))
            self.saved.emit(loaded.path, before.threshold)

        def refused(failure: Failure) -> None:
            self.failed.emit(failure)
            self._judge()

        self._judging = False
        self._jobs.do(lambda _: save_detector(loaded.path, detector), written, refused)

    def revert(self) -> None:
        """Go back to the options and the threshold that are saved."""
        if self._tried is not None and self._loaded is not None:
            self._show_loaded(self._loaded)
        elif self._bench is not None:
            self._bench.revert()
            self._refresh()

    def _try_options(self) -> None:
        """Score the calibration images anew by the options in the fields."""
        loaded, values = self._loaded, self.judging.values
        if loaded is None:
            return
        config = loaded.detector.config()
        if all(config[name] == value for name, value in values.items()):
            self._show_loaded(loaded)
            return

        def tried(detector: Detector) -> None:
            self._tried, self._scored = detector, None
            self._bench = Bench(detector.fitted.calibration, detector.threshold, moved=True)
            self._logarithmic.setChecked(self._bench.is_wide)
            self.judging.say("")
            self._show_bench()
            self._judge()

        def refused(failure: Failure) -> None:
            if failure.is_bug:
                self.failed.emit(failure)
            self.judging.say(failure.message)
            self._judge()

        self._judging = False
        self._jobs.do(lambda listener: judged_anew(loaded.detector, values, listener), tried, refused)

    def busy(self) -> bool:
        """Whether something is being read or judged."""
        return self._jobs.busy

    def stop(self) -> None:
        """Ask that to end."""
        self._judging = False
        self._settled.stop()
        self._edited.stop()
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
        self.judging.show_detector(loaded.detector)
        self._show_loaded(loaded)
        self.loaded.emit(loaded)

    def _show_loaded(self, loaded: Loaded) -> None:
        """Show a detector as it is saved."""
        self._loaded, self._bench = loaded, loaded.bench
        self._tried = self._scored = None
        config = loaded.detector.config()
        self.judging.show_values({name: config[name] for name in loaded.detector.JUDGING})
        self._logarithmic.setChecked(self._bench.is_wide)
        self._show_bench()
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
        detector = self._tried or loaded.detector
        # What is only tried has no identity yet, by which scores would be known again.
        known = {} if self._tried is not None else self._known
        self._jobs.do(
            lambda listener: score_images(detector, images, known, listener),
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
        self.views.show_projection(None if self._loaded is None else projection_of(self._loaded.detector))
        self.counts.show_bench(bench)
        self.box.show_bench(bench)
        if bench is None:
            self.figures.show_bench(None)
            self.scores.say_what(learned=False)
        else:
            self._refresh()

    def _show_scores(self) -> None:
        shown = self._tried or (None if self._loaded is None else self._loaded.detector)
        unit = "" if shown is None else shown.unit
        self.plot.show_bench(self._bench, logarithmic=self._logarithmic.isChecked(), unit=unit)

    def _refresh(self) -> None:
        """Show all that follows from the threshold tried."""
        bench = self._bench
        if bench is None:
            return
        self.plot.place_line()
        self.counts.show_counts(bench.counts)
        learned = () if self._loaded is None else self._loaded.detector.fitted.record.learned
        self.scores.say_what(learned=bool(learned))
        self.figures.show_bench(bench, learned)
        self.box.refresh()
        self._settled.start()

    def _lay_out(self) -> None:
        self.nearest = Nearest(self._theme)
        self.nearest.opened.connect(self.picture_wanted)
        self.views = ScoresViews(self._theme)
        self.scores = self.views.scores
        self.plot, self._logarithmic = self.scores.plot, self.scores.logarithmic
        self.plot.moved.connect(self._move)
        self._logarithmic.toggled.connect(lambda _: self._show_scores())
        self.figures = Figures()
        self.box = ThresholdBox()
        self.box.changed.connect(self._refresh)
        self.box.save_button.clicked.connect(self.save)
        self.box.revert_button.clicked.connect(self.revert)
        self.judging = JudgingBox()
        self.judging.edited.connect(self._edited.start)
        left = QVBoxLayout()
        left.setSpacing(12)
        left.addWidget(self.views, 1)
        left.addWidget(boxed(self.nearest))
        side = QWidget()
        side.setFixedWidth(_SIDE)
        right = QVBoxLayout(side)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(12)
        right.addWidget(self.box)
        right.addWidget(self.judging)
        right.addWidget(self.figures)
        self.counts = CountsViews(self._theme)
        right.addWidget(boxed(self.counts, 8), 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addLayout(left, 1)
        row.addWidget(side)
