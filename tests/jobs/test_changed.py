"""Whether a feed still shows what the detector was trained on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from inspector.core.events import Judged, PictureChanged
from inspector.detectors import load
from inspector.imaging.appearance import Appearance
from inspector.imaging.placement import Placement
from inspector.jobs.changed import HOLDS_S, WINDOW_S, Changed
from inspector.jobs.live import live
from inspector.sources.video import VideoSource
from tests.contract.detectors import Heard
from tests.detectors.template import save_template, template
from tests.imaging.test_appearance import blurred, darker, parts
from tests.sources.drawing import write_video

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.core.image import Image

PLACEMENT = Placement(96, 96)
WITHIN_S = 2.0
"""The bound the feed is held to."""


@pytest.fixture(scope="module")
def training() -> Appearance:
    return Appearance.of([PLACEMENT.place(image) for image in parts(60, 0)])


def told(changed: Changed, images: list[Image], fps: float, begun: float = 0.0) -> list[tuple[float, bool]]:
    """When what holds changed, and to what."""
    answers, before = [], bool(changed.changes)
    for number, image in enumerate(images):
        time = begun + number / fps
        now = bool(changed.add(PLACEMENT.place(image), time))
        if now is not before:
            answers.append((time, now))
        before = now
    return answers


@pytest.mark.parametrize("fps", [5.0, 30.0, 120.0])
def test_that_a_change_is_told_within_two_seconds_and_its_end_too(training: Appearance, fps: float) -> None:
    changed = Changed(training)
    count = round(fps * 3)
    usual = (parts(60, 1) * 6)[:count]
    assert told(changed, usual, fps) == []
    [(at, now)] = told(changed, [darker(image) for image in usual], fps, begun=3.0)
    assert now
    assert at - 3.0 <= WITHIN_S
    [(at, now)] = told(changed, usual, fps, begun=6.0)
    assert not now
    assert at - 6.0 <= WITHIN_S


def test_that_a_hand_that_passes_is_no_change(training: Appearance) -> None:
    usual = parts(60, 1)
    passing = [darker(image) for image in usual[: round(30 * min(HOLDS_S, WINDOW_S / 2) * 0.8)]]
    assert told(Changed(training), [*usual[:30], *passing, *usual[30:]], 30.0) == []


def test_that_after_a_reset_nothing_is_held_against_the_next_camera(training: Appearance) -> None:
    changed = Changed(training)
    told(changed, [darker(image) for image in parts(60, 1)], 30.0)
    assert changed.changes
    changed.reset()
    assert changed.changes == ()
    assert told(changed, parts(60, 1), 30.0, begun=9.0) == []


def test_that_a_clock_that_was_put_back_does_not_hold_it_up(training: Appearance) -> None:
    changed = Changed(training)
    told(changed, parts(30, 1), 30.0, begun=1e6)
    assert told(changed, [blurred(image) for image in parts(60, 1)], 30.0) != []


def test_that_a_bundle_keeps_how_its_images_looked(tmp_path: Path) -> None:
    path = save_template(tmp_path / "template")
    detector = load(path)
    kept, fresh = detector.fitted.appearance, template(60).fitted.appearance
    assert kept is not None
    assert fresh is not None
    assert np.array_equal(kept.looks, fresh.looks)
    assert np.array_equal(kept.template, fresh.template)


def test_that_a_feed_tells_once_that_its_picture_changed_and_once_that_it_is_as_before(tmp_path: Path) -> None:
    detector = template(60)
    appearance = Appearance.of(detector.place(parts(60, 0)))
    detector._fitted = replace(detector.fitted, appearance=appearance)
    usual = parts(60, 1)
    path = write_video(tmp_path / "film.avi", [*usual, *map(darker, usual), *usual, *usual])
    heard = Heard()
    live(VideoSource(path), detector, heard)
    events = heard.of(PictureChanged)
    assert [bool(event.how) for event in events] == [True, False]
    assert events[0].how[0].startswith("darker by ")
    assert len(heard.of(Judged)) == 240


def test_that_a_bundle_of_before_is_watched_with_all_the_same(tmp_path: Path) -> None:
    detector = template(60)
    detector._fitted = replace(detector.fitted, appearance=None)
    detector.save(tmp_path / "old")
    old = load(tmp_path / "old")
    assert old.fitted.appearance is None
    path = write_video(tmp_path / "film.avi", [darker(image) for image in parts(30, 0)])
    heard = Heard()
    live(VideoSource(path), old, heard)
    assert heard.of(PictureChanged) == []
