"""Defects drawn into normal pictures, with masks: what `selection` ranks candidates by, in place of real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from inspector.core.cv import cv2
from inspector.imaging.corruption import scratches, stains

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Picture: TypeAlias = npt.NDArray[np.float32]
"""One network input, `(h, w, 1 or 3)`, in 0..1."""

Cover: TypeAlias = npt.NDArray[np.float32]
"""How much of each pixel is changed, `(h, w)`, in 0..1."""

_SIZES = (0.08, 0.5)
"""Of a defect across, as shares of the picture's smaller side: drawn evenly on a logarithmic scale."""

_SEEN = 6 / 255
"""A pixel belongs to the defect when a channel changed by more."""

_TRIES = 40
_FEWEST = 12  # pixels a defect has at least
_INSIDE = 0.6  # of its pixels must lie where the picture counts


def draw(
    picture: Picture, counts: npt.NDArray[np.bool_], donors: Sequence[Picture], kind: str, rng: np.random.Generator
) -> tuple[Picture, npt.NDArray[np.bool_]]:
    """Draw one defect of `kind` and give the picture and the mask `(h, w)` of what changed.

    Args:
        picture: stays as it is.
        counts: where the picture lies in the input, bool `(h, w)`; defects outside are drawn again.
        donors: other normal pictures of the same shape, from which pieces are cut.
        kind: one of `KINDS`.
        rng: where the random numbers come from.

    Raises:
        ValueError: `_TRIES` draws changed nothing to see: the picture is of one colour.
    """
    for _ in range(_TRIES):
        changed = np.clip(KINDS[kind](picture, donors, rng), 0, 1).astype(np.float32)
        mask = np.abs(changed - picture).max(axis=2) > _SEEN
        if (mask & counts).sum() >= max(_FEWEST, _INSIDE * mask.sum()):
            inside = np.where(counts[:, :, np.newaxis], changed, picture)
            return inside, mask & counts
    msg = f"Expected a picture in which a {kind} can be seen. Received: one of shape {picture.shape}, of one colour"
    raise ValueError(msg)


def _paste(picture: Picture, donors: Sequence[Picture], rng: np.random.Generator) -> Picture:
    """A piece from elsewhere with soft edges: CutPaste (Li et al. 2021), partly with its mean drawn near as in NSA.

    Background over the part makes it broken, the part over background gives it something too much (Schlüter et al.
    2022, "Natural synthetic anomalies").
    """
    cover = _blob(picture, rng)
    donor = donors[int(rng.integers(len(donors)))] if rng.random() < 0.5 and len(donors) else picture
    high, wide = picture.shape[:2]
    moved = np.roll(donor, (int(rng.integers(high)), int(rng.integers(wide))), axis=(0, 1))
    if rng.random() < 0.5:
        moved = moved[::-1, ::-1]
    weight = cover[:, :, np.newaxis]
    if rng.random() < 0.5:
        share = weight.sum() + 1e-6
        moved = moved + ((picture - moved) * weight).sum(axis=(0, 1)) / share
    return np.asarray(picture + weight * (moved - picture), np.float32)


