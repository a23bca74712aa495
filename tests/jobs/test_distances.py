"""One training judged by each distance."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from inspector.core.errors import DataError, OptionError
from inspector.detectors import load
from inspector.detectors.distances import DISTANCES
from inspector.jobs.distances import compare_distances, put_back, use_distance
from inspector.jobs.evaluate import evaluate
from tests.detectors.pictures import good
from tests.detectors.template import save_template
from tests.detectors.template_metric import save_metric, template_metric
from tests.jobs.folders import part_set
from tests.sources.drawing import save

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = part_set(tmp_path_factory.mktemp("parts"))
    for number in range(3):
        save(folder / "test" / "faint" / f"{number}.png", good(800 + number))
    return folder


def test_that_each_distance_judges_as_a_detector_that_uses_it_would(parts: Path, tmp_path: Path) -> None:
    bundle = save_metric(tmp_path / "metric")
    found = compare_distances(bundle, parts)
    assert (found.normal, found.abnormal, found.unreadable) == (6, 7, 0)
    assert sorted(one.name for one in found.distances) == sorted(DISTANCES)
    assert [one.name for one in found.distances if one.chosen] == ["euclidean"]
    areas = [one.image_auroc or 0.0 for one in found.distances]
    assert areas == sorted(areas, reverse=True)
    for one in found.distances:
        alone = evaluate(parts, load(bundle).judged_by(distance=one.name))
        assert one.threshold == alone.threshold
        assert one.image_auroc == alone.image_auroc
        assert one.counts is not None
        assert one.counts.balanced_accuracy == alone.balanced_accuracy
        assert (one.known, one.unseen) == (alone.known, alone.unseen)
        assert one.ms_per_frame > 0
        assert one.unit == DISTANCES[one.name].UNIT


def test_that_a_distance_is_taken_and_put_back_without_training(parts: Path, tmp_path: Path) -> None:
    bundle = save_metric(tmp_path / "metric")
    first = load(bundle)
    table = {one.name: one for one in compare_distances(bundle, parts).distances}
    before = use_distance(bundle, "knn")
    now = load(bundle)
    assert now.config()["distance"] == "knn"
    assert now.threshold.value == table["knn"].threshold
    assert [one.name for one in compare_distances(bundle, parts).distances if one.chosen] == ["knn"]
    put_back(bundle, before)
    assert load(bundle).config() == first.config()
    assert load(bundle).threshold == first.threshold


def test_that_a_bundle_of_before_evidence_was_kept_compares_but_does_not_change(parts: Path, tmp_path: Path) -> None:
    detector = template_metric()
    fitted = detector.fitted
    detector._fitted = replace(fitted, calibration=replace(fitted.calibration, kept=None))
    detector.save(tmp_path / "old")
    found = compare_distances(tmp_path / "old", parts)
    assert all(one.image_auroc is not None for one in found.distances)
    for one in found.distances:
        assert one.threshold == (fitted.threshold.value if one.chosen else None)
        assert (one.counts is None) is not one.chosen
    with pytest.raises(DataError):
        use_distance(tmp_path / "old", "knn")
    assert load(tmp_path / "old").config()["distance"] == "euclidean"


def test_that_a_method_without_distances_says_so(parts: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="nothing to compare"):
        compare_distances(save_template(tmp_path / "template"), parts)
