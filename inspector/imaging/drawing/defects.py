"""What can be wrong with the part. Each defect is drawn into its surface, so that light falls on it as on the rest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from inspector.core.cv import cv2
from inspector.imaging.drawing.part import HOLE, HOLE_CHAMFER, HOLES, Field, length, shape, smooth

DEFECTS = ("scratch", "dent", "missing-hole", "stain")
"""Every kind of defect that can be drawn."""


@dataclass(frozen=True, slots=True)
class Defect:
    """A defect as changes to the part's surface; all fields have the shape of the drawing.

    Attributes:
        mask: where a person would say that the defect is.
        height: what is added to the surface's height.
        shine: how much fresh metal glints, in 0..1.
        stain: how much of the metal a stain hides, in 0..1.
        tint: colour of the stain, linear red, green and blue.
        missing: the number of the hole that is not drilled.
    """

    mask: npt.NDArray[np.bool_]
    height: Field | None = None
    shine: Field | None = None
    stain: Field | None = None
    tint: tuple[float, float, float] = (0.34, 0.15, 0.04)
    missing: int | None = None


def make_defect(kind: str | None, rng: np.random.Generator, x: Field, y: Field) -> Defect:
    """Draw a defect of `kind` by lot over a part whose points are `x`, `y`, both of shape `(h, w)`."""
    if kind is None:
        return Defect(np.zeros(x.shape, np.bool_))
    made = {"scratch": _scratch, "dent": _dent, "missing-hole": _missing_hole, "stain": _stain}[kind](rng, x, y)
    part = shape(x, y, missing=made.missing)
    metal = (part.plate < 0) & (part.void > 0)  # what runs over an edge ends there
    return replace(made, mask=made.mask & metal)


def _place(rng: np.random.Generator, clearance: float, reach: float = 0.68) -> tuple[float, float]:
    """Find a spot on the metal at least `clearance` from every edge."""
    while True:
        x, y = rng.uniform(-reach, reach, 2).astype(np.float32)
        if shape(np.array([x]), np.array([y])).clearance[0] >= clearance:
            return float(x), float(y)


def _scratch(rng: np.random.Generator, x: Field, y: Field) -> Defect:
    """One long curved scratch, with a fainter one beside it half of the time."""
    points = _scratch_path(rng)
    width = rng.uniform(0.018, 0.026)
    groove = _stroke(points, x, y, width)
    if rng.random() < 0.5:  # noqa: PLR2004 - half of the time
        beside = points[rng.integers(0, 6) : rng.integers(14, 24)] + rng.uniform(0.03, 0.05, 2) * rng.choice([-1, 1], 2)
        groove = np.maximum(groove, 0.6 * _stroke(beside, x, y, width * 0.7))
    mask = groove > 0.2  # noqa: PLR2004 - the groove's visible part
    return Defect(mask, height=groove * np.float32(-0.03), shine=groove)


def _scratch_path(rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Points of a gentle arc, shape `(24, 2)`, of which at least nine in ten lie on metal."""
    along = np.linspace(-0.5, 0.5, 24)
    while True:
        middle, angle = rng.uniform(-0.55, 0.55, 2), rng.uniform(0, 2 * np.pi)
        length, bend = rng.uniform(0.45, 0.8), rng.uniform(-0.25, 0.25)
        straight, aside = along * length, bend * length * (along**2 - 0.08)
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        points = np.asarray(middle + np.stack([straight, aside], axis=1) @ turn, np.float64)
        near = points.astype(np.float32)
        part = shape(near[:, 0], near[:, 1])
        if float(np.mean((part.plate < 0) & (part.void > 0))) >= 0.9:  # noqa: PLR2004 - as the docstring says
            return points


def _stroke(points: npt.NDArray[np.float64], x: Field, y: Field, width: float) -> Field:
    """Coverage in 0..1 of a stroke through `points`, `width` wide, thinning towards its ends."""
    canvas = np.zeros(x.shape, np.float32)
    pixels = _to_pixels(points, x, y)
    scale = x.shape[1] / 2
    for number, (start, end) in enumerate(pairwise(pixels)):
        ends = min(number, len(pixels) - 2 - number) / len(pixels)
        thickness = max(1, round(width * scale * min(1.0, 0.4 + 3 * ends)))
        cv2.line(canvas, _fixed(start), _fixed(end), 1.0, thickness, cv2.LINE_8, 4)
    return np.asarray(cv2.GaussianBlur(canvas, (0, 0), max(0.6, width * scale * 0.25)), np.float32)


