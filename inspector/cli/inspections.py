"""`inspector batch` and `evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from inspector.cli.kinds import print_kinds
from inspector.cli.terminal import PROVIDER_HELP, VERDICT_STYLES, err, listening, print_json, use_provider
from inspector.cli.terminal import out as stdout
from inspector.core.errors import Cancelled, OptionError
from inspector.core.inspection import Verdict

if TYPE_CHECKING:
    from inspector.jobs.evaluate import Evaluation
    from inspector.jobs.flips import Flips

NG_EXIT = 3


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (batch, evaluate):
        app.command(no_args_is_help=True)(command)


def batch(
    context: typer.Context,
    folder: Annotated[
        str,
        typer.Argument(help="Folder of images, searched with its sub-folders; also an address (s3://bucket/parts)."),
    ],
    detector: Annotated[Path, typer.Option(help="What 'inspector train' saved.")],
    out_address: Annotated[str, typer.Option("--out", help="Folder for the report; also an address.")],
    fail_on_ng: Annotated[bool, typer.Option(help="Exit 3 when anything is NG or unreadable.")] = False,  # noqa: FBT002
    pictures: Annotated[int, typer.Option(min=0, max=1000, help="How many of the worst to show in the report.")] = 50,
    overlays: Annotated[str, typer.Option(help="Write overlays as pictures: none, ng or all.")] = "none",
    threshold: Annotated[float | None, typer.Option(help="Judge by this instead of the detector's own.")] = None,
    *,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from where a run to --out was cut off.")] = False,
    afresh: Annotated[
        bool, typer.Option("--afresh", help="Judge unchanged files too, which the report at --out has already.")
    ] = False,
    tables: Annotated[
        str, typer.Option(help="The rows as csv, as parquet (for very many), or both.", show_default="csv")
    ] = "csv",
    scheduler: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Have a Dask cluster judge, such as tcp://host:8786.")
    ] = "",
    against: Annotated[
        Path | None, typer.Option(help="An earlier report of these images: also say which verdicts changed.")
    ] = None,
    workers: Annotated[
        int, typer.Option(min=0, max=256, help="Have so many worker processes of this computer judge.")
    ] = 0,
    provider: Annotated[str, typer.Option(help=PROVIDER_HELP)] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Inspect a folder and write report.html, results.csv and summary.json.

    A run that was cancelled, killed or failed can be resumed: run it again with --resume. Files that are unchanged
    since the report that stands at --out are taken from there if the same detector made it.
    """
    from inspector.core.files import attempt_at
    from inspector.jobs.batch import REPORT, Batch, staging
    from inspector.jobs.batch import batch as run
    from inspector.sources.remote import RemoteFolder, parse_folder

    use_provider(provider)
    if against is not None and against.absolute() == Path(out_address).absolute():
        msg = "The report given with --against would be replaced by the new one. Give another --out."
        raise OptionError(msg)
    _check(overlays=overlays, tables=tables, threshold=threshold, elsewhere=bool(scheduler and workers))
    out = parse_folder(out_address)
    out_path = staging(out, context.obj.cache) if isinstance(out, RemoteFolder) else out
    job = Batch(
        parse_folder(folder),
        detector,
        out_path,
        pictures,
        overlays,  # type: ignore[arg-type]
        threshold,
        resume=resume,
        afresh=afresh,
        tables=tables,  # type: ignore[arg-type]
        scheduler=scheduler,
        workers=workers,
        deliver=out if isinstance(out, RemoteFolder) else None,
    )
    try:
        with listening() as listener:
            outcome = run(job, listener)
    except Cancelled:
        if attempt_at(out_path).exists():
            err.print("What was judged so far is kept: the same command with --resume goes on from there.")
        raise
    from inspector.cli.flips import as_plain, print_flips

    changed = None if against is None else _changes(against, outcome.out)
    if as_json:
        print_json(
            {
                "report": str(outcome.out / REPORT),
                "ok": outcome.ok,
                "ng": outcome.ng,
                "unreadable": outcome.unreadable,
                "auroc": outcome.auroc,
                "seconds": outcome.seconds,
                "known": outcome.known,
                "changed": None if changed is None else as_plain(changed),
            }
        )
    else:
        line = Text(f"{outcome.ok} OK, ")
        line.append(f"{outcome.ng} NG", VERDICT_STYLES[Verdict.NG] if outcome.ng else "")
        line.append(
            f", {outcome.unreadable} unreadable", VERDICT_STYLES[Verdict.UNREADABLE] if outcome.unreadable else ""
        )
        if outcome.auroc is not None:
            line.append(f"; AUROC {outcome.auroc:.4f} by the folders' names")
        stdout.print(line)
        if outcome.known:
            stdout.print(f"{outcome.known} of them are unchanged since the last report and were not judged again.")
        stdout.print(f"Report: {out}/{REPORT}" if isinstance(out, RemoteFolder) else f"Report: {outcome.out / REPORT}")
        if changed is not None:
            print_flips(changed)
    if fail_on_ng and (outcome.ng or outcome.unreadable):
        raise typer.Exit(NG_EXIT)


