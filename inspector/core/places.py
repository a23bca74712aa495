"""Where the program keeps things, and where what ships with it lies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from inspector.core.errors import InspectorError


@dataclass(frozen=True, slots=True)
class Places:
    """The four folders the program writes to of its own accord. Built once in `__main__`, handed down."""

    config: Path
    data: Path
    cache: Path
    log: Path

    @classmethod
    def of_this_user(cls) -> Places:
        """The folders this platform means for them."""
        from platformdirs import PlatformDirs

        dirs = PlatformDirs("inspector", appauthor=False)
        return cls(dirs.user_config_path, dirs.user_data_path, dirs.user_cache_path, dirs.user_log_path)

    @classmethod
    def under(cls, folder: Path) -> Places:
        """All four below one folder: for tests, and for a program carried on a stick."""
        return cls(folder / "config", folder / "data", folder / "cache", folder / "log")


def shipped(name: str) -> Path:
    """Find the folder `resources` or `models` that ships with the program.

    A wheel carries them inside the package; a checkout has them beside it, and an editable install does not see what
    a wheel would have been given.

    Raises:
        InspectorError: neither place has it.
    """
    package = Path(__file__).resolve().parent.parent
    for place in (package / name, package.parent / name):
        if place.is_dir():
            return place
    msg = f"The folder {name!r} that ships with inspector is missing beside {package}. Install inspector again."
    raise InspectorError(msg)
