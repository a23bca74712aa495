from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtWidgets import QPushButton

from inspector.detectors import load
from inspector.gui.models.live import Look, Painted, Phase, Sign
from inspector.gui.models.live_feed import Feed
from inspector.gui.panels.live import LivePanel
from inspector.gui.widgets.sourcepicker import SourcePicker
from inspector.history.reader import History
from inspector.imaging.appearance import Appearance
from inspector.jobs.workspace import Workspace
from inspector.sources.camera import CameraSource
from inspector.sources.watchdog import Patience
from tests.detectors.pictures import SPOT, bad, good
from tests.detectors.template import save_template, template
from tests.gui.models.test_live import feed_folder
from tests.imaging.test_appearance import darker, parts
from tests.sources.drawing import write_video
from tests.sources.scripted import ScriptedCapture

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from inspector.gui.context import Context
    from inspector.gui.theme import Theme
    from inspector.sources.base import Source


# What the platform "offscreen" says of every window.
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


class Watch:
    """A panel, and what stands on its screen each time that changes."""

    def __init__(self, panel: LivePanel) -> None:
        self.panel = panel
        self.seen: list[tuple[str, Sign, bool, str]] = []
        panel.display.changed.connect(self._look)

    def _look(self) -> None:
        display = self.panel.display
        for view, painted in zip(display.views, display.painted, strict=False):
            spotted = has_spot(view) if painted.pictures else False
            self.seen.append((painted.shown.inspection.name, view.banner.sign, spotted, view.banner.note))


def has_spot(view: Any) -> bool:
    """Whether the picture that stands in the view, not the one it should be, shows a defect."""
    picture = view.pictures[0]._item.pixmap().toImage()
    return bool(picture.pixelColor(round(SPOT[1] * picture.width()), round(SPOT[0] * picture.height())).red() > 200)


@pytest.fixture
def panel(qtbot: QtBot, context: Context) -> Iterator[LivePanel]:
    assert context.workspace is not None
    save_template(context.workspace.detectors / "template")
    yield from make_panel(qtbot, context)


def make_panel(qtbot: QtBot, context: Context, **options: Any) -> Iterator[LivePanel]:
    made = LivePanel(context, **options)  # not qtbot's: it would delete the panel before the feed has ended
    made.resize(1100, 640)
    made.workspace_changed()
    made.show()
    as_fast_as_can_be(made)
    yield made
    made.end()
    qtbot.waitUntil(lambda: not made.busy())
    assert made.wait(5)
    made.close()
    made.deleteLater()


def as_fast_as_can_be(panel: LivePanel) -> None:
    panel.controls.pace.setCurrentIndex(panel.controls.pace.count() - 1)
    panel.controls.repeat.setChecked(False)
    panel.controls.look.setCurrentIndex(panel.controls.look.findData(Look.PLAIN))


def bundle(context: Context, name: str = "template") -> str:
    assert context.workspace is not None
    return str(context.workspace.detectors / name)


def play(qtbot: QtBot, panel: LivePanel, folder: Path, pattern: str) -> None:
    panel.watch(f"folder:{feed_folder(folder, pattern)}", bundle(panel.context))
    assert panel.feed is not None


def until_over(qtbot: QtBot, panel: LivePanel) -> None:
    qtbot.waitUntil(lambda: not panel.runner.running, timeout=20_000)


def until_shown(qtbot: QtBot, panel: LivePanel, name: str) -> None:
    def there() -> bool:
        painted = panel.display.painted
        return bool(painted) and painted[0].shown.inspection.name == name

    qtbot.waitUntil(there, timeout=20_000)


def test_that_without_a_detector_the_panel_says_what_to_do_first(qtbot: QtBot, context: Context) -> None:
    for panel in make_panel(qtbot, context):
        train = next(one for one in panel.findChildren(QPushButton) if one.text() == "Train a detector")
        assert train.isVisible()
        with qtbot.waitSignal(context.train_requested):
            train.click()


