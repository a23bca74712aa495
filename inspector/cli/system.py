"""`inspector doctor` and `demo`."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer
from rich.table import Table
from rich.text import Text

from inspector import __version__
from inspector.cli.terminal import listening, out, print_json

if TYPE_CHECKING:
    from inspector.core.events import Listener
    from inspector.core.places import Places


class Windows(Protocol):
    """What the command line can ask of the window, which stands beside it and is not imported here."""

    def open(self, places: Places, workspace: Path | None = None) -> int:
        """Show the window until it is closed; give the exit code."""

    def render(self, folder: Path, listener: Listener) -> list[Path]:
        """Write a picture of every panel."""


def add_to(app: typer.Typer, windows: Windows | None) -> None:
    """Add this module's commands."""
    app.command()(doctor)

    @app.command()
    def demo(
        context: typer.Context,
        folder: Annotated[Path | None, typer.Option("--out", help="Where to; else in the program's data.")] = None,
        quick: Annotated[bool, typer.Option(help="Fewer images and epochs: to see that it runs.")] = False,  # noqa: FBT002
        window: Annotated[bool, typer.Option(help="Open the window in the end.")] = True,  # noqa: FBT002
    ) -> None:
        """Do the main job on sample images: draw parts, train on the good ones, inspect a folder, write the report.

        Then open the window on them; without a display, render it to pictures.
        """
        places: Places = context.obj
        place = folder or places.data / "demo"
        _demo(place, quick=quick)
        if windows is not None and window:
            _show(windows, places, place)


def doctor(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,  # noqa: FBT002
) -> None:
    """Say what this machine has: versions, display, cameras, what networks run on, and where things are kept."""
    from inspector.detectors import providers
    from inspector.detectors.fitting import versions
    from inspector.detectors.runtime import providers as execution_providers
    from inspector.sources.cameras import cameras

    places: Places = context.obj
    found: dict[str, Any] = {
        "inspector": __version__,
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "versions": versions(),
        "display": _display(),
        "cameras": [str(camera) for camera in cameras()],
        "providers": execution_providers(),
        "can judge on": {
            name: title if name in providers.offered() else f"not installed: {providers.how_to_get(name)}"
            for name, title in providers.TITLES.items()
        },
        "judges on": os.environ.get(providers.VARIABLE, providers.CPU),
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


def _show(windows: Windows, places: Places, folder: Path) -> None:
    """Open the window on the sample workspace, or render it where there is no display."""
    from inspector.jobs.sample import sample_workspace

    if _has_display():
        with listening() as listener:
            sample = sample_workspace(folder / "workspace", listener)
        out.print("Opening the window; close it to end.")
        windows.open(places, sample.workspace.folder)
        return
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with listening() as listener:
        pictures = windows.render(folder / "window", listener)
    out.print("There is no display here, so the window was rendered to pictures:", style="bold")
    for picture in pictures:
        out.print(f"  {picture}")


def _has_display() -> bool:
    if os.environ.get("QT_QPA_PLATFORM") == "offscreen":
        return False
    return sys.platform in {"win32", "darwin"} or any(map(os.environ.get, ("WAYLAND_DISPLAY", "DISPLAY")))


def _display() -> str:
    if sys.platform in {"win32", "darwin"}:
        return "the system's own"
    for name in ("WAYLAND_DISPLAY", "DISPLAY"):
        if os.environ.get(name):
            return f"{name}={os.environ[name]}"
    return "none: the window can only be rendered to a picture here"


def _demo(folder: Path, *, quick: bool) -> None:
    from inspector.jobs.demo import demo as run

    with listening() as listener:
        outcomes = run(folder, listener, quick=quick)
    for outcome in outcomes:
        counts = f"{outcome.batch.ok} OK, {outcome.batch.ng} NG, {outcome.batch.unreadable} unreadable"
        out.print(f"{outcome.name}: {counts}; AUROC {outcome.batch.auroc:.4f}", style="bold")
        out.print(f"  detector: {outcome.detector}")
        out.print(f"  report:   {outcome.report}")
