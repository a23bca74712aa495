"""`inspector compare`: several methods on the same images."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from inspector.cli.settings import setting
from inspector.cli.terminal import TerminalListener, err, listening, out, print_json
from inspector.cli.training import REGION_HELP
from inspector.core.errors import Cancelled
from inspector.core.events import Event, PartEnded
from inspector.imaging.region import Region

if TYPE_CHECKING:
    from inspector.core.events import Listener
    from inspector.jobs.trial import Trial
    from inspector.reports.methods import Compared, MethodRow


def add_to(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command(no_args_is_help=True)(compare)


def compare(  # noqa: PLR0917 - one argument for each option of the command
    context: typer.Context,
    dataset: Annotated[
        Path, typer.Argument(help="A workspace, a folder in the MVTec layout, or one with good parts and kinds.")
    ],
    methods: Annotated[
        str, typer.Option(help="Which, with commas between; see: inspector detectors. 'all' takes every one.")
    ],
    size: Annotated[str | None, typer.Option(help="Input of the networks in pixels: N or HEIGHTxWIDTH.")] = None,
    epochs: Annotated[int | None, typer.Option(help="How long to train those that have epochs, at most.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of the methods, and of the split if it is drawn.")] = None,
    threshold: Annotated[
        str | None, typer.Option(help="mean+3sigma, percentile:99.5 or far:0.01.", metavar="RULE")
    ] = None,
    region: Annotated[list[str] | None, typer.Option(help=REGION_HELP)] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="An area to ignore, written likewise.")] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="An option of every method that has it, or of one: patchcore.memory=500. Can be repeated.",
            metavar="KEY=VALUE",
        ),
    ] = None,
    out_path: Annotated[
        Path | None, typer.Option("--out", help="Folder for the report and the detectors; else in the program's cache.")
    ] = None,
    *,
    afresh: Annotated[bool, typer.Option("--afresh", help="Train those too that were finished before.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Train several methods on the same good parts, measure them on the same images and say which to take.

    Each is trained in a process of its own. A run that was stopped goes on where it was when the command is repeated.
    No bad part is learned from: all of them are there to measure on. (To put saved detectors side by side, use the
    window's Detectors panel, or 'inspector evaluate' for each.)
    """
    from inspector.detectors import METHODS
    from inspector.jobs.methods import BUNDLES, MethodsJob, compare_methods
    from inspector.jobs.process import run_in_child
    from inspector.jobs.trial import try_method
    from inspector.reports.methods import PAGE

    options: dict[str, Any] = dict(map(setting, settings or []))
    named = {"size": size, "epochs": epochs, "seed": seed, "threshold": threshold}
    options |= {name: value for name, value in named.items() if value is not None}
    if region or ignore:
        options["region"] = Region.parse(region or [], ignore or []).as_json()
    chosen = tuple(METHODS) if methods.strip() == "all" else tuple(one.strip() for one in methods.split(",") if one)
    place = out_path or _place_of(dataset, context.obj.cache)
    job = MethodsJob(dataset, chosen, place, options, seed or 0, afresh=afresh)
    with listening() as listener:

        def attempt(trial: Trial, heard: Listener) -> MethodRow:
            return run_in_child(try_method, trial, heard, poll=listener.check)

        try:
            compared = compare_methods(job, _Telling(listener), attempt=attempt)
        except Cancelled:
            err.print(f"Methods that were finished are kept in {place / BUNDLES}: the same command goes on from there.")
            raise
    if as_json:
        print_json(compared.as_json() | {"report": str(place / PAGE)})
        return
    _print(compared)
    out.print(f"Report: {place / PAGE}")
    if compared.recommendation.method is not None:
        out.print(f"Its detector: {place / BUNDLES / compared.recommendation.method}", style="dim")


class _Telling:
    """Says of each method what came of it, above the bar; the rest is the terminal's."""

    def __init__(self, terminal: TerminalListener) -> None:
        self._terminal = terminal

    def __call__(self, event: Event) -> None:
        if isinstance(event, PartEnded):
            row: Any = event.outcome
            if row.failed:
                err.print(Text(f"{row.method}: {row.failed}", style="yellow"))
            else:
                known = "" if row.area is None else f"image AUROC {row.area.value:.4f}, "
                err.print(Text(f"{row.method}: {known}trained in {row.training_seconds:.0f} s"))
        self._terminal(event)


def _place_of(dataset: Path, cache: Path) -> Path:
    """Where a comparison without `--out` is kept: the same for the same folder, so that it can go on."""
    absolute = dataset.absolute()
    return cache / "compare" / f"{absolute.name}-{hashlib.sha256(str(absolute).encode()).hexdigest()[:8]}"


def _print(compared: Compared) -> None:
    drawn = ", the others drawn" if compared.held_out else ""
    # Without a frame: ten columns have to fit on a terminal of eighty characters.
    table = Table(
        title=f"{compared.train} good parts learned from{drawn}", title_justify="left", box=None, padding=(0, 1)
    )
    for column in ("method", "AUROC", "pixel", "AUPRO", "alarms", "misses", "ms", "s", "MB"):
        table.add_column(column, justify="left" if column == "method" else "right", no_wrap=True)
    for row in compared.rows:
        if row.failed:
            table.add_row(Text(row.method), Text("failed", style="yellow"), *[""] * 7)
            continue
        found, counts = row.area, row.counts
        areas = (None if found is None else found.value, row.pixel_auroc, row.aupro)
        table.add_row(
            Text(row.method, style="bold" if row.method == compared.recommendation.method else ""),
            *("–" if value is None else f"{value:.4f}" for value in areas),
            f"{counts.normal_ng}/{len(row.normal)}",
            f"{counts.abnormal_ok}/{len(row.abnormal)}",
            f"{row.ms_per_image:.3g}",
            f"{row.training_seconds:.0f}",
            f"{row.bytes / 1e6:.2f}",
        )
    out.print(table)
    for row in compared.rows:
        if row.failed:
            out.print(Text(f"{row.method}: {row.failed}"))
    chosen = compared.recommendation
    out.print(Text("No recommendation. " if chosen.method is None else f"Take {chosen.method}. ", style="bold"), end="")
    out.print(Text(f"{chosen.reason} {chosen.certainty}"))
