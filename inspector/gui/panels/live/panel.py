"""The Live panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from inspector.core.events import Event, Stage, Warned
from inspector.gui.models.live import Phase
from inspector.gui.models.live_feed import Feed
from inspector.gui.models.live_pace import Tempo
from inspector.gui.panel import Panel
from inspector.gui.panels.live.buttons import Buttons
from inspector.gui.panels.live.chooser import Chooser
from inspector.gui.panels.live.controls import Controls
from inspector.gui.panels.live.empty import Empty
from inspector.gui.panels.live.keeping import Keeper
from inspector.gui.panels.live.outputs import OutputsKeeper
from inspector.gui.panels.live.screen import Screen
from inspector.gui.panels.live.verdicts import Verdicts, VerdictsDialog
from inspector.gui.panels.live.words import line_of
from inspector.gui.widgets.lessons import Lessons
from inspector.gui.widgets.searchdialog import SearchDialog
from inspector.gui.worker import Failure, Runner
from inspector.jobs.learning import learns, past_of_history
from inspector.jobs.live import LiveOutcome
from inspector.jobs.searched import searches

if TYPE_CHECKING:
    from collections.abc import Callable

    from inspector.gui.context import Context
    from inspector.jobs.learning import Past

_SCREEN_MS = 33
_SWITCH_S = 3.0


class LivePanel(Panel):
    """Watches a source with a detector or two. The feed runs in its own thread; this looks 30 times a second."""

    NAME = "live"
    ICON = "live"

    def __init__(self, context: Context, make_feed: Callable[..., Feed] = Feed) -> None:
        """Lay out the panel; nothing is opened before Start.

        Args:
            context: shared by the panels.
            make_feed: gives the job; for tests.
        """
        super().__init__(context, QCoreApplication.translate("LivePanel", "Live"))
        self.feed: Feed | None = None
        self._make_feed = make_feed
        self._last = Phase.IDLE
        """How the feed before ended."""
        self._watching = self._restart = False
        self._ending = self._line = ""
        self.tempo = Tempo()
        self.runner = Runner(self)
        self.searcher = Runner(self)
        self.keeper = Keeper(self)
        self.lessons = Lessons(self, self._learned)
        self.display = Screen(self, context.theme)
        self.chooser = Chooser(context)
        self.controls = Controls(context)
        self.verdicts = Verdicts.recalled(context)
        self.controls.show_verdicts(self.verdicts.said())
        self.outputs = OutputsKeeper(self)
        self.act = Buttons(self)
        self._lay_out()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_SCREEN_MS)
        self._connect()
        self.chooser.restore()
        self._pace()
        self.display.set_embedding(on=self.controls.embedding.isChecked())
        self._refresh()

    @property
    def phase(self) -> Phase:
        """Where the feed stands."""
        if not self.runner.running:
            return self._last
        if not self._watching:
            return Phase.STARTING
        return Phase.PAUSED if self.tempo.paused else Phase.RUNNING

    def watch(self, source: str, detector: str) -> None:
        """Watch this source with this detector; where either is empty, have it chosen."""
        self.chooser.choose(source, detector)
        if source and detector:
            self.start()

    def start(self) -> None:
        """Watch what is chosen; a feed under way ends first."""
        if self.runner.running:
            self._restart = True
            self.stop()
            return
        spec, bundles = self.chooser.source.spec(), self.chooser.bundles()
        if not bundles or not spec:
            missing = self.tr("Choose a source to watch.") if bundles else self.tr("Choose a detector to watch with.")
            self.messages.warn(missing)
            return
        self.chooser.remember()
        self.messages.clear()
        self.tempo.resume()
        self._watching, self._ending = False, ""
        self.feed = self._make_feed(
            spec,
            bundles,
            self.tempo,
            writer=self.context.writer(),
            voting=self.verdicts.voting,
            trigger=self.verdicts.trigger,
            outlets=self.outputs.outlets(),
        )
        self.display.begin(self.feed)
        self._pace()
        self.runner.run(self.feed)
        self._timer.start()
        self._refresh()

    def toggle(self) -> None:
        """Pause, or go on."""
        if not self.tempo.paused:
            self.tempo.pause()
        else:
            self._thaw()
            self.tempo.resume()
        self._refresh()

    def step(self) -> None:
        """Judge one more frame, and pause."""
        self._thaw()
        self.tempo.step()
        self._refresh()

    def stop(self) -> None:
        """End the feed; returns at once."""
        self.runner.cancel()
        self.tempo.wake()

    def end(self) -> None:
        """End the feed, and do not begin another that was asked for."""
        self._restart = False
        self.searcher.cancel()
        self.lessons.stop()
        self.outputs.runner.cancel()
        self.stop()

    def fire(self) -> None:
        """Have a part judged now."""
        if self.feed is not None:
            self.feed.fire()

    def show_search(self) -> None:
        """Play the search that the frame shown was judged by."""
        frame = self.display.frame
        if frame is not None and self.feed is not None and searches(self.feed.judges[0].detector):
            if self.searcher.running:
                self.messages.warn(self.tr("The search before is about to end. Press again in a moment."))
                return
            SearchDialog(self.context.theme, self.searcher, self.feed.judges[0].path, frame.image, self).open()

    def learn(self) -> None:
        """Show what the first detector would judge otherwise had it learned the frame shown."""
        frame, feed, workspace = self.display.frame, self.feed, self.context.workspace
        if frame is None or feed is None or workspace is None:
            return
        where, writer, judge = workspace.history, self.context.writer(), feed.judges[0]

        def past() -> list[Past]:
            if writer is not None:
                writer.flush()
            return past_of_history(where, judge.name)

        self.lessons.ask(judge.path, frame.name, lambda: frame.image, past)

    def _learned(self) -> None:
        """Judge with what was learned."""
        if self.runner.running:
            self.start()

    def choose_verdicts(self) -> None:
        """Ask how verdicts are made."""
        dialog = VerdictsDialog(self.verdicts, self)
        dialog.chosen.connect(self.use_verdicts)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def use_verdicts(self, verdicts: Verdicts) -> None:
        """Judge so from now on; a feed under way begins anew."""
        changed, self.verdicts = verdicts != self.verdicts, verdicts
        verdicts.remember(self.context)
        self.controls.show_verdicts(verdicts.said())
        if changed and self.runner.running:
            self.start()

    def busy(self) -> bool:
        """Whether a feed is on, or something is being written."""
        return self.runner.running or self.keeper.busy or self.lessons.busy

    def wait(self, seconds: float) -> bool:
        """Wait for the threads."""
        jobs = (self.runner, self.searcher, self.outputs.runner)
        threads = (*jobs, self.keeper, self.lessons, self.display.painter, self.chooser.source)
        # A list, not a generator: each is waited for, whatever the one before it did.
        return all([one.wait(seconds) for one in threads])  # noqa: C419

    def workspace_changed(self) -> None:
        """Another workspace: what was watched in the old one ends and is recorded there."""
        self.end()
        self.runner.wait(_SWITCH_S)
        self.feed, self._last = None, Phase.IDLE
        self.messages.clear()
        self.display.reset()
        self.shown()

    def shown(self) -> None:
        """Detectors may have come since."""
        self.chooser.refresh()
        self._refresh()

    def save_state(self) -> None:
        """Keep what is chosen."""
        self.chooser.remember()
        self._restart = False

    def tick(self) -> None:
        """Look at the feed."""
        phase = self.phase
        self.display.look(self.controls.looks(), phase, self._ending)
        on = self.feed is not None and phase in {Phase.RUNNING, Phase.PAUSED}
        figures = self.feed.tally.figures() if self.feed is not None and on else None
        self.controls.show_figures(figures)
        self.outputs.show()
        line = line_of(figures)
        if line != self._line:
            self._line = line
            self.context.feed_told.emit(line)
        if self.act.phase is not phase:
            self._refresh()  # it froze by itself

    def _thaw(self) -> None:
        if self.feed is not None:
            self.feed.frozen = False

    def _hear(self, event: Event) -> None:
        if isinstance(event, Stage) and event.name == "Watching":
            self._watching = True
            self._refresh()
        elif isinstance(event, Warned):
            self.messages.warn(event.message)

    def _over(self, phase: Phase, ending: str) -> None:
        # None when the workspace was changed meanwhile: then it is over and done with.
        self._last, self._ending = Phase.IDLE if self.feed is None else phase, ending
        self.context.history_changed.emit()

    def _done(self, outcome: object) -> None:
        text = self.tr("The feed is over.")
        if isinstance(outcome, LiveOutcome) and not outcome.ok + outcome.ng + outcome.unreadable:
            text = self.tr("There was nothing to judge in this source.")
            self.messages.warn(text)
        self._over(Phase.STOPPED, text)

    def _failed(self, failure: Failure) -> None:
        self._over(Phase.LOST, "")
        self.tell(failure)

    def _unpainted(self, failure: Failure) -> None:
        """A frame that cannot be painted must not leave an older picture and verdict standing for it."""
        self.end()
        self.display.clear()
        self.tell(failure)

    def _ended(self) -> None:
        self.tick()
        self._refresh()
        if self._restart:
            self._restart = False
            self.start()

    def _move(self, place: int, value: float) -> None:
        if self.feed is not None and place < len(self.feed.judges) and value > 0:
            self.feed.judges[place].override = value
            self.tick()

    def _reset(self, place: int) -> None:
        if self.feed is not None:
            self.feed.judges[place].override = None
            self.tick()

    def _save(self, place: int) -> None:
        if self.feed is not None:
            self.keeper.save_threshold(self.feed.judges[place])

    def _look(self) -> None:
        self.display.set_embedding(on=self.controls.embedding.isChecked())
        self.tick()

    def _pace(self) -> None:
        self.tempo.set_fps(self.controls.fps())
        self.tempo.repeat = self.controls.repeat.isChecked()
        if self.feed is not None:
            self.feed.freeze = self.controls.freeze.isChecked()
            self.feed.pictures = self.controls.record.currentData()

    def _connect(self) -> None:
        self._timer.timeout.connect(self.tick)
        self.runner.reported.connect(self._hear)
        self.runner.done.connect(self._done)
        self.runner.cancelled.connect(lambda: self._over(Phase.STOPPED, ""))
        self.runner.failed.connect(self._failed)
        self.runner.ended.connect(self._ended)
        self.display.changed.connect(self._refresh)
        self.display.painter.failed.connect(self._unpainted)
        self.display.threshold_moved.connect(self._move)
        self.display.reset_asked.connect(self._reset)
        self.display.save_asked.connect(self._save)
        self.controls.looks_changed.connect(self._look)
        self.controls.pace_changed.connect(self._pace)
        self.controls.verdicts.clicked.connect(self.choose_verdicts)
        self.controls.outputs.clicked.connect(self.outputs.choose)
        self.context.detectors_changed.connect(self.shown)
        self.chooser.changed.connect(self._refresh)

    def _lay_out(self) -> None:
        views = QHBoxLayout()
        views.setSpacing(12)
        for view in self.display.views:
            views.addWidget(view, 1)
        page = QWidget()
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addLayout(views, 1)
        row.addWidget(self.controls.scrolling())
        self._pages = QStackedWidget()
        self._pages.addWidget(Empty(self.context))
        self._pages.addWidget(page)
        self.body.addWidget(self.chooser)
        self.body.addWidget(self._pages, 1)

    def _refresh(self) -> None:
        spec, bundles, feed = self.chooser.source.spec(), self.chooser.bundles(), self.feed
        something = bool(bundles) or feed is not None
        self._pages.setCurrentIndex(int(something))
        self.chooser.setVisible(something)
        self.controls.offer_embedding(on=feed is not None and any(judge.projection for judge in feed.judges))
        on = feed is not None and self.runner.running and (spec, bundles) == (feed.spec, feed.bundles)
        self.act.enable(
            self.phase,
            ready=bool(spec and bundles) and not on,
            frame=self.display.frame is not None,
            search=feed is not None and searches(feed.judges[0].detector),
            learns=feed is not None and learns(feed.judges[0].detector),
        )
