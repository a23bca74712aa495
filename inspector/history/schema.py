"""The tables as queries see them. The migrations make them; a test compares the two.

Imports SQLAlchemy: only to be imported once a history is opened.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Computed,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
)

REVISIONS = ("0001", "0002")
"""The migrations, oldest first. A file at the last of them is opened without importing alembic."""

APPLICATION = 0x494E5350
"""SQLite's `application_id` of a history ("INSP"): how it is told from any other database."""

METADATA = MetaData()

# Sources and detectors are numbers in `inspection`: as text, their indexes would be larger than the rows.
source = Table(
    "source", METADATA, Column("id", Integer, primary_key=True), Column("name", String, nullable=False, unique=True)
)
detector = Table(
    "detector", METADATA, Column("id", Integer, primary_key=True), Column("name", String, nullable=False, unique=True)
)

session = Table(
    "session",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("source_id", ForeignKey("source.id"), nullable=False),
    Column("detector_id", ForeignKey("detector.id"), nullable=False),
    Column("identity", String, nullable=False),
    Column("threshold", Double, nullable=False),
    Column("started", Double, nullable=False),
    Column("ended", Double),
    Column("ok", Integer, nullable=False),
    Column("ng", Integer, nullable=False),
    Column("unreadable", Integer, nullable=False),
    Column("lost", Integer, nullable=False),
    Column("report", String),
    Column("note", String, nullable=False),
    Column("station", String, nullable=False, server_default=""),
    Index("ix_session_started", "started"),
    sqlite_autoincrement=True,  # the pictures of a deleted session must never become those of another
)

inspection = Table(
    "inspection",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("session_id", ForeignKey("session.id"), nullable=False),
    Column("source_id", ForeignKey("source.id"), nullable=False),
    Column("detector_id", ForeignKey("detector.id"), nullable=False),
    Column("index", Integer, nullable=False),
    Column("name", String, nullable=False),
    Column("time", Double, nullable=False),
    Column("score", Double),
    Column("threshold", Double, nullable=False),
    Column("verdict", String, nullable=False),
    Column("voted", String),
    Column("decided", String, Computed("coalesce(voted, verdict)", persisted=False)),
    Column("label", String),
    Column("abnormal", Boolean),
    Column("error", String),
    Column("ms", Double),
    Column("overridden", Boolean, nullable=False),
    Column("picture", String),
    Column("overlay", String),
    # SQLite ends every index with the row's id, so each of these also gives the order (time, id) of the pages.
    Index("ix_inspection_time", "time"),
    Index("ix_inspection_session", "session_id", "time"),
    Index("ix_inspection_session_decided", "session_id", "decided", "time"),
    Index("ix_inspection_source", "source_id", "time"),
    Index("ix_inspection_detector", "detector_id", "time"),
    Index("ix_inspection_decided", "decided", "time"),
)
