"""`inspector history`: the record, outside the window."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from inspector.cli.terminal import err, listening, out
from inspector.core.errors import InspectorError
from inspector.core.inspection import Verdict
from inspector.history.address import is_there, parse_where

if TYPE_CHECKING:
    from inspector.jobs.workspace import Workspace

_GB = 1_000_000_000


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    group = typer.Typer(help="A workspace's history: export it, delete what is old, share it.", no_args_is_help=True)
    group.command(no_args_is_help=True)(export)
    group.command(no_args_is_help=True)(prune)
    group.command(no_args_is_help=True)(share)
    app.add_typer(group, name="history")


def export(
    workspace: Annotated[Path, typer.Argument(help="The workspace.")],
    to: Annotated[Path, typer.Argument(help="A .csv or .parquet file.")],
    *,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="From this day on.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Before this day.")] = None,
    verdict: Annotated[str | None, typer.Option(help="Only OK, NG or Unreadable.")] = None,
) -> None:
    """Write inspections as a table, the oldest first."""
    from inspector.history import Filter, History

    if to.suffix.lower() not in {".csv", ".parquet"}:
        msg = f"{to} ends neither in .csv nor in .parquet. Name it so."
        raise InspectorError(msg)
    known = {str(one).lower(): one for one in Verdict}
    if verdict is not None and verdict.lower() not in known:
        msg = f"{verdict!r} is no verdict. There are: {', '.join(map(str, Verdict))}."
        raise InspectorError(msg)
    which = Filter(
        since=None if since is None else since.astimezone().timestamp(),
        until=None if until is None else until.astimezone().timestamp(),
        verdict=None if verdict is None else known[verdict.lower()],
    )
    with History.open(_with_history(workspace).history) as history:
        number = history.export(to, which)
    out.print(Text(f"{number:,} inspections were written to {to}."))


def prune(
    workspace: Annotated[Path, typer.Argument(help="The workspace.")],
    *,
    days: Annotated[float | None, typer.Option(help="Keep inspections of the last so many days.")] = None,
    pictures_gb: Annotated[float | None, typer.Option(help="Keep the newest pictures up to so many gigabytes.")] = None,
) -> None:
    """Delete old inspections with their pictures, and the oldest pictures where they take too much room.

    A feed or a batch may run meanwhile. Reports and pictures of the workspace itself are not touched.
    """
    from inspector.history.retention import Keep
    from inspector.history.retention import prune as run

    if days is None and pictures_gb is None:
        msg = "Say what to keep: --days 90, --pictures-gb 20, or both."
        raise InspectorError(msg)
    keep = Keep(days, None if pictures_gb is None else round(pictures_gb * _GB))
    path = _with_history(workspace).history
    with listening() as listener:
        gone = run(path, keep, listener)
    deleted = f"{gone.inspections:,} inspections, {gone.sessions:,} sessions and {gone.pictures:,} pictures"
    out.print(Text(f"{deleted} were deleted; pictures take {gone.bytes_left / _GB:.2f} GB now."))


def share(
    workspace: Annotated[Path, typer.Argument(help="The workspace.")],
    address: Annotated[
        str, typer.Argument(help="postgresql+psycopg://user@host/database; nothing goes back to the file.")
    ] = "",
) -> None:
    """Record into a history on PostgreSQL, which several stations share; each gives the same address.

    The database must be there; its tables are made. Put the password into ~/.pgpass or PGPASSWORD rather than into the
    address. What was recorded before stays in the file.
    """
    from inspector.history import History, Server
    from inspector.jobs.workspace import Workspace

    changed = Workspace.open(workspace)
    where = parse_where(address, changed.folder / "history.db")
    if isinstance(where, Server):
        History.open(where).close()
        if where.has_password:
            err.print("The password stands in workspace.toml. Better: ~/.pgpass or PGPASSWORD.", style="yellow")
    changed.use_history(address)
    out.print(Text(f"{workspace} records into {where}."))


def _with_history(folder: Path) -> Workspace:
    from inspector.jobs.workspace import Workspace

    workspace = Workspace.open(folder)
    if not is_there(workspace.history):
        msg = f"Nothing was recorded in {folder} yet."
        raise InspectorError(msg)
    return workspace
