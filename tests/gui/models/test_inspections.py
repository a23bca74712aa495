"""Inspections sorted, filtered and counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from inspector.core.image import Label
from inspector.core.inspection import Inspection, Verdict, judge
from inspector.gui.models.inspections import Inspections, Wanted

if TYPE_CHECKING:
    from inspector.gui.models.inspections import Column

BAD = Label(abnormal=True, kind="dent")
GOOD = Label(abnormal=False, kind="good")


def one(name: str, score: float | None = 0.5, label: Label | None = None, error: str | None = None) -> Inspection:
    verdict = Verdict.UNREADABLE if score is None else judge(score, 1.0)
    return Inspection(name, "bolts", score, 1.0, verdict, 0.0, label=label, error=error)


@pytest.fixture
def five() -> Inspections:
    table = Inspections()
    table.append(
        table.add(
            [
                one("good/1.png", 0.2, GOOD),
                one("good/2.png", 1.4, GOOD),
                one("dent/10.png", 3.0, BAD),
                one("dent/11.png", 0.4, BAD),
                one("torn.png", None, error="Torn"),
            ]
        )
    )
    return table


def names(table: Inspections) -> list[str]:
    return [table.rows[number].name for number in table.shown]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(), ["good/1.png", "good/2.png", "dent/10.png", "dent/11.png", "torn.png"]),
        (Wanted(verdict=Verdict.NG), ["good/2.png", "dent/10.png"]),
        (Wanted(verdict=Verdict.UNREADABLE), ["torn.png"]),
        (Wanted(folder="dent"), ["dent/10.png", "dent/11.png"]),
        (Wanted(folder=""), ["torn.png"]),
        (Wanted(folder="nowhere"), []),
        (Wanted(lowest=0.4, highest=1.4), ["good/2.png", "dent/11.png"]),
        (Wanted(text="TORN"), ["torn.png"]),
        (Wanted(text="dent"), ["dent/10.png", "dent/11.png"]),
        (Wanted(wrong=True), ["good/2.png", "dent/11.png"]),
        (Wanted(verdict=Verdict.NG, wrong=True), ["good/2.png"]),
    ],
)
def test_that_only_what_is_wanted_is_shown(five: Inspections, wanted: Wanted, expected: list[str]) -> None:
    five.want(wanted)
    assert names(five) == expected


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("name", ["good/1.png", "good/2.png", "dent/10.png", "dent/11.png", "torn.png"]),
        ("score", ["good/1.png", "dent/11.png", "good/2.png", "dent/10.png", "torn.png"]),
        ("level", ["good/1.png", "dent/11.png", "good/2.png", "dent/10.png", "torn.png"]),
        ("verdict", ["good/1.png", "dent/11.png", "good/2.png", "dent/10.png", "torn.png"]),
        ("folder", ["torn.png", "dent/10.png", "dent/11.png", "good/1.png", "good/2.png"]),
        ("label", ["dent/10.png", "dent/11.png", "good/1.png", "good/2.png", "torn.png"]),
    ],
)
def test_that_they_are_shown_in_the_order_asked_for(five: Inspections, column: Column, expected: list[str]) -> None:
    five.sort(column, descending=False)
    assert names(five) == expected


def test_that_what_has_no_score_comes_last_either_way(five: Inspections) -> None:
    five.sort("score", descending=True)
    assert names(five) == ["dent/10.png", "good/2.png", "dent/11.png", "good/1.png", "torn.png"]


def test_that_what_comes_later_is_filtered_too(five: Inspections) -> None:
    five.want(Wanted(verdict=Verdict.NG))
    numbers = five.add([one("x.png", 2.0), one("y.png", 0.1)])
    assert numbers.tolist() == [5]
    five.append(numbers)
    assert names(five)[-1] == "x.png"


def test_that_figures_count_all_and_follow_a_new_label(five: Inspections) -> None:
    five.want(Wanted(text="nothing like it"))
    figures = five.figures()
    assert (figures.ok, figures.ng, figures.unreadable, figures.total) == (2, 2, 1, 5)
    assert figures.auroc == pytest.approx(0.75)
    assert figures.counts is not None
    assert (figures.counts.normal_ng, figures.counts.abnormal_ok) == (1, 1)
    five.label(1, BAD)
    counts = five.figures().counts
    assert counts is not None
    assert (counts.normal_ng, counts.abnormal_ng) == (0, 2)


def test_that_without_labels_there_are_no_metrics() -> None:
    table = Inspections()
    assert table.figures().total == 0
    table.add([one("a.png")])
    assert table.figures().auroc is None
    assert table.figures().counts is None


def test_that_clearing_keeps_what_is_wanted(five: Inspections) -> None:
    five.want(Wanted(verdict=Verdict.NG))
    five.sort("score", descending=True)
    five.clear()
    assert len(five) == 0
    five.add([one("a.png", 2.0), one("b.png", 3.0), one("c.png", 0.0)])
    five.arrange()
    assert names(five) == ["b.png", "a.png"]


def test_that_many_are_sorted_as_few_are() -> None:
    scores = np.random.default_rng(0).random(5000)
    table = Inspections()
    table.add(one(f"{number}.png", float(score)) for number, score in enumerate(scores))
    table.sort("score", descending=False)
    assert [table.rows[number].score for number in table.shown] == sorted(scores)
