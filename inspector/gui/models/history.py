"""What the History panel asks of a history, and how its answers are read: pages, trends, pictures."""

from __future__ import annotations

import platform
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.core.errors import FrameError
from inspector.core.events import Listener, Progress, ignore
from inspector.core.inspection import Verdict
from inspector.gui.models.batch import Pictures
from inspector.gui.models.thumbs import shrink
from inspector.history import Filter, History, is_there
from inspector.sources.decode import read_image

if TYPE_CHECKING:
    from inspector.core.image import Image
    from inspector.history import Bucket, Place, Recorded, Session, Where, Writer
    from inspector.history.drift import Drift

PAGE = 200
SESSIONS = 500

_BUCKETS = (60.0, 300.0, 900.0, 3600.0, 4 * 3600.0, 86_400.0, 7 * 86_400.0)
_MOST_BUCKETS = 200
_SHOWN = 1600
_DAY = 86_400.0


class Period(StrEnum):
    """Stretches of time to choose from."""

    TODAY = "today"
    WEEK = "week"
    MONTH = "month"
    ALL = "all"
    OWN = "own"


def since(period: Period, now: datetime) -> float | None:
    """When a period began, at midnight of the place; None for all times, and for a person's own."""
    days = {Period.TODAY: 0, Period.WEEK: 6, Period.MONTH: 29}.get(period)
    if days is None:
        return None
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight - timedelta(days=days)).timestamp()


def bucket_for(seconds: float) -> float:
    """The stretch to gather scores over, so that a plot of so many seconds has enough points and not too many."""
    return next((one for one in _BUCKETS if seconds / one <= _MOST_BUCKETS), _BUCKETS[-1])


@dataclass(frozen=True, slots=True)
class Overview:
    """All a panel shows for a filter, read at once.

    Attributes:
        sessions: the newest.
        first: the first page of inspections.
        total: how many inspections there are in all.
        trend: scores and verdicts over time.
        bucket: seconds between its points.
        sources: all that were ever recorded.
        detectors: likewise.
    """

    sessions: list[Session]
    first: list[Recorded]
    total: int
    trend: list[Bucket]
    bucket: float
    sources: list[str]
    detectors: list[str]


class Archive:
    """The history of one workspace, opened when first read; for worker threads, one job at a time or several."""

    def __init__(self, where: Where) -> None:
        """Open nothing yet."""
        self.where = where
        self._lock = threading.Lock()
        self._history: History | None = None

    def overview(self, which: Filter, writer: Writer | None, listener: Listener = ignore) -> Overview | None:
        """Read what is shown for a filter; None while nothing was ever recorded.

        Args:
            which: sessions and inspections; its session narrows only the inspections.
            writer: told to write what it still holds.
            listener: may end it between two questions.

        Raises:
            HistoryError: the file cannot be read.
        """
        if writer is not None:
            writer.flush()
        if not is_there(self.where):
            return None
        history = self._opened()
        listener(Progress(0))
        sessions = history.sessions(replace(which, session=None), limit=SESSIONS)
        first = history.inspections(which, limit=PAGE)
        listener(Progress(0))
        total = history.count(which)
        bucket, trend = self._trend(history, which, first)
        listener(Progress(0))
        sources, detectors = history.sources(), history.detectors()
        if not sources:
            return None
        return Overview(sessions, first, total, trend, bucket, sources, detectors)

    def drift(self) -> Drift | None:
        """How the scores of good parts went over days; None while nothing was ever recorded, or too little."""
        if not is_there(self.where):
            return None
        midnight = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
        return self._opened().drift(midnight.timestamp())

    def fine_pictures(self, drift: Drift, listener: Listener = ignore, most: int = 500) -> list[Path]:
        """The newest pictures that were kept of inspections that were OK since the scores moved."""
        which = Filter(since=drift.since, detector=drift.detector, verdict=Verdict.OK)
        found: list[Path] = []
        after: Place | None = None
        while len(found) < most and (page := self._opened().inspections(which, after=after, limit=PAGE)):
            found += [one.picture for one in page if one.picture is not None and one.picture.is_file()]
            after = page[-1].place
            listener(Progress(len(found), most))
        return found[:most]

    def page(self, which: Filter, after: Place) -> list[Recorded]:
        """The page of inspections that follows."""
        return self._opened().inspections(which, after=after, limit=PAGE)

    def export(self, path: Path, which: Filter) -> int:
        """Write the inspections that are meant as CSV, or as Parquet by the name's ending; give their number."""
        return self._opened().export(path, which)

    def delete(self, session: int) -> None:
        """Delete a session with its pictures, for good."""
        self._opened().delete(session)

    def close(self) -> None:
        """Let go of the file; nothing may be under way."""
        with self._lock:
            if self._history is not None:
                self._history.close()
                self._history = None

    def _opened(self) -> History:
        with self._lock:
            if self._history is None:
                self._history = History.open(self.where)
            return self._history

    @staticmethod
    def _trend(history: History, which: Filter, first: list[Recorded]) -> tuple[float, list[Bucket]]:
        if not first:
            return _BUCKETS[0], []
        oldest = history.inspections(which, limit=1, newest_first=False)[0].inspection.time
        newest = first[0].inspection.time
        bucket = bucket_for(newest - oldest)
        # Laid from a midnight of the place on, so that days are its days.
        begin = datetime.fromtimestamp(oldest).astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
        start = begin.timestamp()
        if which.since is not None:
            start = which.since
        elif bucket > _DAY:
            start -= begin.weekday() * _DAY
        # Of one verdict alone, the share of NG would say nothing.
        return bucket, history.trend(replace(which, since=start, verdict=None), bucket)


