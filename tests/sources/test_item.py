"""Very many items."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from inspector.core.errors import FrameError
from inspector.core.image import Label
from inspector.sources.item import Item, Items, Stamp
from inspector.sources.remote import RemoteFolder

HERE = Path("parts")


def test_that_items_are_given_as_they_were_taken() -> None:
    dent = Label(abnormal=True, kind="dent")
    there = [
        Item(HERE, "a/1.png", label=dent, mask_relative="m/1.png", split="test"),
        Item(HERE, "b\udce9/2.png"),
        Item(HERE, "c", problem="it cannot be listed"),
        Item(HERE, "部品.png", label=dent),
    ]
    items = Items(HERE, there)
    assert list(items) == there
    assert items[-1] == there[3]
    assert items[1:3] == there[1:3]
    for wrong in (4, -5):
        with pytest.raises(IndexError):
            items[wrong]


def test_that_what_a_server_listed_is_kept() -> None:
    folder = RemoteFolder("memory://parts")
    there = [Item(folder, "a.png", listed=Stamp(5, 17)), Item(folder, "b.png")]
    items = Items(folder, there)
    assert list(items) == there
    assert items[0].stamp() == Stamp(5, 17)
    assert items[1].stamp() is None
    with pytest.raises(FrameError, match="on a server"):
        items[0].path  # noqa: B018 - that asking raises is the point


def test_that_many_items_take_little_memory() -> None:
    tracemalloc.start()
    try:
        items = Items(HERE, (Item(HERE, f"2026/11/24/{number:07}.jpg") for number in range(20_000)))
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(items) == 20_000
    assert used / len(items) < 64
