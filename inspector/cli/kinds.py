"""Figures by kind on the terminal: known and unseen kinds apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from inspector.cli.terminal import out
from inspector.core.intervals import CONFIDENCE
from inspector.core.kinds import USUAL_WEIGHT

if TYPE_CHECKING:
    from inspector.core.kinds import GroupFigures, KindFigures
    from inspector.jobs.evaluate import Evaluation


def print_kinds(figures: Evaluation) -> None:
    """Print each kind by itself and, where the detector learned from some, those apart from the others."""
    split = figures.known is not None or figures.unseen is not None
    table = Table(title="by kind", title_justify="left")
    for name in ("kind", *(["learned"] if split else []), "images", "wrong", "rate", "image AUROC"):
        table.add_column(name, justify="left" if name in {"kind", "learned"} else "right")
    for kind in figures.kinds:
        rate = _rate(1 - kind.right, kind.low, kind.high)
        middle = [_group(kind)] if split else []
        table.add_row(_name(kind), *middle, str(kind.n), str(kind.wrong), rate, _area(kind.image_auroc))
    for words, group in (("all known kinds", figures.known), ("all unseen kinds", figures.unseen)):
        if group is not None:
            table.add_row(*_summed(words, group), style="bold")
    out.print(table)
    words = "wrong: misses of abnormal kinds, false alarms of normal ones; in brackets, where the rate lies"
    out.print(f"{words} ({CONFIDENCE:.0%} sure)", style="dim")
    if split:
        out.print("known: learned from in training; unseen: never shown to it, as what goes wrong next", style="dim")


def _summed(words: str, group: GroupFigures) -> tuple[str, ...]:
    rate = _rate(group.miss_rate, group.low, group.high)
    return (words, "", str(group.n), str(group.missed), rate, _area(group.image_auroc))


def _name(kind: KindFigures) -> Text:
    weight = "" if kind.weight == USUAL_WEIGHT else f" (weight {kind.weight:g})"
    return Text(kind.kind + weight)


def _group(kind: KindFigures) -> str:
    return "" if kind.known is None else "known" if kind.known else "unseen"


def _rate(rate: float, low: float, high: float) -> str:
    return f"{rate:.1%} ({low:.0%}–{high:.0%})"


def _area(area: float | None) -> str:
    return "–" if area is None else f"{area:.4f}"
