"""`inspector flips`: what changes when one detector replaces another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from inspector.cli.inspections import NG_EXIT
from inspector.cli.terminal import VERDICT_STYLES, listening, out, print_json

if TYPE_CHECKING:
    from inspector.core.inspection import Verdict
    from inspector.jobs.flips import Flips

_SHOWN = 20


def add_to(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command(no_args_is_help=True)(flips)


def flips(
    old: Annotated[Path, typer.Argument(help="Report of the detector in use, as 'inspector batch' wrote it.")],
    new: Annotated[Path, typer.Argument(help="Report of the one that may replace it, over the same images.")],
    out_path: Annotated[Path | None, typer.Option("--out", help="Folder for flips.html and flips.csv.")] = None,
    *,
    fail_on_flip: Annotated[bool, typer.Option(help="Exit 3 when a verdict changes.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False,
) -> None:
    """Say which verdicts change when one detector replaces another, the worst first."""
    from inspector.jobs.flips import FlipsJob
    from inspector.jobs.flips import flips as run

    with listening() as listener:
        found = run(FlipsJob(old, new, out_path), listener)
    if as_json:
        print_json(as_plain(found))
    else:
        print_flips(found)
    if fail_on_flip and found.tally.flipped:
        raise typer.Exit(NG_EXIT)


def as_plain(found: Flips) -> dict[str, object]:
    """The counts as plain values."""
    tally = found.tally
    return {
        "old": found.old,
        "new": found.new,
        "files": tally.both,
        "flipped": tally.flipped,
        "verdicts": {f"{old} -> {new}": count for (old, new), count in sorted(tally.matrix.items())},
        "harms": {harm.name.lower(): count for harm, count in sorted(tally.harms.items())},
        "only_old": tally.only_old,
        "only_new": tally.only_new,
        "report": None if found.page is None else str(found.page),
    }


def print_flips(found: Flips) -> None:
    """Print the counts and the worst."""
    from inspector.reports.flips import HARM_WORDS

    tally = found.tally
    out.print(Text(f"{tally.flipped:,} of {tally.both:,} verdicts change: {found.new} instead of {found.old}."))
    for harm, count in sorted(tally.harms.items()):
        out.print(Text(f"  {count:,} {HARM_WORDS[harm]}"))
    if tally.only_old or tally.only_new:
        out.print(Text(f"{tally.only_old:,} files only in the old report, {tally.only_new:,} only in the new one."))
    if tally.worst:
        table = Table(title="the worst first", title_justify="left")
        for column in ("file", "label", "old", "level", "new", "level", "what changes"):
            table.add_column(column, justify="right" if column == "level" else "left")
        for flip in tally.worst[:_SHOWN]:
            table.add_row(
                Text(flip.name),
                Text(flip.label),
                _verdict(flip.old),
                _level(flip.old_level),
                _verdict(flip.new),
                _level(flip.new_level),
                HARM_WORDS[flip.harm],
            )
        out.print(table)
    if found.page is not None:
        out.print(f"Report: {found.page}")


def _verdict(verdict: Verdict) -> Text:
    return Text(str(verdict), VERDICT_STYLES.get(verdict, ""))


def _level(level: float | None) -> str:
    return "–" if level is None else f"{level:.3g}"
