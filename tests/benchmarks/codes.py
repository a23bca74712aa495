"""`codes`: how many numbers the dense code of `ssim-autoencoder` should hold, measured without any abnormal image."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from inspector.core.ranking import auroc
from inspector.detectors import method
from inspector.imaging.corruption import cut_outs, scratches, stains
from tests.benchmarks.data import Images, arrays
from tests.benchmarks.harness import Benchmark, Request, Unit
from tests.benchmarks.published import scores_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import TypeAlias

    import numpy.typing as npt

    from inspector.imaging.placement import Batch
    from tests.benchmarks.harness import Figures

    Damage: TypeAlias = Callable[[Batch, np.random.Generator], Batch]

CLASSES, DAMAGED = "Fashion-MNIST, classes left out", "Fashion-MNIST, training images"

ABOUT = """`ssim-autoencoder` with dense codes of several sizes (0: none, the published network), trained on Fashion-
MNIST's training images but the last 1,000, which are then scored as they are (*held_out_score*: the mean of 1 -
SSIM, which falls as the code grows) and damaged by drawn cut-outs, stains and scratches: *proxy_auroc* is how well
the score tells the damaged from the whole ones, *proxy_mean* their mean. No test image and no digit takes part in
these figures.

*Classes left out* trains on eight of the ten classes and scores 1,000 held-out training images of these against 1,000
of the other two (0 and 1, then 2 and 3, and so on: five splits): *unseen_auroc*, and no test image and no digit takes
part in it either. That is the question `ssim-autoencoder` is asked, whether a thing is of a sort it has seen, and its
answer decides: the default is the code with the best mean of *unseen_auroc*, written down before the figures were."""

METHOD = "ssim-autoencoder"
CODES = (4, 8, 16, 32, 0)
_HELD_OUT = 1000
_UNSEEN = tuple((first, first + 1) for first in range(0, 10, 2))
_OPTIONS: dict[str, Any] = {"size": 28, "epochs": 20, "steps": 10, "batch": 128}
_DAMAGE: dict[str, Damage] = {"cut-outs": cut_outs, "stains": stains, "scratches": scratches}


def _units(request: Request) -> list[Unit]:
    damaged = [
        Unit(
            DAMAGED,
            f"{METHOD}, code={code}",
            {"options": _OPTIONS | {"code": code}, "seed": seed},
            partial(_run, code, seed, request.data),
        )
        for code in CODES
        for seed in request.seeds
    ]
    left_out = [
        Unit(
            CLASSES,
            f"{METHOD}, code={code}",
            {"options": _OPTIONS | {"code": code}, "unseen": unseen, "seed": seed},
            partial(_run_left_out, code, unseen, seed, request.data),
        )
        for unseen in _UNSEEN
        for code in CODES
        for seed in request.seeds
    ]
    return damaged + left_out


def _run_left_out(code: int, unseen: tuple[int, int], seed: int, data: Path | None) -> Figures:
    split = arrays("fashion-mnist", data)
    out = np.isin(split.train_classes, unseen)
    known = split.train[~out]
    detector = method(METHOD)(**_OPTIONS, code=code, seed=seed).fit(Images(known[:-_HELD_OUT]))
    whole, strange = (scores_of(detector, some[-_HELD_OUT:]) for some in (known, split.train[out]))
    return {"unseen_auroc": auroc(whole, strange) or 0.0, "training_seconds": detector.fitted.record.seconds}


def _run(code: int, seed: int, data: Path | None) -> Figures:
    images = arrays("fashion-mnist", data).train
    held = images[-_HELD_OUT:]
    detector = method(METHOD)(**_OPTIONS, code=code, seed=seed).fit(Images(images[:-_HELD_OUT]))
    whole = scores_of(detector, held)
    figures = {"held_out_score": float(whole.mean())}
    for name, damage in _DAMAGE.items():
        batch = held[:, :, :, np.newaxis].astype(np.float32) / np.float32(255)
        damaged = _bytes(damage(batch, np.random.default_rng(seed))[:, :, :, 0])
        figures[f"proxy_auroc {name}"] = auroc(whole, scores_of(detector, damaged)) or 0.0
    figures["proxy_mean"] = float(np.mean([value for key, value in figures.items() if key.startswith("proxy")]))
    return figures | {"training_seconds": detector.fitted.record.seconds}


def _bytes(pixels: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    return np.rint(pixels * 255).astype(np.uint8)


BENCHMARK = Benchmark("codes", ABOUT, 1, _units, needs_data=True)
