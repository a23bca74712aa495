"""Inspections to record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inspector.core.inspection import Inspection, Verdict, judge
from inspector.history import Writer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from inspector.history import Kind, Where

BEGIN = 1_700_000_000.0


def inspection(number: int = 0, score: float | None = 0.5, **fields: Any) -> Inspection:
    """Frame `number`, taken that many seconds after `BEGIN`, judged by a threshold of 1."""
    verdict = Verdict.UNREADABLE if score is None else judge(score, 1.0)
    standard: dict[str, Any] = {
        "name": f"{number:03}.png",
        "detector": "bolts",
        "score": score,
        "threshold": 1.0,
        "verdict": verdict,
        "time": BEGIN + number,
        "error": "torn" if score is None else None,
    }
    return Inspection(**(standard | fields))


def record(
    path: Where,
    inspections: Iterable[Inspection],
    *,
    kind: Kind = "batch",
    source: str = "camera 0",
    detector: str = "bolts",
) -> int:
    """Record a session, ended, and give its id."""
    with Writer(path) as writer:
        session = writer.start(kind, source, detector, "abc", 1.0)
        for one in inspections:
            session.add(one)
        session.end()
        assert writer.flush()
    assert writer.problem is None
    assert session.id is not None
    return session.id
