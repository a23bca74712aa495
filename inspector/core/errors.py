"""The world's faults, which are told to the user, and cancelling, which is nobody's fault."""

from __future__ import annotations


class InspectorError(Exception):
    """The world's fault: the text names the thing and the way out. Anything else raised is a bug."""


class FrameError(InspectorError):
    """One frame cannot be had; the source goes on with the next.

    Attributes:
        name: what the frame would have been called.
    """

    def __init__(self, message: str, *, name: str = "") -> None:
        """Say what is wrong with the frame called `name`."""
        super().__init__(message)
        self.name = name


class SourceError(InspectorError):
    """A source cannot be opened, or is over before its end."""


class BundleError(InspectorError):
    """A bundle is torn, foreign, oversized or newer than this program."""


class DataError(InspectorError):
    """The images given do not allow what was asked: none, too few, or of the wrong kind."""


class OptionError(InspectorError, ValueError):
    """An option's name or value is not one the method has."""


class OutputError(InspectorError):
    """A result cannot be written."""


class NotFitted(InspectorError):  # noqa: N818 - the field's name for it
    """A detector was asked to judge before it was trained or loaded."""


class Cancelled(BaseException):
    """Raised by a listener to end a job. A `BaseException`, so that no `except Exception` swallows it."""
