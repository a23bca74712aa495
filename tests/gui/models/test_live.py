from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from inspector.core.errors import Cancelled
from inspector.core.events import Event, Progress, ignore
from inspector.core.inspection import Inspection, Verdict, judge
from inspector.core.latest import Latest
from inspector.gui.models.live import (
    STALE_S,
    Look,
    Looks,
    Phase,
    Sign,
    Silence,
    Tally,
    Trace,
    decimals_for,
    paint,
    sign,
    spoken,
)
from inspector.gui.models.live_feed import Feed, Moment
from inspector.gui.models.live_keep import save_threshold, side_by_side, snapshot
from inspector.gui.models.live_pace import Paced, Tempo
from inspector.history.reader import History
from inspector.history.writer import Writer
from inspector.jobs.live import Shown, live
from inspector.sources.camera import CameraSource
from inspector.sources.decode import read_image
from inspector.sources.folder import FolderSource
from tests.detectors.pictures import bad, good
from tests.detectors.template import Template, save_template, template
from tests.sources.drawing import save
from tests.sources.scripted import ScriptedCapture

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.core.image import Image
    from inspector.detectors import Detector


@pytest.fixture(scope="module")
def detector() -> Template:
    return template()


def inspection(score: float | None = 0.5, **values: object) -> Inspection:
    verdict = Verdict.UNREADABLE if score is None else judge(score, 1.0)
    return Inspection("a.png", "d", score, 1.0, verdict, 0.0, **values)  # type: ignore[arg-type]


def feed_folder(folder: Path, pattern: str) -> Path:
    """`g` is a good picture, `b` a bad one, `x` a torn file."""
    for number, kind in enumerate(pattern):
        path = folder / f"{number:03} {kind}.png"
        if kind == "x":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"\x89PNG torn")
        else:
            save(path, bad(number) if kind == "b" else good(number))
    return folder


def shown_of(detector: Detector, image: Image, tmp_path: Path) -> Shown:
    save(tmp_path / "one" / "a.png", image)
    feed = Feed("", [tmp_path], Tempo(), open_source=lambda _: FolderSource(tmp_path / "one"), load=lambda _: detector)
    feed(ignore)
    moment = feed.screen.take()
    assert moment is not None
    return moment.shown[0]


@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize("verdict", [None, *Verdict])
@pytest.mark.parametrize("silence", list(Silence))
@pytest.mark.parametrize("age", [0.0, STALE_S + 1])
def test_that_only_a_frame_judged_ok_just_now_in_a_running_feed_is_green(
    phase: Phase, verdict: Verdict | None, silence: Silence, age: float
) -> None:
    fresh = silence is not Silence.LOST and (age == 0 or silence is Silence.NOTHING)
    assert (sign(phase, verdict, age, silence) is Sign.OK) == (
        phase is Phase.RUNNING and verdict is Verdict.OK and fresh
    )


def test_that_an_ng_stays_red_while_paused_and_a_silent_camera_says_so() -> None:
    assert sign(Phase.PAUSED, Verdict.NG, 99, Silence.STALE) is Sign.NG
    assert sign(Phase.PAUSED, Verdict.OK, 99, Silence.STALE) is Sign.HELD_OK
    assert sign(Phase.RUNNING, Verdict.NG, 99, Silence.STALE) is Sign.STALE
    assert sign(Phase.RUNNING, Verdict.OK, 99, Silence.WAITING) is Sign.HELD_OK
    assert sign(Phase.LOST, Verdict.OK, 0, Silence.STALE) is Sign.LOST


@pytest.mark.parametrize("phase", [Phase.RUNNING, Phase.PAUSED])
def test_that_nothing_is_green_while_the_picture_has_changed(phase: Phase) -> None:
    assert sign(phase, Verdict.OK, 0, Silence.STALE, changed=True) is Sign.CHANGED
    assert sign(phase, Verdict.NG, 0, Silence.STALE, changed=True) is Sign.NG
    assert sign(phase, Verdict.UNREADABLE, 0, Silence.STALE, changed=True) is Sign.UNREADABLE
    assert sign(Phase.RUNNING, Verdict.OK, STALE_S + 1, Silence.STALE, changed=True) is Sign.STALE


