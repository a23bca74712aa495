"""A PostgreSQL server of the tests' own, from Debian's package."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from inspector.history import Server

if TYPE_CHECKING:
    from collections.abc import Callable

_TEMPLATE = "history_template"
_USER = "inspector"


def programs() -> Path | None:
    """The folder of the newest PostgreSQL's programs; Debian keeps them off the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda one: int(one.parts[-3]))
    if found:
        return found[-1].parent
    there = shutil.which("initdb")
    return None if there is None else Path(there).resolve().parent


class Postgres:
    """A server that can be stopped and started, with a fresh database for whoever asks."""

    def __init__(self, bin_folder: Path) -> None:
        self._bin = bin_folder
        self.folder = Path(tempfile.mkdtemp(prefix="inspector-postgres-"))
        # As root it refuses to run.
        self._as: dict[str, Any] = {"user": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        if self._as:
            shutil.chown(self.folder, "postgres")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._numbers = count()
        self._process: subprocess.Popen[bytes] | None = None
        data = self.folder / "data"
        made = [str(self._bin / "initdb"), "-D", str(data), "-U", _USER, "-A", "trust", "-E", "UTF8", "--locale=C"]
        subprocess.run([*made, "--no-sync"], check=True, capture_output=True, cwd=self.folder, **self._as)
        # "trust" for everybody but one, who needs a password.
        (data / "pg_hba.conf").write_text(
            "host all guarded 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n", encoding="ascii"
        )
        self.start()
        self.run("CREATE ROLE guarded LOGIN PASSWORD 'right'")

    def start(self) -> None:
        options = {
            "listen_addresses": "127.0.0.1",
            "fsync": "off",
            "unix_socket_directories": "",
            "max_connections": 40,
        }
        command = [str(self._bin / "postgres"), "-D", str(self.folder / "data"), "-p", str(self.port)]
        command += [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, **self._as)
        end = time.monotonic() + 30
        while True:
            try:
                self.run("SELECT 1")
            except psycopg.OperationalError:
                assert time.monotonic() < end, (self.folder / "log").read_text(encoding="utf-8")
                time.sleep(0.05)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """End it at once, as a machine that is switched off would."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(30)
            self._process = None

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, statement: str, database: str = "postgres") -> list[Any]:
        with psycopg.connect(self.url(database).replace("+psycopg", ""), autocommit=True) as connection:
            answer = connection.execute(statement.encode())
            return answer.fetchall() if answer.description else []

    def url(self, database: str, user: str = _USER) -> str:
        return f"postgresql+psycopg://{user}@127.0.0.1:{self.port}/{database}"

    def prepare(self, migrate: Callable[[Server], None]) -> None:
        """Make the template that new databases are copied from."""
        self.run(f"CREATE DATABASE {_TEMPLATE}")
        migrate(Server(self.url(_TEMPLATE), self.folder / "history.db"))

    def fresh(self, beside: Path, *, empty: bool = False) -> Server:
        """A database of its own."""
        name = f"history_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name}" + ("" if empty else f" TEMPLATE {_TEMPLATE}"))
        return Server(self.url(name), beside)
