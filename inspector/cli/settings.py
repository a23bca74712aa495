"""Options as they are written on a command line."""

from __future__ import annotations

from inspector.core.errors import OptionError


def setting(text: str) -> tuple[str, str]:
    """Read `KEY=VALUE`; dashes in the key count as underscores.

    Raises:
        OptionError: it is something else.
    """
    name, equals, value = text.partition("=")
    if not equals or not name:
        msg = f"Expected --set KEY=VALUE. Received: {text!r}"
        raise OptionError(msg)
    return name.strip().replace("-", "_"), value.strip()
