"""Things drawn by code that are no product anybody inspects: shapes, textures and letters to compare with.

Each picture shows one thing of a class, in colours, size, place and light of its own. The same seed draws the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from inspector.core.cv import cv2

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from inspector.core.image import Image

Cover: TypeAlias = npt.NDArray[np.float32]
"""How much of each pixel is of the thing rather than of what is behind it, `(side, side)`, in 0..1."""

SIDE = 96
"""Pixels of a picture's side."""

_OVER = 2  # drawn this much larger and averaged down, so that edges are smooth
_NOISE = 0.02


def draw_thing(name: str, seed: int) -> Image:
    """Draw a thing `(SIDE, SIDE, 3)`.

    Args:
        name: of a class, one of `THINGS`.
        seed: a number >= 0.

    Raises:
        ValueError: there is no such class.
    """
    if name not in THINGS:
        msg = f"Expected a thing out of {', '.join(THINGS)}. Received: {name!r}"
        raise ValueError(msg)
    rng = np.random.default_rng([seed, list(THINGS).index(name)])
    side = SIDE * _OVER
    cover = THINGS[name](side, rng)
    light, dark = _two_colours(rng)
    shade = _bumps(side, rng, 3) * np.float32(0.12)
    picture = dark + cover[..., np.newaxis] * (light - dark) + shade[..., np.newaxis]
    small = cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    small = small + rng.normal(0, _NOISE, small.shape)
    return np.asarray(np.clip(np.rint(small * 255), 0, 255), np.uint8)


