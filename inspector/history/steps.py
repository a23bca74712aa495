"""What waits for the writer thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.core.inspection import Inspection
    from inspector.history.handle import SessionHandle
    from inspector.history.rows import Kind

Encode: TypeAlias = Callable[[], bytes | None]
"""Gives the bytes of a JPEG file, or None when there is no such picture. Called on the writer thread."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a session is, from its beginning."""

    kind: Kind
    source: str
    detector: str
    identity: str
    threshold: float
    started: float


@dataclass(frozen=True, slots=True)
class Begin:
    """A session begins."""

    handle: SessionHandle


@dataclass(frozen=True, slots=True)
class Row:
    """A frame was judged."""

    handle: SessionHandle
    index: int
    inspection: Inspection


@dataclass(frozen=True, slots=True)
class End:
    """A session is over; `lost` are the frames of it that could not be recorded."""

    handle: SessionHandle
    time: float
    lost: int
    report: Path | None
    note: str


Step: TypeAlias = Begin | Row | End


@dataclass(frozen=True, slots=True)
class Keeping:
    """Pictures to be written once the row with the running number `behind` is in the file."""

    handle: SessionHandle
    index: int
    time: float
    behind: int
    picture: Encode | None
    overlay: Encode | None


@dataclass(frozen=True, slots=True)
class Kept:
    """Pictures that lie on the disk, to be entered in the row of their inspection."""

    session: int
    index: int
    time: float
    picture: str | None
    overlay: str | None