def test_that_every_verdict_shown_belongs_to_the_frame_shown(qtbot: QtBot, panel: LivePanel, tmp_path: Path) -> None:
    panel.controls.pace.setCurrentIndex(panel.controls.pace.findData(30.0))
    watch = Watch(panel)
    play(qtbot, panel, tmp_path / "feed", "gbggbbgbgbxbggb")
    until_over(qtbot, panel)
    assert len(watch.seen) > 5
    for name, sign, spotted, note in watch.seen:
        assert sign in {Sign.STOPPED, {"g": Sign.OK, "b": Sign.NG, "x": Sign.UNREADABLE}[name.split()[1][0]]}
        assert spotted == (name.split()[1][0] == "b")
        assert name in note or sign is Sign.UNREADABLE


def test_that_a_video_is_watched_to_its_end(qtbot: QtBot, panel: LivePanel, tmp_path: Path) -> None:
    path = write_video(tmp_path / "film.avi", [good(1, (64, 64)), bad(2, (64, 64)), good(3, (64, 64))])
    panel.watch(str(path), bundle(panel.context))
    until_over(qtbot, panel)
    assert panel.feed is not None
    figures = panel.feed.tally.figures()
    assert (figures.ok, figures.ng) == (2, 1)
    until_shown(qtbot, panel, "film.avi #2")
    view = panel.display.views[0]
    assert view.banner.sign is Sign.STOPPED
    assert "film.avi #2" in view.banner.note


def test_that_the_window_is_told_how_the_feed_goes_until_it_stops(
    qtbot: QtBot, panel: LivePanel, tmp_path: Path
) -> None:
    told: list[str] = []
    panel.context.feed_told.connect(told.append)
    panel.controls.repeat.setChecked(True)
    play(qtbot, panel, tmp_path / "feed", "gb")
    qtbot.waitUntil(lambda: any("to the screen" in line for line in told), timeout=20_000)
    assert "fps" in told[-1]
    assert "skipped" in told[-1]
    panel.end()
    until_over(qtbot, panel)
    qtbot.waitUntil(lambda: told[-1] == "")


def test_that_a_frame_that_cannot_be_read_leaves_no_older_picture_standing(
    qtbot: QtBot, panel: LivePanel, tmp_path: Path
) -> None:
    play(qtbot, panel, tmp_path / "feed", "gx")
    panel.toggle()
    panel.step()
    panel.step()
    until_shown(qtbot, panel, "001 x.png")
    view = panel.display.views[0]
    assert view.banner.sign is Sign.UNREADABLE
    assert view.banner.text == "Unreadable"
    assert not view.pictures[0].has_image
    assert not panel.act.fine.isEnabled()


def test_that_a_feed_freezes_at_the_ng_frame_and_goes_on_when_resumed(
    qtbot: QtBot, panel: LivePanel, tmp_path: Path
) -> None:
    panel.controls.freeze.setChecked(True)
    play(qtbot, panel, tmp_path / "feed", "ggbgg")
    until_shown(qtbot, panel, "002 b.png")
    qtbot.waitUntil(lambda: panel.act.pause.text() == "Resume")
    banner = panel.display.views[0].banner
    assert banner.sign is Sign.NG
    assert "Frozen" in banner.note
    panel.act.pause.click()
    until_over(qtbot, panel)
    assert panel.feed is not None
    assert panel.feed.tally.figures().ok == 4


def test_that_another_look_is_applied_to_the_last_frame_when_the_feed_rests_or_is_over(
    qtbot: QtBot, panel: LivePanel, tmp_path: Path
) -> None:
    play(qtbot, panel, tmp_path / "feed", "gb")
    until_over(qtbot, panel)
    until_shown(qtbot, panel, "001 b.png")
    painted = panel.display.painted[0]
    panel.controls.look.setCurrentIndex(panel.controls.look.findData(Look.BESIDE))
    qtbot.waitUntil(lambda: len(panel.display.painted[0].pictures) == 3)
    assert panel.display.painted[0].shown is painted.shown
    assert [view.isVisible() for view in panel.display.views[0].pictures] == [True] * 3
    panel.controls.look.setCurrentIndex(panel.controls.look.findData(Look.MAP))
    qtbot.waitUntil(lambda: len(panel.display.painted[0].pictures) == 1)
    half = panel.display.painted[0].pictures[0]
    panel.controls.opacity.setValue(100)
    qtbot.waitUntil(lambda: not np.array_equal(panel.display.painted[0].pictures[0], half))


