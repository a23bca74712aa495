"""The built-in reference images: other things to compare with, for who has none of their own.

Things drawn by this program, and scikit-learn's handwritten digits (Alpaydin and Kaynak 1998, CC BY 4.0), which are
installed with it: nothing is downloaded, and nothing of others shipped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from inspector.detectors.images import PlacedImages
from inspector.imaging.drawing.things import THINGS, draw_thing

if TYPE_CHECKING:
    from inspector.core.image import Image
    from inspector.imaging.placement import Placement

_OF_A_THING, _OF_A_DIGIT = 40, 20
_DIGIT = "digit"
_INK = 16  # the largest value of these pictures


def built_in_references(placement: Placement) -> PlacedImages:
    """760 images of 15 classes, as the network sees them."""
    things = [(name, seed) for name in THINGS for seed in range(_OF_A_THING)]
    pictures: list[Image] = [draw_thing(name, seed) for name, seed in things] + _digits()
    kinds = [f"built-in {name}" for name, _ in things]
    kinds += [f"built-in {_DIGIT}"] * (len(pictures) - len(things))
    return PlacedImages(pictures, placement, kinds=kinds)


def _digits() -> list[Image]:
    from sklearn.datasets import load_digits

    found = load_digits()
    wanted = np.concatenate([np.flatnonzero(found.target == one)[:_OF_A_DIGIT] for one in range(10)])
    grey = np.rint(found.images[wanted] / _INK * 255).astype(np.uint8)
    return [np.repeat(one[:, :, np.newaxis], 3, axis=2) for one in grey]
