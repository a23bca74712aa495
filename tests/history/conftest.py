"""Histories in files and on a server: what is true of one is to be true of the other."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from inspector.history import History, Server
from tests.history.postgres import Postgres, programs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from inspector.history import Where


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server, started by whoever needs it first."""
    found = programs()
    if found is None:
        reason = "PostgreSQL is not installed; Debian, Ubuntu: apt-get install postgresql"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    server = Postgres(found)
    try:

        def migrate(where: Server) -> None:
            History.open(where).close()

        server.prepare(migrate)
        yield server
    finally:
        server.close()


@pytest.fixture(params=["file", "server"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Where:
    """A history that is not there yet, or empty."""
    beside = tmp_path / "history.db"
    if request.param == "file":
        return beside
    server: Postgres = request.getfixturevalue("postgres")
    return server.fresh(beside)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A history in a file, for what is only true of files."""
    return tmp_path / "history.db"