def test_that_a_threshold_moved_by_hand_counts_until_it_is_saved(
    qtbot: QtBot, panel: LivePanel, tmp_path: Path
) -> None:
    play(qtbot, panel, tmp_path / "feed", "bbb")
    panel.toggle()
    panel.step()
    until_shown(qtbot, panel, "000 b.png")
    view = panel.display.views[0]
    assert view.banner.sign is Sign.NG
    own = load(bundle(panel.context)).threshold.value
    view.threshold.value.setValue(1000.0)
    assert view.threshold.by_hand.isVisible()
    panel.step()
    until_shown(qtbot, panel, "001 b.png")
    said = panel.display.painted[0].shown.inspection
    assert (said.verdict, said.threshold, said.overridden) == ("OK", 1000.0, True)
    assert str(view.banner.sign) == "held OK"
    assert load(bundle(panel.context)).threshold.value == own
    with qtbot.waitSignal(panel.context.detectors_changed):
        view.threshold.save.click()
    assert load(bundle(panel.context)).threshold.value == 1000.0
    qtbot.waitUntil(lambda: not view.threshold.by_hand.isVisible())
    panel.step()
    until_shown(qtbot, panel, "002 b.png")
    said = panel.display.painted[0].shown.inspection
    assert (said.verdict, said.threshold, said.overridden) == ("OK", 1000.0, False)


def test_that_a_dragged_line_can_be_taken_back(qtbot: QtBot, panel: LivePanel, tmp_path: Path) -> None:
    play(qtbot, panel, tmp_path / "feed", "g")
    until_over(qtbot, panel)
    view = panel.display.views[0]
    own = view.plot.line.value()
    view.plot.line.setValue(own * 2)
    view.plot.line.sigDragged.emit(view.plot.line)
    view.plot.line.sigPositionChangeFinished.emit(view.plot.line)
    assert panel.feed is not None
    assert panel.feed.judges[0].override == pytest.approx(own * 2)
    assert view.threshold.value.value() == pytest.approx(own * 2, rel=1e-3)
    view.threshold.reset.click()
    assert panel.feed.judges[0].override is None
    assert view.plot.line.value() == pytest.approx(own)


def test_that_a_frame_is_added_to_the_workspace_and_taken_back(qtbot: QtBot, panel: LivePanel, tmp_path: Path) -> None:
    play(qtbot, panel, tmp_path / "feed", "g")
    until_shown(qtbot, panel, "000 g.png")
    workspace = panel.context.workspace
    assert workspace is not None
    with qtbot.waitSignal(panel.context.images_changed):
        panel.act.fine.click()
    assert len(list(workspace.normal.rglob("*.png"))) == 1
    with qtbot.waitSignal(panel.context.images_changed):
        panel.keeper.undo()
    assert not list(workspace.normal.rglob("*.png"))
    with qtbot.waitSignal(panel.context.images_changed):
        panel.act.bad.click()
    assert len(list(workspace.abnormal.rglob("*.png"))) == 1


def test_that_two_snapshots_in_a_row_are_both_saved(qtbot: QtBot, panel: LivePanel, tmp_path: Path) -> None:
    play(qtbot, panel, tmp_path / "feed", "g")
    until_shown(qtbot, panel, "000 g.png")
    panel.act.snapshot.click()
    panel.act.snapshot.click()
    workspace = panel.context.workspace
    assert workspace is not None
    qtbot.waitUntil(lambda: not panel.keeper.busy)
    assert len(list((workspace.folder / "snapshots").glob("*.png"))) == 2
    assert "snapshots" in panel.messages.text


