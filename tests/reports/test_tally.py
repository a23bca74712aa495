from __future__ import annotations

import gc
import tracemalloc
import weakref

import numpy as np
import pytest

from inspector.core.image import Label
from inspector.core.inspection import Inspection, Verdict
from inspector.core.ranking import auroc, count
from inspector.reports.tally import Tally
from tests.reports.made import DENT, GOOD, SCRATCH, judged, tallied, unreadable


def test_that_it_counts_as_numpy_does() -> None:
    random = np.random.default_rng(1)
    scores = random.gamma(4.0, 0.5, 500)
    labels = [(GOOD, DENT, SCRATCH, None)[i] for i in random.integers(0, 4, 500)]
    tally = tallied(
        judged(f"{i}.png", float(score), label, time=1e9 + i)
        for i, (score, label) in enumerate(zip(scores, labels, strict=True))
    )
    good, bad = (
        scores[[label is not None and label.abnormal is wanted for label in labels]] for wanted in (False, True)
    )
    np.testing.assert_array_equal(np.sort(tally.normal), np.sort(good))
    np.testing.assert_array_equal(np.sort(tally.abnormal), np.sort(bad))
    np.testing.assert_array_equal(tally.unlabelled, scores[[label is None for label in labels]])
    assert (tally.ok, tally.ng, tally.unreadable) == ((scores <= 2.5).sum(), (scores > 2.5).sum(), 0)
    assert tally.counts == count(good, bad, 2.5)
    assert tally.roc is not None
    assert tally.roc.auroc == auroc(good, bad)
    assert [each.score for each in tally.worst] == sorted(scores, reverse=True)[:50]
    dents = scores[[label is DENT for label in labels]]
    assert tally.kinds[True, "dent"].wrong_rate == pytest.approx((dents <= 2.5).mean())
    assert sorted(each.score or 0 for each in tally.missed_listed) == sorted(bad[bad <= 2.5])[:20]
    assert tally.missed == (bad <= 2.5).sum()
    assert (tally.first, tally.last) == (1e9, 1e9 + 499)
    assert tally.seconds == 250
    assert tally.images_per_second == 2
    assert tally.mean_milliseconds == 4


def test_that_nothing_is_kept_of_a_row_but_its_score() -> None:
    tally = Tally(worst=3, missed=2, unreadable=4, sheet=3)
    seen: list[weakref.ref[Label]] = []
    for i in range(2000):
        # An Inspection has slots and no weak references; a label of its own stands for it.
        label = _Label(abnormal=i % 2 == 0, kind="dent" if i % 2 == 0 else "good")
        seen.append(weakref.ref(label))
        tally.add(unreadable("torn.png", label=label) if i % 5 == 0 else judged("a.png", i % 97 / 20, label))
    del label
    gc.collect()
    on_the_sheet = 3 * 3 + 3 + 3  # the nearest to the threshold, the worst and the normal
    assert sum(ref() is not None for ref in seen) <= 3 + 2 + 4 + on_the_sheet


class _Label(Label):
    """A label that can be watched: without slots it has a place for weak references."""


def test_that_memory_grows_by_a_score_a_row() -> None:
    tally = Tally()
    for i in range(1000):
        tally.add(judged("a.png", i % 97 / 20, GOOD))
    tracemalloc.start()
    try:
        for i in range(20_000):
            tally.add(judged("a.png", i % 97 / 20, GOOD))
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # Eight bytes for each score, what the array reserves ahead (an eighth), and the fifty worst.
    assert grown < 20_000 * 8 * 1.5 + 50_000


def test_that_the_worst_go_by_level_and_the_earlier_of_equals_comes_first() -> None:
    tally = tallied(
        [judged("b", 4.0, threshold=2.0), judged("a", 9.0, threshold=9.0), judged("c", 8.0, threshold=4.0)], worst=2
    )
    assert [each.name for each in tally.worst] == ["b", "c"]


def test_that_unreadable_files_are_all_counted_and_the_first_are_listed() -> None:
    tally = tallied((unreadable(f"{i}.png", label=DENT) for i in range(10)), listed=3)
    assert tally.unreadable == 10
    assert [each.name for each in tally.unreadable_listed] == ["0.png", "1.png", "2.png"]
    assert tally.kinds[True, "dent"].unreadable == 10
    assert tally.kinds[True, "dent"].wrong_rate is None
    assert tally.counts is None
    assert tally.worst == []


def test_that_nothing_can_be_kept() -> None:
    tally = tallied([judged("a", 1.0, DENT), unreadable("b")], worst=0, missed=0, listed=0)
    assert (tally.worst, tally.missed_listed, tally.unreadable_listed) == ([], [], [])
    assert (tally.missed, tally.unreadable) == (1, 1)


def test_that_scores_read_early_do_not_keep_more_from_coming() -> None:
    tally = tallied([judged("a", 1.0)])
    early = tally.unlabelled
    tally.add(judged("b", 2.0))
    assert early.tolist() == [1.0]
    assert tally.unlabelled.tolist() == [1.0, 2.0]


def test_that_a_threshold_moved_by_hand_is_seen() -> None:
    tally = tallied([judged("a", 1.0, GOOD), judged("b", 1.0, GOOD, threshold=0.5, overridden=True)])
    assert tally.threshold_range == (0.5, 2.5)
    assert tally.threshold == 0.5
    assert tally.overridden == 1
    assert tally.counts is not None
    assert (tally.counts.normal_ok, tally.counts.normal_ng) == (1, 1)


def test_that_a_verdict_without_a_score_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Expected a score.*Received"):
        Tally().add(Inspection("a", "d", None, 2.5, Verdict.OK, 1e9))
