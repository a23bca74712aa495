"""`inspector distances`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from inspector.cli.terminal import err, listening, out, print_json

if TYPE_CHECKING:
    from inspector.core.kinds import GroupFigures
    from inspector.jobs.distances import DistanceFigures


def add_to(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command(no_args_is_help=True)(distances)


def distances(
    bundle: Annotated[Path, typer.Argument(help="A saved detector of metric or doc.")],
    dataset: Annotated[
        Path, typer.Argument(help="Folder with labelled images (sub-folders good and kinds, or MVTec).")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,  # noqa: FBT002
) -> None:
    """Say which distance is best for these images: one training judged by each, without training anew.

    Take one by: inspector threshold BUNDLE --set distance=NAME
    """
    from inspector.jobs.distances import compare_distances

    with listening() as listener:
        found = compare_distances(bundle, dataset, listener)
    if as_json:
        print_json(asdict(found))
        return
    split = any(one.known is not None or one.unseen is not None for one in found.distances)
    table = Table(title=f"{found.normal} normal and {found.abnormal} abnormal images", title_justify="left")
    columns = ("AUROC", "false alarms", "misses", *(["known", "unseen"] if split else []), "ms")
    table.add_column("distance", no_wrap=True)
    for name in columns:
        table.add_column(name, justify="right")
    for one in found.distances:
        groups = [_missed(one.known), _missed(one.unseen)] if split else []
        table.add_row(
            f"{one.name} *" if one.chosen else one.name,
            "–" if one.image_auroc is None else f"{one.image_auroc:.4f}",
            *_counted(one),
            *groups,
            f"{one.ms_per_frame:.2f}",
        )
    out.print(table)
    out.print("* judges now; ms of a frame, network included", style="dim")
    out.print("take another by: inspector threshold BUNDLE --set distance=NAME", style="dim")
    if split:
        out.print("known, unseen: misses of kinds that were learned from, and of others", style="dim")
    if any(one.threshold is None for one in found.distances):
        err.print("This detector is older than distances can be changed: train it anew to judge by another one.")
    if found.unreadable:
        err.print(f"{found.unreadable} files could not be read and are in no figure.", style="yellow")


def _counted(one: DistanceFigures) -> tuple[str, str]:
    counts = one.counts
    if counts is None:
        return "–", "–"
    normal, abnormal = counts.normal_ok + counts.normal_ng, counts.abnormal_ok + counts.abnormal_ng
    return (
        f"{counts.normal_ng} / {normal}" if normal else "–",
        f"{counts.abnormal_ok} / {abnormal}" if abnormal else "–",
    )


def _missed(group: GroupFigures | None) -> str:
    return "–" if group is None else f"{group.missed} / {group.n}"
