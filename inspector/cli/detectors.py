"""`inspector detectors`, `show` and `threshold`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from inspector.cli.settings import setting
from inspector.cli.terminal import inspection_line, listening, out, print_json
from inspector.core.errors import OptionError


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(detectors)
    app.command(no_args_is_help=True)(show)
    app.command(no_args_is_help=True)(threshold)


def detectors(
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON, options with types and ranges.")] = False,  # noqa: FBT002
) -> None:
    """List the methods there are, with their options."""
    from inspector.detectors import METHODS

    if as_json:
        print_json(
            [
                {
                    "method": one.METHOD,
                    "title": one.TITLE,
                    "summary": one.SUMMARY,
                    "unit": one.UNIT,
                    "has_map": one.HAS_MAP,
                    "details": list(one.DETAILS),
                    "options": one.Options.model_json_schema(),
                }
                for one in METHODS.values()
            ]
        )
        return
    for one in METHODS.values():
        out.print(Text(one.METHOD, style="bold"), Text(f"  {one.SUMMARY}"))
        out.print(f"  score: {one.UNIT}", style="dim")
        table = Table(box=None, padding=(0, 2), show_header=False)
        for name, field in one.Options.model_fields.items():
            default = one().config()[name]
            table.add_row(f"  {name}", Text("" if name == "region" else str(default)), Text(field.description or ""))
        out.print(table)
        out.print()


def show(
    bundle: Annotated[Path, typer.Argument(help="A saved detector.")],
    images: Annotated[list[Path] | None, typer.Argument(help="Images, or folders of them, to show it on.")] = None,
    sheet: Annotated[Path | None, typer.Option(help="Draw them on a contact sheet, such as sheet.png.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,  # noqa: FBT002
) -> None:
    """Show what a saved detector is and how it was trained; or, given images, what it makes of them."""
    from inspector.detectors import load

    if images:
        _show_on(bundle, images, sheet, as_json=as_json)
        return
    if sheet is not None:
        msg = f"A contact sheet needs images: inspector show {bundle} IMAGES... --sheet {sheet}"
        raise OptionError(msg)
    detector = load(bundle)
    fitted = detector.fitted
    size = sum(file.stat().st_size for file in bundle.iterdir() if file.is_file())
    if as_json:
        print_json(
            {
                "bundle": str(bundle),
                "method": detector.METHOD,
                "identity": detector.identity,
                "unit": detector.unit,
                "threshold": fitted.threshold.value,
                "map_threshold": fitted.threshold.map_value,
                "rule": fitted.threshold.rule,
                "explanation": fitted.threshold.explanation,
                "options": detector.config(),
                "created": fitted.record.created,
                "seconds": fitted.record.seconds,
                "counts": dict(fitted.record.counts),
                "folds": fitted.record.folds,
                "precision": fitted.record.precision,
                "lessons": [{"when": one.when, "images": dict(one.images)} for one in fitted.record.lessons],
                "learned": list(fitted.record.learned),
                "versions": dict(fitted.record.versions),
                "bytes": size,
            }
        )
        return
    table = Table(box=None, show_header=False, padding=(0, 2))
    counts = ", ".join(f"{count} {name}" for name, count in fitted.record.counts.items() if count)
    crossed = f", cross-fitted in {fitted.record.folds} parts" if fitted.record.folds else ""
    rows = (
        ("detector", f"{bundle.resolve().name} ({detector.TITLE.lower()}, {detector.identity})"),
        ("trained", f"{fitted.record.created}, {fitted.record.seconds:.0f} s"),
        ("images", counts + crossed),
        *([("learned from", ", ".join(fitted.record.learned))] if fitted.record.learned else []),
        ("score", detector.unit),
        ("threshold", f"{fitted.threshold.value:.6g}: {fitted.threshold.explanation}"),
        ("map threshold", "–" if fitted.threshold.map_value is None else f"{fitted.threshold.map_value:.6g}"),
        ("size on disk", f"{size / 1e6:.2f} MB"),
        ("precision", fitted.record.precision),
        ("versions", ", ".join(f"{name} {version}" for name, version in fitted.record.versions.items())),
        ("options", ", ".join(f"{name}={value}" for name, value in detector.config().items())),
    )
    for name, value in rows:
        table.add_row(Text(name, style="bold"), Text(value))
    out.print(table)


def _show_on(bundle: Path, images: list[Path], sheet: Path | None, *, as_json: bool) -> None:
    from inspector.jobs.sheet import SheetJob, judge_and_draw

    with listening() as listener:
        outcome = judge_and_draw(SheetJob(bundle, tuple(images), sheet), listener)
    if as_json:
        rows = [inspection.as_row() for inspection in outcome.inspections]
        print_json({"sheet": None if sheet is None else str(sheet), "shown": outcome.shown, "images": rows})
        return
    for inspection in outcome.inspections:
        out.print(inspection_line(inspection))
    if sheet is not None:
        out.print(f"Contact sheet: {sheet} ({outcome.shown} of {len(outcome.inspections)} images)")


def threshold(
    bundle: Annotated[Path, typer.Argument(help="A saved detector.")],
    rule: Annotated[
        str | None, typer.Option(help="mean+3sigma, percentile:99.5, far:0.01 or best-f1.", metavar="RULE")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="An option that only judging looks at. Can be repeated.", metavar="KEY=VALUE"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,  # noqa: FBT002
) -> None:
    """Set a saved detector's threshold anew, without retraining; and what its score is made of.

    --set changes score (own, map or area), top, level and minimum_area of every method, and the distance of metric:
    inspector threshold BUNDLE --set score=area --set minimum_area=0.1%
    """
    from inspector.jobs.threshold import set_threshold

    before, detector = set_threshold(bundle, rule, dict(map(setting, settings or [])))
    after = detector.threshold
    if as_json:
        print_json(
            {
                "before": before.value,
                "threshold": after.value,
                "rule": after.rule,
                "map": after.map_value,
                "unit": detector.unit,
                "identity": detector.identity,
                "options": {name: detector.config()[name] for name in detector.JUDGING},
            }
        )
        return
    out.print(f"Threshold {before.value:.6g} ({before.rule}) is now {after.value:.6g}: {after.explanation}.")
    if settings:
        out.print(f"Score: {detector.unit}. The detector is now {detector.identity}.")
