"""`inspector shrink`: a detector in numbers of fewer bits."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from inspector.cli.terminal import listening, out, print_json


def add_to(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command(no_args_is_help=True)(shrink)


def shrink(
    bundle: Annotated[Path, typer.Argument(help="A saved detector.")],
    precision: Annotated[str, typer.Option(help="fp16: half the size. int8: a quarter, and often faster.")],
    out_path: Annotated[Path, typer.Option("--out", help="Where the new detector goes.")],
    normal: Annotated[
        Path | None, typer.Option(help="Good parts it did not learn from: the threshold is set by them anew.")
    ] = None,
    dataset: Annotated[Path | None, typer.Option(help="Labelled images to measure both on.")] = None,
    *,
    force: Annotated[bool, typer.Option("--force", help="Keep it however much scores change.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Make a smaller or faster detector of a saved one, and say what that changes: scores, size and time.

    It is refused where a score changes by more than 10 %. Whether it is faster depends on the processor: measure here.
    """
    from inspector.jobs.shrink import Shrinking
    from inspector.jobs.shrink import shrink as run

    job = Shrinking(bundle, out_path, precision, normal, dataset, force=force)  # type: ignore[arg-type]
    with listening() as listener:
        found = run(job, listener)
    if as_json:
        print_json({"bundle": str(out_path), "precision": precision, **asdict(found)})
        return
    table = Table(box=None, padding=(0, 2))
    for name in ("", "before", precision):
        table.add_column(name, justify="right" if name else "left")
    before, after = found.before, found.after
    table.add_row("networks, MB", f"{before.bytes / 1e6:.2f}", f"{after.bytes / 1e6:.2f}")
    table.add_row("milliseconds a picture", f"{before.ms:.2f}", f"{after.ms:.2f}")
    table.add_row("threshold", f"{before.threshold:.6g}", f"{after.threshold:.6g}")
    if before.auroc is not None and after.auroc is not None:
        table.add_row("image AUROC", f"{before.auroc:.4f}", f"{after.auroc:.4f}")
    out.print(table)
    out.print(f"On {found.images} pictures scores change by {found.typical:.2%} (median), {found.largest:.2%} at most.")
    out.print(f"Saved to {out_path}.")
