from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from inspector.core.errors import DataError
from inspector.core.events import Warned
from inspector.detectors.fitted import Threshold
from inspector.jobs import evaluate as evaluating
from inspector.jobs.evaluate import evaluate, pixel_figures
from inspector.sources.dataset import LazyImages
from tests.contract.detectors import Heard
from tests.detectors.pictures import bad, good
from tests.detectors.template import Template, template
from tests.detectors.template_metric import template_metric
from tests.jobs.folders import part_set, spoil, train_folder
from tests.sources.drawing import save

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def detector() -> Template:
    return template()


def test_that_a_detector_that_tells_them_apart_gets_full_marks(detector: Template, tmp_path: Path) -> None:
    part_set(tmp_path)
    train_folder(tmp_path / "train" / "good", 3)
    figures = evaluate(tmp_path, detector)
    assert (figures.normal, figures.abnormal, figures.masks, figures.unreadable) == (6, 4, 4, 0)
    assert figures.image_auroc == figures.average_precision == figures.best_f1 == 1.0
    assert figures.balanced_accuracy == figures.best_balanced_accuracy == 1.0
    assert figures.pixel_auroc == pytest.approx(1, abs=0.05)
    assert figures.aupro == pytest.approx(1, abs=0.1)
    assert figures.hits == 1.0
    assert figures.red_abnormal is not None
    assert figures.red_normal is not None
    assert figures.red_abnormal > figures.red_normal
    assert [(kind.kind, kind.abnormal, kind.n) for kind in figures.kinds] == [("good", False, 6), ("spot", True, 4)]
    assert json.loads(json.dumps(figures.as_json(), allow_nan=False))["ms_per_image"] > 0


def test_that_the_figures_are_those_worked_out_by_hand(detector: Template, tmp_path: Path) -> None:
    part_set(tmp_path / "set", normal=4, abnormal=2)
    for number in range(2):  # bad parts that look good
        save(tmp_path / "set" / "test" / "faint" / f"{number}.png", good(800 + number))
    items = evaluating.test_items(tmp_path / "set")
    scores = np.array([one.score for one in detector.measure(list(LazyImages(items)))])
    truth = np.array([item.label is not None and item.label.abnormal for item in items])
    judge = template()
    limit = float(np.sort(scores[~truth])[1])  # two of four normal images lie above
    judge._fitted = replace(judge.fitted, threshold=Threshold(limit, None, "by hand", ""))
    figures = evaluate(tmp_path / "set", judge)
    said = scores > limit
    found = float(said[truth].mean())
    assert figures.image_auroc == pytest.approx(roc_auc_score(truth, scores))
    assert figures.average_precision == pytest.approx(average_precision_score(truth, scores))
    assert figures.normal_accuracy == 0.5
    assert figures.abnormal_accuracy == found
    assert figures.balanced_accuracy == pytest.approx((0.5 + found) / 2)
    thresholds = [-1.0, *scores]
    assert figures.best_balanced_accuracy == pytest.approx(
        max(((scores[truth] > t).mean() + (scores[~truth] <= t).mean()) / 2 for t in thresholds)
    )
    hits = [(int((scores[truth] > t).sum()), int((scores[~truth] > t).sum())) for t in thresholds]
    assert figures.best_f1 == pytest.approx(max(2 * tp / (tp + fp + 4) for tp, fp in hits))
    faint, spot = (next(kind for kind in figures.kinds if kind.kind == name) for name in ("faint", "spot"))
    assert spot.right == 1.0
    assert faint.right == pytest.approx(2 * found - 1)
    # Without a map threshold there is nothing to say of pixels.
    assert (figures.pixel_auroc, figures.aupro, figures.red_normal, figures.hits) == (None, None, None, None)


def test_that_unreadable_files_are_counted_and_in_no_figure(detector: Template, tmp_path: Path) -> None:
    part_set(tmp_path)
    torn = spoil(tmp_path / "test" / "good")
    heard = Heard()
    figures = evaluate(tmp_path, detector, heard)
    assert (figures.normal, figures.unreadable) == (6, len(torn))
    assert len(heard.of(Warned)) == len(torn)


