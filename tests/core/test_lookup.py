"""Finding places in little memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from inspector.core import lookup
from inspector.core.lookup import Lookup, digest

if TYPE_CHECKING:
    import pytest


@given(st.lists(st.binary(max_size=4)), st.binary(max_size=4))
def test_that_a_lookup_is_a_dictionary_of_places(keys: list[bytes], other: bytes) -> None:
    found = Lookup((key, place) for place, key in enumerate(keys))
    assert len(found) == len(keys)
    for key in {*keys, other}:
        assert list(found.places(key)) == [place for place, one in enumerate(keys) if one == key]


def test_that_keys_that_fall_together_are_all_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "_short", lambda _: 7)
    found = Lookup([(b"a", 1), (b"b", 2)])
    assert list(found.places(b"b")) == [1, 2]


def test_that_a_digest_tells_contents_apart() -> None:
    assert digest(b"a") == digest(b"a") != digest(b"b")
    assert len(digest(b"")) == 16
