"""How a detector that searches came to what it compares an image with: the search, step by step, as pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from inspector.core.errors import OptionError
from inspector.core.events import Listener, Progress, Stage, ignore
from inspector.detectors import load
from inspector.detectors.gan.search import milestones
from inspector.imaging.overlay import difference
from inspector.imaging.placement import as_image
from inspector.imaging.sheet import shrunk_size
from inspector.jobs.judging import as_seen, interruptible

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.core.image import Image
    from inspector.detectors import Detector

_NEEDED = ("path", "losses")
_LONGEST = 360


@dataclass(frozen=True, slots=True, eq=False)
class Searched:
    """A search that can be played.

    Attributes:
        image: what was searched for, as the network saw it.
        steps: at which there is a picture, from 0, rising.
        generated: the best that was found up to each of these steps.
        residual: |image - generated| of each.
        losses: the least loss up to each step of the search, those without a picture too; in the score's unit.
        score: of the image.
        threshold: of the detector.
    """

    image: Image
    steps: tuple[int, ...]
    generated: tuple[Image, ...]
    residual: tuple[Image, ...]
    losses: npt.NDArray[np.float32]
    score: float
    threshold: float


def searches(detector: Detector | None) -> bool:
    """Whether this detector finds what it compares with by a search."""
    return detector is not None and set(_NEEDED) <= set(detector.DETAILS)


def searched(bundle: Path, image: Image, listener: Listener = ignore) -> Searched:
    """Search once more, and keep what was found on the way.

    The bundle is loaded anew, so that a feed that judges with the same detector goes on undisturbed.

    Raises:
        OptionError: the detector does not search, or searches in each tile of the picture.
        BundleError: it cannot be loaded.
        Cancelled: the listener ended it.
    """
    listener(Stage("Searching"))
    detector = load(bundle)
    if not searches(detector):
        msg = f"{bundle.name} ({detector.TITLE}) compares at once: there is no search to show."
        raise OptionError(msg)
    with interruptible(detector, lambda: listener(Progress(0))):
        [measured] = detector.measure([image], _NEEDED)
    if measured.tiled:
        msg = f"{bundle.name} judges this picture in tiles, each by a search of its own: there is no one to show."
        raise OptionError(msg)
    losses = np.asarray(measured.details["losses"], np.float32)
    path = np.asarray(measured.details["path"], np.float32)
    size = shrunk_size(image.shape, _LONGEST)
    seen = as_seen(detector, image, _LONGEST)
    generated = tuple(as_image(detector.fitted.placement.onto_image(one, *size, pose=measured.pose)) for one in path)
    return Searched(
        image=seen,
        steps=tuple(milestones(len(losses))),
        generated=generated,
        residual=tuple(difference(seen, one) for one in generated),
        losses=losses,
        score=measured.score,
        threshold=detector.threshold.value,
    )
