from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from inspector.core.errors import Cancelled, SourceError
from inspector.core.events import Event, FeedChanged, Judged, Progress, Stage
from inspector.core.feedstate import Condition
from inspector.core.inspection import Verdict
from inspector.core.latest import Latest
from inspector.core.voting import Voting
from inspector.detectors.projection import projection_of
from inspector.jobs.judging import point_of
from inspector.jobs.live import Shown, live
from inspector.sources.camera import CameraSource
from inspector.sources.folder import FolderSource
from inspector.sources.video import VideoSource
from inspector.sources.watchdog import Patience
from inspector.sources.watched import WatchedFolderSource
from tests.contract.detectors import Heard
from tests.detectors.pictures import bad, good
from tests.detectors.template import Template, template
from tests.detectors.template_metric import template_metric
from tests.jobs.folders import part_set, spoil
from tests.sources.drawing import write_video
from tests.sources.scripted import ScriptedCapture

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.core.frame import Frame


@pytest.fixture(scope="module")
def detector() -> Template:
    return template()


def _camera(*script: object, again: bool = False) -> tuple[CameraSource, ScriptedCapture]:
    capture = ScriptedCapture(script, again=again)  # type: ignore[arg-type]
    return CameraSource(0, wait=0.05, capture_factory=lambda _what, _backend: capture), capture


def test_that_every_file_of_a_folder_is_judged_and_torn_ones_are_unreadable(detector: Template, tmp_path: Path) -> None:
    folder = part_set(tmp_path / "set") / "test"
    torn = spoil(folder)
    heard = Heard()
    outcome = live(FolderSource(folder), detector, heard, name="line 3")
    assert (outcome.ok, outcome.ng, outcome.unreadable, outcome.missed) == (6, 4, len(torn), 0)
    assert heard.events[0] == Stage("Watching", 10 + len(torn))
    judged = {event.inspection.name: event.inspection for event in heard.of(Judged)}
    assert len(judged) == 10 + len(torn)
    for name in torn:
        assert judged[name].verdict is Verdict.UNREADABLE
        assert judged[name].error
    assert {one.detector for one in judged.values()} == {"line 3"}


def test_that_a_video_is_judged_to_its_end(detector: Template, tmp_path: Path) -> None:
    path = write_video(tmp_path / "film.avi", [good(1, (64, 64)), bad(2, (64, 64)), good(3, (64, 64))])
    heard = Heard()
    outcome = live(VideoSource(path), detector, heard)
    assert [event.inspection.verdict for event in heard.of(Judged)][1] is Verdict.NG
    assert outcome.ok + outcome.ng == 3


def test_that_it_ends_after_as_many_frames_as_asked_for(detector: Template) -> None:
    source, capture = _camera(good(1), bad(2), again=True)
    heard = Heard()
    outcome = live(source, detector, heard, frames=5)
    assert outcome.ok + outcome.ng == len(heard.of(Judged)) == 5
    assert capture.released


def test_that_a_camera_that_is_lost_is_told_after_what_was_judged(detector: Template) -> None:
    capture = ScriptedCapture([good(1)])
    patience = Patience(silence=0.2, stale=0.1, retries=False)
    source = CameraSource(0, wait=0.05, patience=patience, capture_factory=lambda _what, _backend: capture)
    heard = Heard()
    with pytest.raises(SourceError):
        live(source, detector, heard)
    assert len(heard.of(Judged)) <= 1
    assert capture.released
    assert not source.opened


def test_that_a_camera_that_is_lost_is_told_and_judged_again_when_it_is_back(detector: Template) -> None:
    captures = [
        ScriptedCapture([good(1)]),
        ScriptedCapture([], opens=False),
        ScriptedCapture([bad(2)], again=True),
    ]
    patience = Patience(silence=0.2, stale=0.1, first_rest=0.1, longest_rest=0.2)
    source = CameraSource(0, wait=0.02, patience=patience, capture_factory=lambda *_: captures.pop(0))
    heard = Heard()
    outcome = live(source, detector, heard, frames=3)
    assert (outcome.ok, outcome.ng) == (1, 2)
    told = [one for one in heard.events if isinstance(one, FeedChanged | Judged)]
    changes = [place for place, one in enumerate(told) if isinstance(one, FeedChanged) and one.state.lost]
    judged = [place for place, one in enumerate(told) if isinstance(one, Judged)]
    # Nothing is judged between the loss and the return, and the return is told before its first verdict.
    assert judged[0] < min(changes) <= max(changes) < judged[1]
    back = told[judged[1] - 1]
    assert isinstance(back, FeedChanged)
    assert (back.source, back.state.condition) == ("camera 0", Condition.LIVE)
    assert any("cannot be opened" in told[place].state.reason for place in changes)  # type: ignore[union-attr]


def test_that_a_camera_that_cannot_be_opened_is_told(detector: Template) -> None:
    capture = ScriptedCapture([], opens=False)
    heard = Heard()
    with pytest.raises(SourceError):
        live(CameraSource(0, capture_factory=lambda _what, _backend: capture), detector, heard)
    assert heard.events == []


def test_that_cancelling_lets_go_of_the_camera(detector: Template) -> None:
    source, capture = _camera(good(1), again=True)

    def cancel(event: Event) -> None:
        if isinstance(event, Judged):
            raise Cancelled

    with pytest.raises(Cancelled):
        live(source, detector, cancel)
    assert capture.released


