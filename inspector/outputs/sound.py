"""A sound, by what the system has for playing sounds: it works with a window and without one."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from inspector.core.places import shipped
from inspector.outputs.errors import OutputFault

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.outputs.message import Message
    from inspector.outputs.settings import SoundOutput

_PLAYERS = ("afplay",) if sys.platform == "darwin" else ("pw-play", "paplay", "aplay")


class Sound:
    """Plays a WAV file."""

    def __init__(self, output: SoundOutput) -> None:
        """Remember the file."""
        self._file = output.file or shipped("resources") / "sounds" / "ng.wav"
        self._timeout = output.timeout

    def deliver(self, message: Message) -> None:  # noqa: ARG002 - it says the same of every event
        """Play it to its end, or until the time-out."""
        if not self._file.is_file():
            msg = f"The sound {self._file} is not there. Choose another."
            raise OutputFault(msg)
        if sys.platform == "win32":
            self._on_windows(self._file)
            return
        player = next(filter(None, map(shutil.which, _PLAYERS)), None)
        if player is None:
            msg = f"No program to play sounds with was found ({', '.join(_PLAYERS)}). Install alsa-utils."
            raise OutputFault(msg)
        try:
            subprocess.run([player, str(self._file)], check=True, capture_output=True, timeout=self._timeout)  # noqa: S603
        except subprocess.TimeoutExpired as error:
            msg = f"{player} did not end within {self._timeout:g} s."
            raise OutputFault(msg) from error
        except (OSError, subprocess.CalledProcessError) as error:
            said = getattr(error, "stderr", b"") or b""
            lines = said.decode(errors="replace").strip().splitlines()
            msg = f"{player} failed: {lines[-1] if lines else error}. Check that this computer has a loudspeaker."
            raise OutputFault(msg) from error

    def close(self) -> None:
        """There is nothing to let go of."""

    @staticmethod
    def _on_windows(file: Path) -> None:
        if sys.platform == "win32":
            import winsound

            try:
                winsound.PlaySound(str(file), winsound.SND_FILENAME)
            except RuntimeError as error:
                msg = f"The sound {file} cannot be played: {error}. Choose another, or check the loudspeaker."
                raise OutputFault(msg) from error
