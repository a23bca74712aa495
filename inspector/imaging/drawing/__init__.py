"""Sample images drawn by code: photographs, as it were, of a machined flange on a granite plate, good and bad.

The same seed always gives the same image, and the same good part with and without a defect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from inspector.core.cv import cv2
from inspector.imaging.drawing.defects import DEFECTS, make_defect
from inspector.imaging.drawing.render import grid, make_scene, photograph, render

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from inspector.core.image import Image

__all__ = ["DEFECTS", "Sample", "draw_part", "sample_set"]

_SMALLEST = 32
_OVER = 2  # drawn this much larger and averaged down, so that edges are smooth


class Sample(NamedTuple):
    """One drawn image with its place in a data set of MVTec's layout.

    Attributes:
        path: such as `"train/good/000.png"` or `"test/scratch/003.png"`, with forward slashes.
        image: the picture.
        mask: where the defect is, bool `(H, W)`; None for a good part.
    """

    path: str
    image: Image
    mask: npt.NDArray[np.bool_] | None

    @property
    def mask_path(self) -> str:
        """Where the mask belongs: `"ground_truth/scratch/003_mask.png"` for `"test/scratch/003.png"`."""
        _, kind, name = self.path.split("/")
        return f"ground_truth/{kind}/{name.removesuffix('.png')}_mask.png"


def draw_part(
    seed: int | Sequence[int], *, size: int = 256, defect: str | None = None
) -> tuple[Image, npt.NDArray[np.bool_]]:
    """Draw one part.

    Args:
        seed: a number >= 0, or several; the same seed gives the same part in the same light, whatever the defect.
        size: both sides of the picture in pixels, at least 32.
        defect: one of `DEFECTS`, or None for a good part.

    Returns:
        The picture, `(size, size, 3)`, and where the defect is, bool `(size, size)`: nowhere on a good part.

    Raises:
        ValueError: the size is too small or the defect is unknown.
    """
    if size < _SMALLEST:
        msg = f"Expected a size of at least {_SMALLEST} pixels. Received: {size}"
        raise ValueError(msg)
    if defect is not None:
        _check_kind(defect)
    # Streams of their own, so that a defect changes neither the scene nor the camera's noise.
    part_rng, defect_rng, camera_rng = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(3))
    scene = make_scene(part_rng)
    at = grid(scene, size * _OVER)
    made = make_defect(defect, defect_rng, *at)
    image = photograph(render(scene, at, made, part_rng), camera_rng, size)
    cover = cv2.resize(made.mask.astype(np.float32), (size, size), interpolation=cv2.INTER_AREA)
    return image, cover >= 0.5  # noqa: PLR2004 - more than half of the pixel


def sample_set(
    n_train: int, n_good: int, n_bad_per_kind: int, seed: int = 0, *, size: int = 256, kinds: Sequence[str] = DEFECTS
) -> Iterator[Sample]:
    """Draw a data set, one image at a time, all parts different.

    Args:
        n_train: good parts to train on.
        n_good: other good parts to test on.
        n_bad_per_kind: bad parts of each kind.
        seed: a number >= 0.
        size: both sides of the pictures in pixels.
        kinds: which of `DEFECTS`.

    Yields:
        The training images, then the good and then the bad test images.

    Raises:
        ValueError: the size is too small or a kind is unknown.
    """
    for kind in kinds:
        _check_kind(kind)
    for index in range(n_train):
        yield Sample(f"train/good/{index:03}.png", draw_part((seed, 0, index), size=size)[0], None)
    for index in range(n_good):
        yield Sample(f"test/good/{index:03}.png", draw_part((seed, 1, index), size=size)[0], None)
    for kind in kinds:
        number = DEFECTS.index(kind)
        for index in range(n_bad_per_kind):
            image, mask = draw_part((seed, 2 + number, index), size=size, defect=kind)
            yield Sample(f"test/{kind}/{index:03}.png", image, mask)


def _check_kind(kind: str) -> None:
    """Check that a defect of this kind can be drawn."""
    if kind not in DEFECTS:
        msg = f"Expected a defect out of {', '.join(DEFECTS)}. Received: {kind!r}"
        raise ValueError(msg)
