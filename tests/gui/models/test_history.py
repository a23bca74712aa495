"""What the History panel asks, without a window."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from inspector.core.inspection import Verdict
from inspector.gui.models.history import (
    PAGE,
    Archive,
    Period,
    bucket_for,
    cells,
    session_words,
    since,
    source_name,
    time_axis,
)
from inspector.history import Bucket, Filter, is_there
from tests.history.records import inspection, record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    made = Archive(tmp_path / "history.db")
    yield made
    made.close()


def test_that_there_is_no_overview_before_anything_was_recorded(archive: Archive) -> None:
    assert archive.overview(Filter(), None) is None
    assert not is_there(archive.where)


def test_that_an_overview_has_all_there_is_to_show(archive: Archive) -> None:
    record(archive.where, [inspection(number, 2.0 if number % 2 else 0.5) for number in range(300)])
    overview = archive.overview(Filter(), None)
    assert overview is not None
    assert len(overview.first) == PAGE
    assert overview.total == 300
    assert sum(bucket.ok + bucket.ng for bucket in overview.trend) == 300
    assert overview.sources == ["camera 0"]
    more = archive.page(Filter(), overview.first[-1].place)
    assert len(more) == 300 - PAGE


def test_that_the_trend_of_one_verdict_still_tells_its_share(archive: Archive) -> None:
    record(archive.where, [inspection(number, 2.0 if number % 2 else 0.5) for number in range(10)])
    overview = archive.overview(Filter(verdict=Verdict.NG), None)
    assert overview is not None
    assert overview.total == 5
    assert [bucket.ng_rate for bucket in overview.trend] == [0.5]


@pytest.mark.parametrize(("period", "days"), [(Period.TODAY, 0), (Period.WEEK, 6), (Period.MONTH, 29)])
def test_that_a_period_begins_at_midnight(period: Period, days: int) -> None:
    now = datetime(2026, 5, 6, 17, 30).astimezone()
    begin = since(period, now)
    assert begin is not None
    day = datetime.fromtimestamp(begin).astimezone()
    assert (day.hour, day.minute) == (0, 0)
    assert day.date() == now.date() - timedelta(days=days)
    assert since(Period.ALL, now) is None


@pytest.mark.parametrize("seconds", [0.0, 10.0, 7200.0, 86_400.0, 1e7])
def test_that_a_plot_has_no_more_points_than_can_be_seen(seconds: float) -> None:
    assert seconds / bucket_for(seconds) <= 200


def test_that_what_is_not_known_is_a_gap_in_the_plot() -> None:
    known = Bucket(0.0, 3, 1, 0, 0.1, 0.2, 0.3, 0.5, 1.5)
    nothing = Bucket(60.0, 0, 0, 2, None, None, None, None, None)
    when, mean, highest, rate = time_axis([known, nothing], 60.0)
    assert when == [30.0, 90.0]
    assert (mean[0], highest[0], rate[0]) == (0.5, 1.5, 25.0)
    assert all(math.isnan(values[1]) for values in (mean, highest, rate))


def test_that_rows_and_sessions_are_told_in_few_words(archive: Archive) -> None:
    record(archive.where, [inspection(0, 2.0), inspection(1, None)], source="/somewhere/line 2")
    overview = archive.overview(Filter(), None)
    assert overview is not None
    torn, bad = (cells(one) for one in overview.first)
    assert torn[1:] == ("001.png", "Unreadable", "–", "–", "bolts", "line 2")
    assert bad[1:5] == ("000.png", "NG", "2", "2.00")
    first, second = session_words(overview.sessions[0])
    assert first.endswith("line 2")
    assert second == "batch  ·  2  ·  100.0% NG"
    assert source_name("camera 0") == "camera 0"