def test_that_a_lost_camera_says_so_before_it_is_stale_and_before_its_first_frame() -> None:
    for verdict in (None, *Verdict):
        assert sign(Phase.RUNNING, verdict, 0, Silence.LOST) is Sign.LOST
    assert sign(Phase.PAUSED, Verdict.OK, 0, Silence.LOST) is Sign.LOST
    assert sign(Phase.PAUSED, Verdict.NG, 0, Silence.LOST) is Sign.NG
    assert sign(Phase.STOPPED, Verdict.OK, 0, Silence.LOST) is Sign.STOPPED


def test_that_a_trace_holds_the_last_scores_in_order_with_gaps_for_the_unreadable() -> None:
    trace = Trace(4)
    for score in (1.0, 2.0, None, 3.0, 0.5):
        trace.add(inspection(score))
    numbers, scores, ng = trace.read()
    assert numbers.tolist() == [1, 2, 3, 4]
    np.testing.assert_array_equal(scores, [2.0, np.nan, 3.0, 0.5])
    assert ng.tolist() == [True, False, True, False]


def test_that_figures_count_verdicts_and_measure_the_pace() -> None:
    tally = Tally()
    assert tally.figures(0.0).fps == 0
    assert tally.age(5.0) == 0
    for place, score in enumerate((0.5, 2.0, None, 0.5)):
        tally.judged(inspection(score, milliseconds=4.0), place, now=10 + place / 10)
    tally.arrived(10.0, now=10.02)
    figures = tally.figures(10.3)
    assert (figures.ok, figures.ng, figures.unreadable, figures.missed) == (2, 1, 1, 3)
    assert figures.fps == pytest.approx(10)
    assert figures.judging_ms == pytest.approx(4)
    assert figures.latency_ms == pytest.approx(20)
    assert tally.age(12.3) == pytest.approx(2)
    assert tally.figures(99.0).fps == 0


@pytest.mark.parametrize(("value", "text"), [(0.00059113, "0.0005911"), (1234.5, "1234"), (12.3456, "12.35")])
def test_that_scores_are_told_with_four_figures(value: float, text: str) -> None:
    assert spoken(value) == text


def test_that_no_decimals_are_asked_of_what_has_none() -> None:
    assert decimals_for(0.0) == 4
    assert spoken(0.0) == "0.0000"


def test_that_each_look_gives_pictures_of_the_frames_size(detector: Template, tmp_path: Path) -> None:
    shown = shown_of(detector, bad(), tmp_path)
    assert shown.frame is not None
    made = {look: paint(detector, shown, Looks(look)) for look in Look}
    for painted in made.values():
        assert painted.shown is shown
        assert painted.missing is None
        assert {one.shape for one in painted.pictures} == {shown.frame.image.shape}
    assert made[Look.PLAIN].pictures[0] is shown.frame.image
    assert len(made[Look.BESIDE].pictures) == 3
    assert not np.array_equal(made[Look.MAP].pictures[0], shown.frame.image)
    assert side_by_side(made[Look.BESIDE].pictures).shape == (32, 96, 3)


def test_that_opacity_is_how_much_of_the_picture_the_map_hides(detector: Template, tmp_path: Path) -> None:
    shown = shown_of(detector, bad(), tmp_path)
    assert shown.frame is not None
    strength = [
        np.abs(paint(detector, shown, Looks(Look.MAP, opacity)).pictures[0].astype(int) - shown.frame.image).sum()
        for opacity in (0.0, 0.5, 1.0)
    ]
    assert strength[0] == 0 < strength[1] < strength[2]


