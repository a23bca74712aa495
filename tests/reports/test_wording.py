from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.reports import wording
from tests.reports.made import judged, tallied, unreadable


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.0123, "0.0123"),
        (0.00123456, "0.001235"),
        (12345.678, "12,346"),
        (100.0, "100"),
        (2.5e-7, "2.5×10⁻⁷"),
        (1e9, "10⁹"),
        (-0.5, "−0.5"),
        (float("nan"), "not a number"),
    ],
)
def test_that_numbers_are_short_and_readable(value: float, text: str) -> None:
    assert wording.number(value) == text


@given(st.floats(min_value=0, max_value=1e9, exclude_min=True))
def test_that_a_level_never_looks_like_the_threshold_when_it_is_not(value: float) -> None:
    text = wording.level(value)
    if value == 1:
        assert text == "1.00"
    else:
        assert text.strip("0.") != "1" or float(text.replace(",", "").split("×")[0]) != 1


@pytest.mark.parametrize(
    ("part", "text"),
    [(0, "0 %"), (1e-5, "< 0.1 %"), (0.5, "50 %"), (0.99999, "> 99.9 %"), (1, "100 %"), (1 / 3, "33.3 %"), (None, "–")],
)
def test_that_only_all_is_all_and_only_nothing_is_nothing(part: float | None, text: str) -> None:
    assert wording.share(part) == text


@pytest.mark.parametrize(("value", "text"), [(1.0, "1"), (0.99999, "0.9999"), (0.98765, "0.9877"), (0.5, "0.5000")])
def test_that_only_a_perfect_area_is_one(value: float, text: str) -> None:
    assert wording.area(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "under 0.1 s"),
        (2.34, "2.3 s"),
        (12, "12 s"),
        (185, "3 min 05 s"),
        (59.7, "1 min 00 s"),
        (7800, "2 h 10 min"),
    ],
)
def test_that_durations_are_told_as_people_say_them(seconds: float, text: str) -> None:
    assert wording.duration(seconds) == text


@pytest.mark.parametrize(
    ("ok", "ng", "unread", "state", "text", "more"),
    [
        (0, 0, 0, "empty", "No images were inspected", "no image files"),
        (3, 0, 0, "ok", "All 3 images are OK", ""),
        (1, 0, 0, "ok", "The only image is OK", ""),
        (3, 0, 1, "incomplete", "1 file could not be read", "before passing"),
        (1, 0, 3, "incomplete", "3 files could not be read", "one image that was judged is OK"),
        (0, 0, 1, "incomplete", "The only file could not be read", "nothing can be said"),
        (0, 0, 2, "incomplete", "None of the 2 files could be read", "nothing can be said"),
        (9, 1, 0, "ng", "1 of 10 images is NG", ""),
        (8, 2, 3, "ng", "2 of 10 readable images are NG", "3 files could not be read and were not judged"),
        (0, 2, 1, "ng", "All 2 readable images are NG", "1 file could not be read and was not judged"),
        (0, 1, 0, "ng", "The only image is NG", ""),
    ],
)
def test_that_the_headline_never_hides_what_was_not_read(
    ok: int, ng: int, unread: int, state: str, text: str, more: str
) -> None:
    inspections = [judged("a", 1.0)] * ok + [judged("b", 3.0)] * ng + [unreadable("c")] * unread
    told = wording.headline(tallied(inspections))
    assert (told.state, told.text) == (state, text)
    assert more in told.more
    assert bool(more) == bool(told.more)


def test_that_signs_nobody_sees_are_written_out() -> None:
    assert wording.printable("a\x00b\nc\u202egpj.exe\udcff ä部") == "a\\x00b\\nc\\u202egpj.exe\\udcff ä部"


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "yes"), (None, "none"), (0.1, "0.1"), ((64, 96), "64, 96"), ([], "none"), ("relu", "relu")],
)
def test_that_options_are_told_in_words(value: object, text: str) -> None:
    assert wording.plain(value) == text
