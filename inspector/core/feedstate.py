"""Whether a camera or stream is there."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum


class Condition(StrEnum):
    """How it stands with a camera or stream."""

    OPENING = "opening"
    LIVE = "live"
    STALE = "stale"
    """It is open, but its last picture is old."""
    LOST = "lost"
    RETRYING = "retrying"
    """It is lost, and is opened again after a rest."""


@dataclass(frozen=True, slots=True)
class FeedState:
    """How it stands with a camera or stream, and why.

    Attributes:
        condition: how.
        since: since when, by `time.monotonic`.
        reason: why it was lost, a sentence; stays until a picture comes again.
        retry_at: while `RETRYING`: when it is opened again, by `time.monotonic`.
    """

    condition: Condition
    since: float
    reason: str = ""
    retry_at: float | None = None

    @property
    def lost(self) -> bool:
        """Whether it was there and is not, so that no older verdict says anything about now."""
        return bool(self.reason) and self.condition is not Condition.LIVE

    def retry_in(self, now: float | None = None) -> float | None:
        """Seconds until it is opened again, at least 0; None when that is not planned."""
        if self.retry_at is None:
            return None
        return max(0.0, self.retry_at - (time.monotonic() if now is None else now))
