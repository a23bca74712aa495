"""The search for what a generator makes that resembles an image most: Adam on z, in numpy, on an exported graph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from inspector.detectors.runtime import Graph

Values = npt.NDArray[np.float32]

MILESTONES = 24
"""Steps of a search that can be looked at afterwards, at most."""

_FADING, _FADING_SQUARES, _TINY = 0.9, 0.999, 1e-8


@dataclass(frozen=True, slots=True)
class Found:
    """The best of all restarts and steps.

    Attributes:
        loss: the least.
        residual: its part of pixels.
        discrimination: its part of features.
        generated: `(channels, h, w)`.
        losses: the least loss up to each step, `(steps,)`.
        path: the best so far at the steps that `milestones` gives, each as `generated`.
    """

    loss: float
    residual: float
    discrimination: float
    generated: Values
    losses: Values
    path: tuple[Values, ...]


def milestones(steps: int) -> list[int]:
    """Up to `MILESTONES` steps of a search, from 0, evenly spread, with the first and the last."""
    return sorted({int(step) for step in np.linspace(0, steps - 1, min(steps, MILESTONES)).round()})


def search(
    graph: Graph,
    image: Values,
    counts: Values,
    features: Values,
    *,
    steps: int,
    rate: float,
    seed: int,
    between: Callable[[], None] = lambda: None,
) -> Found:
    """Search from the same random places each time.

    Adam: Kingma & Ba 2015, algorithm 1.

    Args:
        graph: of `graphs.search_graph`.
        image: `(1, channels, h, w)` in 0..1.
        counts: `(1, 1, h, w)`, 1 where a pixel counts, else 0.
        features: of the image, `(1, k)`.
        steps: how often the graph is run, at least once.
        rate: of Adam.
        seed: of the places where the restarts begin.
        between: called before each step; what it raises, such as `Cancelled`, ends the search.
    """
    if steps < 1:
        msg = f"Expected at least one step. Received: {steps}"
        raise ValueError(msg)
    restarts, latent = (int(size or 0) for size in graph.input_shape)
    z = np.random.default_rng(seed).standard_normal((restarts, latent), np.float32)
    mean, squares = np.zeros_like(z), np.zeros_like(z)
    best: tuple[float, float, float, Values] | None = None
    losses = np.zeros(steps, np.float32)
    told, path = set(milestones(steps)), []
    for step in range(steps):
        between()
        loss, residual, discrimination, gradient, generated = graph.run(
            {"z": z, "image": image, "counts": counts, "features": features}
        )
        least = int(loss.argmin())
        if best is None or loss[least] < best[0]:
            best = float(loss[least]), float(residual[least]), float(discrimination[least]), generated[least].copy()
        losses[step] = best[0]
        if step in told:
            path.append(best[3])
        mean = _FADING * mean + (1 - _FADING) * gradient
        squares = _FADING_SQUARES * squares + (1 - _FADING_SQUARES) * gradient**2
        towards = mean / (1 - _FADING ** (step + 1))
        scale = np.sqrt(squares / (1 - _FADING_SQUARES ** (step + 1))) + _TINY
        z = np.asarray(z - rate * towards / scale, np.float32)
    assert best is not None  # noqa: S101 - there was at least one step
    return Found(*best, losses, tuple(path))
