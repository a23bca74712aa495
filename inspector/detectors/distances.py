"""How far an embedding lies from those of normal images: five distances with one interface, fitted and scored in numpy.

Each is a few plain arrays, so that a bundle keeps all five and one training can be judged by each of them.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, ClassVar, Literal, Self, TypeAlias

import numpy as np
import numpy.typing as npt

from inspector.core.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Mapping

Embeddings: TypeAlias = npt.NDArray[np.float32]
"""`float32 (N, d)`, one row an image."""

Name: TypeAlias = Literal["mahalanobis", "euclidean", "knn", "lof", "cosine"]

MOST_POINTS = 1000
"""Of so many normal images at most the neighbours are looked for: more is slower and changes little."""

KNN_NEIGHBOURS = 5
LOF_NEIGHBOURS = 20

_SPARE = 8
_RIDGE = 1e-6
_TINY = 1e-12
_SMALLEST_REACH = 1e-10  # as scikit-learn adds to a mean reachability, for points that lie on each other


class Distance(ABC):
    """Fitted to the embeddings of normal images; says how far others lie from them.

    A subclass is a frozen dataclass of arrays. `score` looks at each embedding by itself: its neighbours in a batch
    change nothing, not even by rounding.
    """

    NAME: ClassVar[Name]
    UNIT: ClassVar[str]

    @classmethod
    @abstractmethod
    def fit(cls, embeddings: Embeddings) -> Self:
        """Fit to `embeddings (N, d)` of normal images, N >= 1.

        Raises:
            ValueError: it is no such array, or not finite.
        """

    @abstractmethod
    def score_one(self, embedding: npt.NDArray[np.float32]) -> float:
        """The distance of one embedding `(d,)`, >= 0."""

    def score(self, embeddings: Embeddings) -> npt.NDArray[np.float64]:
        """The distances `(N,)` of embeddings `(N, d)`."""
        return np.array([self.score_one(one) for one in embeddings], np.float64)

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """What to save, by name."""
        return {f"{self.NAME}_{one.name}": getattr(self, one.name) for one in fields(self)}  # type: ignore[arg-type]

    @classmethod
    def of(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Self:
        """From what was saved.

        Raises:
            KeyError: something is missing.
        """
        names = [one.name for one in fields(cls)]  # type: ignore[arg-type]
        found = {name: arrays.get(f"{cls.NAME}_{name}") for name in names}
        if "halves" in found and found["halves"] is None:  # bundles of before they were kept
            found["halves"] = _halves(np.asarray(arrays[f"{cls.NAME}_points"], np.float32))
        for name, value in found.items():
            if value is None:
                raise KeyError(f"{cls.NAME}_{name}")  # noqa: EM102 - a key, no message
        return cls(**found)


@dataclass(frozen=True)
class Euclidean(Distance):
    """To the mean of the normal embeddings."""

    NAME = "euclidean"
    UNIT = "Euclidean distance to the mean embedding"
    mean: npt.NDArray[np.float32]

    @classmethod
    def fit(cls, embeddings: Embeddings) -> Self:
        """See `Distance`."""
        return cls(_checked(embeddings).mean(axis=0, dtype=np.float64).astype(np.float32))

    def score_one(self, embedding: npt.NDArray[np.float32]) -> float:
        """See `Distance`."""
        return _length(embedding - self.mean)


@dataclass(frozen=True)
class Mahalanobis(Distance):
    """To the mean, in standard deviations of the normal embeddings along each direction.

    The covariance is shrunk as Ledoit and Wolf (2004) do, which allows fewer images than dimensions.

    Attributes:
        mean: `(d,)`.
        whitening: `(d, d)`: `|(x - mean) whitening|` is the distance.
    """

    NAME = "mahalanobis"
    UNIT = "Mahalanobis distance in the embedding, in standard deviations of normal images"
    mean: npt.NDArray[np.float32]
    whitening: npt.NDArray[np.float32]

    @classmethod
    def fit(cls, embeddings: Embeddings) -> Self:
        """See `Distance`."""
        points = _checked(embeddings).astype(np.float64)
        mean = points.mean(axis=0)
        covariance = ledoit_wolf(points - mean)
        ridge = max(_RIDGE * float(np.trace(covariance)) / len(covariance), _TINY)
        values, vectors = np.linalg.eigh(covariance)
        whitening = vectors / np.sqrt(np.maximum(values, 0) + ridge)
        return cls(mean.astype(np.float32), whitening.astype(np.float32))

    def score_one(self, embedding: npt.NDArray[np.float32]) -> float:
        """See `Distance`."""
        return _length((embedding - self.mean) @ self.whitening)


@dataclass(frozen=True)
class NearestNeighbours(Distance):
    """Mean Euclidean distance to the `KNN_NEIGHBOURS` nearest normal embeddings.

    Attributes:
        points: `(n, d)`.
        halves: `(n,)`, half of each point's squared length.
    """

    NAME = "knn"
    UNIT = "mean distance to the 5 nearest normal embeddings"
    points: npt.NDArray[np.float32]
    halves: npt.NDArray[np.float32]

    @classmethod
    def fit(cls, embeddings: Embeddings) -> Self:
        """See `Distance`."""
        points = _some(_checked(embeddings))
        return cls(points, _halves(points))

    def score_one(self, embedding: npt.NDArray[np.float32]) -> float:
        """See `Distance`."""
        _, distances = _nearest(self.points, self.halves, embedding, KNN_NEIGHBOURS)
        return float(distances.mean(dtype=np.float64))


@dataclass(frozen=True)
class LocalOutlierFactor(Distance):
    """How much sparser it is around an embedding than around its nearest normal ones (Breunig et al. 2000).

    Equal to minus scikit-learn's `LocalOutlierFactor(novelty=True).score_samples`, which a test compares; about 1 among
    normal images.

    Attributes:
        points: `(n, d)`.
        halves: `(n,)`, half of each point's squared length.
        reach: `(n,)`, each point's distance to its k-th neighbour.
        density: `(n,)`, each point's local reachability density.
    """

    NAME = "lof"
    UNIT = "local outlier factor in the embedding; about 1 for normal images"
    points: npt.NDArray[np.float32]
    halves: npt.NDArray[np.float32]
    reach: npt.NDArray[np.float32]
    density: npt.NDArray[np.float64]

    @classmethod
    def fit(cls, embeddings: Embeddings) -> Self:
        """See `Distance`."""
        points = _some(_checked(embeddings))
        halves = _halves(points)
        if len(points) == 1:
            return cls(points, halves, np.ones(1, np.float32), np.ones(1))
        neighbours, distances = [], []
        for number, point in enumerate(points):
            # A point is not its own neighbour; one that lies on it is.
            others = np.delete(np.arange(len(points)), number)
            which, far = _nearest(points[others], halves[others], point, LOF_NEIGHBOURS)
            neighbours.append(others[which])
            distances.append(far)
        reach = np.array([far.max() for far in distances], np.float32)
        density = [
            1 / (np.maximum(reach[which], far).mean(dtype=np.float64) + _SMALLEST_REACH)
            for which, far in zip(neighbours, distances, strict=True)
        ]
        return cls(points, halves, reach, np.array(density))

    def score_one(self, embedding: npt.NDArray[np.float32]) -> float:
        """See `Distance`."""
        wanted = min(LOF_NEIGHBOURS, max(len(self.points) - 1, 1))
        which, far = _nearest(self.points, self.halves, embedding, wanted)
        density = 1 / (np.maximum(self.reach[which], far).mean(dtype=np.float64) + _SMALLEST_REACH)
        return float(self.density[which].mean() / density)


@dataclass(frozen=True)
class Cosine(Distance):
    """1 - cosine of the angle to the mean direction of the normal embeddings, in 0..2."""

    NAME = "cosine"
    UNIT = "1 - cosine of the angle to the mean embedding, in 0..2"
    direction: npt.NDArray[np.float32]

    @classmethod
    def fit(cls, embeddings: Embeddings) -> Self:
        """See `Distance`."""
        directions = np.stack([_unit(one) for one in _checked(embeddings)])
        return cls(_unit(directions.mean(axis=0, dtype=np.float64).astype(np.float32)))

    def score_one(self, embedding: npt.NDArray[np.float32]) -> float:
        """See `Distance`."""
        # Half the squared distance of unit vectors: 1 - their product, without losing its digits near 0.
        apart = _unit(embedding) - self.direction
        return float(np.dot(apart, apart) / 2)


DISTANCES: dict[Name, type[Distance]] = {
    "mahalanobis": Mahalanobis,
    "euclidean": Euclidean,
    "knn": NearestNeighbours,
    "lof": LocalOutlierFactor,
    "cosine": Cosine,
}


def _length(vector: npt.NDArray[np.floating]) -> float:
    """Of a vector; NumPy's own function takes longer to find out what it was given."""
    return math.sqrt(np.dot(vector, vector))


