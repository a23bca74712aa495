"""Frame, overlay and JSON as files."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from inspector.core.errors import OutputError
from inspector.core.files import whole_file
from inspector.outputs.errors import OutputFault

if TYPE_CHECKING:
    from inspector.outputs.message import Message
    from inspector.outputs.settings import FolderOutput


class Folder:
    """Writes `DAY/TIME EVENT ID.jpg`, `… overlay.jpg` and last `….json`: who sees the JSON finds the pictures."""

    def __init__(self, output: FolderOutput) -> None:
        """Remember the folder."""
        self._folder = output.path

    def deliver(self, message: Message) -> None:
        """Write the files, each whole or not at all; a second delivery replaces the first."""
        taken = datetime.fromisoformat(str(message.document["time"])).astimezone()
        event = re.sub(r"[^a-z]+", "-", message.event)
        stem = f"{taken:%H%M%S}-{taken.microsecond // 1000:03} {event} {message.id[:8]}"
        folder = self._folder / f"{taken:%Y-%m-%d}"
        files = (
            (f"{stem}.jpg", message.frame),
            (f"{stem} overlay.jpg", message.overlay),
            (f"{stem}.json", message.as_json(pictures=False)),
        )
        try:
            for name, data in files:
                if data is not None:
                    with whole_file(folder / name) as partial:
                        partial.write_bytes(data)
        except OutputError as error:
            raise OutputFault(str(error)) from error

    def close(self) -> None:
        """There is nothing to let go of."""
