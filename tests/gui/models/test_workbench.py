from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.core.errors import BundleError, Cancelled, DataError
from inspector.core.events import Event, Progress, Warned, ignore
from inspector.core.image import Label
from inspector.detectors import load
from inspector.detectors.fitted import Calibration, Threshold
from inspector.detectors.threshold import conformal_interval, parse_rule, rate_interval
from inspector.gui.models.workbench import (
    BY_HAND,
    THUMBNAIL,
    Bench,
    Known,
    Scored,
    nearest,
    open_detector,
    save_threshold,
    score_images,
    thumbnails,
)
from inspector.jobs.workspace import Workspace
from inspector.sources.dataset import Item
from inspector.sources.save import write_image
from tests.detectors.pictures import bad, good
from tests.detectors.template import save_template, template

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from inspector.core.image import Image
    from inspector.core.inspection import Measured

SCORES = st.lists(st.floats(0, 1e6), min_size=1, max_size=60)
SAVED = Threshold(3.5, 0.1, "mean+3sigma", "as trained")


def bench(normal: list[float], abnormal: list[float] | None = None, saved: Threshold = SAVED) -> Bench:
    bad_scores = np.array(abnormal or [], np.float64)
    return Bench(Calibration(np.array(normal), bad_scores, ("x",) * len(bad_scores)), saved)


def scored(score: float, *, abnormal: bool, folder: Path) -> Scored:
    return Scored(Item(folder, f"{score}.png"), Label(abnormal, "x"), score)


def test_that_moving_the_line_changes_the_counts_at_once() -> None:
    one = bench([1, 2, 3], [3, 5])
    assert (one.counts.normal_ng, one.counts.abnormal_ok) == (0, 1)
    one.move(2.5)
    assert (one.counts.normal_ng, one.counts.abnormal_ok) == (1, 0)


def test_that_a_line_moved_is_saved_as_by_hand_and_keeps_the_map_threshold() -> None:
    one = bench([1, 2, 3], [3, 5])
    assert one.threshold == SAVED
    one.move(2.5)
    assert one.changed
    assert (one.threshold.value, one.threshold.rule, one.threshold.map_value) == (2.5, BY_HAND, 0.1)
    assert "3 normal and 2 abnormal" in one.threshold.explanation


def test_that_a_line_cannot_be_moved_to_nothing() -> None:
    one = bench([1, 2, 3])
    one.move(-4)
    assert one.value > 0


def test_that_reverting_goes_back_to_what_is_saved() -> None:
    one = bench([1, 2, 3])
    one.move(1)
    one.revert()
    assert not one.changed
    assert str(one.rule) == "mean+3sigma"


def test_that_a_rule_refused_says_how_many_images_it_takes_and_changes_nothing() -> None:
    one = bench([1, 2, 3])
    rule = parse_rule("far:0.01")
    assert "99" in one.refusal(rule)
    with pytest.raises(DataError):
        one.apply(rule)
    assert not one.changed


def test_that_best_f1_is_refused_without_abnormal_images() -> None:
    assert bench([1, 2, 3]).refusal(parse_rule("best-f1"))
    assert not bench([1, 2, 3], [5]).refusal(parse_rule("best-f1"))


def test_that_a_rule_names_itself_in_what_is_saved() -> None:
    one = bench([1, 2, 3])
    one.apply(parse_rule("percentile:50"))
    assert (one.value, one.threshold.rule) == (2.0, "percentile:50")
    one.accept(one.threshold)
    assert not one.changed


def test_that_a_false_alarm_rate_asked_for_has_its_own_uncertainty() -> None:
    one = bench([float(number) for number in range(1, 41)])
    one.apply(parse_rule("far:0.1"))
    assert one.false_alarms == conformal_interval(0.1, 40)
    one.move(one.value)
    assert one.false_alarms == rate_interval(one.counts.normal_ng, 40)


def test_that_without_abnormal_images_there_are_no_misses_and_no_roc() -> None:
    one = bench([1, 2, 3])
    assert one.misses is None
    assert one.roc is None


def test_that_a_threshold_saved_by_hand_is_read_as_by_hand() -> None:
    assert bench([1, 2], saved=Threshold(1.5, None, BY_HAND, "set by hand")).rule is None


@given(SCORES, st.lists(st.floats(0, 1e6), max_size=60), st.booleans())
def test_that_every_score_is_in_a_bin(normal: list[float], abnormal: list[float], logarithmic: bool) -> None:  # noqa: FBT001
    histogram = bench(normal, abnormal).histogram(logarithmic=logarithmic)
    assert histogram.normal.sum() == len(normal)
    assert histogram.abnormal.sum() == len(abnormal)
    assert (np.diff(histogram.edges) > 0).all()


