from __future__ import annotations

import threading

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from inspector.core.latest import Latest


class OnePlace(RuleBasedStateMachine):
    """`Latest` against a list: whatever order it is used in, nothing is given twice and nothing is lost uncounted."""

    def __init__(self) -> None:
        super().__init__()
        self.latest: Latest[int] = Latest()
        self.lying: list[int] = []
        self.put_in = 0
        self.given = 0
        self.closed = False

    @rule(item=st.integers())
    def put(self, item: int) -> None:
        self.latest.put(item)
        if not self.closed:
            self.lying = [item]
            self.put_in += 1

    @rule(timeout=st.sampled_from([0.0, -1.0]))
    def take(self, timeout: float) -> None:
        expected = self.lying.pop() if self.lying else None
        assert self.latest.take(timeout) == expected
        self.given += expected is not None

    @precondition(lambda self: self.lying or self.closed)
    @rule()
    def take_patiently_what_needs_no_waiting(self) -> None:
        self.take(timeout=60.0)

    @rule()
    def close(self) -> None:
        self.latest.close()
        self.closed = True

    @invariant()
    def every_item_was_given_or_missed_or_lies_there(self) -> None:
        assert self.latest.missed == self.put_in - self.given - len(self.lying)
        assert self.latest.closed == self.closed


TestThatItKeepsOnlyTheNewest = OnePlace.TestCase


def test_that_a_slow_taker_sees_rising_items_and_the_last_one() -> None:
    latest: Latest[int] = Latest()
    taken: list[int] = []

    def take_all() -> None:
        while (item := latest.take(timeout=30)) is not None:
            taken.append(item)

    taker = threading.Thread(target=take_all)
    taker.start()
    for item in range(5000):
        latest.put(item)
    latest.close()
    taker.join(30)

    assert not taker.is_alive()
    assert taken == sorted(set(taken))
    assert taken[-1] == 4999
    assert latest.missed + len(taken) == 5000


def test_that_closing_wakes_a_waiting_taker() -> None:
    latest: Latest[int] = Latest()
    waiting = threading.Event()
    got: list[int | None] = []

    def take() -> None:
        waiting.set()
        got.append(latest.take(timeout=60))

    taker = threading.Thread(target=take)
    taker.start()
    assert waiting.wait(30)
    latest.close()
    taker.join(30)
    assert got == [None]


def test_that_none_can_be_put_without_being_taken_for_emptiness() -> None:
    latest: Latest[int | None] = Latest()
    latest.put(None)
    latest.put(1)
    assert latest.missed == 1
    assert latest.take() == 1
