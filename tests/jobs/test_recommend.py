from __future__ import annotations

from typing import Any

from inspector.jobs.recommend import recommend
from inspector.reports.methods import MethodRow


def row(name: str, missed: range, *, ms: float = 10, **others: object) -> MethodRow:
    """A method that scores those of 60 abnormal images below, and the others above, all of 60 normal ones."""
    abnormal = tuple(-1.0 if number in missed else 2.0 for number in range(60))
    values: dict[str, Any] = {"threshold": 1.5, "has_map": True, **others}
    return MethodRow(
        method=name, title=name.title(), normal=(0.0,) * 30 + (1.0,) * 30, abnormal=abnormal, ms_per_image=ms, **values
    )


# Each misses other images, so that one standard error lies between the best and the other two.
BEST, CLOSE, FAR = range(2), range(2, 5), range(5, 30)


def test_that_the_surely_best_one_is_taken_however_slow_it_is() -> None:
    found = recommend([row("quick", FAR, ms=1), row("good", BEST, ms=100)])
    assert found.method == "good"
    assert found.reason.startswith("It has the best image AUROC, 0.9667.")
    assert "surely worse" in found.certainty
    assert found.alike == ()


def test_that_of_those_as_good_the_much_faster_one_is_taken_and_why() -> None:
    found = recommend([row("slow", BEST, ms=90), row("quick", CLOSE, ms=10)])
    assert found.method == "quick"
    assert "within the uncertainty of the best" in found.reason
    assert "9 times as fast as slow" in found.reason
    assert found.alike == ("slow",)
    assert "slow" not in found.certainty


def test_that_a_little_faster_is_not_faster() -> None:
    assert recommend([row("first", BEST, ms=12), row("second", CLOSE, ms=10)]).method == "first"


def test_that_of_those_as_good_one_that_says_where_is_taken() -> None:
    found = recommend([row("blind", BEST, has_map=False), row("seeing", CLOSE)])
    assert found.method == "seeing"
    assert "also says where, which blind does not" in found.reason


def test_that_of_those_as_good_one_whose_map_is_better_is_taken() -> None:
    found = recommend([row("vague", BEST, pixel_auroc=0.7), row("exact", CLOSE, pixel_auroc=0.95)])
    assert found.method == "exact"
    assert "pixel AUROC 0.950" in found.reason


def test_that_it_says_how_many_pictures_would_tell_two_apart() -> None:
    found = recommend([row("one", BEST), row("other", CLOSE)])
    assert "other may be as good" in found.certainty
    assert "About 14 times as many pictures" in found.certainty


def test_that_chance_is_called_chance() -> None:
    assert "hardly better than chance" in recommend([row("blind", range(28)), row("deaf", range(20, 50))]).certainty


def test_that_few_pictures_are_said_to_be_few() -> None:
    few = MethodRow("few", "Few", True, threshold=1, normal=(0, 0.1, 0.2), abnormal=(2, 3))
    found = recommend([few])
    assert found.method == "few"
    assert "3 good and 2 bad pictures" in found.certainty
    assert "So few pictures say little" in found.certainty


def test_that_without_bad_pictures_nothing_is_recommended_and_speed_is_told() -> None:
    rows = [MethodRow(name, name, True, normal=(1, 2), ms_per_image=ms) for name, ms in (("a", 5.0), ("b", 2.0))]
    found = recommend(rows)
    assert found.method is None
    assert "no pictures of bad parts" in found.reason
    assert "The fastest is b with 2 ms" in found.certainty


def test_that_without_good_pictures_nothing_is_recommended() -> None:
    found = recommend([MethodRow("a", "a", True, abnormal=(1, 2))])
    assert found.method is None
    assert "no pictures of good parts" in found.reason


def test_that_failed_methods_are_passed_over_and_all_of_them_are_none() -> None:
    failed = MethodRow("bad", "Bad", True, failed="too few images")
    assert recommend([failed, row("good", BEST)]).method == "good"
    assert recommend([failed]).method is None