def _to_pixels(points: npt.NDArray[np.float64], x: Field, y: Field) -> npt.NDArray[np.float64]:
    """Turn part positions into pixel positions: the part's frame is a straight-line function of the pixel."""
    rows, columns = x.shape[0] - 1, x.shape[1] - 1
    right = np.array([x[0, -1] - x[0, 0], y[0, -1] - y[0, 0]], np.float64) / columns
    below = np.array([x[-1, 0] - x[0, 0], y[-1, 0] - y[0, 0]], np.float64) / rows
    origin = np.array([x[0, 0], y[0, 0]], np.float64)
    return np.linalg.solve(np.stack([right, below], axis=1), (points - origin).T).T


def _fixed(point: npt.NDArray[np.float64]) -> tuple[int, int]:
    """Give a point as OpenCV's fixed-point numbers with four fractional bits."""
    return round(float(point[0]) * 16), round(float(point[1]) * 16)


def _dent(rng: np.random.Generator, x: Field, y: Field) -> Defect:
    """A blunt blow: a shallow pit with a raised rim."""
    size = rng.uniform(0.08, 0.11)
    across, down = _place(rng, size * 0.8)
    squeeze, angle = rng.uniform(0.8, 1.25), rng.uniform(0, np.pi)
    right, below = x - np.float32(across), y - np.float32(down)
    along = (right * np.cos(angle) + below * np.sin(angle)) * squeeze
    aside = (below * np.cos(angle) - right * np.sin(angle)) / squeeze
    far = ((along * along + aside * aside) / np.float32(size * size)).astype(np.float32)
    # The second derivative of a bell: a pit in the middle, a rim around it, level far out.
    height = (far - 0.8) * np.exp(-1.6 * far) * np.float32(size * 1.7)
    return Defect(height=height, mask=far < 1.6)  # noqa: PLR2004 - the rim's outer side


def _missing_hole(rng: np.random.Generator, x: Field, y: Field) -> Defect:
    """A bolt hole that was not drilled: the layout dye, the scribed cross and the centre punch are still there."""
    number = int(rng.integers(len(HOLES)))
    across, down = HOLES[number]
    away = length(x - np.float32(across), y - np.float32(down))
    # Brushed on by hand: a ragged outline, thinner here and there.
    ragged = _ragged(rng, x, 28)
    dye = smooth(away * np.float32(1 / 0.115) + np.float32(0.11) * ragged, 1.0, 0.86) * (0.8 + 0.12 * ragged)
    right, below = np.abs(x - np.float32(across)), np.abs(y - np.float32(down))
    cross = smooth(np.minimum(right, below), 0.007, 0.003) * smooth(np.maximum(right, below), 0.15, 0.13)
    punch = np.exp(away * away * np.float32(-1 / 0.016**2))
    return Defect(
        height=punch * np.float32(-0.02),
        shine=np.float32(0.3) * cross,
        stain=np.clip(dye, 0, 1) * (1 - np.float32(0.8) * cross),
        tint=(0.03, 0.09, 0.36),
        mask=(dye > 0.25) | (away < HOLE + HOLE_CHAMFER) | (cross > 0.3),  # noqa: PLR2004 - the dye's visible part
        missing=number,
    )


def _stain(rng: np.random.Generator, x: Field, y: Field) -> Defect:
    """A dried splash of coolant or rust: a ragged blotch, darker along its rim, with a few drops beside it."""
    size = rng.uniform(0.12, 0.19)
    across, down = _place(rng, 0.05, 0.6)
    ragged = _ragged(rng, x, 14)
    away = length(x - np.float32(across), y - np.float32(down)) / np.float32(size) + 0.22 * ragged
    for _ in range(int(rng.integers(1, 4))):
        angle, far, radius = rng.uniform(0, 2 * np.pi), rng.uniform(1.3, 1.8) * size, rng.uniform(0.015, 0.03)
        drop = length(x - np.float32(across + far * np.cos(angle)), y - np.float32(down + far * np.sin(angle)))
        away = np.minimum(away, drop / np.float32(radius))
    body = smooth(away, 1.0, 0.82)
    stain = body * (0.62 + 0.38 * smooth(away, 0.6, 0.95) + 0.06 * ragged)
    return Defect(stain=np.clip(stain, 0, 1), mask=body > 0.25)  # noqa: PLR2004 - its visible part


def _ragged(rng: np.random.Generator, x: Field, knots: int) -> Field:
    """Smooth noise over the drawing, mean 0, deviation somewhat below 1, with `knots` independent values a side."""
    coarse = rng.standard_normal((knots, knots), dtype=np.float32)
    return np.asarray(cv2.resize(coarse, x.shape[::-1], interpolation=cv2.INTER_CUBIC), np.float32)
