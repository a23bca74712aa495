"""Votes and parts in the Live panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from inspector.core.inspection import Verdict
from inspector.core.latest import Latest
from inspector.core.voting import ALONE, Voting
from inspector.gui.models.live import Sign
from inspector.gui.models.live_feed import Feed, Moment
from inspector.gui.models.live_pace import Tempo
from inspector.gui.panels.live.verdicts import Verdicts, VerdictsDialog
from inspector.history.reader import History
from inspector.jobs.trigger import OnCall
from tests.detectors.template import save_template
from tests.gui.models.test_live import feed_folder
from tests.gui.test_live import make_panel, play, until_over

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from inspector.gui.context import Context
    from inspector.gui.panels.live import LivePanel

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


class _Every(Latest[Moment]):
    """Keeps all that is put, not only the latest."""

    def __init__(self, seen: list[Moment]) -> None:
        super().__init__()
        self._seen = seen

    def put(self, value: Moment) -> None:
        self._seen.append(value)
        super().put(value)


@pytest.fixture
def panel(qtbot: QtBot, context: Context) -> Iterator[LivePanel]:
    assert context.workspace is not None
    save_template(context.workspace.detectors / "template")
    yield from make_panel(qtbot, context)


def test_that_the_banner_the_counts_and_the_history_say_what_was_voted(
    qtbot: QtBot, panel: LivePanel, tmp_path: Path
) -> None:
    panel.use_verdicts(Verdicts(Voting(needed=2, out_of=3)))
    play(qtbot, panel, tmp_path / "feed", "gbggbb")
    until_over(qtbot, panel)
    assert panel.feed is not None
    figures = panel.feed.tally.figures()
    assert (figures.ok, figures.ng) == (5, 1)
    assert panel.context.workspace is not None
    panel.context.close()
    with History.open(panel.context.workspace.history) as history:
        [session] = history.sessions()
        assert (session.ok, session.ng) == (5, 1)
        recorded = sorted(history.inspections(), key=lambda one: one.index)
    assert [one.inspection.verdict is Verdict.NG for one in recorded] == [False, True, False, False, True, True]
    assert [one.inspection.voted is Verdict.NG for one in recorded] == [False] * 5 + [True]


def test_that_a_frame_that_was_outvoted_is_said_to_be_so(qtbot: QtBot, panel: LivePanel, tmp_path: Path) -> None:
    panel.use_verdicts(Verdicts(Voting(needed=2, out_of=3)))
    panel.controls.pace.setCurrentIndex(panel.controls.pace.findData(1.0))  # a frame a second can be looked at
    play(qtbot, panel, tmp_path / "feed", "gbg")
    banner = panel.display.views[0].banner

    def outvoted() -> bool:
        painted = panel.display.painted
        return bool(painted) and painted[0].shown.inspection.verdict is Verdict.NG

    qtbot.waitUntil(outvoted, timeout=20_000)
    assert banner.sign is Sign.OK
    assert "By itself this frame is NG" in banner.note


def test_that_a_part_is_judged_when_the_key_is_pressed(qtbot: QtBot, panel: LivePanel, tmp_path: Path) -> None:
    panel.use_verdicts(Verdicts(trigger="key"))
    panel.controls.repeat.setChecked(True)
    play(qtbot, panel, tmp_path / "feed", "b")
    qtbot.waitUntil(lambda: panel.phase.value == "running", timeout=20_000)
    feed = panel.feed
    assert feed is not None
    assert isinstance(feed.trigger, OnCall)
    assert feed.tally.figures().ng == 0
    QTest.keyClick(panel, Qt.Key.Key_J)
    qtbot.waitUntil(lambda: feed.tally.figures().ng == 1, timeout=20_000)
    QTest.keyClick(panel, Qt.Key.Key_J)
    qtbot.waitUntil(lambda: feed.tally.figures().ng == 2, timeout=20_000)
    qtbot.waitUntil(lambda: panel.display.views[0].banner.sign is Sign.NG, timeout=20_000)


def test_that_both_detectors_vote(tmp_path: Path) -> None:
    first, second = (save_template(tmp_path / name) for name in ("first", "second"))
    tempo = Tempo()
    tempo.set_fps(float("inf"))
    spec = f"folder:{feed_folder(tmp_path / 'feed', 'gbggbb')}"
    feed = Feed(spec, [first, second], tempo, voting=Voting(needed=2, out_of=3))
    seen: list[Moment] = []
    feed.screen = _Every(seen)
    feed(lambda _event: None)
    votes = [[one.inspection.voted for one in moment.shown] for moment in seen]
    assert votes == [[Verdict.OK] * 2] * 5 + [[Verdict.NG] * 2]


def test_that_what_was_chosen_is_kept_and_rubbish_is_not(context: Context) -> None:
    chosen = Verdicts(Voting(3, 2, 5, 1.5), "every:2.5")
    chosen.remember(context)
    assert Verdicts.recalled(context) == chosen
    context.remember("live/vote", "9/5")
    context.remember("live/trigger", "never")
    assert Verdicts.recalled(context) == Verdicts(ALONE, "always")


@pytest.mark.parametrize(
    ("verdicts", "words"),
    [
        (Verdicts(), "Every frame alone"),
        (Verdicts(Voting(needed=3, out_of=5)), "3 of 5 NG"),
        (Verdicts(Voting(2, 3, 5, 1.5), "motion"), "Each part at rest, 3 of 5 NG, mean of 2, held 1.5 s"),
        (Verdicts(trigger="every:2"), "Every 2 s"),
    ],
)
def test_that_the_choice_is_said_in_a_few_words(panel: LivePanel, verdicts: Verdicts, words: str) -> None:
    assert verdicts.said() == words


def test_that_the_dialog_gives_what_is_set_in_it(qtbot: QtBot, panel: LivePanel) -> None:
    panel.choose_verdicts()
    dialog = panel.findChild(VerdictsDialog)
    assert dialog is not None
    dialog.when.setCurrentIndex(dialog.when.findData("every"))
    assert dialog.seconds.isVisible()
    dialog.seconds.setValue(0.5)
    dialog.out_of.setValue(5)
    dialog.needed.setValue(9)  # more than vote
    dialog.accept()
    assert panel.verdicts == Verdicts(Voting(needed=5, out_of=5), "every:0.5")
    assert panel.controls.verdicts.toolTip().startswith("Every 0.5 s, 5 of 5 NG\n")
    assert Verdicts.recalled(panel.context) == panel.verdicts


def test_that_a_feed_under_way_begins_anew_with_what_was_chosen(qtbot: QtBot, panel: LivePanel, tmp_path: Path) -> None:
    panel.controls.repeat.setChecked(True)
    play(qtbot, panel, tmp_path / "feed", "gbg")
    qtbot.waitUntil(lambda: panel.phase.value == "running", timeout=20_000)
    before = panel.feed
    panel.use_verdicts(Verdicts(Voting(needed=2, out_of=3)))
    qtbot.waitUntil(lambda: panel.feed is not before and panel.phase.value == "running", timeout=20_000)
    assert panel.feed is not None
    assert panel.feed.voting == Voting(needed=2, out_of=3)
