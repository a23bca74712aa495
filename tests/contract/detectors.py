"""Every method there is, with settings small enough to train within seconds. A test fails when one is missing here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from inspector.core.errors import Cancelled, FrameError
from inspector.detectors import METHODS, Detector
from inspector.imaging.region import Region, rectangle
from tests.detectors.pictures import goods

if TYPE_CHECKING:
    from inspector.core.events import Event
    from inspector.core.image import Image

CONVOLUTIONS = {"size": 16, "epochs": 15, "batch": 16, "steps": 4, "learning_rate": 0.01, "momentum": 0.5}

GANS = {"size": 16, "latent": 8, "filters": 8, "batch": 16, "learning_rate": 0.002, "momentum": 0.5, "weight": 0.02}

METRIC = {"size": 48, "network": "small", "epochs": 6, "batch": 16, "images": 52, "flip_horizontal": False}

TINY: dict[str, dict[str, Any]] = {
    "dense-autoencoder": {"size": 16, "epochs": 25, "batch": 16, "code": 8, "learning_rate": 0.01},
    "conv-autoencoder": CONVOLUTIONS,
    "denoising-autoencoder": CONVOLUTIONS | {"corruption": "noise+cut-outs"},
    "superres-autoencoder": CONVOLUTIONS | {"patience": 0},
    "ssim-autoencoder": CONVOLUTIONS | {"filters": 4, "code": 4},
    "f-anogan": GANS | {"epochs": 30, "critic": 1, "encoder_rate": 0.003},
    "anogan": GANS | {"epochs": 30, "search_steps": 25, "restarts": 2},
    "metric": METRIC,
    "doc": METRIC,
    "padim": {"size": 96},
    "patchcore": {"size": 96, "memory": 200},
    "patch-and-pool": {"size": 96},
}
"""Options for each method; the defaults stand for what is not named."""

KNOWN_EXCEPTIONS: dict[tuple[str, str], str] = {}
"""`(method, name of the test)`: why this method is let off. Strict: an exception that is none any more fails."""

ENOUGH = 52
"""Normal images: just so many that none of them needs cross-fitting, which would train five times."""

IGNORED = (0.6, 0.1, 0.9, 0.4)
"""Left, top, right, bottom of an area the regional detectors ignore: away from the planted defect."""

REGION = Region((), (rectangle(*IGNORED),))

_TRAINED: dict[tuple[str, str], Detector] = {}


def make(method: str, **options: Any) -> Detector:
    """One with tiny settings, not fitted."""
    return METHODS[method](**(TINY[method] | options))


def trained(method: str) -> Detector:
    """One trained on grey pictures, shared by all tests: not to be changed."""
    if (method, "grey") not in _TRAINED:
        _TRAINED[method, "grey"] = make(method).fit(goods(ENOUGH))
    return _TRAINED[method, "grey"]


def regional(method: str) -> Detector:
    """One trained on colour pictures with an ignored area, shared likewise."""
    if (method, "regional") not in _TRAINED:
        _TRAINED[method, "regional"] = make(method, region=REGION).fit(goods(ENOUGH, colour=True))
    return _TRAINED[method, "regional"]


@dataclass
class Heard:
    """A listener that remembers, and cancels after so many events."""

    cancel_after: int | None = None
    events: list[Event] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        if len(self.events) == self.cancel_after:
            raise Cancelled
        self.events.append(event)

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


class Torn(Sequence["Image"]):
    """Images of which some cannot be read, as a folder has them."""

    def __init__(self, images: Sequence[Image], torn: set[int]) -> None:
        self._images = images
        self._torn = torn

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: Any) -> Any:
        if index in self._torn:
            msg = f"picture {index} is torn"
            raise FrameError(msg, name=f"picture {index}")
        return self._images[index]


def noisy(size: tuple[int, int], seed: int = 0) -> Image:
    """Nothing that was ever trained on, of any size; read-only."""
    image = np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8)
    image.setflags(write=False)
    return image
