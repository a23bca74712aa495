from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from inspector.core.errors import SourceError
from inspector.core.image import check_image
from tests.contract.sources import FRAMES, SOURCES, Case, all_kinds, read_frames
from tests.sources.drawing import is_red

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from inspector.sources.base import Source

MANY = 3 * FRAMES
"""Past two loops."""


@pytest.fixture(params=SOURCES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


@pytest.fixture
def source(case: Case, tmp_path: Path) -> Iterator[Source]:
    made = case.make(tmp_path)
    yield made
    made.close()


def wanted(case: Case) -> int:
    # A watched folder has no more than what lies in it.
    return MANY if case.endless and case.name != "watched folder" else FRAMES


def test_that_every_source_goes_through_these_tests() -> None:
    assert {case.kind for case in SOURCES} == all_kinds()


def test_that_red_is_red_in_every_frame(source: Source, case: Case) -> None:
    with source:
        frames = read_frames(source, wanted(case))
    assert len(frames) == wanted(case)
    assert all(is_red(frame.image) for frame in frames)


def test_that_red_is_red_after_opening_again(source: Source) -> None:
    for _ in range(2):
        with source:
            assert all(is_red(frame.image) for frame in read_frames(source, FRAMES))


def test_that_images_are_contiguous_rgb8_and_may_be_written_to(source: Source) -> None:
    with source:
        (frame,) = read_frames(source, 1)
    assert check_image(frame.image) is frame.image
    frame.image[:] = 0


def test_that_a_frame_survives_the_next_reads(source: Source, case: Case) -> None:
    with source:
        (first,) = read_frames(source, 1)
        before = first.image.copy()
        rest = read_frames(source, wanted(case) - 1)
        for frame in rest:
            frame.image[:] = 0
    assert (first.image == before).all()


def test_that_frames_tell_where_and_when_they_came_from(source: Source) -> None:
    before = time.time()
    with source:
        frames = read_frames(source, FRAMES)
    assert [frame.index for frame in frames] == list(range(FRAMES))
    assert len({frame.name for frame in frames}) == FRAMES
    assert all(frame.source == source.name != "" for frame in frames)
    assert all(before - 1 <= frame.time <= time.time() + 1 for frame in frames)
    assert [frame.time for frame in frames] == sorted(frame.time for frame in frames)


def test_that_a_finite_source_ends_and_says_so(source: Source, case: Case) -> None:
    if case.endless:
        assert source.total is None
        return
    with source:
        assert source.total == FRAMES
        assert len(read_frames(source, MANY)) == FRAMES
        assert source.ended
        assert source.read() is None
        assert source.ended


def test_that_an_endless_source_never_ends(source: Source, case: Case) -> None:
    if case.endless:
        with source:
            read_frames(source, wanted(case))
            assert source.total is None
            assert not source.ended


def test_that_opening_twice_changes_nothing(source: Source) -> None:
    source.open()
    read_frames(source, 1)
    source.open()
    (frame,) = read_frames(source, 1)
    assert frame.index == 1


def test_that_opening_after_closing_begins_anew(source: Source) -> None:
    with source:
        first = read_frames(source, FRAMES)
    with source:
        second = read_frames(source, FRAMES)
    assert [frame.name for frame in second] == [frame.name for frame in first]
    assert [frame.index for frame in second] == list(range(FRAMES))


def test_that_closing_may_be_repeated(source: Source) -> None:
    source.close()
    source.open()
    source.close()
    source.close()
    assert not source.opened


@pytest.mark.parametrize("opened_before", [False, True])
def test_that_a_closed_source_cannot_be_read(source: Source, *, opened_before: bool) -> None:
    if opened_before:
        with source:
            read_frames(source, 1)
    with pytest.raises(SourceError, match="not open"):
        source.read()


def test_that_a_context_closes_after_an_error(source: Source) -> None:
    with pytest.raises(ZeroDivisionError), source:
        raise ZeroDivisionError
    assert not source.opened


def test_that_what_is_missing_is_named_when_opened(case: Case, tmp_path: Path) -> None:
    source = case.make_missing(tmp_path)
    with pytest.raises(SourceError) as caught:
        source.open()
    assert source.name in str(caught.value)
    assert not source.opened
    source.close()
