from __future__ import annotations

import random
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from inspector.reports.choice import Choice
from tests.reports.made import DENT, GOOD, judged, unreadable

if TYPE_CHECKING:
    from inspector.core.image import Label
    from inspector.core.inspection import Inspection


def chosen(inspections: list[Inspection], each: int = 4) -> dict[str, list[str]]:
    choice = Choice(each)
    for inspection in inspections:
        choice.add(inspection)
    return {one.title: [it.name for it in one.inspections] for one in choice.chosen}


def many() -> list[Inspection]:
    """100 normal of level 0.1 to 0.9, 50 abnormal of level 0.9 to 3, mixed."""
    inspections = [judged(f"good/{i}", 2.5 * (0.1 + i * 0.008), GOOD) for i in range(100)]
    inspections += [judged(f"dent/{i}", 2.5 * (0.9 + i * 0.042), DENT) for i in range(50)]
    random.Random(1).shuffle(inspections)
    return inspections


def test_that_the_worst_some_normal_and_the_doubtful_are_chosen() -> None:
    found = chosen(many())
    assert list(found) == [
        "Abnormal: the worst of 50",
        "Normal: picked at random of 100",
        "Nearest to the threshold, of the others",
    ]
    worst, normal, near = found.values()
    assert worst == ["dent/49", "dent/48", "dent/47", "dent/46"]
    assert len(normal) == 4
    assert all(name.startswith("good/") for name in normal)
    assert near == ["dent/4", "dent/3", "dent/2", "dent/1"]


def test_that_normal_images_are_a_fair_sample_and_not_the_best() -> None:
    counts = [0] * 10
    for round_ in range(100):
        levels = [i / 1000 for i in range(1, 1001, 2)]
        random.Random(round_).shuffle(levels)
        choice = Choice(4)
        for level in levels:
            choice.add(judged("good", level, GOOD, threshold=2.0))
        for one in choice.chosen[0].inspections:
            counts[min(int((one.score or 0) * 10), 9)] += 1
    assert sum(counts) == 400
    assert min(counts) > 20
    assert max(counts) < 65


def test_that_the_same_images_give_the_same_choice() -> None:
    assert chosen(many()) == chosen(many())


def test_that_few_images_are_all_shown_once_and_by_their_sort() -> None:
    found = chosen([judged("a", 1.0, GOOD), judged("b", 9.0, DENT), judged("c", 2.0, GOOD), unreadable("d")])
    assert found == {"Abnormal": ["b"], "Normal": ["c", "a"]}


def test_that_without_labels_the_verdict_says_what_is_abnormal() -> None:
    assert chosen([judged("a", 1.0), judged("b", 9.0)]) == {"NG": ["b"], "OK": ["a"]}


def test_that_a_missed_defect_stands_with_the_abnormal() -> None:
    assert chosen([judged("a", 1.0, DENT), judged("b", 9.0, GOOD)]) == {"Abnormal": ["a"], "Normal": ["b"]}


def test_that_nothing_is_chosen_of_nothing() -> None:
    assert chosen([]) == chosen([unreadable("a")]) == chosen(many(), each=0) == {}


@given(
    st.lists(st.tuples(st.floats(0, 1e300), st.sampled_from([GOOD, DENT, None])), max_size=40),
    st.integers(0, 5),
)
def test_that_of_any_images_none_is_shown_twice_and_no_sort_has_too_many(
    scores: list[tuple[float, Label | None]], each: int
) -> None:
    choice = Choice(each)
    for number, (score, label) in enumerate(scores):
        choice.add(judged(str(number), score, label))
    names = [one.name for band in choice.chosen for one in band.inspections]
    assert len(names) == len(set(names)) == min(len(scores), len(names))
    assert all(0 < len(band.inspections) <= each for band in choice.chosen)
    for band in choice.chosen:
        levels = [one.level or 0 for one in band.inspections]
        assert levels == sorted(levels, reverse=True)
    if len(scores) <= each:
        assert len(names) == len(scores)
