"""One image has one score, whichever way it is judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from inspector.core.events import Judged
from inspector.detectors import load
from inspector.jobs import evaluate as evaluating
from inspector.jobs.batch import Batch, batch
from inspector.jobs.live import live
from inspector.jobs.train import Training, train
from inspector.sources.dataset import LazyImages
from inspector.sources.folder import FolderSource
from tests.contract.detectors import TINY, Heard
from tests.jobs.folders import part_set, train_folder

COUNT = 52


@dataclass
class Ways:
    """Scores of the same pictures, by way."""

    calibration: list[float]
    recalibrated: list[float]
    scores: dict[str, list[float]]


@pytest.fixture(scope="module", params=sorted(TINY))
def ways(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ways:
    folder = tmp_path_factory.mktemp("parity")
    data = part_set(folder / "set", normal=5, abnormal=3) / "test"
    detector = train(
        Training(request.param, train_folder(folder / "train", COUNT), folder / "bundle", {**TINY[request.param]})
    )
    saved = folder / "bundle"
    # The calibration pictures are those of the training folder that were held out: found again by the same draw.
    order = np.random.default_rng(detector.options.seed).permutation(COUNT)
    held = np.sort(order[: len(detector.fitted.calibration.normal)])
    items = evaluating.test_items(data)
    images = LazyImages(items)
    training = FolderSource(folder / "train")
    with training:
        calibration = [frame.image for _ in range(COUNT) if (frame := training.read()) is not None]
    again = load(saved)
    by_batch, by_watching = Heard(), Heard()
    batch(Batch(data, saved, folder / "out"), by_batch)
    live(FolderSource(data), again, by_watching)
    gathered: list[float] = []
    original = evaluating._gather_map

    def remember(judge: Any, item: Any, image: Any, measured: Any, *rest: Any) -> None:
        gathered.append(measured.score)
        original(judge, item, image, measured, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluating, "_gather_map", remember)
        evaluating.evaluate(data, saved)

    def heard(events: Heard) -> list[float]:
        scores = {event.inspection.name: event.inspection.score for event in events.of(Judged)}
        return [scores[item.name] for item in items]

    return Ways(
        calibration=detector.fitted.calibration.normal.tolist(),
        recalibrated=[again.measure([calibration[index]])[0].score for index in held],
        scores={
            "fitted": [one.score for one in detector.measure(list(images))],
            "reloaded": [one.score for one in again.measure(list(images))],
            "one by one": [again.measure([image])[0].score for image in images],
            "batch": heard(by_batch),
            "watch": heard(by_watching),
            "evaluate": gathered,
        },
    )


@pytest.mark.training
def test_that_every_way_to_judge_an_image_gives_one_score(ways: Ways) -> None:
    expected = ways.scores["fitted"]
    assert len(expected) == 8
    for way, scores in ways.scores.items():
        assert scores == pytest.approx(expected, rel=1e-5), way


@pytest.mark.training
def test_that_calibration_scores_are_those_judging_gives(ways: Ways) -> None:
    assert len(ways.calibration) == 10
    assert ways.recalibrated == pytest.approx(ways.calibration, rel=1e-5)
