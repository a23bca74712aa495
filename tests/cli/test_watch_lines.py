"""What `inspector watch` says of a camera or stream that is lost."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from inspector.cli.terminal import TerminalListener
from inspector.cli.watch import _Lines
from inspector.core.events import FeedChanged
from inspector.core.feedstate import Condition, FeedState

if TYPE_CHECKING:
    import pytest

NAME = "stream rtsp://127.0.0.1/1"
REASON = f"The {NAME} is lost: no picture came for 5 s."


def story() -> list[FeedChanged]:
    now = time.monotonic()
    states = (
        FeedState(Condition.OPENING, now),
        FeedState(Condition.LIVE, now),
        FeedState(Condition.STALE, now),
        FeedState(Condition.RETRYING, now, REASON, now + 60),
        FeedState(Condition.OPENING, now, REASON),
        FeedState(Condition.RETRYING, now, REASON, now + 60),
        FeedState(Condition.LIVE, now),
    )
    return [FeedChanged(NAME, state) for state in states]


def test_that_a_person_reads_once_that_it_is_lost_and_that_it_is_back(capsys: pytest.CaptureFixture[str]) -> None:
    lines = _Lines(TerminalListener(), as_json=False)
    for event in story():
        lines(event)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        f"{REASON} It is opened again and again until it is back.",
        f"The {NAME} is back.",
    ]
    assert lines.count == 0


def test_that_a_program_reads_every_change(capsys: pytest.CaptureFixture[str]) -> None:
    lines = _Lines(TerminalListener(), as_json=True)
    for event in story():
        lines(event)
    said = capsys.readouterr()
    rows = [json.loads(line) for line in said.out.splitlines()]
    states = ["opening", "live", "stale", "retrying", "opening", "retrying", "live"]
    assert [row["state"] for row in rows] == states
    assert {row["source"] for row in rows} == {NAME}
    assert [row["reason"] for row in rows] == ["", "", "", REASON, REASON, REASON, ""]
    assert [row["retry_in"] is None for row in rows] == [state != "retrying" for state in states]
    assert 50 < rows[3]["retry_in"] <= 60
    assert said.err == ""
