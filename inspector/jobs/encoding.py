"""Pictures of what was judged, as files, encoded where it keeps nobody waiting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from inspector.jobs.judging import overlay_of
from inspector.sources.save import encode_image

if TYPE_CHECKING:
    from inspector.core.image import Image
    from inspector.core.inspection import Measured
    from inspector.detectors import Detector

_FORMAT = ".jpg"


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A frame as a file. Called on another thread than the judging one: encoding takes longer than many a detector."""

    image: Image

    def __call__(self) -> bytes:
        """Encode it."""
        return encode_image(self.image, _FORMAT)


@dataclass(frozen=True, slots=True)
class OverlayFile:
    """A frame with its map painted on, as a file. Likewise."""

    detector: Detector
    image: Image
    measured: Measured

    def __call__(self) -> bytes | None:
        """Paint and encode it; None where there is nothing to paint."""
        painted = overlay_of(self.detector, self.image, self.measured)
        return None if painted is None else encode_image(painted, _FORMAT)
