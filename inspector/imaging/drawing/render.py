"""Light on the part, and the camera that sees it.

The surface is a height field. Its slopes are lit by one lamp near the part; brushed metal reflects along its grain as
strands do (Kajiya and Kay, 1989), which gives a turned face its fan of light.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from inspector.core.cv import cv2
from inspector.imaging.drawing.part import (
    HUB,
    Field,
    Shape,
    bore_distance,
    holes_distance,
    length,
    plate_distance,
    ramp,
    relief,
    shape,
    smooth,
)

if TYPE_CHECKING:
    from inspector.core.image import Image
    from inspector.imaging.drawing.defects import Defect

_GRANITE = np.array([0.190, 0.198, 0.208], np.float32)
_STEEL = np.array([0.94, 0.97, 1.0], np.float32)


@dataclass(frozen=True, slots=True)
class Scene:
    """What differs from one photograph of a good part to the next; a fixture keeps it small.

    Attributes:
        across: how far the part lies right of the middle, as a share of half the side.
        down: how far it lies below the middle.
        angle: how far it is turned, in radians.
        lamp: where the lamp stands, `(x, y, z)` in the picture's frame.
        exposure: factor on all light.
        warmth: how much redder the light is, and bluer where negative.
        shine: strength of the brushed metal's glint.
    """

    across: float
    down: float
    angle: float
    lamp: tuple[float, float, float]
    exposure: float
    warmth: float
    shine: float


def make_scene(rng: np.random.Generator) -> Scene:
    """Draw a scene by lot."""
    direction = math.radians(rng.uniform(-131, -125))
    return Scene(
        across=rng.uniform(-0.008, 0.008),
        down=rng.uniform(-0.008, 0.008),
        angle=math.radians(rng.uniform(-0.6, 0.6)),
        lamp=(1.9 * math.cos(direction), 1.9 * math.sin(direction), rng.uniform(1.8, 1.95)),
        exposure=rng.uniform(0.95, 1.05),
        warmth=rng.uniform(-0.01, 0.015),
        shine=rng.uniform(0.9, 1.1),
    )


def grid(scene: Scene, side: int) -> tuple[Field, Field]:
    """Where on the part the pixels of a `(side, side)` picture lie: x and y, each `(side, side)`."""
    line = _line(side)
    right, below = line - np.float32(scene.across), line[:, None] - np.float32(scene.down)
    cos, sin = np.float32(np.cos(scene.angle)), np.float32(np.sin(scene.angle))
    return right * cos + below * sin, below * cos - right * sin


def _line(side: int) -> Field:
    """Positions of the middles of `side` pixels in a row, from -1 to 1."""
    return ((np.arange(side) + 0.5) * (2 / side) - 1).astype(np.float32)


def render(scene: Scene, at: tuple[Field, Field], defect: Defect, rng: np.random.Generator) -> list[Field]:
    """Light reaching the camera: red, green and blue, each `(side, side)`, linear, about 0..1.

    `at` is the scene's `grid`, over which the defect was made.
    """
    side = at[0].shape[0]
    part = shape(*at, missing=defect.missing)
    lamp = _Lamp.over(scene, side)
    metal = _metal(scene, part, defect, rng, at, lamp)
    table, walls = _table(scene, part, rng, at, lamp)
    pixel = 2 / side
    coverage = ramp(np.maximum(part.plate, -part.void), pixel / 2, -pixel / 2)
    hidden = None if defect.stain is None else np.float32(0.9) * defect.stain
    light = np.array([1 + scene.warmth, 1, 1 - scene.warmth], np.float32) * np.float32(scene.exposure)
    planes = []
    for granite, steel, tint, factor in zip(_GRANITE, _STEEL, defect.tint, light, strict=True):
        top = metal * steel
        if hidden is not None:
            top += hidden * (np.float32(tint) * (0.3 + metal) - top)
        below = table * granite + walls * steel
        planes.append((below + coverage * (top - below)) * factor)
    return planes


@dataclass(frozen=True, slots=True)
class _Lamp:
    """Unit vectors to the lamp from every pixel, and how much light arrives."""

    x: Field
    y: Field
    z: Field
    fall: Field

    @classmethod
    def over(cls, scene: Scene, side: int) -> _Lamp:
        line = _line(side)
        right = (scene.lamp[0] - line)[np.newaxis]
        below = (scene.lamp[1] - line)[:, np.newaxis]
        near = 1 / np.sqrt(right * right + below * below + np.float32(scene.lamp[2] ** 2))
        fall = near * near * np.float32(scene.lamp[0] ** 2 + scene.lamp[1] ** 2 + scene.lamp[2] ** 2)
        x, y, z = right * near, below * near, np.float32(scene.lamp[2]) * near
        return cls(*(np.asarray(part, np.float32) for part in (x, y, z, np.sqrt(fall))))


def _metal(
    scene: Scene, part: Shape, defect: Defect, rng: np.random.Generator, at: tuple[Field, Field], lamp: _Lamp
) -> Field:
    """Light from the metal, as if it covered the whole picture and were white, shape `(side, side)`."""
    side = part.radius.shape[0]
    height = relief(part)
    if defect.height is not None:
        height = height + defect.height
    scale = side / 16  # a Sobel filter's weights sum to 8, over a pixel of 2 / side
    slope_x, slope_y = cv2.Sobel(height, -1, 1, 0, scale=scale), cv2.Sobel(height, -1, 0, 1, scale=scale)
    upright = 1 / np.sqrt(slope_x * slope_x + slope_y * slope_y + 1)
    facing = np.maximum((lamp.z - slope_x * lamp.x - slope_y * lamp.y) * upright, 0)

    turned = ramp(part.radius, HUB + 0.004, HUB - 0.004)
    grain = _grain(rng, side) * (1 - turned) + _turning(rng, part.radius) * turned
    glint = _glint(scene, part, at, lamp, turned)
    level = (0.04 + 0.20 * facing + np.float32(0.30 * scene.shine) * glint * upright * upright) * lamp.fall
    level *= 1 + np.float32(0.075) * grain
    level *= 1 - np.float32(0.15) * _hub_shadow(scene, part, at)
    if defect.shine is not None:
        level = level + np.float32(0.42) * defect.shine
    return np.asarray(level, np.float32)


def _glint(scene: Scene, part: Shape, at: tuple[Field, Field], lamp: _Lamp, turned: Field) -> Field:
    """How much brushed metal reflects from the lamp to the camera above, in 0..1."""
    half = 1 / np.sqrt(2 + 2 * lamp.z)  # the length of the sum of two unit vectors, one of them upright
    half_x, half_y = lamp.x * half, lamp.y * half
    cos, sin = np.float32(np.cos(scene.angle)), np.float32(np.sin(scene.angle))
    along = half_x * cos + half_y * sin  # the plate is brushed along its own x
    away = np.maximum(part.radius, 0.02)
    right, below = at[0] * cos - at[1] * sin, at[0] * sin + at[1] * cos
    around = (half_y * right - half_x * below) / away
    plate, hub = 1 - along * along, 1 - around * around
    return (1 - turned) * cv2.pow(plate, 7) * np.float32(0.75) + turned * cv2.pow(hub, 16)


def _hub_shadow(scene: Scene, part: Shape, at: tuple[Field, Field]) -> Field:
    """Shade that the hub throws on the plate, in 0..1."""
    reach = 0.04
    towards = np.arctan2(scene.lamp[1], scene.lamp[0]) - scene.angle
    shifted = length(at[0] + np.float32(reach * np.cos(towards)), at[1] + np.float32(reach * np.sin(towards)))
    return smooth(shifted, HUB + 0.045, HUB - 0.02) * ramp(part.radius, HUB, HUB + 0.03)


def _grain(rng: np.random.Generator, side: int) -> Field:
    """Brushing along x: streaks of many lengths, mean 0, deviation about 1."""
    total = np.zeros((side, side), np.float32)
    for columns, weight in ((3, 0.55), (12, 0.6), (40, 0.6)):
        streaks = rng.normal(0, weight, (side, columns)).astype(np.float32)
        total += cv2.resize(streaks, (side, side), interpolation=cv2.INTER_LINEAR)
    return total


def _turning(rng: np.random.Generator, radius: Field) -> Field:
    """Rings that a lathe leaves, mean 0, deviation about 1."""
    rings = np.convolve(rng.normal(0, 1.6, 402), (0.25, 0.5, 0.25), "valid").astype(np.float32)
    return rings[np.minimum((radius * np.float32(400 / 0.5)).astype(np.int32), 399)]


def _table(
    scene: Scene, part: Shape, rng: np.random.Generator, at: tuple[Field, Field], lamp: _Lamp
) -> tuple[Field, Field]:
    """Light from the granite, in the part's shadow and under its holes, and from the holes' walls; as if white."""
    side = part.radius.shape[0]
    speckle = cv2.resize(rng.normal(0, 1, (side // 2, side // 2)).astype(np.float32), (side, side))
    clouds = cv2.resize(rng.normal(0, 1, (9, 9)).astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
    level = (1 + 0.10 * speckle + 0.03 * clouds) * lamp.fall * lamp.z * np.float32(1.25)

    towards = np.arctan2(scene.lamp[1], scene.lamp[0]) - scene.angle
    shift_x, shift_y = np.float32(0.11 * np.cos(towards)), np.float32(0.11 * np.sin(towards))
    shadow = plate_distance(at[0] + shift_x, at[1] + shift_y)
    level *= 1 - np.float32(0.6) * smooth(shadow, 0.07, -0.06)
    level *= 1 - np.float32(0.45) * np.exp(np.minimum(-np.maximum(part.plate, 0) * 22, 0))
    level *= 1 - np.float32(0.55) * smooth(part.plate, 0.0, -0.01)
    return level, _walls(part, at, (shift_x, shift_y)) * lamp.fall


def _walls(part: Shape, at: tuple[Field, Field], shift: tuple[np.float32, np.float32]) -> Field:
    """Light on the inner walls of the holes: a crescent on the side away from the lamp, in 0..1."""
    # The holes' lower rims as a camera that stands a little to the lamp's side sees them.
    x, y = at[0] - shift[0] * np.float32(0.4), at[1] - shift[1] * np.float32(0.4)
    lower = np.minimum(holes_distance(x, y), bore_distance(x, y, length(x, y)))
    return smooth(lower, -0.03, 0.03) * ramp(part.plate, 0, -0.02) * np.float32(0.26)


def photograph(light: list[Field], rng: np.random.Generator, size: int) -> Image:
    """What a camera makes of the three planes of `light`: `(size, size, 3)`.

    With lens blur, fall-off to the corners, a tone curve and noise.
    """
    picture = cv2.merge([cv2.resize(plane, (size, size), interpolation=cv2.INTER_AREA) for plane in light])
    picture = cv2.GaussianBlur(picture, (0, 0), max(0.3, size / 700))
    line = np.linspace(-1, 1, size, dtype=np.float32) ** 2
    exposure = np.float32(1.75) * (1 - np.float32(0.10) * (line[:, None] + line[None, :]))
    # A soft shoulder instead of clipping, then about the usual gamma.
    picture = np.sqrt(np.maximum(1 - np.exp(-picture * exposure[..., None]), 0))
    # Shot noise grows with the light; a camera's processing leaves more of it in the brightness than in the colour.
    grey = rng.standard_normal((size, size, 1), dtype=np.float32)
    colour = rng.standard_normal((size, size, 3), dtype=np.float32)
    picture += (grey * np.float32(0.008) + colour * np.float32(0.005)) * (0.6 + 0.6 * picture)
    return np.asarray(np.clip(np.rint(picture * 255), 0, 255), np.uint8)
