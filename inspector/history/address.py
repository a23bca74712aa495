"""Where a history is: a file of one's own, or a database on a server that several stations share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from inspector.history.errors import HistoryError

_DRIVER = "postgresql+psycopg"
_SCHEMES = (_DRIVER, "postgresql", "postgres")


@dataclass(frozen=True, slots=True)
class Server:
    """A database on a server, and what of the history stays on this computer.

    Attributes:
        url: SQLAlchemy's address of it, `postgresql+psycopg://user@host/database`.
        beside: the file that the history would be here: the pictures of this station lie beside it.
    """

    url: str
    beside: Path

    def __str__(self) -> str:
        """The address without its password: this stands in messages."""
        head, mark, tail = self.url.partition("://")
        user, at, rest = tail.rpartition("@")
        return f"{head}{mark}{user.partition(':')[0]}{at}{rest.partition('?')[0]}"

    @property
    def has_password(self) -> bool:
        """Whether the address itself holds one."""
        return ":" in self.url.partition("://")[2].rpartition("@")[0]


Where: TypeAlias = Path | Server


def parse_where(text: str, beside: Path) -> Where:
    """Where the history is that a person names.

    Args:
        text: an address, or empty for the file.
        beside: the file, and the place of pictures.

    Raises:
        HistoryError: it is no address of a database that histories can be in.
    """
    if not text.strip():
        return beside
    scheme, mark, rest = text.strip().partition("://")
    if not mark or scheme.lower() not in _SCHEMES or "/" not in rest or not rest.rpartition("/")[2]:
        shown = Server(text.strip(), beside)
        msg = f"{shown} is no address of a history. Give one such as postgresql+psycopg://user@host/database."
        raise HistoryError(msg)
    return Server(f"{_DRIVER}://{rest}", beside)


def is_there(where: Where) -> bool:
    """Whether there is a history already; of a server only asking it tells, so it is taken to be."""
    return isinstance(where, Server) or where.exists()


def here(where: Where) -> Path:
    """The file, or the one that it would be: what stays on this computer lies beside it."""
    return where.beside if isinstance(where, Server) else where.absolute()
