"""What goes wrong with a history."""

from __future__ import annotations

from inspector.core.errors import InspectorError


class HistoryError(InspectorError):
    """A history is torn, foreign, newer than this program, or cannot be written. The text names the file."""
