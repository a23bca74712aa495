from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from inspector.core.errors import Cancelled
from inspector.core.events import Event, Progress, Warned, ignore
from inspector.core.image import Label
from inspector.gui.models.scored import THUMBNAIL, Known, Scored, nearest, score_images, thumbnails
from inspector.jobs.workspace import Workspace
from inspector.sources.item import Item
from inspector.sources.save import write_image
from tests.detectors.pictures import bad, good
from tests.detectors.template import template

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from inspector.core.image import Image
    from inspector.core.inspection import Measured


def scored(score: float, *, abnormal: bool, folder: Path) -> Scored:
    return Scored(Item(folder, f"{score}.png"), Label(abnormal, "x"), score)


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
