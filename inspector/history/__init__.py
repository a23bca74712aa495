"""Floor 2: what was inspected, in SQLite. The only place that knows SQL, and imports it when a file is opened."""

from inspector.history.errors import HistoryError
from inspector.history.handle import SessionHandle
from inspector.history.pictures import Which, wanted
from inspector.history.reader import History, set_aside
from inspector.history.rows import Bucket, Filter, Kind, Place, Recorded, Session
from inspector.history.writer import Writer

__all__ = [
    "Bucket",
    "Filter",
    "History",
    "HistoryError",
    "Kind",
    "Place",
    "Recorded",
    "Session",
    "SessionHandle",
    "Which",
    "Writer",
    "set_aside",
    "wanted",
]
