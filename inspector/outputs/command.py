"""A program of the user's own."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from inspector.outputs.errors import OutputFault

if TYPE_CHECKING:
    from inspector.outputs.message import Message
    from inspector.outputs.settings import CommandOutput

_MOST_SAID = 200


class Command:
    """Runs it for each message, with the JSON on its standard input; no shell stands between."""

    def __init__(self, output: CommandOutput) -> None:
        """Remember it."""
        self._command, self._timeout = output.command, output.timeout
        self._pictures = output.pictures

    def deliver(self, message: Message) -> None:
        """Run it; exit code 0 is a delivery. After the time-out it is killed, with what it started."""
        try:
            arguments = words(self._command)
        except ValueError as error:
            msg = f"The command {self._command!r} cannot be understood: {error}. Mend its quotes."
            raise OutputFault(msg) from error
        try:
            process = subprocess.Popen(  # noqa: S603 - the user's own command is the point of it
                arguments,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
                env=os.environ | {"INSPECTOR_EVENT": message.event, "INSPECTOR_ID": message.id},
            )
        except OSError as error:
            msg = f"The command {arguments[0]!r} cannot be started: {error.strerror or error}. Check its path."
            raise OutputFault(msg) from error
        with process:
            try:
                said = process.communicate(message.as_json(pictures=self._pictures), self._timeout)[1]
            except subprocess.TimeoutExpired as error:
                _kill(process)
                process.communicate()
                msg = f"The command {arguments[0]!r} did not end within {self._timeout:g} s and was killed."
                raise OutputFault(msg) from error
            except BaseException:
                _kill(process)
                raise
        if process.returncode:
            lines = said.decode(errors="replace").strip().splitlines()
            reason = f": {lines[-1][:_MOST_SAID]}" if lines else ""
            msg = f"The command {arguments[0]!r} ended with {process.returncode}{reason}"
            raise OutputFault(msg)

    def close(self) -> None:
        """There is nothing to let go of."""


def words(command: str) -> list[str]:
    """The program and its arguments. Backslashes of Windows' paths stay as they are.

    Raises:
        ValueError: a quote is not closed, or there is nothing.
    """
    found = shlex.split(command, posix=sys.platform != "win32")
    if sys.platform == "win32":
        found = [one[1:-1] if len(one) > 1 and one[0] == one[-1] == '"' else one for one in found]
    if not found:
        msg = "it is empty"
        raise ValueError(msg)
    return found


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(OSError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