def _two_colours(rng: np.random.Generator) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Two colours that can be told apart, `(3,)` each: of the thing and of what is behind it."""
    first, second = rng.random((2, 3), dtype=np.float32)
    apart = np.float32(rng.uniform(0.3, 0.7) * rng.choice((-1.0, 1.0)))
    return first, np.clip(first + apart + np.float32(0.2) * (second - np.float32(0.5)), 0, 1)


def _bumps(side: int, rng: np.random.Generator, count: int) -> Cover:
    """Smooth noise of about so many bumps across."""
    knots = rng.standard_normal((count + 1, count + 1), dtype=np.float32)
    return np.asarray(cv2.resize(knots, (side, side), interpolation=cv2.INTER_CUBIC), np.float32)


def _filled(side: int, outlines: list[npt.NDArray[np.floating]]) -> Cover:
    """The inside of closed outlines `(n, 2)`, whose points are in pixels."""
    canvas = np.zeros((side, side), np.uint8)
    cv2.fillPoly(canvas, [np.rint(one).astype(np.int32) for one in outlines], 255)
    return canvas.astype(np.float32) / np.float32(255)


def _outline(side: int, rng: np.random.Generator, angles: npt.ArrayLike, radii: npt.ArrayLike) -> Cover:
    """A shape whose corners lie at these angles and distances from its middle, turned, sized and placed by lot."""
    at = np.asarray(angles, np.float64) + rng.uniform(0, 2 * np.pi)
    far = np.asarray(radii, np.float64) * rng.uniform(0.2, 0.42) * side
    middle = rng.uniform(0.4, 0.6, 2) * side
    return _filled(side, [middle + np.stack([np.cos(at), np.sin(at)], axis=1) * far[:, np.newaxis]])


def _polygon(corners: int) -> Callable[[int, np.random.Generator], Cover]:
    return lambda side, rng: _outline(side, rng, np.arange(corners) * 2 * np.pi / corners, np.ones(corners))


def _star(side: int, rng: np.random.Generator) -> Cover:
    points = 2 * int(rng.integers(5, 9))
    return _outline(side, rng, np.arange(points) * 2 * np.pi / points, np.where(np.arange(points) % 2, 0.45, 1.0))


def _cross(side: int, rng: np.random.Generator) -> Cover:
    arm = rng.uniform(0.15, 0.3)
    angles = np.concatenate([turn * np.pi / 2 + np.array([-arm, arm, np.pi / 4]) for turn in range(4)])
    return _outline(side, rng, angles, np.tile([1.0, 1.0, 1.4 * np.sin(arm)], 4))


def _disc(side: int, rng: np.random.Generator) -> Cover:
    return _polygon(64)(side, rng)


def _ring(side: int, rng: np.random.Generator) -> Cover:
    outer, share = rng.uniform(0.25, 0.45), rng.uniform(0.5, 0.85)
    turn = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    middle = rng.uniform(0.45, 0.55, 2) * side
    circle = np.stack([np.cos(turn), np.sin(turn)], axis=1) * outer * side
    return _filled(side, [middle + circle, middle + circle * share])


def _waves(side: int, rng: np.random.Generator) -> tuple[Cover, Cover]:
    """Two waves across each other, in -1..1."""
    y, x = np.mgrid[:side, :side].astype(np.float32) / np.float32(side)
    turn, count = rng.uniform(0, np.pi), rng.uniform(4, 14)
    along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    first, second = (np.sin(2 * np.pi * (count * one + rng.random())) for one in (along, across))
    return first.astype(np.float32), second.astype(np.float32)


def _covered(values: npt.NDArray[np.floating]) -> Cover:
    return np.asarray(np.clip(values, 0, 1), np.float32)


def _stripes(side: int, rng: np.random.Generator) -> Cover:
    return _covered(_waves(side, rng)[0] * 3 + np.float32(0.5))


def _checks(side: int, rng: np.random.Generator) -> Cover:
    first, second = _waves(side, rng)
    return _covered(first * second * 6 + np.float32(0.5))


def _dots(side: int, rng: np.random.Generator) -> Cover:
    first, second = _waves(side, rng)
    return _covered((first + second - np.float32(rng.uniform(0.6, 1.4))) * 4)


def _clouds(side: int, rng: np.random.Generator) -> Cover:
    return _covered(_bumps(side, rng, int(rng.integers(4, 12))) * np.float32(0.5) + np.float32(0.5))


def _grain(side: int, rng: np.random.Generator) -> Cover:
    """Noise drawn out along one direction, as brushed metal or wood has it."""
    long = int(rng.integers(9, 41))
    noise = cv2.blur(rng.standard_normal((side, side), dtype=np.float32), (long, 1)) * np.float32(np.sqrt(long) / 3)
    return _covered((noise if rng.random() < 0.5 else noise.T) + np.float32(0.5))  # noqa: PLR2004 - either way


def _lines(side: int, rng: np.random.Generator) -> Cover:
    canvas = np.zeros((side, side), np.uint8)
    for _ in range(int(rng.integers(3, 9))):
        ends = rng.integers(0, side, (2, 2)).tolist()
        cv2.line(canvas, ends[0], ends[1], 255, int(rng.integers(3, 9)), cv2.LINE_AA)
    return canvas.astype(np.float32) / np.float32(255)


def _letters(side: int, rng: np.random.Generator) -> Cover:
    canvas = np.zeros((side, side), np.uint8)
    text = "".join(chr(int(one)) for one in rng.integers(ord("A"), ord("Z") + 1, 2))
    place = (int(rng.uniform(0.05, 0.2) * side), int(rng.uniform(0.55, 0.8) * side))
    cv2.putText(canvas, text, place, cv2.FONT_HERSHEY_SIMPLEX, side / 75, 255, int(rng.integers(5, 14)), cv2.LINE_AA)
    return canvas.astype(np.float32) / np.float32(255)


THINGS: Mapping[str, Callable[[int, np.random.Generator], Cover]] = {
    "triangle": _polygon(3),
    "square": _polygon(4),
    "hexagon": _polygon(6),
    "star": _star,
    "cross": _cross,
    "disc": _disc,
    "ring": _ring,
    "stripes": _stripes,
    "checks": _checks,
    "dots": _dots,
    "clouds": _clouds,
    "grain": _grain,
    "lines": _lines,
    "letters": _letters,
}
"""By name, how a thing covers its picture."""
