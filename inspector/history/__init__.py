"""Floor 2: what was inspected, in SQLite or PostgreSQL. The only place that knows SQL, which it imports when needed."""

from inspector.history.address import Server, Where, is_there, parse_where
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
    "Server",
    "Session",
    "SessionHandle",
    "Where",
    "Which",
    "Writer",
    "is_there",
    "parse_where",
    "set_aside",
    "wanted",
]
