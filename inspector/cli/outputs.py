"""`inspector outputs`: what is told to the outside when something is found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from inspector.cli.terminal import err, out, print_json
from inspector.core.errors import InspectorError

if TYPE_CHECKING:
    from inspector.core.places import Places
    from inspector.outputs import OutletState


def add_to(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command()(outputs)


def outputs(
    context: typer.Context,
    test: Annotated[str | None, typer.Option(metavar="NAME", help="Send a test to this output, or to 'all'.")] = None,
    file: Annotated[Path | None, typer.Option("--outputs", help="Read this file instead of your own.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON, without passwords.")] = False,
) -> None:
    """List the outputs that 'watch' and the window tell when something is found, and test them.

    They are set in the window (Live, Outputs) or in the file that this prints.
    """
    from inspector.outputs.settings import FILE, read_outputs

    places: Places = context.obj
    path = file or places.config / FILE
    found = read_outputs(path)
    if test is not None:
        chosen = [one for one in found if test in ("all", one.name)]
        if not chosen:
            msg = f"There is no output {test!r} in {path}. There are: {', '.join(one.name for one in found) or 'none'}."
            raise InspectorError(msg)
        if not all([_tested(one) for one in chosen]):  # noqa: C419 - each is tested, whatever the one before it did
            raise typer.Exit(1)
        return
    if as_json:
        print_json(
            {
                "file": str(path),
                "outputs": [
                    {"name": one.name, "kind": one.kind, "where": one.where, "on": list(one.on), "enabled": one.enabled}
                    for one in found
                ],
            }
        )
        return
    err.print(Text(f"Outputs in {path}:" if found else f"There are no outputs in {path}."))
    table = Table(box=None, padding=(0, 2))
    for title in ("name", "kind", "where", "on", "at most every", ""):
        table.add_column(title, justify="left")
    for one in found:
        off = "" if one.enabled else "off"
        table.add_row(*map(Text, (one.name, one.kind, one.where, ", ".join(one.on), f"{one.seconds_apart:g} s", off)))
    if found:
        out.print(table)


def say_state(state: OutletState) -> None:
    """One line about how it went with an output, on standard error."""
    parts = [f"{state.sent} sent"]
    if state.held_back:
        parts.append(f"{state.held_back} held back by its rate limit")
    if state.waiting:
        parts.append(f"{state.waiting} kept for the next time")
    if state.lost:
        parts.append(f"{state.lost} lost")
    if state.problem:
        parts.append(state.problem)
    bad = state.lost or state.waiting or state.problem
    err.print(Text(f"Output {state.name}: {', '.join(parts)}", style="yellow" if bad else ""))


def _tested(one: object) -> bool:
    from inspector.outputs.errors import OutputFault
    from inspector.outputs.outlets import test_output

    name = getattr(one, "name", "")
    try:
        seconds = test_output(one)  # type: ignore[arg-type]
    except OutputFault as fault:
        err.print(Text(f"{name}: {fault}", style="bold red"))
        return False
    out.print(Text(f"{name}: delivered in {seconds * 1e3:.0f} ms", style="green"))
    return True
