"""How good a picture is as a picture, and which pictures show the same thing twice."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from inspector.core.cv import cv2

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from inspector.core.image import Image

Floats: TypeAlias = npt.NDArray[np.float32]
Pairs: TypeAlias = npt.NDArray[np.intp]

WHITE, BLACK = 253, 2
"""Grey levels from which, or up to which, a pixel counts as clipped: a little away from the ends, for JPEG's sake."""

SIDE = 32
"""Height and width of a thumbnail."""

_SHARPNESS_SIDE = 512
_PATCH = 16
_PATCHES = 3
_BAND_BITS = 8
_BANDS = 8
_COMMON = 6
_EACH = 8
_CROWD = 64
_NEIGHBOURS = 3
_CONTRAST = 1.25
_AT_ONCE = 4096


@dataclass(frozen=True, slots=True)
class Quality:
    """What is measured of one picture.

    Attributes:
        size: height and width in pixels.
        sharpness: variance of the Laplacian, with the longer side brought to at most 512 pixels (Pech-Pacheco et al.,
            "Diatom autofocusing in brightfield microscopy", ICPR 2000).
        brightness: mean grey level, in 0..255.
        white: share of the pixels that are clipped at white, in 0..1.
        black: share of the pixels that are clipped at black, in 0..1.
        thumbnail: grey, `uint8 (32, 32)`, whatever the picture's shape.
        patches: nine pieces of the picture at its own resolution, grey, `uint8 (9, 16, 16)`.
        digest: the same for pictures with equal pixels, and for no others.
    """

    size: tuple[int, int]
    sharpness: float
    brightness: float
    white: float
    black: float
    thumbnail: npt.NDArray[np.uint8]
    patches: npt.NDArray[np.uint8]
    digest: bytes


def quality(image: Image) -> Quality:
    """Measure a picture."""
    high, wide = image.shape[:2]
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    scale = min(1.0, _SHARPNESS_SIDE / max(high, wide))
    small = grey
    if scale < 1:
        size = (max(round(wide * scale), 1), max(round(high * scale), 1))
        small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    digest = hashlib.blake2b(str(image.shape).encode(), digest_size=16)
    digest.update(np.ascontiguousarray(image).data)
    return Quality(
        size=(high, wide),
        sharpness=float(cv2.Laplacian(small, cv2.CV_32F).var()),
        brightness=float(grey.mean()),
        white=float((grey >= WHITE).mean()),
        black=float((grey <= BLACK).mean()),
        thumbnail=cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.uint8),
        patches=_patches(grey),
        digest=digest.digest(),
    )


def _patches(grey: npt.NDArray[np.generic]) -> npt.NDArray[np.uint8]:
    high, wide = grey.shape
    tall, broad = min(_PATCH, high), min(_PATCH, wide)
    patches = np.zeros((_PATCHES * _PATCHES, _PATCH, _PATCH), np.uint8)
    for index in range(len(patches)):
        row, column = divmod(index, _PATCHES)
        top = (row + 1) * (high - tall) // (_PATCHES + 1)
        left = (column + 1) * (wide - broad) // (_PATCHES + 1)
        patches[index, :tall, :broad] = grey[top : top + tall, left : left + broad]
    return patches


def robust_z(values: npt.ArrayLike, *, least: float) -> npt.NDArray[np.float64]:
    """How many deviations each value lies from the median (Iglewicz and Hoaglin, 1993).

    Args:
        values: of all pictures.
        least: the deviation counts as at least so much, since among pictures that are all alike any would stand out.
    """
    array = np.asarray(values, np.float64)
    middle = np.median(array)
    answer: npt.NDArray[np.float64] = (array - middle) / max(1.4826 * float(np.median(np.abs(array - middle))), least)
    return answer