def test_that_a_feed_where_nothing_comes_can_be_cancelled(detector: Template, tmp_path: Path) -> None:
    def cancel(event: Event) -> None:
        if isinstance(event, Progress):
            raise Cancelled

    with pytest.raises(Cancelled):
        live(WatchedFolderSource(tmp_path, interval=0.01), detector, cancel)


def test_that_what_is_shown_belongs_together(detector: Template, tmp_path: Path) -> None:
    folder = part_set(tmp_path / "set", normal=0, abnormal=1) / "test"
    screen: Latest[Shown] = Latest()
    heard = Heard()
    live(FolderSource(folder), detector, heard, screen=screen)
    shown = screen.take()
    assert shown is not None
    assert shown.frame is not None
    assert shown.measured is not None
    assert shown.frame.name == shown.inspection.name == "spot/000.png"
    assert shown.measured.score == shown.inspection.score
    assert set(shown.measured.details) == {"reconstruction"}
    assert shown.inspection == heard.of(Judged)[-1].inspection


def test_that_an_unreadable_frame_is_shown_as_such(detector: Template, tmp_path: Path) -> None:
    (tmp_path / "empty.png").write_bytes(b"")
    screen: Latest[Shown] = Latest()
    live(FolderSource(tmp_path), detector, screen=screen)
    shown = screen.take()
    assert shown is not None
    assert (shown.frame, shown.measured) == (None, None)
    assert shown.inspection.verdict is Verdict.UNREADABLE


def test_that_a_threshold_moved_by_hand_holds_from_the_next_frame_on(detector: Template, tmp_path: Path) -> None:
    folder = part_set(tmp_path / "set", normal=0, abnormal=3) / "test"
    by_hand = iter([None, 1e9, None])
    heard = Heard()
    live(FolderSource(folder), detector, heard, threshold=lambda: next(by_hand))
    judged = [event.inspection for event in heard.of(Judged)]
    assert [one.verdict for one in judged] == [Verdict.NG, Verdict.OK, Verdict.NG]
    assert [one.overridden for one in judged] == [False, True, False]
    assert [one.threshold for one in judged] == [detector.threshold.value, 1e9, detector.threshold.value]


def test_that_frames_vote_and_keep_their_own_verdict(detector: Template, tmp_path: Path) -> None:
    pictures = [good(1), bad(2), good(3), bad(4), bad(5)]
    path = write_video(tmp_path / "film.avi", [np.ascontiguousarray(one) for one in pictures])
    heard = Heard()
    outcome = live(VideoSource(path), detector, heard, voting=Voting(needed=2, out_of=3))
    seen = [event.inspection for event in heard.of(Judged)]
    assert [one.verdict for one in seen] == [Verdict.OK, Verdict.NG, Verdict.OK, Verdict.NG, Verdict.NG]
    assert [one.voted for one in seen] == [Verdict.OK, Verdict.OK, Verdict.OK, Verdict.NG, Verdict.NG]
    assert (outcome.ok, outcome.ng) == (3, 2)


class _Listed:
    """Wants frames by their numbers."""

    def __init__(self, *numbers: int) -> None:
        self.numbers = numbers

    def wants(self, frame: Frame) -> bool:
        return frame.index in self.numbers


def test_that_a_part_gives_one_inspection_and_what_lies_between_parts_is_not_judged(
    detector: Template, tmp_path: Path
) -> None:
    bads = {2, 3, 6}
    path = write_video(tmp_path / "film.avi", [bad(2) if n in bads else good(1) for n in range(10)])
    heard = Heard()
    voting = Voting(needed=2, out_of=3)
    outcome = live(VideoSource(path), detector, heard, voting=voting, trigger=_Listed(1, 2, 5))
    seen = [event.inspection for event in heard.of(Judged)]
    # The parts are frames 1 to 3 and 5 to 7; a call in the middle of a part is not another part.
    assert [one.name for one in seen] == [frame_name(path, 3), frame_name(path, 7)]
    assert [one.voted for one in seen] == [Verdict.NG, Verdict.OK]
    assert (outcome.ok, outcome.ng) == (1, 1)


def frame_name(path: Path, number: int) -> str:
    with VideoSource(path) as source:
        for _ in range(number):
            source.read()
        frame = source.read()
    assert frame is not None
    return frame.name


def test_that_a_frame_lies_in_the_plane_by_the_pass_that_gave_its_score(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = template_metric()
    plane = projection_of(judge)
    passes: list[int] = []
    monkeypatch.setattr(judge, "_judge", _counting(judge._judge, passes))
    screen: Latest[Shown] = Latest()
    where: list[tuple[tuple[float, float] | None, Verdict]] = []

    def look(event: Event) -> None:
        if isinstance(event, Judged):
            shown = screen.take()
            assert shown is not None
            where.append((point_of(plane, shown.measured), shown.inspection.verdict))

    live(FolderSource(part_set(tmp_path) / "test"), judge, look, screen=screen)
    assert plane is not None
    assert passes == [1] * 10
    for point, verdict in where:
        assert point is not None
        assert plane.times(point) < 5 if verdict is Verdict.OK else plane.times(point) > 5
    passes.clear()
    live(FolderSource(tmp_path / "test"), judge, frames=1)  # nobody looks: nothing more is asked for
    assert passes == [1]
    assert point_of(None, None) is None


def _counting(judge: Any, passes: list[int]) -> Any:
    def counted(networks: Any, batch: Any, masks: Any, details: Any) -> Any:
        passes.append(len(batch))
        return judge(networks, batch, masks, details)

    return counted