def _changes(before: Path, report: Path) -> Flips:
    from inspector.jobs.flips import FlipsJob, flips

    with listening() as listener:
        return flips(FlipsJob(before, report, report), listener)


def _check(*, overlays: str, tables: str, threshold: float | None, elsewhere: bool) -> None:
    if overlays not in {"none", "ng", "all"}:
        msg = f"Expected --overlays none, ng or all. Received: {overlays!r}"
        raise OptionError(msg)
    if threshold is not None and not 0 < threshold < float("inf"):
        msg = f"Expected a threshold > 0. Received: {threshold}"
        raise OptionError(msg)
    if tables not in {"csv", "parquet", "both"}:
        msg = f"Expected --tables csv, parquet or both. Received: {tables!r}"
        raise OptionError(msg)
    if elsewhere:
        msg = "Give --scheduler or --workers, not both: the workers of a scheduler are started where it is."
        raise OptionError(msg)


def evaluate(
    dataset: Annotated[
        Path, typer.Argument(help="Folder with labelled images (sub-folders good and kinds, or MVTec).")
    ],
    detector: Annotated[Path, typer.Option(help="What 'inspector train' saved.")],
    provider: Annotated[str, typer.Option(help=PROVIDER_HELP)] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,  # noqa: FBT002
) -> None:
    """Measure a detector on labelled images."""
    use_provider(provider)
    from inspector.jobs.evaluate import evaluate as run

    with listening() as listener:
        figures = run(dataset, detector, listener)
    if as_json:
        print_json(figures.as_json())
    else:
        _print_figures(figures)


def _print_figures(figures: Evaluation) -> None:
    table = Table(title=f"{figures.normal} normal and {figures.abnormal} abnormal images", title_justify="left")
    table.add_column("figure")
    table.add_column("value", justify="right")
    rows = (
        ("image AUROC", figures.image_auroc),
        ("average precision", figures.average_precision),
        ("balanced accuracy at the threshold", figures.balanced_accuracy),
        ("  normal judged OK", figures.normal_accuracy),
        ("  abnormal judged NG", figures.abnormal_accuracy),
        ("best balanced accuracy (threshold chosen on these images)", figures.best_balanced_accuracy),
        ("best F1 (threshold chosen on these images)", figures.best_f1),
        ("pixel AUROC", figures.pixel_auroc),
        ("AUPRO up to 30 % false positives", figures.aupro),
    )
    for name, value in rows:
        table.add_row(name, "–" if value is None else f"{value:.4f}")
    table.add_row("milliseconds an image (median)", f"{figures.ms_per_image:.2f}")
    stdout.print(table)
    print_kinds(figures)
    if figures.unreadable:
        err.print(f"{figures.unreadable} files could not be read and are in no figure.", style="yellow")