@given(SCORES, st.floats(1, 1e5))
def test_that_a_place_on_the_logarithmic_axis_is_the_score_it_stands_for(normal: list[float], value: float) -> None:
    one = bench([*normal, 1.0])
    [place] = one.on_axis([value], logarithmic=True)
    assert one.from_axis(float(place), logarithmic=True) == pytest.approx(value)


@given(SCORES)
def test_that_a_step_is_above_zero(normal: list[float]) -> None:
    assert bench(normal).step > 0


def test_that_scores_far_apart_ask_for_a_logarithmic_axis() -> None:
    assert bench([1, 2, 3], [5000]).is_wide
    assert not bench([1, 2, 3], [5]).is_wide


def test_that_an_opened_detector_was_timed(tmp_path: Path) -> None:
    loaded = open_detector(save_template(tmp_path / "template"))
    assert loaded.milliseconds > 0
    assert len(loaded.bench.normal) == 12


def test_that_what_is_no_detector_is_said(tmp_path: Path) -> None:
    with pytest.raises(BundleError):
        open_detector(tmp_path)


def test_that_a_saved_threshold_is_the_one_that_is_loaded(tmp_path: Path) -> None:
    path = save_template(tmp_path / "template")
    one = open_detector(path).bench
    one.move(one.value * 2)
    save_threshold(path, one.threshold)
    assert load(path).threshold == one.threshold


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace.create(tmp_path / "workspace")
    for number in range(4):
        write_image(made.normal / f"{number}.png", good(number))
        write_image(made.abnormal / "spot" / f"{number}.png", bad(number))
        write_image(made.reference / "other" / f"{number}.png", bad(number))
    return made


def test_that_labelled_images_of_the_workspace_are_scored_as_the_detector_does(workspace: Workspace) -> None:
    detector = template()
    found = score_images(detector, workspace.images, {}, ignore)
    assert sorted(one.item.name for one in found if one.label.abnormal) == [f"abnormal/spot/{n}.png" for n in range(4)]
    assert len(found) == 8  # other things than the part have no verdict
    [first] = detector.measure([good(0)])
    assert next(one for one in found if one.item.name == "normal/0.png").score == pytest.approx(first.score)


def test_that_images_scored_before_are_not_scored_again(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    detector, known = template(), Known()
    before = score_images(detector, workspace.images, known, ignore)
    write_image(workspace.normal / "new.png", good(9))
    measured = []
    measure = detector.measure

    def counting(images: Sequence[Image]) -> list[Measured]:
        measured.append(len(images))
        return measure(images)

    monkeypatch.setattr(detector, "measure", counting)
    after = score_images(detector, workspace.images, known, ignore)
    assert (len(measured), len(after)) == (1, len(before) + 1)


def test_that_a_torn_image_is_told_and_left_out(workspace: Workspace) -> None:
    (workspace.normal / "0.png").write_bytes(b"torn")
    heard: list[Event] = []
    assert len(score_images(template(), workspace.images, {}, heard.append)) == 7
    assert [one for one in heard if isinstance(one, Warned)]


def test_that_scoring_can_be_cancelled_and_keeps_what_it_has(workspace: Workspace) -> None:
    known = Known()

    def listener(event: Event) -> None:
        if isinstance(event, Progress) and event.done == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        score_images(template(), workspace.images, known, listener)
    assert len(known) == 3


def test_that_the_nearest_images_are_taken_from_both_sides(tmp_path: Path) -> None:
    images = [scored(score, abnormal=score > 5, folder=tmp_path) for score in (1, 2, 3, 4, 6, 7, 8, 9)]
    assert [one.score for one in nearest(images, 5, 4)] == [3, 4, 6, 7]
    assert [one.score for one in nearest(images, 8.5, 4)] == [6, 7, 8, 9]
    assert [one.score for one in nearest(images, 0.5, 4)] == [1, 2, 3, 4]
    assert [one.score for one in nearest(images, 100, 4)] == [6, 7, 8, 9]
    assert nearest([], 5) == []


def test_that_right_means_what_a_person_says(tmp_path: Path) -> None:
    assert scored(6, abnormal=True, folder=tmp_path).right(5)
    assert not scored(5, abnormal=True, folder=tmp_path).right(5)
    assert scored(5, abnormal=False, folder=tmp_path).right(5)


def test_that_thumbnails_are_small_and_not_made_twice(workspace: Workspace) -> None:
    found = score_images(template(), workspace.images, {}, ignore)
    made = thumbnails(found[:2], {}, ignore)
    assert len(made) == 2
    assert all(image is not None and max(image.shape[:2]) == THUMBNAIL for image in made.values())
    assert thumbnails(found[:2], made, ignore) == {}
    found[2].item.path.unlink()
    assert thumbnails(found[2:3], {}, ignore) == {found[2].item.name: None}
