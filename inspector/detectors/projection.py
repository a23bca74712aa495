"""An embedding seen from the side: a plane through it, fixed in training, with some of the images it was made from.

A projection shows two directions of many. What lies apart in it lies apart in the embedding; what lies together in it
may still lie apart there, so no verdict is read off it: the score is.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt

from inspector.core.cv import cv2
from inspector.detectors.distances import Embeddings, ledoit_wolf
from inspector.imaging.corruption import cut_outs, scratches
from inspector.imaging.placement import as_image

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from inspector.core.image import Image
    from inspector.detectors.base import Detector
    from inspector.detectors.fitting import TrainingData
    from inspector.detectors.images import PlacedImages
    from inspector.imaging.placement import Batch

NORMAL = "normal"
DAMAGED = "damaged copies"
"""Where there is nothing else to see normal images against: copies of them, scratched or partly covered."""

RING = 0.95
"""So many of the normal images shown lie in the normal region."""

THUMBNAIL = 36
"""Pixels of the longer side of a thumbnail, at most."""

MOST_NORMAL, MOST_ABNORMAL, MOST_REFERENCE, MOST_DAMAGED = 120, 120, 80, 40
"""Images shown of each sort, at most: with their thumbnails they make a bundle 1.4 MB larger, unpacked."""

_PREFIX = "plane_"
_BLOCK = 32
_LONGEST_NAME = 60
_TINY = 1e-9
_CORNERS = 90


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """A plane and what is seen in it.

    Attributes:
        mean: float32 `(d,)`, the mean of the normal embeddings: the plane's origin.
        axes: float32 `(2, d)`, orthonormal, so that the plane shows true distances along itself.
        points: float32 `(n, 2)`, images of the training.
        group: int `(n,)`, which of `groups` each belongs to.
        groups: `"normal"`, `"abnormal KIND"`, `"reference CLASS"` and `DAMAGED`.
        names: of the images; empty where they have none.
        pictures: uint8 `(n, h, w, 3)`, small, as the network saw them.
        centre: float32 `(2,)`, of the normal region.
        ring: float32 `(2, 2)`: the normal region is `centre + ring @ u` with `|u| <= 1`. It is the ellipse of equal
            2-D Mahalanobis distance that holds `RING` of the normal images shown.
        by: `"lda"` where there are classes to tell apart, else `"pca"`.
    """

    mean: npt.NDArray[np.float32]
    axes: npt.NDArray[np.float32]
    points: npt.NDArray[np.float32]
    group: npt.NDArray[np.int32]
    groups: tuple[str, ...]
    names: tuple[str, ...]
    pictures: npt.NDArray[np.uint8]
    centre: npt.NDArray[np.float32]
    ring: npt.NDArray[np.float32]
    by: str

    def place(self, embedding: npt.NDArray[np.floating]) -> tuple[float, float]:
        """Where an embedding `(d,)` lies in the plane."""
        x, y = self.axes @ (np.asarray(embedding, np.float32) - self.mean)
        return float(x), float(y)

    def drawn(self, points: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Where points `(n, 2)` of the plane are drawn, `(n, 2)`, so that the near is seen as well as the far.

        The normal region becomes a circle around the middle, and a point that lies k times as far out as its edge is
        drawn at the radius log(1 + k).
        """
        apart = np.asarray(points, np.float64).reshape(-1, 2) - self.centre
        times = np.linalg.solve(np.asarray(self.ring, np.float64), apart.T).T
        far = np.linalg.norm(times, axis=1, keepdims=True)
        return np.asarray(times * np.log1p(far) / np.maximum(far, _TINY), np.float32)

    def times(self, point: tuple[float, float]) -> float:
        """How far out a point of the plane lies: 1 is the edge of the normal region."""
        apart = np.asarray(point, np.float64) - self.centre
        return float(np.linalg.norm(np.linalg.solve(np.asarray(self.ring, np.float64), apart)))

    def within(self, point: tuple[float, float]) -> bool:
        """Whether a point of the plane lies in the normal region."""
        return self.times(point) <= 1

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """What to save, by name: plain arrays."""
        values = {one.name: np.asarray(getattr(self, one.name)) for one in fields(self)}
        return {_PREFIX + name: np.atleast_1d(value) for name, value in values.items()}

    @classmethod
    def of(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Self | None:
        """From what was saved; None where nothing was, as in older bundles, or where it does not fit together."""
        found = {one.name: arrays.get(_PREFIX + one.name) for one in fields(cls)}
        if any(value is None for value in found.values()):
            return None
        plane = {name: np.asarray(value) for name, value in found.items()}
        count, dims = len(plane["points"]), len(plane["mean"])
        right = (
            plane["axes"].shape == (2, dims)
            and plane["points"].shape == (count, 2)
            and plane["centre"].shape == (2,)
            and plane["ring"].shape == (2, 2)
            and plane["group"].shape == plane["names"].shape == (count,)
            and plane["pictures"].dtype == np.uint8
            and plane["pictures"].shape[:1] + plane["pictures"].shape[3:] == (count, 3)
            and all(plane[name].dtype.kind == "U" and plane[name].ndim == 1 for name in ("groups", "names", "by"))
            and len(plane["by"]) == 1
            and all(np.isfinite(plane[name]).all() for name in ("mean", "axes", "points", "centre", "ring"))
            and (not count or 0 <= plane["group"].min() <= plane["group"].max() < len(plane["groups"]))
            and abs(np.linalg.det(plane["ring"])) > 0
        )
        if not right:
            return None
        return cls(
            **{name: plane[name].astype(np.float32) for name in ("mean", "axes", "points", "centre", "ring")},
            group=plane["group"].astype(np.int32),
            groups=tuple(plane["groups"].tolist()),
            names=tuple(plane["names"].tolist()),
            pictures=plane["pictures"],
            by=str(plane["by"][0]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Images that are shown together: their embeddings `(n, d)`, small pictures `(n, h, w, 3)` and names."""

    name: str
    embeddings: Embeddings
    pictures: npt.NDArray[np.uint8]
    names: tuple[str, ...]


def circle(times: float) -> npt.NDArray[np.float32]:
    """Where what lies so many times as far out as the edge of the normal region is drawn: a closed line `(k, 2)`."""
    turn = np.linspace(0, 2 * np.pi, _CORNERS + 1)
    return np.asarray(np.log1p(times) * np.stack([np.cos(turn), np.sin(turn)], axis=1), np.float32)


def circles(furthest: float) -> list[float]:
    """Round numbers of times for lines to go by: 1, the edge of the normal region, and on to the furthest point."""
    steps = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
    return [step for step in steps if step == 1 or step <= furthest]


def projection_of(detector: Detector | None) -> Projection | None:
    """The plane of a detector; None where its method has none, or its bundle is older than planes are."""
    if detector is None or not detector.is_fitted or "embedding" not in detector.DETAILS:
        return None
    return Projection.of(detector.fitted.networks.arrays)


def plane_arrays(data: TrainingData, embed: Callable[[Batch], Embeddings]) -> dict[str, npt.NDArray[np.generic]]:
    """The plane of a training, as arrays to be saved beside its others.

    Args:
        data: what was trained on.
        embed: gives embeddings `(N, d)` of inputs `(N, h, w, c)`, from the exported graph.
    """
    return project(_gathered(data, embed)).arrays()


def project(groups: Sequence[Group]) -> Projection:
    """Choose a plane for groups of images, of which the first is normal.

    With other groups the plane is that of linear discriminant analysis (Fisher 1936): the directions along which
    groups lie furthest from the normal ones, measured by the spread within normal and abnormal groups. That spread is
    shrunk (Ledoit & Wolf 2004), so that few images do. Each abnormal kind counts alike, and all reference classes
    together as one where there are abnormal kinds. A second direction that this does not give, and both where there are
    no other groups, are those of the largest spread of normal images (PCA).
    """
    normal = np.asarray(groups[0].embeddings, np.float64)
    origin = normal.mean(axis=0)
    axes, by = _axes(groups, origin)
    points = [(one.embeddings - origin) @ axes.T for one in groups]
    centre, ring = _region(points[0])
    return Projection(
        mean=origin.astype(np.float32),
        axes=axes.astype(np.float32),
        points=np.concatenate(points).astype(np.float32),
        group=np.repeat(np.arange(len(groups), dtype=np.int32), [len(one.embeddings) for one in groups]),
        groups=tuple(one.name for one in groups),
        names=tuple(name for one in groups for name in one.names),
        pictures=np.concatenate([one.pictures for one in groups]),
        centre=centre.astype(np.float32),
        ring=ring.astype(np.float32),
        by=by,
    )


def _axes(groups: Sequence[Group], origin: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], str]:
    """Two orthonormal directions `(2, d)`, and how they were found."""
    normal = groups[0].embeddings - origin
    own = [one for one in groups if one.name == NORMAL or one.name.startswith("abnormal")]
    others = [one for one in groups if one not in own]
    if len(own) > 1 and others:  # else thirty classes of other things would decide on both directions
        middles = [one.embeddings.mean(axis=0) for one in own[1:]]
        middles.append(np.concatenate([one.embeddings for one in others]).mean(axis=0))
    else:
        middles = [one.embeddings.mean(axis=0) for one in groups[1:]]
    spread = np.linalg.svd(normal, full_matrices=False)[2]
    found: list[npt.NDArray[np.float64]] = []
    if middles:
        centred = np.concatenate([one.embeddings - one.embeddings.mean(axis=0) for one in own]).astype(np.float64)
        within = ledoit_wolf(centred) + _TINY * np.eye(centred.shape[1])
        apart = np.asarray(middles, np.float64) - origin
        # The largest eigenvectors of within^-1 between, between = sum of apart' apart: from whitened coordinates.
        root = np.linalg.cholesky(within)
        white = np.linalg.solve(root, apart.T).T
        _, strengths, directions = np.linalg.svd(white, full_matrices=False)
        strong = directions[strengths > _TINY * max(float(strengths.max()), _TINY)][:2]
        found = list(np.linalg.solve(root.T, strong.T).T)
    axes = _orthonormal([*found, *spread, *np.eye(normal.shape[1])[:3]])
    if middles:  # a direction has no sign of its own: other images than normal ones lie to the right and above
        axes *= np.where(axes @ (np.mean(middles, axis=0) - origin) < 0, -1, 1)[:, np.newaxis]
    return axes, "lda" if found else "pca"


def _orthonormal(candidates: Sequence[npt.NDArray[np.floating]]) -> npt.NDArray[np.float64]:
    """The first two directions of the candidates, made orthonormal (Gram and Schmidt)."""
    axes: list[npt.NDArray[np.float64]] = []
    for one in candidates:
        rest = np.asarray(one, np.float64) / max(float(np.linalg.norm(one)), _TINY)
        for axis in axes:
            rest = rest - (rest @ axis) * axis
        length = float(np.linalg.norm(rest))
        if length > 1e-4:  # noqa: PLR2004 - less than that is rounding, not a direction
            axes.append(rest / length)
        if len(axes) == 2:  # noqa: PLR2004
            break
    return np.stack(axes)


def _region(points: npt.NDArray[np.floating]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Centre `(2,)` and ring `(2, 2)` of the ellipse that holds `RING` of the points `(n, 2)`."""
    places = np.asarray(points, np.float64)
    centre = places.mean(axis=0)
    centred = places - centre
    covariance = centred.T @ centred / len(places)
    # Points on a line, or a single one, still get an ellipse that can be seen and inverted.
    covariance += np.eye(2) * max(1e-4 * float(np.trace(covariance)), 1e-8)
    root = np.linalg.cholesky(covariance)
    reach = np.quantile(np.linalg.norm(np.linalg.solve(root, centred.T), axis=0), RING)
    return centre, root * max(float(reach), 1e-3)


def _gathered(data: TrainingData, embed: Callable[[Batch], Embeddings]) -> list[Group]:
    goods = data.train.union(data.validation)
    groups = [_group(NORMAL, goods, MOST_NORMAL, embed)]
    for sort, images, most in (
        ("abnormal", data.abnormal, MOST_ABNORMAL),
        ("reference", data.reference, MOST_REFERENCE),
    ):
        kinds = images.kinds
        for kind in (names := sorted(set(kinds))):
            own = images.subset([place for place, one in enumerate(kinds) if one == kind])
            groups.append(_group(f"{sort} {kind}", own, max(most // len(names), 1), embed))
    if len(groups) == 1:
        groups.append(_damaged(goods, data.seed, embed))
    return groups


def _group(name: str, images: PlacedImages, most: int, embed: Callable[[Batch], Embeddings]) -> Group:
    shown = images.subset(_spread(len(images), most))
    embeddings, pictures = [], []
    for start in range(0, len(shown), _BLOCK):
        batch = shown.batch(range(start, min(start + _BLOCK, len(shown))))
        embeddings.append(embed(batch))
        pictures += [_small(as_image(pixels)) for pixels in batch]
    return Group(name, np.concatenate(embeddings), np.stack(pictures), tuple(map(_said, shown.names)))


def _damaged(goods: PlacedImages, seed: int, embed: Callable[[Batch], Embeddings]) -> Group:
    rng = np.random.default_rng([seed, 17])
    batch = goods.batch(_spread(len(goods), MOST_DAMAGED))
    half = len(batch) // 2
    made = np.concatenate([scratches(batch[:half], rng), cut_outs(batch[half:], rng)]) if half else cut_outs(batch, rng)
    pictures = np.stack([_small(as_image(pixels)) for pixels in made])
    embeddings = np.concatenate([embed(made[start : start + _BLOCK]) for start in range(0, len(made), _BLOCK)])
    return Group(DAMAGED, embeddings, pictures, ("",) * len(made))


def _spread(count: int, most: int) -> npt.NDArray[np.intp]:
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(np.intp))


def _small(image: Image) -> Image:
    high, wide = image.shape[:2]
    scale = min(1.0, THUMBNAIL / max(high, wide))
    size = (max(round(wide * scale), 1), max(round(high * scale), 1))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _said(name: str) -> str:
    return name.rpartition("/")[2][-_LONGEST_NAME:]
