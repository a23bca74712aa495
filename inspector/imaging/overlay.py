"""Maps painted onto pictures, and pictures of differences.

Colours are fixed to the map threshold, from 0 to twice the map threshold, and never stretched to an image's own range:
stretching paints good parts red. Up to the map threshold they are cool and mostly transparent; above it they are red,
for every pixel exactly where `map > map_threshold` and nowhere else.

Whatever cannot be painted raises: a picture without its colours would look like a good part.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from inspector.core.cv import cv2
from inspector.core.image import Image, Map, check_image

Rgba: TypeAlias = npt.NDArray[np.uint8]
"""Colours with alpha: `uint8`, shape `(h, w, 4)`."""

Region: TypeAlias = npt.NDArray[np.bool_]

_HALF = 128  # of the table's 256 colours, so many lie up to the map threshold and so many above it
_RED = (255, 32, 32)
_BAND_PIXELS = 2**22

# (level, L*, a*, b*) in CIELAB, between which colours are interpolated, so that equal steps look equal. Up to level 1
# from blue by teal to a pale green, ever lighter; above it a jump to red, ever darker.
_BELOW = ((0.0, 28.0, 18.0, -48.0), (0.55, 55.0, -18.0, -22.0), (1.0, 82.0, -32.0, 22.0))
_ABOVE = ((1.0, 57.0, 72.0, 52.0), (2.0, 34.0, 56.0, 38.0))
# (level, alpha): what is far below the map threshold leaves the picture alone.
_ALPHA = ((0.0, 0.0), (0.35, 0.0), (1.0, 0.7), (1.0001, 1.0), (2.0, 1.0))
# (signed difference in 0..255 around 128, L*, a*, b*): blue where the image is darker, grey, orange where lighter.
_DIVERGING = ((0.0, 66.0, -6.0, -52.0), (128.0, 42.0, 0.0, 0.0), (255.0, 74.0, 34.0, 68.0))


def paint(anomaly_map: Map, map_threshold: float) -> Rgba:
    """Colour a map, at whatever resolution it has.

    Args:
        anomaly_map: finite numbers, shape `(h, w)`, in the map's unit; below 0 is shown as 0.
        map_threshold: in the same unit, > 0.

    Returns:
        Red, green, blue and alpha, `uint8` `(h, w, 4)`; alpha is for an opacity of 1.

    Raises:
        ValueError: the map is no finite array `(h, w)` of at least one pixel, or the map threshold is not > 0.
    """
    levels = _levels(anomaly_map, map_threshold)
    colours, alpha = _tables()
    return np.asarray(cv2.merge([*cv2.split(cv2.applyColorMap(levels, colours)), cv2.LUT(levels, alpha)]), np.uint8)


def overlay(image: Image, anomaly_map: Map, map_threshold: float, *, opacity: float = 0.5) -> Image:
    """Paint a map onto an image of the same size.

    Args:
        image: `(H, W, 3)`.
        anomaly_map: `(H, W)`, brought up to the picture's size.
        map_threshold: in the map's unit, > 0.
        opacity: how much of the image the red parts hide, in 0..1.

    Raises:
        ValueError: sizes differ, the opacity is out of range, or as for `paint`.
    """
    checked = _same_size(image, anomaly_map)
    if not 0 <= opacity <= 1:
        msg = f"Expected an opacity in 0..1. Received: {opacity}"
        raise ValueError(msg)
    colours, alpha = _tables()
    strengths = alpha.astype(np.float32) * np.float32(opacity / 255)
    height, width = checked.shape[:2]
    painted = np.empty_like(checked, order="C")
    # Band by band: each step holds a copy, some in floating point, and of a large picture that would be gigabytes.
    rows = max(1, _BAND_PIXELS // width)
    for top in range(0, height, rows):
        part = slice(top, min(top + rows, height))
        levels = _levels(anomaly_map[part], map_threshold)
        # OpenCV's tables and blending are several times faster here than NumPy's indexing and broadcasting.
        front = cv2.LUT(levels, strengths)
        painted[part] = cv2.blendLinear(checked[part], cv2.applyColorMap(levels, colours), 1 - front, front)
    return painted


def contour(
    image: Image,
    anomaly_map: Map,
    map_threshold: float,
    *,
    colour: tuple[int, int, int] = _RED,
    thickness: int | None = None,
) -> Image:
    """Outline the region above the map threshold on an image of the same size; the region itself stays visible.

    Args:
        image: `(H, W, 3)`.
        anomaly_map: `(H, W)`, brought up to the picture's size.
        map_threshold: in the map's unit, > 0.
        colour: red, green and blue, in 0..255.
        thickness: of the line in pixels, >= 1; by default a 240th of the smaller side.

    Raises:
        ValueError: sizes differ, the thickness is below 1, or as for `paint`.
    """
    checked = _same_size(image, anomaly_map)
    wide = max(1, round(min(checked.shape[:2]) / 240)) if thickness is None else thickness
    if wide < 1:
        msg = f"Expected a thickness of at least 1 pixel. Received: {thickness}"
        raise ValueError(msg)
    above = _above(anomaly_map, map_threshold).astype(np.uint8)
    lines, _ = cv2.findContours(above, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(checked.copy(), lines, -1, colour, wide), np.uint8)


def red_area(anomaly_map: Map, map_threshold: float) -> float:
    """Give the share of pixels above the map threshold, in 0..1: what the overlay paints red.

    Raises:
        ValueError: as for `paint`.
    """
    return float(np.count_nonzero(_above(anomaly_map, map_threshold)) / anomaly_map.size)


def difference(image: Image, reconstruction: Image, *, gain: float = 1.0) -> Image:
    """Give the absolute difference of two images of one size, channel by channel; black where they agree.

    Args:
        image: `(H, W, 3)`.
        reconstruction: what the detector made of it, `(H, W, 3)`.
        gain: factor on the difference, > 0, for differences too faint to see; a fixed one, so that images compare.

    Raises:
        ValueError: sizes differ or the gain is not > 0.
    """
    first, second = _pair(image, reconstruction, gain)
    return np.asarray(cv2.convertScaleAbs(cv2.absdiff(first, second), alpha=gain), np.uint8)


def signed_difference(image: Image, reconstruction: Image, *, gain: float = 1.0) -> Image:
    """Show where an image is lighter (orange) or darker (blue) than its reconstruction; grey where they agree.

    Of the three channels the one that differs most decides, so that a change of colour alone shows too.

    Args:
        image: `(H, W, 3)`.
        reconstruction: what the detector made of it, `(H, W, 3)`.
        gain: factor on the difference, > 0; at 1 the full colours stand for a difference of 255.

    Raises:
        ValueError: sizes differ or the gain is not > 0.
    """
    first, second = _pair(image, reconstruction, gain)
    lighter, darker = _excess(first, second), _excess(second, first)
    up = cv2.convertScaleAbs(lighter, alpha=gain / 2)
    down = cv2.convertScaleAbs(darker, alpha=gain / 2)
    levels = np.where(lighter >= darker, cv2.add(up, np.full_like(up, 128)), cv2.subtract(np.full_like(up, 128), down))
    return np.asarray(cv2.applyColorMap(levels, _diverging()), np.uint8)


def _above(anomaly_map: Map, map_threshold: float) -> Region:
    """Where the map is above the map threshold, bool `(h, w)`: the one comparison behind all that is drawn red."""
    if not (math.isfinite(map_threshold) and map_threshold > 0):
        msg = f"Expected a finite map threshold > 0. Received: {map_threshold}"
        raise ValueError(msg)
    if anomaly_map.ndim != 2 or anomaly_map.size == 0:  # noqa: PLR2004
        msg = f"Expected an anomaly map of shape (h, w) with at least one pixel. Received: {anomaly_map.shape}"
        raise ValueError(msg)
    if not np.isfinite(anomaly_map).all():
        msg = "Expected an anomaly map of finite numbers. Received: one with NaN or infinity"
        raise ValueError(msg)
    # As float64: against a plain float NumPy would round the map threshold to the map's float32 first.
    return np.asarray(anomaly_map > np.float64(map_threshold))


def _levels(anomaly_map: Map, map_threshold: float) -> npt.NDArray[np.uint8]:
    """Which of the table's colours each pixel has, `(h, w)`."""
    above = _above(anomaly_map, map_threshold)
    # A map threshold next to 0 must not make the factor infinite: infinity times 0 is no number.
    factor = np.float32(min(_HALF / map_threshold, float(np.finfo(np.float32).max)))
    with np.errstate(over="ignore"):  # far above is far above
        levels = np.clip(anomaly_map * factor, 0, 2 * _HALF - 1).astype(np.uint8)
    # The product may round across the map threshold; the comparison decides on which side a colour is.
    sides = np.where(above, np.maximum(levels, np.uint8(_HALF)), np.minimum(levels, np.uint8(_HALF - 1)))
    return np.asarray(sides, np.uint8)