def _warp(picture: Picture, donors: Sequence[Picture], rng: np.random.Generator) -> Picture:
    """Pulled to one side around a point: an edge is bent, a part has another shape."""
    del donors
    high, wide = picture.shape[:2]
    radius = _size(rng, picture) / 2 * 1.5
    y, x = rng.uniform(0, high), rng.uniform(0, wide)
    rows, columns = np.mgrid[0:high, 0:wide].astype(np.float32)
    near = np.clip(1 - np.hypot(rows - y, columns - x) / radius, 0, 1) ** 2
    angle, far = rng.uniform(0, 2 * np.pi), rng.uniform(0.4, 0.9) * radius
    moved = cv2.remap(
        picture,
        np.asarray(columns + near * far * np.cos(angle), np.float32),
        np.asarray(rows + near * far * np.sin(angle), np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    return np.asarray(moved.reshape(picture.shape), np.float32)


def _bend(picture: Picture, donors: Sequence[Picture], rng: np.random.Generator) -> Picture:
    """The whole picture bent like rubber: a wrong shape in which no single place need be strange."""
    del donors
    high, wide = picture.shape[:2]
    far = np.exp(rng.uniform(*np.log((0.03, 0.12)))) * min(high, wide)
    knots = int(rng.integers(3, 6))
    rows, columns = np.mgrid[0:high, 0:wide].astype(np.float32)
    fields = [
        cv2.resize(rng.standard_normal((knots, knots), dtype=np.float32), (wide, high), interpolation=cv2.INTER_CUBIC)
        for _ in range(2)
    ]
    moved = cv2.remap(
        picture,
        np.asarray(columns + far * fields[0], np.float32),
        np.asarray(rows + far * fields[1], np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    return np.asarray(moved.reshape(picture.shape), np.float32)


def _blur(picture: Picture, donors: Sequence[Picture], rng: np.random.Generator) -> Picture:
    """Rubbed off: what was there is only seen blurred."""
    del donors
    soft = cv2.GaussianBlur(picture, (0, 0), rng.uniform(3, 8)).reshape(picture.shape)
    return np.asarray(picture + _blob(picture, rng)[:, :, np.newaxis] * (soft - picture), np.float32)


def _shade(picture: Picture, donors: Sequence[Picture], rng: np.random.Generator) -> Picture:
    """Lighter or darker with soft edges, the grain as before."""
    del donors
    factor = np.exp(rng.uniform(0.15, 0.5) * rng.choice((-1.0, 1.0)))
    return np.asarray(picture * (1 + _blob(picture, rng)[:, :, np.newaxis] * (factor - 1)), np.float32)


def _scratch(picture: Picture, donors: Sequence[Picture], rng: np.random.Generator) -> Picture:
    del donors
    one = scratches(picture[np.newaxis], rng, count=(1, 2), length=(0.08, 0.5), strength=(0.15, 0.45))[0]
    return np.asarray(one, np.float32)


def _stain(picture: Picture, donors: Sequence[Picture], rng: np.random.Generator) -> Picture:
    del donors
    size = _size(rng, picture) / min(picture.shape[:2])
    one = stains(picture[np.newaxis], rng, count=(1, 1), size=(size, size), strength=(0.15, 0.6))[0]
    return np.asarray(one, np.float32)


KINDS: dict[str, Callable[[Picture, Sequence[Picture], np.random.Generator], Picture]] = {
    "paste": _paste,
    "warp": _warp,
    "bend": _bend,
    "blur": _blur,
    "shade": _shade,
    "scratch": _scratch,
    "stain": _stain,
}


def _size(rng: np.random.Generator, picture: Picture) -> float:
    """How large a defect is across, in pixels."""
    share = float(np.exp(rng.uniform(*np.log(_SIZES))))
    return share * min(int(picture.shape[0]), int(picture.shape[1]))


def _blob(picture: Picture, rng: np.random.Generator) -> Cover:
    """A ragged patch, longer than wide by lot, with soft edges of about a pixel or two."""
    high, wide = picture.shape[:2]
    radius = max(2.0, _size(rng, picture) / 2)
    y, x = rng.uniform(0, high), rng.uniform(0, wide)
    angle, slim = rng.uniform(0, np.pi), rng.uniform(0.35, 1.0)
    rows, columns = np.mgrid[0:high, 0:wide].astype(np.float32)
    along = ((columns - x) * np.cos(angle) + (rows - y) * np.sin(angle)) / radius
    across = ((rows - y) * np.cos(angle) - (columns - x) * np.sin(angle)) / (radius * slim)
    knots = [min(64, max(3, round(3 * side / radius))) for side in (high, wide)]
    bumps = cv2.resize(rng.standard_normal(knots, dtype=np.float32), (wide, high), interpolation=cv2.INTER_CUBIC)
    edge = 1 - np.hypot(along, across) + 0.2 * bumps
    return np.asarray(np.clip(edge * radius * slim / 2, 0, 1), np.float32)
