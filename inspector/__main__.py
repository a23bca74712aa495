"""Where the program starts: places are built here once and handed down."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inspector.core.places import Places


def main(arguments: Sequence[str] | None = None, places: Places | None = None) -> int:
    """Run the program and give its exit code.

    Args:
        arguments: of the command line; those of this process by default.
        places: where things are kept; this user's folders by default.
    """
    from inspector.cli.app import run
    from inspector.core.places import Places

    return run(
        sys.argv[1:] if arguments is None else arguments, places or Places.of_this_user(), open_window=_open_window
    )


def _open_window(places: Places) -> int:
    """Open the window; Qt is imported only here, so that commands do not pay for it."""
    from inspector.gui.app import open_window

    return open_window(places)


if __name__ == "__main__":
    sys.exit(main())
