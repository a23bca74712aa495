"""A memory of normal patches: few of many, chosen so that none lies far from all that were kept (PatchCore)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from inspector.core.events import Listener, Progress, Stage

if TYPE_CHECKING:
    from inspector.detectors.patch.features import Features

CANDIDATES = 40_000
"""Of so many patches at most the memory is chosen: more take time in proportion and change little."""

_PROJECTED = 64
_TOLD_EVERY = 50
_NEIGHBOURS = 9
"""Patches of the memory around the nearest one, of which the reweighting is made (Roth et al. 2022, b = 9)."""


class Reservoir:
    """A fair sample of at most so many patches from any number of them, in bounded memory (Vitter's R)."""

    def __init__(self, seed: int, most: int | None = None) -> None:
        """Empty; `most` patches stay, without it `CANDIDATES`."""
        self._most = CANDIDATES if most is None else most
        self._rng = np.random.default_rng(seed)
        self._keys = np.zeros(0)
        self._patches: npt.NDArray[np.float32] | None = None

    def add(self, patches: npt.NDArray[np.float32]) -> None:
        """Offer patches `(n, d)`: each gets a random key, and those with the smallest keys stay."""
        keys = np.concatenate([self._keys, self._rng.random(len(patches))])
        all_of_them = patches if self._patches is None else np.concatenate([self._patches, patches])
        if len(keys) > self._most:
            stay = np.sort(np.argpartition(keys, self._most)[: self._most])
            keys, all_of_them = keys[stay], all_of_them[stay]
        self._keys, self._patches = keys, all_of_them

    @property
    def patches(self) -> npt.NDArray[np.float32]:
        """What stayed, `(n, d)`."""
        return np.zeros((0, 0), np.float32) if self._patches is None else self._patches


def choose(patches: npt.NDArray[np.float32], wanted: int, seed: int, listener: Listener) -> npt.NDArray[np.float32]:
    """Choose `wanted` of `patches (n, d)` greedily: each next one lies farthest from all chosen so far.

    Distances are taken in a random projection to 64 dimensions, as in the paper. Time grows with `n x wanted`, and
    both are bounded.
    """
    if len(patches) <= wanted:
        return patches
    rng = np.random.default_rng(seed)
    dims = patches.shape[1]
    seen = patches
    if dims > _PROJECTED:
        seen = patches @ (rng.normal(size=(dims, _PROJECTED)) / np.sqrt(_PROJECTED)).astype(np.float32)
    squares = np.einsum("nd,nd->n", seen, seen)
    chosen = np.empty(wanted, np.intp)
    chosen[0] = rng.integers(len(seen))
    nearest = np.full(len(seen), np.inf, np.float32)
    listener(Stage("Choosing the patches to remember", wanted))
    for number in range(wanted):
        if number:
            chosen[number] = int(nearest.argmax())
        one = seen[chosen[number]]
        np.minimum(nearest, squares - 2 * (seen @ one) + squares[chosen[number]], out=nearest)
        if (number + 1) % _TOLD_EVERY == 0 or number + 1 == wanted:
            listener(Progress(number + 1, wanted))
    return patches[np.sort(chosen)]


def nearest(
    memory: npt.NDArray[np.float32], features: Features
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.intp]]:
    """The distance to the nearest patch of the memory `(m, d)`, and which that is: `(N, rows, columns)` each."""
    number, rows, columns, dims = features.shape
    squares = np.einsum("md,md->m", memory, memory)
    distances = np.empty((number, rows, columns), np.float32)
    which = np.empty((number, rows, columns), np.intp)
    for index in range(number):
        patches = features[index].reshape(-1, dims)
        crossed = squares - 2 * (patches @ memory.T)
        best = crossed.argmin(axis=1)
        # Again from the difference itself: the expanded square loses its digits where the distance is small.
        distances[index] = np.linalg.norm(patches - memory[best], axis=1).reshape(rows, columns)
        which[index] = best.reshape(rows, columns)
    return distances, which


def weight(memory: npt.NDArray[np.float32], patch: npt.NDArray[np.float32], nearest_one: int, distance: float) -> float:
    """How much an image's strangest `patch (d,)` counts, in 0..1 (Roth et al. 2022, equation 7).

    `1 - exp(s) / sum over the b patches m nearest to m* of exp(|patch - m|)`, where m* is the remembered patch nearest
    to it and s their distance: a patch whose nearest neighbour is itself rare counts for more.
    """
    around = np.linalg.norm(memory - memory[nearest_one], axis=1)
    neighbours = np.argsort(around, kind="stable")[: min(_NEIGHBOURS, len(memory))]
    if len(neighbours) < 2:  # noqa: PLR2004 - of itself alone nothing can be said
        return 1.0
    others = np.linalg.norm(memory[neighbours] - patch, axis=1).astype(np.float64)
    # The softmax shifted by its largest exponent: the distances themselves would overflow.
    top = max(float(others.max()), distance)
    return max(1.0 - float(np.exp(distance - top) / np.exp(others - top).sum()), 0.0)
