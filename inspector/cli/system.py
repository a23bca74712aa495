"""`inspector doctor` and `demo`."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from inspector import __version__
from inspector.cli.terminal import listening, out, print_json

if TYPE_CHECKING:
    from inspector.core.places import Places


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(doctor)
    app.command()(demo)


def doctor(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,  # noqa: FBT002
) -> None:
    """Say what this machine has: versions, display, cameras, what networks run on, and where things are kept."""
    from inspector.detectors.fitting import versions
    from inspector.detectors.runtime import providers
    from inspector.sources.cameras import cameras

    places: Places = context.obj
    found: dict[str, Any] = {
        "inspector": __version__,
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "versions": versions(),
        "display": _display(),
        "cameras": [str(camera) for camera in cameras()],
        "providers": providers(),
        "places": {name: str(getattr(places, name)) for name in ("config", "data", "cache", "log")},
    }
    if as_json:
        print_json(found)
        return
    table = Table(box=None, show_header=False, padding=(0, 2))
    for name, value in found.items():
        if isinstance(value, dict):
            text = "\n".join(f"{key} {entry}" for key, entry in value.items())
        elif isinstance(value, list):
            text = "\n".join(map(str, value)) or "none found"
        else:
            text = str(value)
        table.add_row(Text(name, style="bold"), Text(text))
    out.print(table)


def _display() -> str:
    if sys.platform in {"win32", "darwin"}:
        return "the system's own"
    for name in ("WAYLAND_DISPLAY", "DISPLAY"):
        if os.environ.get(name):
            return f"{name}={os.environ[name]}"
    return "none: the window can only be rendered to a picture here"


def demo(
    context: typer.Context,
    folder: Annotated[Path | None, typer.Option("--out", help="Where to; by default in the program's data.")] = None,
    quick: Annotated[bool, typer.Option(help="Fewer images and epochs: to see that it runs.")] = False,  # noqa: FBT002
) -> None:
    """Do the main job on sample images: draw parts, train on the good ones, inspect a folder, write the report."""
    from inspector.jobs.demo import demo as run

    places: Places = context.obj
    with listening() as listener:
        outcomes = run(folder or places.data / "demo", listener, quick=quick)
    for outcome in outcomes:
        counts = f"{outcome.batch.ok} OK, {outcome.batch.ng} NG, {outcome.batch.unreadable} unreadable"
        out.print(f"{outcome.name}: {counts}; AUROC {outcome.batch.auroc:.4f}", style="bold")
        out.print(f"  detector: {outcome.detector}")
        out.print(f"  report:   {outcome.report}")
