"""Tables of rows: on the terminal, and as a section of RESULTS.md."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.table import Table

from inspector.core.files import whole_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.benchmarks.harness import Bar, Row

_HEAD = """# Results

Each section was written by the command it names; `python -m tests.benchmarks NAME --results FILE` replaces its own
section and leaves the others. Where several runs were made, a figure is their mean, with the least and greatest.
"""
_MOST_COLUMNS = 8
_DECIMALS = ((1.5, 4), (100.0, 2))


def number(value: float) -> str:
    """A figure as people read it: shares to four places, large ones whole."""
    places = next((places for limit, places in _DECIMALS if abs(value) < limit), 0)
    return f"{value:,.{places}f}"


def cell(row: Row | None) -> str:
    """Mean, least and greatest."""
    if row is None:
        return ""
    spread = f" ({number(row.min)} to {number(row.max)})" if row.n > 1 else ""
    return number(row.mean) + spread


def verdicts(rows: Sequence[Row], bars: Sequence[Bar]) -> list[tuple[bool, str]]:
    """Give for each bar and row it concerns whether it was met, and a sentence."""
    answers = []
    for bar in bars:
        for row in filter(bar.concerns, rows):
            figure = row.metric if bar.of == "mean" else f"{bar.of} {row.metric}"
            text = f"{row.method}, {row.case}: {figure} {number(bar.held(row))} {bar.sign} {bar.value:g}"
            answers.append((bar.met(row), text))
    return answers


def _crossed(rows: Sequence[Row]) -> tuple[list[tuple[str, str]], list[str], dict[tuple[str, str, str], Row]]:
    """Columns (case, method), metrics, and the rows by both."""
    columns = list(dict.fromkeys((row.case, row.method) for row in rows))
    metrics = list(dict.fromkeys(row.metric for row in rows))
    return columns, metrics, {(row.case, row.method, row.metric): row for row in rows}


def as_table(title: str, rows: Sequence[Row]) -> Table:
    """The rows for a terminal: a line a metric, a column a case and method; the other way round when these are many."""
    columns, metrics, found = _crossed(rows)
    table = Table(title=title, title_justify="left")
    if len(columns) > _MOST_COLUMNS:
        for name in ("case", "method", *metrics):
            table.add_column(name, justify="left" if name in {"case", "method"} else "right")
        for column in columns:
            table.add_row(*column, *(cell(found.get((*column, metric))) for metric in metrics))
        return table
    table.add_column("metric", no_wrap=True)
    for case, method in columns:
        table.add_column(f"{case}\n{method}", justify="right")
    for metric in metrics:
        table.add_row(metric, *(cell(found.get((*column, metric))) for column in columns))
    return table


def as_markdown(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table: a line a metric, a column a case and method.

    When these are many, a table a case instead, with a line a method.
    """
    columns, metrics, found = _crossed(rows)
    if len(columns) > _MOST_COLUMNS:
        cases = dict.fromkeys(case for case, _ in columns)
        return "\n\n".join(_case(case, [row for row in rows if row.case == case]) for case in cases)
    lines = ["| metric | " + " | ".join(f"{case}: {method}" for case, method in columns) + " |"]
    lines.append("|---" + "|---:" * len(columns) + "|")
    lines += [
        f"| {metric} | " + " | ".join(cell(found.get((*column, metric))) for column in columns) + " |"
        for metric in metrics
    ]
    return "\n".join(lines)


def _case(case: str, rows: Sequence[Row]) -> str:
    columns, metrics, found = _crossed(rows)
    lines = [f"| {case} | " + " | ".join(metrics) + " |", "|---" + "|---:" * len(metrics) + "|"]
    lines += [
        f"| {column[1]} | " + " | ".join(cell(found.get((*column, metric))) for metric in metrics) + " |"
        for column in columns
    ]
    return "\n".join(lines)


def section(
    name: str, about: str, rows: Sequence[Row], bars: Sequence[Bar], *, command: str, when: str, machine: str
) -> str:
    """A benchmark's section of RESULTS.md."""
    held = verdicts(rows, bars)
    lines = [f"## {name}", "", about, "", f"`{command}`", "", f"{when}; {machine}.", "", as_markdown(rows), ""]
    lines += [f"- {'reached' if met else '**missed**'}: {text}" for met, text in held]
    return "\n".join(lines).rstrip() + "\n"


def replace_section(path: Path, name: str, text: str) -> None:
    """Write a section into RESULTS.md in place of the one with this name, or at its end."""
    old = path.read_text(encoding="utf-8") if path.is_file() else _HEAD
    parts = re.split(r"^(?=## )", old, flags=re.MULTILINE)
    head, sections = parts[0].rstrip() + "\n", [part.rstrip() + "\n" for part in parts[1:]]
    position = next((i for i, one in enumerate(sections) if one.partition("\n")[0] == f"## {name}"), None)
    if position is None:
        sections.append(text)
    else:
        sections[position] = text
    with whole_file(path) as partial:
        partial.write_text("\n".join([head, *sections]), encoding="utf-8")
