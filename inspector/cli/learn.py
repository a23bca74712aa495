"""`inspector learn`: a detector takes in pictures that were fine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from inspector.cli.terminal import VERDICT_STYLES, listening, out, print_json
from inspector.core.errors import OptionError

if TYPE_CHECKING:
    from inspector.jobs.learning import Taught

_SHOWN = 20


def add_to(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command(no_args_is_help=True)(learn)


def learn(
    bundle: Annotated[Path, typer.Argument(help="A saved patch detector.")],
    images: Annotated[list[Path] | None, typer.Argument(help="Pictures that were fine.")] = None,
    report: Annotated[
        Path | None, typer.Option(help="A report of this detector: say which of its verdicts flip.")
    ] = None,
    calibrate: Annotated[
        Path | None, typer.Option(help="Good parts it did not learn from: set the threshold by them anew.")
    ] = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take the last lesson back instead.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Have a detector take in pictures that were called NG and are fine, without training it anew.

    It takes seconds. The last five lessons can be taken back with --undo; the bundle says which pictures were taken in.
    """
    from inspector.jobs import learning
    from inspector.sources.decode import read_image

    if undo == bool(images):
        msg = f"Give pictures to learn from, or --undo alone: inspector learn {bundle} IMAGE..."
        raise OptionError(msg)
    if undo:
        learning.undo(bundle)
        if as_json:
            print_json({"bundle": str(bundle), "undone": True})
        else:
            out.print(f"The last lesson of {bundle} is taken back.")
        return
    past = learning.past_of_report(report) if report is not None else []
    named = [(path.name, read_image(path)) for path in images or []]
    with listening() as listener:
        taught = learning.study(learning.Learning(bundle, named, past, calibrate), listener)
    if not dry_run:
        learning.keep(taught)
    if as_json:
        print_json(
            {
                "bundle": str(bundle),
                "kept": not dry_run,
                "levels": [{"image": name, "before": before, "after": after} for name, before, after in taught.levels],
                "threshold": taught.thresholds[1],
                "threshold_before": taught.thresholds[0],
                "judged_again": taught.tally.both,
                "flips": [
                    {"image": flip.name, "old": str(flip.old), "new": str(flip.new)} for flip in taught.tally.worst
                ],
            }
        )
        return
    _print(taught, kept=not dry_run)


def _print(taught: Taught, *, kept: bool) -> None:
    for name, before, after in taught.levels:
        out.print(Text(f"{name}: level {before:.3g} before, {after:.3g} now{'' if after <= 1 else ' (still NG)'}"))
    before, after = taught.thresholds
    if before != after:
        out.print(f"Threshold {before:.6g} is now {after:.6g}.")
    if taught.tally.both:
        out.print(f"{taught.tally.flipped} of {taught.tally.both} past verdicts nearest to the threshold flip.")
    for flip in taught.tally.worst[:_SHOWN]:
        line = Text(f"  {flip.name}{f' ({flip.label})' if flip.label else ''}: ")
        line.append(str(flip.old), VERDICT_STYLES[flip.old]).append(f" {flip.old_level:.3g} -> ")
        out.print(line.append(str(flip.new), VERDICT_STYLES[flip.new]).append(f" {flip.new_level:.3g}"))
    if kept:
        out.print(f"Kept. To take it back: inspector learn {taught.bundle} --undo", style="dim")
    else:
        out.print("Nothing was kept.", style="dim")