@cache
def _tables() -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """The 256 colours, `(256, 1, 3)`, and their alphas, `(256,)`."""
    levels = (np.arange(2 * _HALF) + 0.5) / _HALF
    colours = np.concatenate([_between(_BELOW, levels[:_HALF]), _between(_ABOVE, levels[_HALF:])])
    at, alphas = np.transpose(_ALPHA)
    alpha = np.rint(np.interp(levels, at, alphas) * 255).astype(np.uint8)
    colours.flags.writeable = alpha.flags.writeable = False
    return colours, alpha


@cache
def _diverging() -> npt.NDArray[np.uint8]:
    """The 256 colours of a signed difference, `(256, 1, 3)`."""
    table = _between(_DIVERGING, np.arange(256.0))
    table.flags.writeable = False
    return table


def _between(stops: tuple[tuple[float, ...], ...], at: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    """Interpolate stops `(position, L*, a*, b*)` at some positions, as RGB `(N, 1, 3)`."""
    positions, *parts = np.transpose(stops)
    lab = np.stack([np.interp(at, positions, part) for part in parts], axis=-1).astype(np.float32)[:, np.newaxis]
    return np.rint(np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), 0, 1) * 255).astype(np.uint8)


def _same_size(image: Image, anomaly_map: Map) -> Image:
    """Check the image, and that the map has its size."""
    checked = check_image(image)
    if anomaly_map.shape != checked.shape[:2]:
        msg = f"Expected a map of the image's size {checked.shape[:2]}. Received: {anomaly_map.shape}"
        raise ValueError(msg)
    return checked


def _pair(image: Image, reconstruction: Image, gain: float) -> tuple[Image, Image]:
    """Check two images of one size, and the gain."""
    first, second = check_image(image), check_image(reconstruction)
    if first.shape != second.shape:
        msg = f"Expected a reconstruction of the image's shape {first.shape}. Received: {second.shape}"
        raise ValueError(msg)
    if not (math.isfinite(gain) and gain > 0):
        msg = f"Expected a finite gain > 0. Received: {gain}"
        raise ValueError(msg)
    return first, second


def _excess(first: Image, second: Image) -> npt.NDArray[np.uint8]:
    """By how much the first image is above the second where it is most so among the channels, `(H, W)`."""
    red, green, blue = cv2.split(cv2.subtract(first, second))  # saturating: 0 where it is below
    return np.asarray(np.maximum(np.maximum(red, green), blue), np.uint8)
