"""Damage done to images on purpose, for a network that learns to undo it.

Every function takes a batch, `float32` `(N, h, w, 1 or 3)` in 0..1, and a random generator, and gives a new batch of
the same shape in 0..1; each image is damaged by itself, and the same generator state does the same damage. Each raises
`ValueError` for anything else. Lengths and sizes are shares of the image's smaller side, so that they suit any size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from inspector.core.cv import cv2
from inspector.imaging.augmentation import check_batch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inspector.imaging.placement import Batch

Cover: TypeAlias = npt.NDArray[np.float32]
"""How much of each pixel is damaged, `(h, w)`, in 0..1."""

Picture: TypeAlias = npt.NDArray[np.float32]
"""One image of a batch, `(h, w, c)`, in 0..1."""

Span: TypeAlias = tuple[float, float]

_FRACTION_BITS = 4  # OpenCV draws at a 16th of a pixel


def gaussian_noise(batch: Batch, rng: np.random.Generator, *, scale: float = 0.1) -> Batch:
    """Add normal noise to every value, cut off at 0 and 1.

    As denoising autoencoders are taught (Vincent et al. 2008, "Extracting and composing robust features with denoising
    autoencoders").

    Args:
        batch: the images.
        rng: where the random numbers come from.
        scale: standard deviation, >= 0.
    """
    check_batch(batch)
    if not 0 <= scale < np.inf:
        msg = f"Expected a scale >= 0. Received: {scale}"
        raise ValueError(msg)
    noise = rng.standard_normal(batch.shape, dtype=np.float32)
    return np.asarray(np.clip(batch + np.float32(scale) * noise, 0, 1), np.float32)


def scratches(
    batch: Batch,
    rng: np.random.Generator,
    *,
    count: tuple[int, int] = (1, 3),
    length: Span = (0.15, 0.6),
    width: Span = (0.006, 0.02),
    strength: Span = (0.2, 0.6),
) -> Batch:
    """Draw thin bent lines, each lighter or darker than what is under it.

    Args:
        batch: the images.
        rng: where the random numbers come from.
        count: how many an image has, least and most.
        length: of a scratch, least and most.
        width: of a scratch, least and most; never drawn thinner than a pixel.
        strength: what is added or taken away, least and most, in 0..1.
    """
    _check_spans(length=length, width=width)
    _check_spans(1.0, strength=strength)
    answer = _copy(batch)
    for image in answer:
        for _ in range(_number(rng, count)):
            change = np.float32(rng.uniform(*strength) * rng.choice((-1.0, 1.0)))
            cover = _stroke(image, rng, rng.uniform(*length), rng.uniform(*width))
            np.add(image, change * cover[..., np.newaxis], out=image)
    return np.clip(answer, 0, 1, out=answer)


def cut_outs(
    batch: Batch, rng: np.random.Generator, *, count: tuple[int, int] = (1, 3), size: Span = (0.08, 0.3)
) -> Batch:
    """Cover rectangles with one random grey or colour each.

    After DeVries and Taylor 2017, "Improved regularization of convolutional neural networks with Cutout".

    Args:
        batch: the images.
        rng: where the random numbers come from.
        count: how many an image has, least and most.
        size: of a side, least and most; the sides differ.
    """
    _check_spans(1.0, size=size)
    answer = _copy(batch)
    for image in answer:
        for _ in range(_number(rng, count)):
            image[_window(image, rng, size)] = rng.random(image.shape[2], dtype=np.float32)
    return answer


def stains(
    batch: Batch,
    rng: np.random.Generator,
    *,
    count: tuple[int, int] = (1, 2),
    size: Span = (0.1, 0.35),
    strength: Span = (0.3, 0.8),
) -> Batch:
    """Tint ragged, soft-edged blotches, under which the image still shows.

    Args:
        batch: the images.
        rng: where the random numbers come from.
        count: how many an image has, least and most.
        size: of a blotch across, least and most.
        strength: how much of the image it hides, least and most, in 0..1.
    """
    _check_spans(size=size)
    _check_spans(1.0, strength=strength)
    answer = _copy(batch)
    for image in answer:
        for _ in range(_number(rng, count)):
            colour = rng.random(image.shape[2], dtype=np.float32)
            hidden = np.float32(rng.uniform(*strength)) * _blotch(image, rng, rng.uniform(*size))
            np.add(image, hidden[..., np.newaxis] * (colour - image), out=image)
    return np.clip(answer, 0, 1, out=answer)


def bent(
    batch: Batch, rng: np.random.Generator, *, strength: Span = (0.08, 0.2), knots: tuple[int, int] = (3, 5)
) -> Batch:
    """Bend whole images like rubber: a wrong shape in which no single place need be strange.

    A smooth random field moves each pixel (after Simard, Steinkraus and Platt 2003, "Best practices for convolutional
    neural networks applied to visual document analysis"); what comes from outside repeats the border.

    Args:
        batch: the images.
        rng: where the random numbers come from.
        strength: standard deviation of the moves as a share of the smaller side, least and most.
        knots: of the field along a side, least and most, >= 2: few bend gently, many crumple.
    """
    _check_spans(strength=strength)
    answer = _copy(batch)
    high, wide = answer.shape[1:3]
    rows, columns = np.mgrid[:high, :wide].astype(np.float32)
    for image in answer:
        far, count = rng.uniform(*strength) * min(high, wide), _number(rng, knots)
        field = rng.standard_normal((count, count, 2), dtype=np.float32)
        moves = np.float32(far) * cv2.resize(field, (wide, high), interpolation=cv2.INTER_CUBIC)
        source = columns + moves[:, :, 0], rows + moves[:, :, 1]
        moved = cv2.remap(image, *source, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        image[...] = moved.reshape(image.shape)
    return answer


def pasted_patches(
    batch: Batch,
    rng: np.random.Generator,
    patches: Sequence[Picture],
    *,
    count: tuple[int, int] = (1, 2),
    size: Span = (0.08, 0.3),
) -> Batch:
    """Paste pieces cut from given pictures anywhere, mirrored by lot.

    After Li et al. 2021, "CutPaste: Self-supervised learning for anomaly detection and localization", who cut from the
    normal image itself; pieces of abnormal images show what the defects look like.

    Args:
        batch: the images.
        rng: where the random numbers come from.
        patches: at least one picture `(h, w, c)` in 0..1 with the batch's number of channels, of any size: whole
            images, or defects cut out. A piece is never larger than its picture.
        count: how many an image has, least and most.
        size: of a side of a piece, least and most.

    Raises:
        ValueError: there are no patches, or one is no such picture.
    """
    _check_spans(1.0, size=size)
    answer = _copy(batch)
    if not patches:
        msg = "Expected at least one patch. Received: none"
        raise ValueError(msg)
    for patch in patches:
        check_batch(patch[np.newaxis])
        if patch.shape[2] != batch.shape[3]:
            msg = f"Expected patches of {batch.shape[3]} channels. Received: {patch.shape[2]}"
            raise ValueError(msg)
    for image in answer:
        for _ in range(_number(rng, count)):
            patch = patches[int(rng.integers(len(patches)))]
            rows, columns = _window(image, rng, size)
            high, wide = min(rows.stop - rows.start, patch.shape[0]), min(columns.stop - columns.start, patch.shape[1])
            top, left = rng.integers(patch.shape[0] - high + 1), rng.integers(patch.shape[1] - wide + 1)
            down, across = rng.choice((-1, 1), 2)
            piece = patch[top : top + high, left : left + wide][::down, ::across]
            image[rows.start : rows.start + high, columns.start : columns.start + wide] = piece
    return answer


def _copy(batch: Batch) -> Batch:
    """Check a batch and give a copy to damage."""
    check_batch(batch)
    return np.array(batch, order="C")


def _check_spans(most: float = np.inf, **spans: Span) -> None:
    """Check that each span rises within 0..`most`."""
    for name, (low, high) in spans.items():
        if not 0 <= low <= high <= most:
            msg = f"Expected {name} as (least, most) within 0..{most:g}. Received: {(low, high)}"
            raise ValueError(msg)


def _number(rng: np.random.Generator, count: tuple[int, int]) -> int:
    """Draw how many."""
    if not 0 <= count[0] <= count[1]:
        msg = f"Expected a count as (least, most), each >= 0. Received: {count}"
        raise ValueError(msg)
    return int(rng.integers(count[0], count[1], endpoint=True))


def _window(image: Picture, rng: np.random.Generator, size: Span) -> tuple[slice, slice]:
    """Draw a rectangle of at least one pixel inside an image: its rows and columns."""
    spans = []
    for side in image.shape[:2]:
        long = min(side, max(1, round(rng.uniform(*size) * min(image.shape[:2]))))
        start = int(rng.integers(side - long + 1))
        spans.append(slice(start, start + long))
    return spans[0], spans[1]


def _stroke(image: Picture, rng: np.random.Generator, length: float, width: float) -> Cover:
    """Draw a gently bent line of the given length and width somewhere on an image."""
    high, wide = image.shape[:2]
    small = min(high, wide)
    along = np.linspace(-0.5, 0.5, 16)
    bent = np.stack([along, rng.uniform(-0.5, 0.5) * (along**2 - 0.25)], axis=1) * (length * small)
    angle = rng.uniform(0, np.pi)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    points = bent @ turn + rng.uniform(0, 1, 2) * (wide - 1, high - 1)
    # Anti-aliased lines are drawn in bytes only.
    canvas = np.zeros((high, wide), np.uint8)
    fixed = np.rint(points * 2**_FRACTION_BITS).astype(np.int32)
    thickness = max(1, round(width * small))
    cv2.polylines(
        canvas, [fixed], isClosed=False, color=255, thickness=thickness, lineType=cv2.LINE_AA, shift=_FRACTION_BITS
    )
    return canvas.astype(np.float32) / np.float32(255)


def _blotch(image: Picture, rng: np.random.Generator, size: float) -> Cover:
    """Draw a ragged round patch of the given size somewhere on an image."""
    high, wide = image.shape[:2]
    radius = max(0.75, size * min(high, wide) / 2)
    x, y = rng.uniform(0, wide - 1), rng.uniform(0, high - 1)
    right = (np.arange(wide, dtype=np.float32) - np.float32(x)) / np.float32(radius)
    below = (np.arange(high, dtype=np.float32) - np.float32(y)) / np.float32(radius * rng.uniform(0.7, 1.0))
    away = np.sqrt(right * right + (below * below)[:, np.newaxis])
    # Noise whose bumps are about half as large as the blotch makes its outline ragged.
    knots = [min(64, max(2, round(2 * side / radius))) for side in (high, wide)]
    bumps = cv2.resize(rng.standard_normal(knots, dtype=np.float32), (wide, high), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip((1 - away + np.float32(0.25) * bumps) * 4, 0, 1), np.float32)
