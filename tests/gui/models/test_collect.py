"""What the Collect panel shows, without Qt."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.core.errors import Cancelled, FrameError, OptionError
from inspector.core.events import Event, Warned, ignore
from inspector.core.latest import Latest
from inspector.gui.models.collect import edits, extras, headings, kinds_of, look_at, rows_under, still_true
from inspector.gui.models.collect_feed import SHOWN_SIDE, Seen, preview
from inspector.gui.models.region import Draft, Hit, read_region, region_path, write_region
from inspector.gui.models.thumbs import SIDE, Thumbnailer, ThumbnailStore, Wanted
from inspector.imaging.region import Region, rectangle
from inspector.jobs.collection import Collection, Entry
from inspector.jobs.health import Finding, Kind, Severity
from inspector.jobs.labels import NORMAL, Group, Where
from inspector.jobs.workspace import Workspace
from inspector.sources.base import Shot, Source
from inspector.sources.save import write_image

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from inspector.core.image import Image


def grey(level: int = 90, size: tuple[int, int] = (24, 32)) -> Image:
    return np.full((*size, 3), level, np.uint8)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace.create(tmp_path / "parts")
    for number in range(3):
        write_image(workspace.normal / f"{number}.png", grey(number))
    write_image(workspace.abnormal / "scratch" / "0.png", grey(200))
    write_image(workspace.reference / "gear" / "0.png", grey(30))
    return workspace


def entries_of(workspace: Workspace) -> list[Entry]:
    return Collection(workspace).entries()


def finding(kind: Kind, *paths: Path) -> Finding:
    return Finding(kind, paths, f"{kind}!", Severity.WARNING)


def test_that_headings_count_groups_kinds_and_findings(workspace: Workspace) -> None:
    entries = entries_of(workspace)
    first = entries[0].path
    lines = headings(entries, [finding(Kind.BLURRED, first), finding(Kind.ODD_SIZE, first, entries[1].path)])
    assert [(line.key, line.count, line.depth) for line in lines] == [
        ("", 5, 0),
        ("normal", 3, 0),
        ("abnormal", 1, 0),
        ("abnormal/scratch", 1, 1),
        ("reference", 1, 0),
        ("reference/gear", 1, 1),
        ("doctor", 2, 0),
        ("doctor/blurred", 1, 1),
        ("doctor/odd size", 2, 1),
    ]
    assert headings([], None)[1:] == headings([], None)[1:]
    assert [line.key for line in headings([])] == ["", "normal", "abnormal"]


def test_that_rows_are_those_under_the_heading(workspace: Workspace) -> None:
    entries = entries_of(workspace)
    assert len(rows_under("", entries)) == 5
    assert [row.path.name for row in rows_under("normal", entries)] == ["0.png", "1.png", "2.png"]
    assert [row.entry.where for row in rows_under("abnormal/scratch", entries)] == [Where(Group.ABNORMAL, "scratch")]
    assert rows_under("abnormal/dent", entries) == []
    assert kinds_of(Group.ABNORMAL, entries) == ["scratch"]


def test_that_findings_come_with_what_is_said_of_each_image(workspace: Workspace, tmp_path: Path) -> None:
    entries = entries_of(workspace)
    first, second = entries[0].path, entries[1].path
    findings = [finding(Kind.BLURRED, second), finding(Kind.ODD_SIZE, first, second, tmp_path / "gone.png")]
    rows = rows_under("doctor", entries, findings)
    assert [(row.path, row.remark) for row in rows] == [(second, "blurred! odd size!"), (first, "odd size!")]
    assert rows[0].kinds == ("blurred", "odd size")
    assert [row.path for row in rows_under("doctor/blurred", entries, findings)] == [second]


def test_that_a_finding_ends_with_its_images(workspace: Workspace, tmp_path: Path) -> None:
    entries = entries_of(workspace)
    first, second, gone = entries[0].path, entries[1].path, tmp_path / "gone.png"
    kept = still_true(
        [
            finding(Kind.BLURRED, gone),
            finding(Kind.DUPLICATE, first, gone),
            finding(Kind.DUPLICATE, first, second, gone),
            finding(Kind.SUSPECT, first),
        ],
        entries,
    )
    assert [(one.kind, one.paths) for one in kept] == [(Kind.DUPLICATE, (first, second)), (Kind.SUSPECT, (first,))]


def test_that_extras_are_all_but_the_first_of_those_alike(workspace: Workspace) -> None:
    paths = [entry.path for entry in entries_of(workspace)]
    findings = [finding(Kind.DUPLICATE, *paths[:3]), finding(Kind.ODD_SIZE, *paths)]
    assert extras("doctor/duplicate", findings) == paths[1:3]
    assert extras("doctor/odd size", findings) == []
    assert extras("normal", findings) == []


@given(st.lists(st.integers(0, 12), unique=True), st.lists(st.integers(0, 12), unique=True))
def test_that_edits_lead_from_one_list_to_the_other(old: list[int], new: list[int]) -> None:
    steps = edits(old, new)
    if steps is None:
        assert [one for one in old if one in new] != [one for one in new if one in old]
        return
    rows = list(old)
    for step in steps:
        if step.what == "remove":
            assert not set(rows[step.first : step.last + 1]) & set(new)
            del rows[step.first : step.last + 1]
        else:
            rows[step.first : step.first] = new[step.first : step.last + 1]
    assert rows == new


def test_that_a_folder_with_labels_is_seen_as_a_data_set(tmp_path: Path) -> None:
    for place in ("train/good/0.png", "train/good/1.png", "test/good/0.png", "test/hole/0.png"):
        write_image(tmp_path / "set" / place, grey())
    dropped = look_at([tmp_path / "set"])
    assert dropped.images == 4
    assert dropped.labelled == {NORMAL: 3, Where(Group.ABNORMAL, "hole"): 1}
    assert look_at([tmp_path / "set/train/good"]).labelled == {}
    assert look_at([tmp_path / "set/train/good/0.png", tmp_path / "set/notes.txt"]).images == 1


class Scripted(Source):
    """Gives what it was given; a string is a `FrameError`."""

    def __init__(self, shots: Sequence[Image | str], *, live: bool = False) -> None:
        super().__init__("scripted")
        self.live = live
        self.fps = 1000.0
        self._shots = list(shots)

    def _open(self) -> None: ...

    def _next(self) -> Shot | None:
        if not self._shots:
            return None
        shot = self._shots.pop(0)
        if isinstance(shot, str):
            raise FrameError(shot)
        return Shot(shot, "shot", 0.0)

    def _close(self) -> None: ...


def test_that_a_preview_shows_every_frame_and_tells_of_torn_ones() -> None:
    screen: Latest[Seen] = Latest()
    heard: list[Event] = []
    large = grey(7, (SHOWN_SIDE * 2, 40))
    source = Scripted([grey(), "torn", large])
    assert preview(source, screen, heard.append) == 2
    assert [event.message for event in heard if isinstance(event, Warned)] == ["torn"]
    seen = screen.take()
    assert seen is not None
    assert seen.frame.image.shape == large.shape
    assert max(seen.picture.shape) == SHOWN_SIDE
    assert not source.opened


def test_that_a_preview_of_a_silent_camera_can_be_cancelled() -> None:
    asked = 0

    def listener(_event: Event) -> None:
        nonlocal asked
        asked += 1
        if asked > 5:
            raise Cancelled

    source = Scripted([], live=True)
    with pytest.raises(Cancelled):
        preview(source, Latest(), listener)
    assert not source.opened


def test_that_a_thumbnail_comes_from_the_disk_the_second_time(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    write_image(path, grey(80, (3 * SIDE, 2 * SIDE)))
    status = path.stat()
    wanted = Wanted(path, status.st_mtime, status.st_size)
    store = ThumbnailStore(tmp_path / "cache")
    made = store.get(wanted)
    assert made is not None
    assert made.shape[0] == SIDE
    path.unlink()
    again = store.get(wanted)
    assert again is not None
    assert again.shape == made.shape
    assert store.get(replace(wanted, size=1)) is None


def test_that_old_thumbnails_make_room(tmp_path: Path) -> None:
    store = ThumbnailStore(tmp_path / "cache", kept=2)
    for number in range(5):
        path = tmp_path / f"{number}.png"
        write_image(path, grey(number))
        store.get(Wanted(path, float(number), 1))
    store.prune()
    assert len(list((tmp_path / "cache").glob("*/*.jpg"))) == 2


def test_that_what_was_asked_for_last_is_made_first(tmp_path: Path) -> None:
    going, order = threading.Event(), []

    def make(wanted: Wanted) -> Image | None:
        going.wait(10)
        order.append(wanted.size)
        return None

    thumbnailer = Thumbnailer(make, threads=1)
    for number in range(5):
        thumbnailer.want(Wanted(tmp_path, 0.0, number))
        if number == 0:
            while not thumbnailer._under_way:
                pass
    going.set()
    thumbnailer.wait(10)
    assert order == [0, 4, 3, 2, 1]
    assert len(thumbnailer.take(3)) == 3
    assert not thumbnailer.idle
    assert len(thumbnailer.take(3)) == 2
    assert thumbnailer.idle


def test_that_a_thumbnailer_forgets_what_is_not_wanted_any_more(tmp_path: Path) -> None:
    going = threading.Event()
    made = []

    def make(wanted: Wanted) -> Image | None:
        going.wait(10)
        made.append(wanted)
        return None

    thumbnailer = Thumbnailer(make, threads=1)
    for number in range(100):
        thumbnailer.want(Wanted(tmp_path, 0.0, number))
    thumbnailer.forget()
    going.set()
    assert thumbnailer.wait(10)
    assert len(made) <= 1


def test_that_a_region_is_kept_beside_the_workspaces_manifest(workspace: Workspace) -> None:
    assert read_region(workspace).everything
    region = Region((rectangle(0.1, 0.2, 0.8, 0.9),), (rectangle(0.3, 0.3, 0.5, 0.5),))
    write_region(workspace, region)
    assert read_region(workspace) == region
    assert Region.parse([str(region_path(workspace))]) == region
    write_region(workspace, Region())
    assert not region_path(workspace).exists()


@pytest.mark.parametrize("text", ["", "[]", '{"include": 3}', '{"include": [[[0, 0]]]}'])
def test_that_a_torn_region_is_named(workspace: Workspace, text: str) -> None:
    region_path(workspace).write_text(text, encoding="utf-8")
    with pytest.raises(OptionError, match=r"region\.json"):
        read_region(workspace)


def test_that_a_draft_gives_the_region_back() -> None:
    region = Region((rectangle(0.1, 0.1, 0.6, 0.6),), (rectangle(0.2, 0.2, 0.3, 0.3),))
    draft = Draft.of(region)
    assert draft.region() == region
    assert draft.share() == pytest.approx(0.24, abs=0.01)
    assert draft.removed(1).region() == Region(region.include)
    assert draft.turned(0).region().include == ()


def test_that_corners_come_before_areas_and_later_areas_before_earlier() -> None:
    draft = Draft().added("include", rectangle(0.1, 0.1, 0.9, 0.9)).added("ignore", rectangle(0.3, 0.3, 0.6, 0.6))
    near = (0.02, 0.02)
    assert draft.hit(0.5, 0.5, near) == Hit(1)
    assert draft.hit(0.2, 0.2, near) == Hit(0)
    assert draft.hit(0.61, 0.6, near) == Hit(1, 2)
    assert draft.hit(0.95, 0.95, near) is None


def test_that_points_without_an_area_add_nothing() -> None:
    draft = Draft()
    assert draft.added("include", rectangle(0.5, 0.5, 0.5, 0.5)) is draft
    assert draft.added("include", ((0.1, 0.1), (0.9, 0.1))) is draft
    assert draft.added("include", rectangle(0.2, 0.2, 0.9, 0.202)) is draft


coordinate = st.floats(-0.5, 1.5)


@given(st.tuples(coordinate, coordinate, coordinate), coordinate, coordinate, st.sampled_from([None, 0, 1, 2]))
def test_that_whatever_is_drawn_and_moved_stays_a_region(
    corner: tuple[float, float, float], dx: float, dy: float, which: int | None
) -> None:
    x, y, side = corner
    draft = Draft().added("include", ((x, y), (x + side, y), (x, y + side)))
    if draft.areas:
        draft = draft.moved(Hit(0, which), dx, dy)
    assert Region.from_json(draft.region().as_json()) == draft.region()


def test_that_an_area_keeps_its_shape_at_the_edge() -> None:
    moved = Draft().added("include", rectangle(0.5, 0.5, 0.8, 0.7)).moved(Hit(0), 2.0, 0.1)
    assert moved.region().bounds() == pytest.approx((0.7, 0.6, 1.0, 0.8))


def test_that_a_source_at_its_end_ends_the_preview() -> None:
    assert preview(Scripted([]), Latest(), ignore) == 0
