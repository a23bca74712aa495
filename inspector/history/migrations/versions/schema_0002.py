"""Note which station a session was recorded by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column; sessions from before have an empty name."""
    op.add_column("session", sa.Column("station", sa.String, nullable=False, server_default=""))
