from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from inspector.core.events import Event, FeedChanged, Judged, PictureChanged, Warned
from inspector.core.feedstate import Condition, FeedState
from inspector.core.inspection import Inspection, Verdict
from inspector.jobs.live import live
from inspector.jobs.sending import Sender
from inspector.outputs import FolderOutput, Message, Outlets
from inspector.outputs.errors import OutputFault
from inspector.sources.folder import FolderSource
from tests.detectors.template import template
from tests.jobs.folders import part_set, spoil

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.outputs import Output


class Kept:
    """Takes everything, or nothing."""

    def __init__(self, *, fails: bool = False) -> None:
        self.got: list[Message] = []
        self.fails = fails

    def __call__(self, _output: Output) -> Kept:
        return self

    def deliver(self, one: Message) -> None:
        if self.fails:
            msg = "The line is dead."
            raise OutputFault(msg)
        self.got.append(one)

    def close(self) -> None:
        pass


@pytest.fixture
def kept() -> Kept:
    return Kept()


def station(folder: Path, kept: Kept, on: tuple[str, ...]) -> Outlets:
    output = FolderOutput(name="a", path=folder, on=on, seconds_apart=0)  # type: ignore[arg-type]
    return Outlets([output], folder / "queue", make=kept, first_rest=0.02, room=1000)


def test_that_a_feed_tells_what_it_finds_with_its_pictures(tmp_path: Path, kept: Kept) -> None:
    folder = part_set(tmp_path / "set") / "test"
    torn = spoil(folder)
    detector = template()
    with station(tmp_path, kept, ("ng", "unreadable")) as outlets:
        sender = Sender(outlets=outlets, source="the line", detector=detector)
        live(FolderSource(folder), detector, sender, name="bolts", record=sender.keep)
        assert outlets.wait()
    assert [one.event for one in kept.got].count("ng") == 4
    assert [one.event for one in kept.got].count("unreadable") == len(torn)
    for one in kept.got:
        assert (one.document["source"], one.document["detector"]) == ("the line", "bolts")
        assert (one.frame is None) == (one.event == "unreadable")
        assert (one.overlay is None) == (one.event == "unreadable")
        assert bool(one.document["reason"]) == (one.event == "unreadable")


def test_that_the_vote_counts(tmp_path: Path, kept: Kept) -> None:
    with station(tmp_path, kept, ("ng", "ok")) as outlets:
        sender = Sender(outlets=outlets, source="", detector=None)
        sender(Judged(Inspection("a", "d", 3.0, 2.0, Verdict.NG, 1.0, voted=Verdict.OK)))
        sender(Judged(Inspection("b", "d", 1.0, 2.0, Verdict.OK, 2.0, voted=Verdict.NG)))
        sender(Judged(Inspection("c", "d", 9.0, 2.0, Verdict.NG, 3.0), again=True))
        assert outlets.wait()
    assert [(one.event, one.document["verdict"]) for one in kept.got] == [("ok", "NG"), ("ng", "OK")]


def test_that_a_lost_camera_is_told_once_and_its_return_too(tmp_path: Path, kept: Kept) -> None:
    now, why = time.monotonic(), "The cable is out."
    states = (
        FeedState(Condition.OPENING, now),
        FeedState(Condition.LIVE, now),
        FeedState(Condition.LOST, now, why),
        FeedState(Condition.RETRYING, now, why, now + 1),
        FeedState(Condition.OPENING, now, why),
        FeedState(Condition.RETRYING, now, why, now + 1),
        FeedState(Condition.LIVE, now),
    )
    heard: list[Event] = []
    with station(tmp_path, kept, ("lost", "changed")) as outlets:
        sender = Sender(heard.append, outlets, source="camera 0", detector=None)
        for state in states:
            sender(FeedChanged("camera 0", state))
        sender(PictureChanged("camera 0", ("darker by 30 %",)))
        sender(PictureChanged("camera 0", ()))
        assert outlets.wait()
    assert [one.event for one in kept.got] == ["lost", "back", "changed", "as before"]
    assert [one.document["reason"] for one in kept.got] == [why, "", "darker by 30 %", ""]
    assert len(heard) == len(states) + 2


def test_that_an_output_that_fails_is_told_once_and_ends_nothing(tmp_path: Path) -> None:
    heard: list[Event] = []
    inspection = Inspection("a", "d", 3.0, 2.0, Verdict.NG, 1.0)
    with station(tmp_path, Kept(fails=True), ("ng",)) as outlets:
        sender = Sender(heard.append, outlets, source="", detector=None)
        sender(Judged(inspection))
        end = time.monotonic() + 20
        while not outlets.states[0].problem and time.monotonic() < end:
            time.sleep(0.01)
        for _ in range(3):
            sender(Judged(inspection))
    warned = [event.message for event in heard if isinstance(event, Warned)]
    assert warned == ["Output 'a': The line is dead."]
    assert sum(isinstance(event, Judged) for event in heard) == 4