def own_looks(thumbnails: npt.NDArray[np.uint8]) -> tuple[Floats, int]:
    """What each of many pictures has for itself: thumbnails without what they have in common.

    A camera over a fixture takes pictures that are nearly the same, and so are their perceptual hashes: those of 120
    drawn parts differ in 3 bits of 64. So the directions in which the pictures vary most (the part itself, the light,
    two views of it) are taken out, and they differ in 28. Whatever is taken out, two pictures of one thing stay alike.

    Args:
        thumbnails: `(N, 32, 32)`.

    Returns:
        `(N, 32, 32)`, and how many directions were taken out: of fewer than 8 pictures none, as nothing would be left.
    """
    flat = thumbnails.reshape(len(thumbnails), SIDE * SIDE).astype(np.float32)
    flat -= flat.mean(axis=1, keepdims=True)
    common = min(_COMMON, len(flat) // _EACH)
    if common:
        top = _main_directions(flat, common)
        flat -= (flat @ top) @ top.T
    return flat.reshape(thumbnails.shape), common


def _main_directions(flat: Floats, count: int) -> Floats:
    """The first `count` right singular vectors of `(N, D)`, as `(D, count)`, by the smaller of the two squares."""
    if len(flat) >= flat.shape[1]:
        vectors: Floats = np.linalg.eigh(flat.T @ flat)[1][:, -count:]
        return vectors
    values, left = np.linalg.eigh(flat @ flat.T)
    right = flat.T @ left[:, -count:]
    # Where pictures are all the same there is one direction only, and the others are rounding errors.
    real = values[-count:] > 1e-6 * max(float(values[-1]), 1.0)
    directions: Floats = right * np.where(real, 1 / np.sqrt(np.maximum(values[-count:], 1e-12)), 0)
    return directions.astype(np.float32)


def hashes(looks: Floats) -> npt.NDArray[np.uint64]:
    """The 64-bit difference hash of each of `(N, 32, 32)`: whether it is brighter to the right, at 8 x 8 places.

    https://www.hackerfactor.com/blog/index.php?/archives/529-Kind-of-Like-That.html
    """
    small = np.stack([cv2.resize(one, (9, 8), interpolation=cv2.INTER_AREA) for one in looks])
    bits = np.packbits((small[:, :, 1:] > small[:, :, :-1]).reshape(len(looks), 64), axis=1)
    answer: npt.NDArray[np.uint64] = bits.view(np.uint64)[:, 0]
    return answer


def near_hashes(values: npt.NDArray[np.uint64], most: int) -> Pairs:
    """Pairs of hashes that differ in at most `most` bits, `(P, 2)`, without comparing all with all.

    Two that differ in at most 7 bits agree in one of 8 bands of 8 bits at least, and only those that do are compared
    (Manku, Jain and Das Sarma, "Detecting near-duplicates for web crawling", WWW 2007). So all pairs up to 7 bits are
    found, and most of those up to 12. Where more than 64 share a band, each is compared with the next 64 in the order
    of their hashes.
    """
    found = []
    for band in range(_BANDS):
        key = (values >> np.uint64(_BAND_BITS * band)) & np.uint64(2**_BAND_BITS - 1)
        order = np.lexsort((values, key))
        ordered = key[order]
        for step in range(1, min(_CROWD, len(values) - 1) + 1):
            first = np.flatnonzero(ordered[:-step] == ordered[step:])
            if not len(first):
                break
            left, right = order[first], order[first + step]
            near = np.bitwise_count(values[left] ^ values[right]) <= most
            found.append(np.stack([np.minimum(left, right), np.maximum(left, right)], axis=1)[near])
    return _unique(found)


def neighbours(looks: Floats) -> Pairs:
    """Pairs `(P, 2)` worth a look though their hashes differ: in the given order, and next to each other in looks.

    Pictures of a part that nobody moved differ by noise alone, and so do the hashes of what each has for itself.
    """
    flat = looks.reshape(len(looks), SIDE * SIDE)
    rng = np.random.default_rng(0)
    orders = [np.arange(len(flat)), np.argsort(flat @ rng.normal(size=flat.shape[1]).astype(np.float32))]
    found = []
    for order in orders:
        for step in range(1, _NEIGHBOURS + 1):
            left, right = order[:-step], order[step:]
            found.append(np.stack([np.minimum(left, right), np.maximum(left, right)], axis=1))
    return _unique(found)


def agreement(looks: Floats, pairs: Pairs) -> Floats:
    """The correlation, in -1..1, between the two pictures of each pair `(P, 2)` in what each has for itself."""
    flat = looks.reshape(len(looks), SIDE * SIDE)
    length = np.sqrt((flat * flat).sum(axis=1)) + np.float32(1e-6)
    return _in_parts(pairs, lambda left, right: (flat[left] * flat[right]).sum(axis=1) / (length[left] * length[right]))


def distance(pieces: npt.NDArray[np.uint8], pairs: Pairs) -> Floats:
    """How much the two pictures of each pair `(P, 2)` differ, as a root mean square in grey levels of 255.

    A difference of brightness, and one of contrast up to a quarter, do not count: they are the camera's.

    Args:
        pieces: `(N, …)`, thumbnails or patches.
        pairs: indices of pictures.
    """
    flat = pieces.reshape(len(pieces), -1)

    def apart(left: Pairs, right: Pairs) -> Floats:
        one, other = flat[left].astype(np.float32), flat[right].astype(np.float32)
        one -= one.mean(axis=1, keepdims=True)
        other -= other.mean(axis=1, keepdims=True)
        gain = (one * other).sum(axis=1) / ((other * other).sum(axis=1) + np.float32(1e-6))
        rest = one - np.clip(gain, 1 / _CONTRAST, _CONTRAST)[:, np.newaxis] * other
        answer: Floats = np.sqrt((rest * rest).mean(axis=1))
        return answer

    return _in_parts(pairs, apart)


def _in_parts(pairs: Pairs, function: Callable[[Pairs, Pairs], Floats]) -> Floats:
    """Bound the memory: 60,000 pairs of thumbnails at once would take a gigabyte."""
    parts = [function(*pairs[start : start + _AT_ONCE].T) for start in range(0, len(pairs), _AT_ONCE)]
    return np.concatenate([*parts, np.zeros(0, np.float32)])


def _unique(found: Sequence[Pairs]) -> Pairs:
    return np.unique(np.concatenate([*found, np.zeros((0, 2), np.intp)]), axis=0).astype(np.intp)