def distance(name: str) -> type[Distance]:
    """The distance called `name`.

    Raises:
        OptionError: there is none; the text lists those there are.
    """
    for known, one in DISTANCES.items():
        if known == name:
            return one
    msg = f"Expected a distance among {', '.join(DISTANCES)}. Received: {name}"
    raise OptionError(msg)


def ledoit_wolf(centred: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The covariance of centred points `(N, d)`, shrunk towards the mean variance.

    Ledoit and Wolf 2004, "A well-conditioned estimator for large-dimensional covariance matrices": the weight of the
    target m I (m the mean variance) is min(b, d) / d, where d is the squared distance of the sample covariance S from
    it, and b is the sampling error of S, (1/N^2) sum over points of |x x' - S|^2. Equal to scikit-learn's, which a test
    compares.
    """
    count, dims = centred.shape
    sample = centred.T @ centred / count
    target = float(np.trace(sample)) / dims
    squares = centred**2
    # The sum over points of |x x' - S|^2 is that of |x|^4 less N |S|^2.
    error = (float((squares.T @ squares).sum()) / count - float((sample**2).sum())) / count
    spread = float((sample**2).sum()) - dims * target**2
    weight = 0.0 if spread <= 0 else min(max(error, 0.0), spread) / spread
    shrunk: npt.NDArray[np.float64] = (1 - weight) * sample + weight * target * np.eye(dims)
    return shrunk


def _checked(embeddings: Embeddings) -> Embeddings:
    if embeddings.ndim != 2 or not len(embeddings) or not np.isfinite(embeddings).all():  # noqa: PLR2004
        msg = f"Expected finite embeddings (N, d), N >= 1. Received: {embeddings.dtype} {embeddings.shape}"
        raise ValueError(msg)
    return np.asarray(embeddings, np.float32)


def _some(points: Embeddings) -> Embeddings:
    """At most `MOST_POINTS` of them, evenly taken."""
    if len(points) <= MOST_POINTS:
        return points
    return np.asarray(points[np.linspace(0, len(points) - 1, MOST_POINTS).astype(int)])


def _halves(points: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Half of each point's squared length."""
    return np.asarray(np.einsum("nd,nd->n", points, points, dtype=np.float64) / 2, np.float32)


def _nearest(
    points: npt.NDArray[np.float32], halves: npt.NDArray[np.float32], one: npt.NDArray[np.float32], wanted: int
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float32]]:
    """Which of `points (n, d)` lie nearest to `one (d,)`, and how far: `(min(wanted, n),)` each, in no order.

    |p - x|^2 / 2 = |p|^2 / 2 - p x + |x|^2 / 2 is one product of a matrix and a vector, but loses digits where points
    lie close: it picks some more than are wanted, and these are measured by their differences.
    """
    if wanted + _SPARE < len(points):
        which = np.argpartition(halves - np.dot(points, one), wanted + _SPARE)[: wanted + _SPARE]
    else:
        which = np.arange(len(points))
    apart = points[which] - one
    squares = np.einsum("nd,nd->n", apart, apart)
    if wanted < len(which):
        first = np.argpartition(squares, wanted - 1)[:wanted]
        which, squares = which[first], squares[first]
    return which, np.asarray(np.sqrt(squares), np.float32)


def _unit(vector: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    length = float(np.linalg.norm(vector))
    return vector if length < _TINY else np.asarray(vector / np.float32(length))
