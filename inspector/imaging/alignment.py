"""Parts that lie a little differently in each picture, brought to where they lie in one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from inspector.core.cv import cv2
from inspector.core.pose import Pose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inspector.core.image import Image

Motion: TypeAlias = Literal["shift", "rigid"]
Grey: TypeAlias = npt.NDArray[np.float32]

SIDE = 192
"""The longer side of the small grey pictures that are compared, in pixels."""

LEAST_MATCH = 0.5
"""A picture whose correlation with the template stays below is not aligned: it shows something else."""

_COARSE = 96
_TURNS = range(-45, 46, 5)
_STEPS = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 50, 1e-4)
_BLUR = 5
_EVERYWHERE = np.full((SIDE, SIDE), 255, np.uint8)
_TINY = 1e-6


@dataclass(frozen=True, slots=True)
class Aligner:
    """Finds how the part in a picture lies, by comparing the picture with a template.

    First by phase correlation (Kuglin & Hines 1975) at each of a few turns, then to a fraction of a pixel by the
    enhanced correlation coefficient (Evangelidis & Psarakis 2008), which cares for neither brightness nor contrast.

    Attributes:
        template: small and grey, `uint8 (SIDE, SIDE)`, as `small` gives it.
        motion: `"shift"`, or `"rigid"` with turns of up to 45 degrees.
    """

    template: npt.NDArray[np.uint8]
    motion: Motion

    @classmethod
    def of(cls, pictures: Sequence[Image], motion: Motion) -> Aligner:
        """With that of the pictures (at least one, better a dozen) as template which agrees best with the others."""
        greys = [small(one) for one in pictures]
        aligners = [cls(one, motion) for one in greys]
        matches = [
            sum(one.pose_of(other).match for number, other in enumerate(greys) if number != own)
            for own, one in enumerate(aligners)
        ]
        return aligners[int(np.argmax(matches))]

    def pose(self, image: Image) -> Pose:
        """How the part in an image `(H, W, 3)` lies; where it cannot be found, a pose that says so."""
        return self.pose_of(small(image))

    def pose_of(self, grey: npt.NDArray[np.uint8]) -> Pose:
        """The same of a picture that is small and grey already."""
        ours, theirs = (one.astype(np.float32) / np.float32(255) for one in (grey, self.template))
        if min(ours.std(), theirs.std()) < 1e-3:  # noqa: PLR2004 - nothing to go by
            return Pose()
        start = self._coarse(ours, theirs)
        matrix: npt.NDArray[Any] = _matrix(start, SIDE, SIDE).astype(np.float32)
        motion = cv2.MOTION_TRANSLATION if self.motion == "shift" else cv2.MOTION_EUCLIDEAN
        try:
            match, matrix = cv2.findTransformECC(theirs, ours, matrix, motion, _STEPS, _EVERYWHERE, _BLUR)
        except cv2.error:  # it does not converge, or the pictures have nothing in common
            return Pose()
        if not (np.isfinite(matrix).all() and match >= LEAST_MATCH):
            return Pose()
        turn = float(np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0])))
        middle = (SIDE - 1) / 2
        right, down = matrix @ np.array([middle, middle, 1]) - middle
        return Pose(float(right) / SIDE, float(down) / SIDE, turn, min(float(match), 1.0))

    def _coarse(self, ours: Grey, theirs: Grey) -> Pose:
        """Shift and turn to begin with: of those tried the one after which the pictures agree best."""
        size = (_COARSE, _COARSE)
        ours, theirs = (
            np.asarray(cv2.resize(one, size, interpolation=cv2.INTER_AREA), np.float32) for one in (ours, theirs)
        )
        window = cv2.createHanningWindow(size, cv2.CV_32F)
        best, most = Pose(), -np.inf
        for turn in _TURNS if self.motion == "rigid" else (0,):
            turned = aligned(ours, Pose(turn=float(turn)))
            (right, down), _ = cv2.phaseCorrelate(theirs - theirs.mean(), turned - turned.mean(), window)
            # The shift was found in the turned picture, and is wanted in the picture itself.
            angle = np.radians(turn)
            pose = Pose(
                float(right * np.cos(angle) - down * np.sin(angle)) / _COARSE,
                float(right * np.sin(angle) + down * np.cos(angle)) / _COARSE,
                float(turn),
            )
            match = _correlation(aligned(ours, pose), theirs)
            if match > most:
                best, most = pose, match
        return best


def small(image: Image) -> npt.NDArray[np.uint8]:
    """An image small and grey, its aspect kept, its border repeated to a square: `uint8 (SIDE, SIDE)`."""
    high, wide = image.shape[:2]
    scale = SIDE / max(high, wide)
    size = (max(round(wide * scale), 1), max(round(high * scale), 1))
    grey = cv2.cvtColor(cv2.resize(image, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    top, left = (SIDE - size[1]) // 2, (SIDE - size[0]) // 2
    bottom, right = SIDE - size[1] - top, SIDE - size[0] - left
    return np.asarray(cv2.copyMakeBorder(grey, top, bottom, left, right, cv2.BORDER_REPLICATE), np.uint8)


def aligned(pixels: npt.NDArray[Any], pose: Pose) -> npt.NDArray[Any]:
    """Pixels `(H, W)` or `(H, W, channels)` with the part brought back from `pose`; what came in is mirrored."""
    return _warped(pixels, pose, cv2.WARP_INVERSE_MAP, cv2.BORDER_REFLECT_101)


def moved_back(values: npt.NDArray[np.float32], pose: Pose) -> npt.NDArray[np.float32]:
    """A map `(H, W)` of an aligned picture over the picture as it was; 0 where that was not seen."""
    return np.asarray(_warped(values, pose, 0, cv2.BORDER_CONSTANT), np.float32)


def _warped(pixels: npt.NDArray[Any], pose: Pose, flags: int, border: int) -> npt.NDArray[Any]:
    high, wide = pixels.shape[:2]
    if not pose.found and max(abs(pose.right), abs(pose.down), abs(pose.turn)) < _TINY:
        return pixels
    matrix = _matrix(pose, high, wide)
    warped = cv2.warpAffine(pixels, matrix, (wide, high), flags=cv2.INTER_LINEAR | flags, borderMode=border)
    return np.asarray(warped.reshape(pixels.shape), pixels.dtype)


def _matrix(pose: Pose, height: int, width: int) -> npt.NDArray[np.float64]:
    """Where a pixel of the aligned picture lies in the picture itself: `(2, 3)`, of `(x, y, 1)`."""
    longest, angle = max(height, width), np.radians(pose.turn)
    cos, sin = float(np.cos(angle)), float(np.sin(angle))
    x, y = (width - 1) / 2, (height - 1) / 2
    return np.array(
        [
            [cos, -sin, x - cos * x + sin * y + pose.right * longest],
            [sin, cos, y - sin * x - cos * y + pose.down * longest],
        ]
    )


def _correlation(ours: npt.NDArray[Any], theirs: Grey) -> float:
    one, other = (values.astype(np.float64) - values.mean() for values in (ours, theirs))
    return float((one * other).sum() / max(np.sqrt((one**2).sum() * (other**2).sum()), _TINY))