def test_that_two_detectors_stand_side_by_side_on_one_feed(qtbot: QtBot, context: Context, tmp_path: Path) -> None:
    save_template(tmp_path / "workspace" / "detectors" / "template")
    save_template(tmp_path / "workspace" / "detectors" / "other", size=8)
    for panel in make_panel(qtbot, context):
        watch = Watch(panel)
        panel.chooser.choose("", bundle(context))
        panel.chooser.second.setCurrentIndex(panel.chooser.second.findText("other"))
        play(qtbot, panel, tmp_path / "feed", "gbgb")
        until_over(qtbot, panel)
        until_shown(qtbot, panel, "003 b.png")
        assert [view.isVisible() for view in panel.display.views] == [True, True]
        first, second = panel.display.painted
        assert first.shown.frame is second.shown.frame
        assert [one.shown.inspection.detector for one in (first, second)] == ["template", "other"]
        pairs = list(zip(watch.seen[::2], watch.seen[1::2], strict=True))
        assert all(one[0] == other[0] and one[2] == other[2] for one, other in pairs)


def test_that_a_session_is_found_in_the_history(qtbot: QtBot, panel: LivePanel, tmp_path: Path) -> None:
    with qtbot.waitSignal(panel.context.history_changed, timeout=20_000):
        play(qtbot, panel, tmp_path / "feed", "gbb")
    until_over(qtbot, panel)
    writer = panel.context.writer()
    assert writer is not None
    assert writer.flush()
    with History.open(writer.where) as history:
        [session] = history.sessions()
    assert (session.ok, session.ng, session.ended is not None) == (1, 2, True)


@pytest.mark.parametrize("source", ["folder:/nowhere/at/all", "rtsp://127.0.0.1:9/stream", "camera:nobody"])
def test_that_a_source_that_cannot_be_had_is_told_in_the_panel(qtbot: QtBot, panel: LivePanel, source: str) -> None:
    panel.watch(source, bundle(panel.context))
    until_over(qtbot, panel)
    assert panel.messages.text
    assert panel.phase is Phase.LOST
    assert panel.display.views[0].banner.sign is Sign.LOST
    assert panel.act.start.isEnabled()


def test_that_a_broken_detector_is_told_in_the_panel(qtbot: QtBot, panel: LivePanel, tmp_path: Path) -> None:
    (tmp_path / "workspace" / "detectors" / "template" / "autoencoder.onnx").write_bytes(b"torn")
    play(qtbot, panel, tmp_path / "feed", "g")
    until_over(qtbot, panel)
    assert "template" in panel.messages.text


def camera_feed(*captures: ScriptedCapture, retries: bool = False) -> Any:
    """A camera that is the next of these each time it is opened."""
    patience = Patience(silence=1.0, stale=0.3, first_rest=0.05, longest_rest=0.1, retries=retries)
    left = list(captures)

    def open_source(_: str) -> Source:
        return CameraSource(0, wait=0.05, patience=patience, capture_factory=lambda *_: left.pop(0))

    def make(*args: Any, **options: Any) -> Feed:
        return Feed(*args, open_source=open_source, **options)

    return make


def test_that_a_camera_that_falls_silent_is_lost_and_not_green(qtbot: QtBot, context: Context, tmp_path: Path) -> None:
    save_template(tmp_path / "workspace" / "detectors" / "template")
    make = camera_feed(ScriptedCapture([good()] * 3))
    for panel in make_panel(qtbot, context, make_feed=make):
        panel.watch("camera:0", bundle(context))
        until_over(qtbot, panel)
        banner = panel.display.views[0].banner
        assert banner.sign is Sign.LOST
        assert banner.text == "Feed lost"
        assert "camera" in panel.messages.text