def test_that_a_mask_of_another_size_is_told_and_left_out(detector: Template, tmp_path: Path) -> None:
    part_set(tmp_path)
    save(tmp_path / "ground_truth" / "spot" / "000_mask.png", good(1, (8, 8)))
    heard = Heard()
    assert evaluate(tmp_path, detector, heard).masks == 3
    assert len(heard.of(Warned)) == 1


def test_that_images_without_labels_cannot_be_evaluated(detector: Template, tmp_path: Path) -> None:
    save(tmp_path / "1.png", bad(1))
    with pytest.raises(DataError, match="No labelled test images"):
        evaluate(tmp_path, detector)


def test_that_a_set_of_unreadable_images_is_told(detector: Template, tmp_path: Path) -> None:
    (tmp_path / "good").mkdir()
    (tmp_path / "good" / "1.png").write_bytes(b"")
    with pytest.raises(DataError, match="could be read"):
        evaluate(tmp_path, detector)


def test_that_normal_images_alone_give_the_figures_there_are(detector: Template, tmp_path: Path) -> None:
    part_set(tmp_path, abnormal=0)
    figures = evaluate(tmp_path, detector)
    assert figures.normal_accuracy is not None
    assert (figures.image_auroc, figures.best_f1, figures.abnormal_accuracy, figures.aupro) == (None,) * 4


def _mask() -> np.ndarray:
    mask = np.zeros((60, 60), bool)
    mask[5:15, 5:15] = True
    mask[40:45, 40:45] = True
    return mask


def test_that_a_perfect_map_has_full_marks() -> None:
    area, overlap = pixel_figures([_mask().astype(np.float32)], [_mask()])
    assert area == 1.0
    assert overlap == pytest.approx(1, abs=0.01)


def test_that_noise_overlaps_by_chance_alone() -> None:
    rng = np.random.default_rng(0)
    area, overlap = pixel_figures([rng.random((60, 60), np.float32) for _ in range(20)], [_mask()] * 20)
    assert area == pytest.approx(0.5, abs=0.03)
    assert overlap == pytest.approx(0.15, abs=0.03)  # the mean of a line from 0 to 0.3


def test_that_a_map_upside_down_has_none() -> None:
    area, overlap = pixel_figures([1 - _mask().astype(np.float32)], [_mask()])
    assert area == 0.0
    assert overlap == pytest.approx(0, abs=0.01)


def test_that_each_region_counts_the_same_however_large() -> None:
    only_large = np.zeros((60, 60), np.float32)
    only_large[5:15, 5:15] = 1
    _, overlap = pixel_figures([only_large], [_mask()])
    assert overlap == pytest.approx(0.5, abs=0.02)


def test_that_there_are_no_pixel_figures_without_defects() -> None:
    assert pixel_figures([np.zeros((4, 4), np.float32)], [np.zeros((4, 4), bool)]) == (None, None)


def kinds_set(folder: Path) -> Path:
    """Good parts, a kind that `template_metric` learned from, and one it never saw that it cannot find."""
    part_set(folder)
    for number in range(3):
        save(folder / "test" / "faint" / f"{number}.png", good(800 + number))
    return folder


def test_that_kinds_learned_from_are_told_apart_from_those_never_seen(tmp_path: Path) -> None:
    figures = evaluate(kinds_set(tmp_path), template_metric())
    assert figures.known is not None
    assert figures.unseen is not None
    assert (figures.known.kinds, figures.known.n, figures.known.missed) == (("spot",), 4, 0)
    assert (figures.unseen.kinds, figures.unseen.n) == (("faint",), 3)
    assert figures.unseen.miss_rate > 0
    assert figures.unseen.low < figures.unseen.miss_rate <= figures.unseen.high
    assert [(kind.kind, kind.known) for kind in figures.kinds] == [("good", None), ("faint", False), ("spot", True)]
    assert json.loads(json.dumps(figures.as_json(), allow_nan=False))["known"]["kinds"] == ["spot"]


def test_that_methods_that_learn_from_nothing_abnormal_tell_no_kinds_apart(detector: Template, tmp_path: Path) -> None:
    figures = evaluate(kinds_set(tmp_path), detector)
    assert figures.known is figures.unseen is None
    assert {kind.known for kind in figures.kinds} == {None}
    untaught = evaluate(tmp_path, template_metric(learn_abnormal=False))
    assert untaught.known is untaught.unseen is None