def test_that_a_feed_at_rest_gives_a_frame_a_step(tmp_path: Path) -> None:
    tempo = Tempo()
    tempo.pause()
    with Paced(FolderSource(feed_folder(tmp_path / "feed", "ggg")), tempo) as source:
        assert source.read() is None
        assert not source.ended
        for name in ("000 g.png", "001 g.png"):
            tempo.step()
            frame = source.read()
            assert frame is not None
            assert frame.name == name
            assert source.read() is None
        tempo.resume()
        assert source.read() is not None


def test_that_a_feed_at_rest_can_be_cancelled(detector: Template, tmp_path: Path) -> None:
    tempo = Tempo()
    tempo.pause()

    def hear(event: Event) -> None:
        if isinstance(event, Progress):
            raise Cancelled

    with pytest.raises(Cancelled):
        live(Paced(FolderSource(feed_folder(tmp_path / "feed", "g")), tempo), detector, hear)


def test_that_frames_come_no_faster_than_told(tmp_path: Path) -> None:
    folder = feed_folder(tmp_path / "feed", "gggg")
    tempo = Tempo()
    tempo.set_fps(50)
    with Paced(FolderSource(folder), tempo) as source:
        begun = time.monotonic()
        count = 0
        while count < 4:
            count += source.read() is not None
        assert time.monotonic() - begun >= 3 / 50


def test_that_a_feed_begins_again_when_told_and_ends_when_not(detector: Template, tmp_path: Path) -> None:
    folder = feed_folder(tmp_path / "feed", "gb")
    tempo = Tempo()
    tempo.set_fps(float("inf"))
    outcome = live(Paced(FolderSource(folder), tempo), detector)
    assert (outcome.ok, outcome.ng) == (1, 1)
    tempo.repeat = True
    outcome = live(Paced(FolderSource(folder), tempo), detector, frames=5)
    assert (outcome.ok, outcome.ng) == (3, 2)


def test_that_a_folder_in_which_nothing_can_be_read_ends_though_it_is_to_repeat(
    detector: Template, tmp_path: Path
) -> None:
    tempo = Tempo()
    tempo.repeat = True
    outcome = live(Paced(FolderSource(feed_folder(tmp_path / "feed", "xx")), tempo), detector)
    assert (outcome.ok, outcome.ng, outcome.unreadable) == (0, 0, 2)


def test_that_frames_a_camera_gave_while_paused_are_not_counted_as_skipped() -> None:
    camera = CameraSource(0, wait=0.05, capture_factory=lambda *_: ScriptedCapture([good()], again=True))
    tempo = Tempo()
    with Paced(camera, tempo) as source:
        while source.read() is None:
            pass
        tempo.pause()
        source.read()
        before, camera_before = source.missed, camera.missed
        while camera.missed < camera_before + 20:
            source.read()
        assert source.missed - before <= 2


class Everything(Latest[Moment]):
    """Keeps what was put."""

    def __init__(self) -> None:
        super().__init__()
        self.moments: list[Moment] = []

    def put(self, item: Moment) -> None:
        self.moments.append(item)
        super().put(item)


def run_feed(feed: Feed) -> list[Moment]:
    """Every moment of a feed, to its end."""
    feed.screen = everything = Everything()
    feed(ignore)
    return everything.moments


def _feed(folder: Path, *detectors: Detector, **options: object) -> Feed:
    there = {f"judge {number}": one for number, one in enumerate(detectors)}
    tempo = Tempo()
    tempo.set_fps(float("inf"))
    return Feed(
        "feed",
        [folder / name for name in there],
        tempo,
        open_source=lambda _: FolderSource(folder),
        load=lambda path: there[path.name],
        **options,  # type: ignore[arg-type]
    )


