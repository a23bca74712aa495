"""Options of a method as they are written on the command line."""

from __future__ import annotations

from inspector.core.errors import OptionError


def setting(text: str) -> tuple[str, str]:
    """Name and value of `--set KEY=VALUE`; a method's name may stand before the name, with a dot between.

    Raises:
        OptionError: it is no such thing.
    """
    name, equals, value = text.partition("=")
    if not equals or not name:
        msg = f"Expected --set KEY=VALUE. Received: {text!r}"
        raise OptionError(msg)
    to, dot, short = name.strip().rpartition(".")
    return f"{to}{dot}{short.replace('-', '_')}", value.strip()
