"""Where the program starts: places are built here once and handed down."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from inspector.core.events import Listener
    from inspector.core.places import Places


def main(arguments: Sequence[str] | None = None, places: Places | None = None) -> int:
    """Run the program and give its exit code.

    Args:
        arguments: of the command line; those of this process by default.
        places: where things are kept; this user's folders by default.
    """
    from inspector.cli.app import run
    from inspector.core.places import Places

    return run(sys.argv[1:] if arguments is None else arguments, places or Places.of_this_user(), window=_Windows())


class _Windows:
    """The window, for the command line; Qt is imported only when asked for, so that commands do not pay for it."""

    @staticmethod
    def open(places: Places, workspace: Path | None = None) -> int:
        """Show the window until it is closed; give the exit code."""
        from inspector.gui.app import open_window

        return open_window(places, workspace)

    @staticmethod
    def render(folder: Path, listener: Listener) -> list[Path]:
        """Write a picture of every panel."""
        from inspector.gui.render import render

        return render(folder, listener)


if __name__ == "__main__":
    import multiprocessing

    multiprocessing.freeze_support()  # a program packed into one file starts itself to train
    sys.exit(main())
