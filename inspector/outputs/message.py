"""What is told to the outside, as JSON whose fields are documented and versioned."""

from __future__ import annotations

import base64
import binascii
import json
import platform
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from inspector.core.addresses import without_credentials

if TYPE_CHECKING:
    from inspector.core.inspection import Inspection

VERSION = 1
"""Of the document. It grows when a field changes its meaning or goes; new fields may come without that."""

EVENTS = {
    "ng": "Every NG",
    "ok": "Every OK",
    "unreadable": "A frame that cannot be read",
    "lost": "A camera that is lost, and that is back",
    "changed": "A picture that has changed, and that is as before",
}
"""What an output may be told, by name and in words. `lost` comes with `back`, `changed` with `as before`."""

_BELONGS = {"back": "lost", "as before": "changed"}

Document: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """One event for one output or several.

    Attributes:
        document: the fields below, without pictures.
        frame: the frame as a JPEG file, where there is one.
        overlay: the frame with its map painted on, likewise.

    The fields of the document:

        version: 1.
        id: the same whenever this message is sent again; a receiver that knows it already may ignore it.
        event: `ng`, `ok`, `unreadable`, `lost`, `back`, `changed`, `as before` or `test`.
        time: of the frame, UTC in ISO 8601.
        station: the name of this computer.
        source, detector: their names.
        name: of the frame.
        verdict, voted: of the frame alone, and over several frames (null where a feed does not vote).
        score, threshold, level: numbers; level = score / threshold. null where nothing was judged.
        reason: why it was lost, what has changed, why it cannot be read; else empty.
        held_back: how many events this output was not told of since the last message, by its rate limit.
        frame, overlay: JPEG files in base64, where the output asks for pictures; else the fields are missing.
    """

    document: Document = field(hash=False)
    frame: bytes | None = None
    overlay: bytes | None = None

    @property
    def id(self) -> str:
        """What tells it from all others."""
        return str(self.document["id"])

    @property
    def event(self) -> str:
        """What happened."""
        return str(self.document["event"])

    def as_json(self, *, pictures: bool) -> bytes:
        """The document as UTF-8 JSON, on request with the pictures in base64."""
        whole = dict(self.document)
        if pictures:
            whole |= {"frame": _text(self.frame), "overlay": _text(self.overlay)}
        return json.dumps(whole, ensure_ascii=False, allow_nan=False).encode("utf-8", "backslashreplace")

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """Read what `as_json` wrote.

        Raises:
            ValueError: it is torn or something else.
        """
        whole = json.loads(data)
        if not isinstance(whole, dict) or not {"id", "event", "time"} <= whole.keys():
            msg = "Expected a message of inspector."
            raise ValueError(msg)
        pictures = [_bytes(whole.pop(name, None)) for name in ("frame", "overlay")]
        return cls(whole, *pictures)


def belongs_to(event: str) -> str:
    """The name among `EVENTS` by which an output asks for an event."""
    return _BELONGS.get(event, event)


def message(event: str, *, source: str, inspection: Inspection | None = None, reason: str = "", **more: Any) -> Message:
    """Make the message of an event that happens now, or of the time of `inspection`; `more` are fields as they are."""
    now = datetime.now(UTC).timestamp() if inspection is None else inspection.time
    document: Document = {
        "version": VERSION,
        "id": uuid.uuid4().hex,
        "event": event,
        "time": datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds"),
        "station": platform.node(),
        "source": without_credentials(source),
        "detector": None,
        "name": None,
        "verdict": None,
        "voted": None,
        "score": None,
        "threshold": None,
        "level": None,
        "reason": without_credentials(reason),
        "held_back": 0,
    }
    if inspection is not None:
        document |= {
            "detector": inspection.detector,
            "name": inspection.name,
            "verdict": str(inspection.verdict),
            "voted": None if inspection.voted is None else str(inspection.voted),
            "score": None if inspection.score is None else float(inspection.score),
            "threshold": float(inspection.threshold),
            "level": None if inspection.level is None else float(inspection.level),
            "reason": inspection.error or reason,
        }
    return Message(document | more)


def _text(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode("ascii")


def _bytes(text: object) -> bytes | None:
    if text is None:
        return None
    try:
        return base64.b64decode(str(text), validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error
