"""Varying normal images as the camera and the fixture would."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from inspector.core.cv import cv2

if TYPE_CHECKING:
    from inspector.imaging.placement import Batch


_MOST = {"shift": 0.5, "rotation": 180.0, "brightness": 1.0, "contrast": 1.0, "colour_shift": 1.0}


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How far images are varied at random, each by itself; all zero leaves them as they are.

    Attributes:
        shift: up to this share of height and width, in 0..0.5.
        rotation: up to so many degrees either way, in 0..180.
        brightness: up to this is added or taken away, in 0..1 of the range.
        contrast: up to this share more or less contrast around the image's mean, in 0..1.
        colour_shift: how far colours move along their own main directions, the deviation of `shifted_colours`, in 0..1.
        flip_horizontal: whether half of the images are mirrored left to right.
        flip_vertical: whether half of the images are mirrored top to bottom.
    """

    shift: float = 0.0
    rotation: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    flip_horizontal: bool = False
    flip_vertical: bool = False
    colour_shift: float = 0.0

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name, most in _MOST.items():
            value = getattr(self, name)
            if not 0 <= value <= most:
                msg = f"Expected {name} in 0..{most:g}. Received: {value}"
                raise ValueError(msg)

    @property
    def nothing(self) -> bool:
        """Whether images stay as they are."""
        return not any(getattr(self, one.name) for one in fields(self))

    def apply(self, batch: Batch, rng: np.random.Generator) -> Batch:
        """Vary each image of a batch by itself.

        What a shift or a rotation uncovers is filled with the image's own mirror image. The same generator state gives
        the same result, and an option that is off changes nothing about what the others draw.

        Args:
            batch: `(N, h, w, 1 or 3)`, in 0..1; not modified.
            rng: where the random numbers come from; seven are drawn for each image, those for colours by a generator
                spawned from it.

        Returns:
            A batch of the same shape, in 0..1; `batch` itself when there is nothing to vary.

        Raises:
            ValueError: it is no such batch.
        """
        check_batch(batch)
        if self.nothing:
            return batch
        colours = rng.spawn(1)[0] if self.colour_shift else None
        answer = np.empty_like(batch)
        for index, image in enumerate(batch):
            varied = self._one(image, rng)
            if colours is not None:
                varied = shifted_colours(varied, colours.normal(0, self.colour_shift, image.shape[2]))
            answer[index] = varied
        return answer

    def _one(self, image: Batch, rng: np.random.Generator) -> Batch:
        """Vary one image `(h, w, c)`."""
        across, down, turn, light, gain, left, up = rng.uniform(-1, 1, 7)
        if self.flip_horizontal and left > 0:
            image = image[:, ::-1]
        if self.flip_vertical and up > 0:
            image = image[::-1]
        if self.shift or self.rotation:
            image = _moved(image, across * self.shift, down * self.shift, turn * self.rotation)
        if self.contrast:
            mean = image.mean(dtype=np.float32)
            image = mean + (image - mean) * np.float32(1 + gain * self.contrast)
        return np.asarray(np.clip(image + np.float32(light * self.brightness), 0, 1), np.float32)


def shifted_colours(image: Batch, amounts: npt.NDArray[np.float64]) -> Batch:
    """Move all pixels of an image `(h, w, c)` alike, along the main directions of the image's own colours.

    Krizhevsky, Sutskever and Hinton 2012, "ImageNet classification with deep convolutional neural networks", section
    4.1: with C the 3x3 covariance of the pixels' values, p_i its eigenvectors and l_i its eigenvalues, each pixel gets
    [p_1 p_2 p_3] [a_1 l_1, a_2 l_2, a_3 l_3]^T added, where each a_i is drawn from N(0, 0.1) once for an image. What
    lies along the first direction is mostly light against dark, so the image grows lighter or darker as its own light
    would have it; colours that it does not have hardly change.

    C is that of this image where theirs is of all training images, so that each image is varied by itself; values are
    in 0..1. A grey image has one direction, and moves by a_1 times its variance.

    Args:
        image: in 0..1, not modified.
        amounts: the a_i, `(c,)`, of the smallest eigenvalue first.

    Returns:
        `(h, w, c)`, cut off at 0 and 1.
    """
    pixels = image.reshape(-1, image.shape[2]).astype(np.float64)
    centred = pixels - pixels.mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred / len(pixels))
    # An eigenvector's sign is whatever LAPACK made it; this one makes a positive amount lighter.
    vectors = vectors * np.where(vectors.sum(axis=0) < 0, -1.0, 1.0)
    added = vectors @ (amounts * np.maximum(values, 0))
    return np.asarray(np.clip(image + added.astype(np.float32), 0, 1), np.float32)


def check_batch(batch: Batch) -> None:
    """Check that `batch` is `float32`, of shape `(N, h, w, 1 or 3)` with at least one pixel an image, and in 0..1.

    Raises:
        ValueError: it is not.
    """
    if batch.dtype != np.float32 or batch.ndim != 4 or batch.shape[3] not in {1, 3} or 0 in batch.shape[1:]:  # noqa: PLR2004
        msg = f"Expected a batch: a float32 array of shape (N, h, w, 1 or 3). Received: {batch.dtype} {batch.shape}"
        raise ValueError(msg)
    # Written so that NaN, which compares with nothing, is refused too.
    if batch.size and not (batch.min() >= 0 and batch.max() <= 1):
        msg = f"Expected a batch in 0..1. Received: one in {batch.min():g}..{batch.max():g}"
        raise ValueError(msg)


def _moved(image: Batch, across: float, down: float, degrees: float) -> Batch:
    """Rotate an image `(h, w, c)` around its middle, then shift it by shares of its width and height."""
    high, wide, _ = image.shape
    matrix = cv2.getRotationMatrix2D(((wide - 1) / 2, (high - 1) / 2), degrees, 1.0)
    matrix[:, 2] += (across * wide, down * high)
    moved = cv2.warpAffine(np.ascontiguousarray(image), matrix, (wide, high), borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(moved, np.float32).reshape(image.shape)
