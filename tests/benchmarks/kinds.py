"""`metric-kinds`: whether learning from one kind of defect hides the others."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from inspector.core.ranking import auroc
from inspector.detectors import method
from inspector.jobs.evaluate import test_items
from inspector.jobs.train import normal_items
from inspector.sources.dataset import LazyImages
from inspector.sources.item import read_item
from tests.benchmarks.data import folder
from tests.benchmarks.harness import Bar, Benchmark, Request, Unit
from tests.benchmarks.once import trained_once

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from inspector.core.image import Image
    from inspector.detectors import Detector
    from tests.benchmarks.harness import Figures

ABOUT = """`metric` with no reference images. *plain* is given nothing but good pictures, and is to beat the best
autoencoder of `autoencoders` on each set. *weak, KIND* is also given 10 pictures of one kind of defect, which then
judge nobody: *known* is AUROC of the rest of that kind, *unseen* of the four others against all good test pictures, and
*loss* is what *unseen* lost against *plain* with the same seed. The threshold takes no part, so all good training
pictures are learned from. No option was chosen by these pictures."""

SETS = {"magnetic-tile": 0.7216, "aws-cookie": 0.9844}
"""By set, image AUROC of the best autoencoder in the section `autoencoders`."""

KINDS = ("blowhole", "break", "crack", "fray", "uneven")
_OPTIONS: dict[str, Any] = {"size": 256, "epochs": 3, "images": 250}
_GIVEN = 10
_TILE = "magnetic-tile"

BARS = (
    *(Bar("auroc", "≥", best, case=name, method="plain") for name, best in SETS.items()),
    Bar("loss", "≤", 0.01, case=_TILE),
)


def _units(request: Request) -> list[Unit]:
    return [
        Unit(
            name,
            f"weak, {kind}" if kind else "plain",
            {"options": _OPTIONS, "given": _GIVEN if kind else 0, "seed": seed},
            partial(_run, name, kind, seed, request.data),
        )
        for name in SETS
        for kind in ("", *(KINDS if name == _TILE else ()))
        for seed in request.seeds
    ]


@lru_cache(maxsize=1)
def _pictures(name: str, data: Path | None) -> tuple[list[Image], list[Image], dict[str, list[Image]]]:
    """Good pictures to train on, good ones to judge, and abnormal ones by kind."""
    place = folder(name, data)
    good: list[Image] = []
    abnormal: dict[str, list[Image]] = {}
    for item in test_items(place):
        if item.label is None or not item.label.abnormal:
            good.append(read_item(item))
        else:
            abnormal.setdefault(item.label.kind, []).append(read_item(item))
    return list(LazyImages(normal_items(place))), good, abnormal


def _given(name: str, seed: int, data: Path | None) -> dict[str, tuple[list[Image], list[Image]]]:
    """By kind, the pictures that may be given and the others."""
    rng = np.random.default_rng(seed)
    answer = {}
    for kind, images in sorted(_pictures(name, data)[2].items()):
        mixed = [images[int(index)] for index in rng.permutation(len(images))]
        answer[kind] = mixed[:_GIVEN], mixed[_GIVEN:]
    return answer


@lru_cache(maxsize=8)
def _scores(name: str, kind: str, seed: int, data: Path | None) -> tuple[npt.NDArray[np.float64], dict[str, Any]]:
    """Scores of good test pictures, and by kind those of pictures that were not given."""
    train, good, _ = _pictures(name, data)
    by_kind = _given(name, seed, data)
    detector = method("metric")(**_OPTIONS, seed=seed)
    trained_once(detector, train, [(image, kind) for image in by_kind[kind][0]] if kind else [])
    judged = {one: _of(detector, rest if one == kind else given + rest) for one, (given, rest) in by_kind.items()}
    return _of(detector, good), judged


def _of(detector: Detector, images: list[Image]) -> npt.NDArray[np.float64]:
    return np.array([one.score for one in detector.measure(images)])


def _run(name: str, kind: str, seed: int, data: Path | None) -> Figures:
    good, judged = _scores(name, kind, seed, data)

    def against(scores: dict[str, Any], normal: npt.NDArray[np.float64], leave: str) -> float:
        return auroc(normal, np.concatenate([one for name, one in scores.items() if name != leave])) or 0.0

    figures = {"auroc": against(judged, good, "")}
    if kind:
        plain_good, plain = _scores(name, "", seed, data)
        figures["known"] = auroc(good, judged[kind]) or 0.0
        figures["unseen"] = against(judged, good, kind)
        figures["unseen_plain"] = against(plain, plain_good, kind)
        figures["loss"] = figures["unseen_plain"] - figures["unseen"]
    return figures | {f"auroc {one}": auroc(good, scores) or 0.0 for one, scores in judged.items()}


BENCHMARK = Benchmark("metric-kinds", ABOUT, 1, _units, BARS, needs_data=True)
