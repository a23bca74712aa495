from __future__ import annotations

from pathlib import Path

import pytest

from inspector.core.errors import Cancelled, OptionError
from inspector.core.events import Event, Progress
from inspector.core.inspection import Verdict
from inspector.history import Filter, History, Where, Writer
from inspector.history.retention import Keep, prune
from tests.history.records import BEGIN, inspection, record

DAY = 86_400.0
JPEG = bytes(1000)


def pictured(path: Where, numbers: range) -> int:
    """A session whose every inspection has a picture and an overlay of 1,000 bytes each."""
    with Writer(path, pictures=1000) as writer:
        session = writer.start("live", "camera 0", "bolts", "abc", 1.0)
        for number in numbers:
            session.add(inspection(number, 2.0 if number % 2 else 0.5), lambda: JPEG, lambda: JPEG)
        session.end()
        assert writer.flush()
    assert session.id is not None
    return session.id


def test_that_old_inspections_go_and_newer_ones_stay_with_right_counts(path: Where) -> None:
    first = record(path, [inspection(n) for n in range(10)])
    second = record(path, [inspection(n, 2.0 if n % 3 == 0 else 0.5, time=BEGIN + n * DAY) for n in range(10)])
    gone = prune(path, Keep(days=5.5), now=BEGIN + 9 * DAY)
    assert (gone.inspections, gone.pictures) == (14, 0)
    with History.open(path) as history:
        left = list(history.each())
        sessions = {one.id: one for one in history.sessions()}
        counted = history.count(Filter(verdict=Verdict.NG))
    assert [row.index for row in left] == [4, 5, 6, 7, 8, 9]
    assert {row.session for row in left} == {second}
    assert (sessions[second].ok, sessions[second].ng) == (4, 2)
    assert counted == 2
    assert first in sessions  # it was recorded today, whatever its pictures' times say


def test_that_sessions_of_old_go_when_nothing_is_left_of_them(path: Where) -> None:
    number = record(path, [inspection(n) for n in range(5000)])
    far = 40_000 * DAY
    gone = prune(path, Keep(days=1), now=far)
    assert (gone.inspections, gone.sessions) == (5000, 1)
    with History.open(path) as history:
        assert history.sessions() == []
    assert record(path, [inspection()]) > number


def test_that_the_oldest_pictures_go_and_their_inspections_stay(path: Where, tmp_path: Path) -> None:
    number = pictured(path, range(20))
    gone = prune(path, Keep(picture_bytes=9_500))
    assert gone.bytes_left <= 9_500
    assert (gone.inspections, gone.pictures, gone.bytes_left) == (0, 32, 8_000)
    files = sorted(
        int(file.stem) for file in (tmp_path / "pictures" / str(number)).glob("[0-9]*.jpg") if "-" not in file.stem
    )
    assert files == [16, 17, 18, 19]
    with History.open(path) as history:
        rows = list(history.each())
    assert len(rows) == 20
    assert [row.index for row in rows if row.picture is not None] == files
    assert all(row.picture.is_file() and row.overlay.is_file() for row in rows if row.picture and row.overlay)
    assert prune(path, Keep(picture_bytes=9_500)).pictures == 0


def test_that_old_inspections_take_their_pictures_along(path: Where, tmp_path: Path) -> None:
    pictured(path, range(10))
    gone = prune(path, Keep(days=1), now=BEGIN + DAY + 4.5)
    assert (gone.inspections, gone.pictures, gone.bytes_left) == (5, 10, 10_000)
    with History.open(path) as history:
        assert [row.index for row in history.each()] == [5, 6, 7, 8, 9]


def test_that_cancelled_it_leaves_a_history_that_agrees_with_itself(path: Where) -> None:
    number = record(path, [inspection(n) for n in range(6000)])

    def cancel(event: Event) -> None:
        if isinstance(event, Progress):
            raise Cancelled

    with pytest.raises(Cancelled):
        prune(path, Keep(days=1), cancel, now=40_000 * DAY)
    with History.open(path) as history:
        [session] = history.sessions()
        assert session.id == number
        assert session.total == len(list(history.each())) == 4000


@pytest.mark.parametrize("wrong", [{"days": 0}, {"days": float("nan")}, {"picture_bytes": -1}])
def test_that_what_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(OptionError):
        Keep(**wrong)  # type: ignore[arg-type]
