"""Make the tables for sessions and inspections."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    # SQLite's integers have eight bytes anyway; PostgreSQL before 18 computes columns only when they are stored.
    number = sa.Integer if sqlite else sa.BigInteger
    for name in ("source", "detector"):
        op.create_table(
            name,
            sa.Column("id", number, primary_key=True),
            sa.Column("name", sa.String, nullable=False, unique=True),
        )
    op.create_table(
        "session",
        sa.Column("id", number, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("source_id", number, sa.ForeignKey("source.id"), nullable=False),
        sa.Column("detector_id", number, sa.ForeignKey("detector.id"), nullable=False),
        sa.Column("identity", sa.String, nullable=False),
        sa.Column("threshold", sa.Double, nullable=False),
        sa.Column("started", sa.Double, nullable=False),
        sa.Column("ended", sa.Double),
        sa.Column("ok", sa.Integer, nullable=False),
        sa.Column("ng", sa.Integer, nullable=False),
        sa.Column("unreadable", sa.Integer, nullable=False),
        sa.Column("lost", sa.Integer, nullable=False),
        sa.Column("report", sa.String),
        sa.Column("note", sa.String, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_session_started", "session", ["started"])
    op.create_table(
        "inspection",
        sa.Column("id", number, primary_key=True),
        sa.Column("session_id", number, sa.ForeignKey("session.id"), nullable=False),
        sa.Column("source_id", number, sa.ForeignKey("source.id"), nullable=False),
        sa.Column("detector_id", number, sa.ForeignKey("detector.id"), nullable=False),
        sa.Column("index", number, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("time", sa.Double, nullable=False),
        sa.Column("score", sa.Double),
        sa.Column("threshold", sa.Double, nullable=False),
        sa.Column("verdict", sa.String, nullable=False),
        sa.Column("voted", sa.String),
        sa.Column("decided", sa.String, sa.Computed("coalesce(voted, verdict)", persisted=not sqlite)),
        sa.Column("label", sa.String),
        sa.Column("abnormal", sa.Boolean),
        sa.Column("error", sa.String),
        sa.Column("ms", sa.Double),
        sa.Column("overridden", sa.Boolean, nullable=False),
        sa.Column("picture", sa.String),
        sa.Column("overlay", sa.String),
    )
    op.create_index("ix_inspection_time", "inspection", ["time"])
    for name in ("session", "source", "detector"):
        op.create_index(f"ix_inspection_{name}", "inspection", [f"{name}_id", "time"])
    op.create_index("ix_inspection_session_decided", "inspection", ["session_id", "decided", "time"])
    op.create_index("ix_inspection_decided", "inspection", ["decided", "time"])
