"""How pictures look as a whole: brightness, contrast, sharpness, colour and where they lie; and whether that changed.

All of it is of pictures as a network sees them: what is lost in scaling can mislead no detector.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from inspector.core.cv import cv2

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inspector.imaging.placement import Placed

Values = npt.NDArray[np.float32]

NAMES = ("brightness", "contrast", "sharpness", "redness", "yellowness", "right", "down")
"""Of the numbers in a `look`. The first three are natural logarithms, so that a difference is a ratio; colours are
shares of the brightness; the last two are shares of the picture's sides."""

_WORDS = {
    "brightness": ("darker by", "lighter by"),
    "contrast": ("less contrast by", "more contrast by"),
    "sharpness": ("less sharp by", "sharper by"),
    "redness": ("greener by", "redder by"),
    "yellowness": ("bluer by", "yellower by"),
    "right": ("shifted to the left by", "shifted to the right by"),
    "down": ("shifted up by", "shifted down by"),
}

_FLOORS = np.array([0.12, 0.25, 0.25, 0.04, 0.04, 0.04, 0.04])
"""A change smaller than this is none, however much alike the training pictures were."""
_DEVIATIONS = 4.0
"""How many standard deviations of the training pictures a single picture may lie off."""
_SIDE = 64
_TINY = 1e-3
_FEWEST = 5
_MOST_INDEPENDENT = 16
"""However many pictures agree: one day's parts differ from another day's more than chance among one day's tells."""


@dataclass(frozen=True, slots=True)
class Appearance:
    """How the training pictures looked.

    Attributes:
        looks: `(n, 7)`, a row for each of some training pictures, in the order of `NAMES`.
        template: their mean, grey, `(h, w)` in 0..1.
    """

    looks: Values
    template: Values

    @classmethod
    def of(cls, pictures: Sequence[Placed]) -> Appearance:
        """Of at least one picture, all of one size."""
        template = np.stack([_grey(one) for one in pictures]).mean(axis=0)
        return cls(np.stack([look(one, template) for one in pictures]), template)

    @property
    def middle(self) -> npt.NDArray[np.float64]:
        """The median look, `(7,)`."""
        return np.asarray(np.median(self.looks, axis=0), np.float64)

    @property
    def reach(self) -> npt.NDArray[np.float64]:
        """How far `(7,)` a single picture may lie off the middle: four deviations, or what nearly all of them keep."""
        farthest = np.quantile(np.abs(self.looks - np.median(self.looks, axis=0)), 0.995, axis=0)
        return np.asarray(np.maximum(_DEVIATIONS * self.spread, farthest), np.float64)

    @property
    def spread(self) -> npt.NDArray[np.float64]:
        """Standard deviations `(7,)` as the median deviation has them, which a few odd pictures do not change."""
        return np.asarray(1.4826 * np.median(np.abs(self.looks - np.median(self.looks, axis=0)), axis=0), np.float64)


@dataclass(frozen=True, slots=True)
class Change:
    """One way in which pictures are not what they were in training.

    Attributes:
        name: one of `NAMES`.
        amount: by how much; a factor less 1 for the first three (-.3 is 30 % less), else as `NAMES` has it.
    """

    name: str
    amount: float

    def __str__(self) -> str:
        """In a few words, such as "darker by 30 %"."""
        less, more = _WORDS[self.name]
        return f"{more if self.amount > 0 else less} {abs(self.amount):.0%}".replace("%", " %")


def look(picture: Placed, template: Values) -> Values:
    """The seven numbers of a picture, in the order of `NAMES`.

    They do not follow each other: contrast is the standard deviation over the mean, so a darker picture has as much;
    sharpness is the mean absolute Laplacian over the standard deviation; and phase correlation (Kuglin & Hines 1975)
    finds a shift whatever the light is.

    Args:
        picture: as a network sees it.
        template: what its place is compared with, `(h, w)`.
    """
    pixels = picture.pixels.astype(np.float32) / np.float32(255)
    grey = _full_grey(pixels)
    inside = np.ones(grey.shape, np.bool_) if picture.mask is None else picture.mask
    values = grey[inside]
    mean, deviation = float(values.mean()), float(values.std())
    edges = float(np.abs(cv2.Laplacian(grey, cv2.CV_32F)[inside]).mean())
    red = yellow = 0.0
    if pixels.shape[2] == 3:  # noqa: PLR2004
        r, g, b = (float(pixels[:, :, channel][inside].mean()) for channel in range(3))
        red, yellow = (r - g) / max(mean, _TINY), ((r + g) / 2 - b) / max(mean, _TINY)
    right, down = _shift(_small(grey), template)
    logs = np.log(
        [max(mean, _TINY), max(deviation / max(mean, _TINY), _TINY), max(edges / max(deviation, _TINY), _TINY)]
    )
    return np.array([*logs, red, yellow, right, down], np.float32)


def changes(appearance: Appearance, looks: Values) -> list[Change]:
    """In what the last pictures differ from those of the training, the largest difference first.

    The median of the last pictures is compared with that of the training. Pictures that differ as much from each other
    as those of the training did are so many independent ones, and their median is the surer for it; a scene that stands
    still counts as one picture, however many frames it has.

    Args:
        appearance: of the training.
        looks: `(n, 7)`, of the last pictures; fewer than five say nothing.
    """
    if len(looks) < _FEWEST:
        return []
    spread = np.maximum(appearance.spread, 1e-6)
    off = np.median(looks, axis=0) - appearance.middle
    own = 1.4826 * np.median(np.abs(looks - np.median(looks, axis=0)), axis=0)
    independent = np.minimum(1 + (len(looks) - 1) * np.minimum(1, (own / spread) ** 2), _MOST_INDEPENDENT)
    tolerance = _FLOORS + appearance.reach / np.sqrt(independent)
    excess = np.abs(off) / tolerance
    found = []
    for place in np.argsort(-excess):
        if excess[place] > 1:
            amount = float(np.expm1(off[place])) if place < 3 else float(off[place])  # noqa: PLR2004
            found.append(Change(NAMES[place], amount))
    return found


def _full_grey(pixels: Values) -> Values:
    if pixels.shape[2] == 1:
        return np.ascontiguousarray(pixels[:, :, 0])
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.float32)


def _small(grey: Values) -> Values:
    high, wide = grey.shape
    scale = min(1.0, _SIDE / max(high, wide))
    size = (max(4, round(wide * scale)), max(4, round(high * scale)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.float32)


def _grey(picture: Placed) -> Values:
    return _small(_full_grey(picture.pixels.astype(np.float32) / np.float32(255)))


def _shift(grey: Values, template: Values) -> tuple[float, float]:
    """How far a picture lies right of and below the template, in shares of its sides."""
    high, wide = grey.shape
    window = cv2.createHanningWindow((wide, high), cv2.CV_32F)
    ours, theirs = ((one - one.mean()) for one in (grey, template))
    if min(ours.std(), theirs.std()) < _TINY:
        return 0.0, 0.0
    (right, down), _ = cv2.phaseCorrelate(theirs, ours, window)
    return float(right / wide), float(down / high)