def pictures_of(one: Recorded, report: Path | None, listener: Listener = ignore) -> Pictures:
    """The picture of an inspection and its overlay: what was kept, or the file that was inspected if it is still there.

    Args:
        one: the inspection.
        report: of its session, where a batch keeps its overlays.
        listener: may end it.
    """
    name = one.inspection.name
    image = _read(one.picture)
    listener(Progress(0))
    if image is None and Path(one.source).is_absolute():
        image = _read(Path(one.source) / name)
    overlay = _read(one.overlay)
    if overlay is None and report is not None:
        overlay = _read(report / "overlays" / f"{name}.png")
    return Pictures(image, overlay)


def _read(path: Path | None) -> Image | None:
    if path is not None and path.is_file():
        with suppress(FrameError):
            return shrink(read_image(path), _SHOWN)
    return None


def cells(one: Recorded) -> tuple[str, ...]:
    """Time (without the year), file, verdict, score, level, detector and source, as they stand in the table."""
    inspection = one.inspection
    verdict = inspection.decided
    return (
        moment(inspection.time)[5:],
        inspection.name,
        str(verdict),
        "–" if inspection.score is None else f"{inspection.score:.3g}",
        "–" if inspection.level is None else f"{inspection.level:.2f}",
        inspection.detector,
        source_name(one.source),
    )


def moment(time: float) -> str:
    """A time of the place, to the second."""
    return f"{datetime.fromtimestamp(time).astimezone():%Y-%m-%d %H:%M:%S}"


def source_name(source: str) -> str:
    """A source for people: of a folder its own name."""
    return Path(source).name if Path(source).is_absolute() else source


def session_words(one: Session) -> tuple[str, str]:
    """Two lines: when and what; how it went."""
    judged = one.ok + one.ng
    share = f"  ·  {one.ng / judged:.1%} NG" if judged else ""
    first = f"{moment(one.started)[:-3]}  {source_name(one.source)}"
    # Which station it was matters only where it was another one.
    station = f"  ·  {one.station}" if one.station and one.station != platform.node() else ""
    return first, f"{one.kind}  ·  {one.total:,}{share}{station}"


def time_axis(buckets: list[Bucket], bucket: float) -> tuple[list[float], list[float], list[float], list[float]]:
    """For a plot: the middle of each stretch, mean level, highest level and NG rate in percent; NaN where unknown."""
    nothing = float("nan")

    def known(value: float | None) -> float:
        return nothing if value is None else value

    middles = [one.start + bucket / 2 for one in buckets]
    rates = [known(one.ng_rate) * 100 for one in buckets]
    return middles, [known(one.mean_level) for one in buckets], [known(one.highest_level) for one in buckets], rates
