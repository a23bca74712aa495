"""`choices`: which options the denoising autoencoder is measured with, by a rule that no test image takes part in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from inspector.core.ranking import auroc
from inspector.detectors import method
from inspector.sources.dataset import LazyImages
from tests.benchmarks.autoencoders import HELD_TO_BAR, SEVERAL, SHORT, Scores, pictures_of
from tests.benchmarks.harness import Benchmark, Request, Unit

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.harness import Figures

ABOUT = """What `autoencoders` is run with on magnetic-tile, chosen without its judged pictures. Each candidate learns
four of every five normal training pictures (64x64, 300 steps of 32). *validation_auroc* is how well it tells the
fifth from the abnormal pictures that `autoencoders` gives to `fit` and judges nobody by (every fifth of a kind), by the
better of the scores `difference` and `score=map`. The rule: of each method the candidate with the highest
*validation_auroc* is measured. `denoising-autoencoder` undoes all drawn corruptions; none of them looks at the given
pictures."""

_HELD_OUT = 5  # every fifth normal training picture is held out
_RATES = (0.001, 0.003)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A method with options that might be the ones to measure."""

    method: str
    options: dict[str, Any]

    @property
    def name(self) -> str:
        """What the table calls it."""
        return f"{self.method}, " + " ".join(f"{key}={value}" for key, value in self.options.items())


CANDIDATES = (
    *(Candidate("conv-autoencoder", {"learning_rate": rate}) for rate in _RATES),
    *(
        Candidate("denoising-autoencoder", {"residual": residual, "learning_rate": rate})
        for residual, rate in product((False, True), _RATES)
    ),
)


def _units(request: Request) -> list[Unit]:
    return [
        Unit(
            HELD_TO_BAR,
            one.name,
            {"options": one.options, "steps": SHORT, "seed": seed},
            partial(_run, one, seed, request.data),
        )
        for one in CANDIDATES
        for seed in request.seeds
    ]


def _run(candidate: Candidate, seed: int, data: Path | None) -> Figures:
    pictures = pictures_of(HELD_TO_BAR, data)
    items = pictures.train.items
    held = list(LazyImages(items[::_HELD_OUT]))
    options = SHORT | candidate.options
    if candidate.method == "denoising-autoencoder":
        options |= {"corruption": SEVERAL}
    detector = method(candidate.method)(**options, seed=seed)
    detector.fit(LazyImages([item for position, item in enumerate(items) if position % _HELD_OUT]))
    normal, abnormal = Scores.of(detector, held), Scores.of(detector, [image for image, _ in pictures.given])
    return {
        "validation_auroc": max(
            auroc(np.asarray(normal.difference), np.asarray(abnormal.difference)) or 0.0,
            auroc(normal.map, abnormal.map) or 0.0,
        ),
        "held_out": len(held),
        "given": len(pictures.given),
        "training_seconds": detector.fitted.record.seconds,
    }


BENCHMARK = Benchmark("choices", ABOUT, 1, _units, needs_data=True)