def test_that_a_camera_that_comes_back_is_lost_meanwhile_and_never_ok(
    qtbot: QtBot, context: Context, tmp_path: Path
) -> None:
    save_template(tmp_path / "workspace" / "detectors" / "template")
    absent = [ScriptedCapture([], opens=False) for _ in range(30)]
    back = ScriptedCapture([good()], again=True)
    make = camera_feed(ScriptedCapture([good()] * 3), *absent, back, retries=True)
    for panel in make_panel(qtbot, context, make_feed=make):
        see_it_come_back(qtbot, panel)


def see_it_come_back(qtbot: QtBot, panel: LivePanel) -> None:
    panel.watch("camera:0", bundle(panel.context))
    banner = panel.display.views[0].banner
    qtbot.waitUntil(lambda: banner.sign is Sign.LOST, timeout=20_000)
    assert panel.phase is Phase.RUNNING
    assert banner.text == "Feed lost"
    qtbot.waitUntil(lambda: "cannot be opened" in note_of(panel), timeout=20_000)
    assert "Opening it again" in note_of(panel)
    while is_lost(panel):
        assert banner.sign is not Sign.OK
        qtbot.wait(10)
    qtbot.waitUntil(lambda: banner.sign is Sign.OK, timeout=20_000)
    panel.end()
    until_over(qtbot, panel)


def is_lost(panel: LivePanel) -> bool:
    state = panel.feed.state if panel.feed is not None else None
    return state is not None and state.lost


def note_of(panel: LivePanel) -> str:
    return panel.display.views[0].banner._note.text()


def test_that_starting_and_stopping_again_and_again_leaks_no_thread(
    qtbot: QtBot, context: Context, tmp_path: Path
) -> None:
    save_template(tmp_path / "workspace" / "detectors" / "template")
    for panel in make_panel(qtbot, context):
        panel.controls.repeat.setChecked(True)
        before = threading.active_count()
        for _ in range(10):
            play(qtbot, panel, tmp_path / "feed", "gb")
            until_shown(qtbot, panel, "001 b.png")
            panel.end()
            until_over(qtbot, panel)
        assert threading.active_count() <= before + 1  # the history's writer


def test_that_another_choice_takes_over_a_running_feed(qtbot: QtBot, panel: LivePanel, tmp_path: Path) -> None:
    panel.controls.repeat.setChecked(True)
    play(qtbot, panel, tmp_path / "first", "g")
    until_shown(qtbot, panel, "000 g.png")
    assert not panel.act.start.isEnabled()
    play(qtbot, panel, tmp_path / "second", "b")
    until_shown(qtbot, panel, "000 b.png")
    assert panel.display.views[0].banner.sign is Sign.NG


def test_that_another_workspace_shows_nothing_of_the_feed_before(
    qtbot: QtBot, panel: LivePanel, tmp_path: Path
) -> None:
    panel.controls.repeat.setChecked(True)
    play(qtbot, panel, tmp_path / "feed", "gb")
    until_shown(qtbot, panel, "001 b.png")
    panel.context.use(Workspace.create(tmp_path / "other"))
    until_over(qtbot, panel)
    assert panel.phase is Phase.IDLE
    assert panel.display.frame is None
    assert panel.display.views[0].banner.sign is Sign.NONE
    assert not panel.chooser.isVisible()
    with History.open(tmp_path / "workspace" / "history.db") as history:
        [session] = history.sessions()
    assert session.ended is not None
    assert session.lost == 0


def test_that_a_long_feed_keeps_no_frames(qtbot: QtBot, panel: LivePanel, tmp_path: Path) -> None:
    panel.controls.repeat.setChecked(True)
    play(qtbot, panel, tmp_path / "feed", "gb")
    feed = panel.feed
    assert feed is not None
    qtbot.waitUntil(lambda: feed.judges[0].trace.count > 800, timeout=30_000)
    numbers, _, _ = feed.judges[0].trace.read()
    assert len(numbers) == 600