def test_that_two_detectors_judge_the_very_same_frame_each_by_its_own_threshold(tmp_path: Path) -> None:
    folder = feed_folder(tmp_path / "feed", "gbxg")
    feed = _feed(folder, template(), template(size=8))
    feed.judges[1].override = 1e9
    moments = run_feed(feed)
    assert [[str(one.inspection.verdict) for one in moment.shown] for moment in moments] == [
        ["OK", "OK"],
        ["NG", "OK"],
        ["Unreadable", "Unreadable"],
        ["OK", "OK"],
    ]
    for moment in moments:
        first, second = moment.shown
        assert first.frame is second.frame
        assert (first.inspection.detector, second.inspection.detector) == ("judge 0", "judge 1")
        assert second.inspection.overridden or second.inspection.verdict is Verdict.UNREADABLE
        if first.frame is not None:
            assert first.measured is not second.measured
    assert [judge.trace.count for judge in feed.judges] == [4, 4]


def test_that_a_threshold_moved_by_hand_judges_and_is_recorded_with_each_frame(
    detector: Template, tmp_path: Path
) -> None:
    folder = feed_folder(tmp_path / "feed", "bb")
    feed = _feed(folder, detector)
    feed.judges[0].override = 1e9
    [moment, _] = run_feed(feed)
    said = moment.shown[0].inspection
    assert (said.verdict, said.threshold, said.overridden) == (Verdict.OK, 1e9, True)


def test_that_freezing_stops_at_the_frame_that_was_ng(detector: Template, tmp_path: Path) -> None:
    feed = _feed(feed_folder(tmp_path / "feed", "ggbgg"), detector)
    feed.freeze = True
    stop = threading.Event()

    def hear(_: Event) -> None:
        if stop.is_set():
            raise Cancelled

    def run() -> None:
        with pytest.raises(Cancelled):
            feed(hear)

    thread = threading.Thread(target=run)
    thread.start()
    end = time.monotonic() + 20
    while not feed.frozen and time.monotonic() < end:
        time.sleep(0.005)
    moment = feed.screen.take(5)
    stop.set()
    thread.join()
    assert moment is not None
    assert moment.shown[0].inspection.name == "002 b.png"
    assert feed.judges[0].trace.count == 3


def test_that_a_session_is_recorded_with_the_pictures_of_ng_frames(detector: Template, tmp_path: Path) -> None:
    history = tmp_path / "history.db"
    with Writer(history) as writer:
        feed = _feed(feed_folder(tmp_path / "feed", "gbx"), detector, writer=writer)
        run_feed(feed)
        assert writer.flush()
    with History.open(history) as reader:
        [session] = reader.sessions()
        rows = reader.inspections()
    assert (session.kind, session.ok, session.ng, session.unreadable) == ("live", 1, 1, 1)
    assert {str(row.inspection.verdict): row.picture is not None for row in rows} == {
        "OK": False,
        "NG": True,
        "Unreadable": False,
    }


def test_that_the_real_source_and_bundle_are_opened(tmp_path: Path) -> None:
    bundle = save_template(tmp_path / "detector")
    feed = Feed(f"folder:{feed_folder(tmp_path / 'feed', 'g')}", [bundle], Tempo())
    assert feed(ignore).ok == 1
    assert feed.silence is Silence.NOTHING


def test_that_a_snapshot_keeps_the_frame_and_what_was_seen(detector: Template, tmp_path: Path) -> None:
    shown = shown_of(detector, bad(), tmp_path)
    assert shown.frame is not None
    path = snapshot(tmp_path / "snapshots", paint(detector, shown, Looks()))
    assert np.array_equal(read_image(path), shown.frame.image)
    assert path.name.endswith(" NG.png")
    assert len(list(path.parent.iterdir())) == 2
    snapshot(tmp_path / "plain", paint(detector, shown, Looks(Look.PLAIN)))
    assert len(list((tmp_path / "plain").iterdir())) == 1


def test_that_a_saved_threshold_is_on_disk_and_in_the_running_detector(tmp_path: Path) -> None:
    path = save_template(tmp_path / "detector")
    running = Template.load(path)
    save_threshold(running, path, 0.125)
    again = Template.load(path)
    for one in (running, again):
        assert (one.threshold.value, one.threshold.rule) == (0.125, "by hand")
    assert again.threshold.map_value == running.threshold.map_value
