"""The command `python -m tests.benchmarks`."""

from __future__ import annotations

import datetime as dt
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from inspector import __version__
from inspector.core.errors import InspectorError
from inspector.core.files import whole_file
from inspector.core.places import Places
from inspector.detectors.fitting import versions
from tests.benchmarks import machine
from tests.benchmarks.boxes import boxes
from tests.benchmarks.harness import Benchmark, Done, Outcome, Request, State, Unit, run
from tests.benchmarks.registry import BENCHMARKS
from tests.benchmarks.results import as_table, number, replace_section, section, verdicts

if TYPE_CHECKING:
    from collections.abc import Sequence

_INTERRUPTED = 130

out = Console(soft_wrap=True, highlight=False)
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command(help=f"Run a benchmark: {', '.join(BENCHMARKS)}. A command that was stopped goes on when it is repeated.")
def main(  # noqa: PLR0917 - one argument for each option of the command
    name: Annotated[str, typer.Argument(help="Which one.")],
    data: Annotated[
        Path | None,
        typer.Option(envvar="INSPECTOR_DATA", help="Folder of the data sets; without it they are downloaded."),
    ] = None,
    json_path: Annotated[Path | None, typer.Option("--json", help="Write the rows there.")] = None,
    seeds: Annotated[
        int | None, typer.Option("--seeds", "--draws", min=1, help="How many seeds (draws), or rounds of a timing.")
    ] = None,
    first_seed: Annotated[int, typer.Option(min=0, help="The first of them.")] = 0,
    only: Annotated[str, typer.Option(help="Only what has this in its case and method; A|B: either.")] = "",
    state_path: Annotated[Path | None, typer.Option("--state", help="Where finished units are kept.")] = None,
    fresh: Annotated[bool, typer.Option(help="Measure anew what was finished before.")] = False,  # noqa: FBT002
    keep: Annotated[bool, typer.Option(help="Count what was finished by other code of the same version.")] = False,  # noqa: FBT002
    results: Annotated[Path | None, typer.Option(help="Write a section there, as of RESULTS.md.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw boxes of the runs' AUROC there, as SVG.")] = None,
) -> None:
    """Run a benchmark."""
    if name not in BENCHMARKS:
        message = f"Expected one of {', '.join(BENCHMARKS)}. Received: {name}"
        raise typer.BadParameter(message, param_hint="NAME")
    benchmark = BENCHMARKS[name]
    cache = Places.of_this_user().cache / "benchmarks"
    path = state_path or cache / f"{name}.jsonl"
    if fresh:
        path.unlink(missing_ok=True)
    request = Request(data, seeds or benchmark.runs, first_seed, cache)
    units = [one for one in benchmark.units(request) if _chosen(one, only)]
    try:
        outcome = _run(benchmark, units, State(path), keep=keep)
    except InspectorError as error:
        out.print(Text(str(error), style="bold red"))
        raise typer.Exit(1) from error
    except KeyboardInterrupt as error:
        out.print("Stopped. The same command goes on from here.")
        raise typer.Exit(_INTERRUPTED) from error
    _tell(benchmark, outcome)
    if json_path is not None:
        with whole_file(json_path) as partial:
            rows = [asdict(row) for row in outcome.rows]
            partial.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if plot is not None:
        with whole_file(plot) as partial:
            partial.write_text(boxes(benchmark.name, outcome.finished), encoding="utf-8")
    if results is not None:
        _write(results, benchmark, outcome, _command(benchmark, request, only, keep=keep))


def _chosen(unit: Unit, only: str) -> bool:
    return any(part in f"{unit.case} {unit.method}" for part in only.split("|"))


def _run(benchmark: Benchmark, units: Sequence[Unit], state: State, *, keep: bool) -> Outcome:
    count = 0

    def watcher(unit: Unit, done: Done, before: bool) -> None:  # noqa: FBT001
        nonlocal count
        count += 1
        which = ", ".join(f"{k} {v}" for k, v in unit.settings.items() if isinstance(v, int))
        first = ", ".join(f"{metric} {number(value)}" for metric, value in list(done.figures.items())[:3])
        how = "finished before" if before else f"{done.seconds:.0f} s"
        out.print(f"[{count}/{len(units)}] {unit.case}, {unit.method}, {which}: {first} ({how})", markup=False)

    return run(
        benchmark.name,
        units,
        state,
        versions={"inspector": __version__} | versions() | {"cores": str(machine.cores())},
        code=machine.code(*_files(benchmark)),
        commit=machine.commit(),
        keep=keep,
        watcher=watcher,
    )


def _files(benchmark: Benchmark) -> list[Path]:
    """The benchmark's own module, and those that several make use of."""
    own = sys.modules[benchmark.units.__module__].__file__
    names = {Path(__file__).with_name(name) for name in ("child.py", "data.py", "made.py")}
    return [*names, *([Path(own)] if own else [])]


def _tell(benchmark: Benchmark, outcome: Outcome) -> None:
    out.print(as_table(benchmark.name, outcome.rows))
    for met, text in verdicts(outcome.rows, benchmark.bars):
        out.print(Text(("reached: " if met else "MISSED: ") + text, style="green" if met else "bold red"))


def _command(benchmark: Benchmark, request: Request, only: str, *, keep: bool) -> str:
    parts = ["python -m tests.benchmarks", benchmark.name]
    if benchmark.needs_data:
        parts.append("--data DIR")
    if request.runs != benchmark.runs:
        parts.append(f"--seeds {request.runs}")
    if request.first:
        parts.append(f"--first-seed {request.first}")
    if only:
        parts.append(f"--only '{only}'")
    if keep:
        parts.append("--keep")
    return " ".join(parts)


def _write(path: Path, benchmark: Benchmark, outcome: Outcome, command: str) -> None:
    when = dt.datetime.now(dt.UTC).date().isoformat()
    if outcome.commits:
        when += f"; commit {' and '.join(outcome.commits)}"
    text = section(
        benchmark.name,
        benchmark.about,
        outcome.rows,
        benchmark.bars,
        command=command,
        when=when,
        machine=machine.describe(),
    )
    replace_section(path, benchmark.name, text)


if __name__ == "__main__":
    sys.exit(app(prog_name="python -m tests.benchmarks"))
