"""What a verdict over several frames promises."""

from __future__ import annotations

import pytest

from inspector.core.errors import OptionError
from inspector.core.inspection import Inspection, Verdict, judge
from inspector.core.voting import ALONE, Voter, Voting

OK, NG, UNREADABLE = Verdict.OK, Verdict.NG, Verdict.UNREADABLE


def seen(score: float | None, time: float = 0.0, threshold: float = 1.0) -> Inspection:
    verdict = UNREADABLE if score is None else judge(score, threshold)
    return Inspection("a", "d", score, threshold, verdict, time)


def votes(voting: Voting, *scores: float | None, step: float = 1.0) -> list[Verdict | None]:
    voter = Voter(voting)
    return [voter.vote(seen(score, number * step)) for number, score in enumerate(scores)]


def test_that_without_voting_nothing_is_voted() -> None:
    assert votes(ALONE, 0.5, 2.0) == [None, None]


def test_that_one_bad_frame_of_five_does_not_make_an_ng_and_three_do() -> None:
    assert votes(Voting(needed=3, out_of=5), 2, 0.1, 0.1, 2, 2, 0.1, 0.1) == [OK, OK, OK, OK, NG, OK, OK]


def test_that_the_mean_of_scores_is_compared_with_the_threshold() -> None:
    # Means: 3, 1.6, 1.2, .2 - a single peak outweighs two frames, not three.
    assert votes(Voting(mean=3), 3, 0.2, 0.2, 0.2) == [NG, NG, NG, OK]
    assert votes(Voting(mean=3), 0.2, 0.2, 2.5, 0.2) == [OK, OK, OK, OK]


def test_that_ng_is_held_for_its_time_after_the_last_vote_that_made_it() -> None:
    held = votes(Voting(hold=2.0), 0.1, 2, 0.1, 0.1, 0.1, 0.1)
    assert held == [OK, NG, NG, OK, OK, OK]


def test_that_a_frame_that_could_not_be_read_is_never_ok_and_has_no_vote() -> None:
    assert votes(Voting(needed=2, out_of=2), 0.1, None, 2, None, 2) == [OK, UNREADABLE, OK, UNREADABLE, NG]
    assert votes(Voting(hold=5), 2, None) == [NG, NG]


def test_that_frames_before_a_gap_do_not_vote_on_those_after_it() -> None:
    voter = Voter(Voting(needed=2, out_of=3, hold=100))
    assert [voter.vote(seen(2.0)), voter.vote(seen(2.0))] == [OK, NG]
    voter.reset()
    assert [voter.vote(seen(0.1)), voter.vote(seen(2.0))] == [OK, OK]


def test_that_a_threshold_moved_by_hand_counts_from_then_on() -> None:
    voter = Voter(Voting(needed=2, out_of=2))
    assert [voter.vote(seen(2.0, threshold=3.0)), voter.vote(seen(2.0)), voter.vote(seen(2.0))] == [OK, OK, NG]


def test_that_a_vote_is_read_as_people_write_it() -> None:
    assert Voting.parsed("3/5", mean=2, hold=1.5) == Voting(2, 3, 5, 1.5)
    assert Voting.parsed(" 3 of 5 ") == Voting(needed=3, out_of=5)


@pytest.mark.parametrize("vote", ["", "3", "6/5", "0/5", "3/5000", "-1/2", "a/b"])
def test_that_a_vote_that_makes_no_sense_is_refused(vote: str) -> None:
    with pytest.raises(OptionError, match="vote"):
        Voting.parsed(vote)


@pytest.mark.parametrize("numbers", [{"mean": 0}, {"mean": 1001}, {"hold": -1.0}, {"hold": float("nan")}])
def test_that_numbers_out_of_their_range_are_refused(numbers: dict[str, float]) -> None:
    with pytest.raises(OptionError, match="Expected"):
        Voting(**numbers)  # type: ignore[arg-type]
