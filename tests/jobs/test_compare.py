from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from inspector.core.errors import BundleError, Cancelled, DataError, SourceError
from inspector.core.events import Event, Progress, Stage, Warned
from inspector.detectors import load
from inspector.jobs.compare import compare
from inspector.jobs.evaluate import evaluate
from inspector.jobs.library import save_threshold
from tests.detectors.template import save_template
from tests.jobs.folders import part_set

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def detectors(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("detectors")
    return [save_template(folder / "fine"), save_template(folder / "coarse", size=8)]


def test_that_detectors_are_compared_on_the_same_images(tmp_path: Path, detectors: list[Path]) -> None:
    images = part_set(tmp_path)
    heard: list[Event] = []
    found = compare(detectors, images, heard.append)
    assert [one.name for one in found.detectors] == ["fine", "coarse"]
    assert len(found.images) == len(found.labels) == 10
    assert sum(label.abnormal for label in found.labels) == 4
    for one, path in zip(found.detectors, detectors, strict=True):
        alone = evaluate(images, path)
        assert one.auroc == alone.image_auroc
        assert one.counts.balanced_accuracy == alone.balanced_accuracy
        assert one.threshold == load(path).threshold.value
        assert one.ms_per_image > 0
        np.testing.assert_allclose(one.levels * one.threshold, one.scores)
    assert found.detectors[0].scores.tolist() != found.detectors[1].scores.tolist()
    assert heard[0] == Stage("Loading the detectors", 2)
    assert heard[-1] == Progress(10, 10)


def test_that_images_the_detectors_disagree_about_are_named(tmp_path: Path, detectors: list[Path]) -> None:
    images = part_set(tmp_path / "images")
    deaf = save_template(tmp_path / "deaf")
    save_threshold(deaf, 1e9)
    found = compare([detectors[0], deaf], images)
    fine = found.detectors[0]
    assert found.disagreements == np.flatnonzero(fine.scores > fine.threshold).tolist()
    assert found.disagreements
    assert compare([deaf, deaf], images).disagreements == []


def test_that_torn_images_are_told_and_in_no_figure(tmp_path: Path, detectors: list[Path]) -> None:
    images = part_set(tmp_path)
    torn = images / "test" / "spot" / "000.png"
    torn.write_bytes(torn.read_bytes()[:50])
    heard: list[Event] = []
    found = compare(detectors, images, heard.append)
    assert (len(found.images), found.unreadable) == (9, 1)
    assert torn not in found.images
    assert any(isinstance(event, Warned) and "000.png" in event.message for event in heard)


def test_that_without_abnormal_images_there_is_no_roc(tmp_path: Path, detectors: list[Path]) -> None:
    found = compare(detectors, part_set(tmp_path, abnormal=0))
    assert [one.roc for one in found.detectors] == [None, None]
    assert [one.auroc for one in found.detectors] == [None, None]


def test_that_what_cannot_be_compared_says_so(tmp_path: Path, detectors: list[Path]) -> None:
    images = part_set(tmp_path / "images", normal=1, abnormal=0)
    with pytest.raises(DataError, match="at least one detector"):
        compare([], images)
    with pytest.raises(BundleError):
        compare([*detectors, tmp_path / "missing"], images)
    with pytest.raises(SourceError):
        compare(detectors, tmp_path / "missing")
    for path in images.rglob("*.png"):
        path.write_bytes(b"torn")
    with pytest.raises(DataError, match="could be read"):
        compare(detectors, images)


def test_that_comparing_can_be_cancelled(tmp_path: Path, detectors: list[Path]) -> None:
    heard: list[Event] = []

    def listener(event: Event) -> None:
        heard.append(event)
        if len(heard) == 5:
            raise Cancelled

    with pytest.raises(Cancelled):
        compare(detectors, part_set(tmp_path), listener)
