"""`inspector train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from inspector.cli.settings import setting
from inspector.cli.terminal import err, listening, out, print_json
from inspector.imaging.region import Region

REGION_HELP = 'Where to look: "left,top,right,bottom" or "x,y x,y x,y" in 0..1, or a .json file. Can be repeated.'


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command(no_args_is_help=True)(train)


def train(  # noqa: PLR0917 - one argument for each option of the command
    method: Annotated[str, typer.Argument(help="One of those 'inspector detectors' lists.")],
    normal: Annotated[Path, typer.Option(help="Folder of images of good parts.")],
    out_path: Annotated[Path, typer.Option("--out", help="Where the detector (a folder) goes.")],
    abnormal: Annotated[Path | None, typer.Option(help="Folder of bad parts, sub-folders naming the kinds.")] = None,
    reference: Annotated[Path | None, typer.Option(help="Folder of other things, a sub-folder a class.")] = None,
    size: Annotated[str | None, typer.Option(help="Input of the network in pixels: N or HEIGHTxWIDTH.")] = None,
    epochs: Annotated[int | None, typer.Option(help="How long to train, at most.")] = None,
    seed: Annotated[int | None, typer.Option(help="Same seed and images give the same detector.")] = None,
    threshold: Annotated[
        str | None, typer.Option(help="mean+3sigma, percentile:99.5, far:0.01 or best-f1.", metavar="RULE")
    ] = None,
    smallest_defect: Annotated[
        float | None,
        typer.Option(
            help="How many pixels of a picture your smallest defect is across: size and tiles follow from it.",
            metavar="PIXELS",
        ),
    ] = None,
    region: Annotated[list[str] | None, typer.Option(help=REGION_HELP)] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="An area to ignore, written likewise.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="Any option of the method. Can be repeated.", metavar="KEY=VALUE")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,  # noqa: FBT002
) -> None:
    """Train a detector on a folder of good parts and save it."""
    from inspector.jobs.train import Training
    from inspector.jobs.train import train as run

    options: dict[str, Any] = dict(map(setting, settings or []))
    named = {"size": size, "epochs": epochs, "seed": seed, "threshold": threshold}
    options |= {name: value for name, value in named.items() if value is not None}
    if region or ignore:
        options["region"] = Region.parse(region or [], ignore or []).as_json()
    if smallest_defect is not None:
        from inspector.jobs.advising import advice_for

        advice = advice_for(normal, smallest_defect, Region.parse(region or [], ignore or []))
        err.print(advice.sentence)
        options = advice.options | options
    with listening() as listener:
        job = Training(method, normal, out_path, options, abnormal=abnormal, reference=reference)
        detector = run(job, listener)
    record, set_at = detector.fitted.record, detector.threshold
    if as_json:
        print_json(
            {
                "bundle": str(out_path),
                "method": detector.METHOD,
                "identity": detector.identity,
                "threshold": set_at.value,
                "map_threshold": set_at.map_value,
                "rule": set_at.explanation,
                "counts": dict(record.counts),
                "seconds": record.seconds,
            }
        )
        return
    out.print(f"Saved {detector.TITLE.lower()} {detector.identity} to {out_path} after {record.seconds:.0f} s.")
    out.print(f"Threshold {set_at.value:.6g} ({detector.unit}): {set_at.explanation}.")
    if record.counts["unreadable"]:
        err.print(f"{record.counts['unreadable']} files could not be read and were left out.", style="yellow")
    out.print(f"Next: inspector batch FOLDER --detector {out_path} --out report", style="dim")