def test_that_choices_are_there_again_after_a_restart(qtbot: QtBot, panel: LivePanel, tmp_path: Path) -> None:
    play(qtbot, panel, tmp_path / "feed", "g")
    until_over(qtbot, panel)
    panel.controls.look.setCurrentIndex(panel.controls.look.findData(Look.CONTOUR))
    panel.controls.freeze.setChecked(True)
    panel.save_state()
    for again in make_again(qtbot, panel.context):
        assert again.chooser.source.spec() == f"folder:{tmp_path / 'feed'}"
        assert again.controls.looks().look is Look.CONTOUR
        assert again.controls.freeze.isChecked()


def make_again(qtbot: QtBot, context: Context) -> Iterator[LivePanel]:
    made = LivePanel(context)
    qtbot.addWidget(made)
    made.workspace_changed()
    yield made
    assert made.wait(5)


def test_that_a_picture_that_cannot_be_painted_ends_the_feed_with_a_bug(
    qtbot: QtBot, panel: LivePanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Painted:
        msg = "no paint left"
        raise RuntimeError(msg)

    monkeypatch.setattr("inspector.gui.panels.live.painter.paint", broken)
    told: list[Any] = []
    monkeypatch.setattr(panel, "tell", told.append)
    panel.controls.repeat.setChecked(True)
    play(qtbot, panel, tmp_path / "feed", "g")
    until_over(qtbot, panel)
    assert told
    assert told[0].is_bug
    assert not panel.display.views[0].pictures[0].has_image


@pytest.mark.parametrize(
    "spec",
    [
        "camera:3",
        "/films/a.avi",
        "folder:/parts",
        "watch:/parts/in",
        "rtsp://10.0.0.3/one",
        "camera:Door",
        "camera:0?width=1280&exposure=-6",
    ],
)
def test_that_a_picker_gives_back_the_source_it_was_told(qtbot: QtBot, theme: Theme, spec: str) -> None:
    picker = SourcePicker(theme)
    qtbot.addWidget(picker)
    with qtbot.waitSignal(picker.changed):
        picker.set_spec(spec)
    assert picker.spec() == spec


def test_that_a_camera_is_picked_by_its_name_and_opened_by_its_number(
    qtbot: QtBot, theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inspector.sources.cameras import CameraInfo

    monkeypatch.setattr("inspector.sources.cameras.cameras", lambda: [CameraInfo(4, "Gate"), CameraInfo(6, "Belt")])
    picker = SourcePicker(theme)
    qtbot.addWidget(picker)
    picker.show()
    qtbot.waitUntil(lambda: picker.camera.count() == 2)
    picker.camera.setCurrentIndex(1)
    assert picker.camera.currentText() == "Belt"
    assert picker.spec() == "camera:6"
    picker.wait(5)


def test_that_a_changed_picture_is_amber_with_its_reason(qtbot: QtBot, panel: LivePanel, tmp_path: Path) -> None:
    detector = template(60)
    detector._fitted = replace(detector.fitted, appearance=Appearance.of(detector.place(parts(60, 0))))
    detector.use_threshold(replace(detector.threshold, value=1e6))
    assert panel.context.workspace is not None
    detector.save(panel.context.workspace.detectors / "drawn")
    panel.controls.pace.setCurrentIndex(panel.controls.pace.findData(30.0))
    path = write_video(tmp_path / "dark.avi", [darker(image) for image in parts(60, 1)])
    signs: list[Sign] = []
    panel.display.changed.connect(lambda: signs.append(panel.display.views[0].banner.sign))
    panel.watch(str(path), bundle(panel.context, "drawn"))
    banner = panel.display.views[0].banner
    qtbot.waitUntil(lambda: banner.sign is Sign.CHANGED, timeout=20_000)
    assert "darker by" in banner.note
    until_over(qtbot, panel)
    assert Sign.NG not in signs
    last = len(signs) - signs[::-1].index(Sign.CHANGED)
    assert Sign.OK not in signs[signs.index(Sign.CHANGED) : last]
