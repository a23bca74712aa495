"""Why a message did not go out."""

from __future__ import annotations

from inspector.core.errors import InspectorError


class OutputFault(InspectorError):  # noqa: N818 - of the world, and not for good
    """It was not delivered, and may be when it is tried again."""


class Refused(OutputFault):
    """It was not delivered and never will be: the receiver does not take this message."""
