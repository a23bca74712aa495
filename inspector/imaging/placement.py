"""How a picture becomes a network's input and a map comes back onto the picture: the one place for both."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from inspector.core.cv import cv2
from inspector.imaging.alignment import aligned, moved_back
from inspector.imaging.region import Mask, Region
from inspector.imaging.tiles import Grid, Tiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inspector.core.image import Image, Map
    from inspector.core.pose import Pose
    from inspector.imaging.alignment import Aligner

Fit: TypeAlias = Literal["letterbox", "stretch"]
Batch: TypeAlias = npt.NDArray[np.float32]
"""Network input: `float32`, shape `(N, h, w, channels)`, in 0..1."""

_HALVED_FROM = 4

NEUTRAL = 127
"""What stands in the input where the region looks away: mid-grey, in every image alike, so it says nothing."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An image as a network sees it.

    Attributes:
        pixels: `uint8`, shape `(h, w, channels)`.
        mask: bool `(h, w)`: which pixels count; None when all do.
        tiles: the same picture larger, where it is judged in tiles: then `pixels` only shows how it looks.
        pose: how the part lay before it was aligned; None where pictures are not.
    """

    pixels: npt.NDArray[np.uint8]
    mask: Mask | None
    tiles: Tiles | None = None
    pose: Pose | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """Where pictures go in a network's input: the region's box, scaled to fit, grey or in colour.

    Attributes:
        height: of the input, in pixels.
        width: of the input, in pixels.
        channels: 1 (grey) or 3 (RGB).
        fit: `"letterbox"` keeps the aspect and centres; `"stretch"` fills the input.
        region: what is looked at; the picture is cut to its box first, so that small regions keep their detail.
        tiles: pixels of the picture to a pixel of the input, where a picture that is larger than the input at this
            scale is judged in tiles; 0 brings every picture into the input whole.
        overlap: the share of a tile's side by which neighbours overlap at least.
        aligner: brings the part to where it lies in the template before all else, so that the region is where it lies
            there; None leaves pictures as they are.
    """

    height: int
    width: int
    channels: int = 3
    fit: Fit = "letterbox"
    region: Region = field(default_factory=Region)
    tiles: float = 0.0
    overlap: float = 0.25
    aligner: Aligner | None = field(default=None, compare=False)

    def place(self, image: Image) -> Placed:
        """Bring an image `(H, W, 3)` into the input. The image is not modified; it may be shared when nothing changes.

        Bars beside a letterboxed picture repeat its border: a hard edge there would be learned as part of the part.
        """
        high, wide = image.shape[:2]
        pose = None
        if self.aligner is not None:
            pose = self.aligner.pose(image)
            image = np.asarray(aligned(image, pose), np.uint8)
        x0, y0, x1, y1 = self.region.box(high, wide)
        top, left, inner_height, inner_width = self._inner(y1 - y0, x1 - x0)
        pixels = self._scaled(image[y0:y1, x0:x1], inner_height, inner_width)
        fills = (inner_height, inner_width) == (self.height, self.width)
        if not fills:
            bottom, right = self.height - inner_height - top, self.width - inner_width - left
            pixels = cv2.copyMakeBorder(pixels, top, bottom, left, right, cv2.BORDER_REPLICATE)
        if pixels.ndim == 2:  # noqa: PLR2004
            pixels = pixels[:, :, np.newaxis]
        mask = None if fills and self.region.everything else self.mask(high, wide)
        if mask is not None and not self.region.everything:
            pixels = np.where(mask[:, :, np.newaxis], pixels, np.uint8(NEUTRAL))
        grid = self.grid(high, wide)
        return Placed(pixels, mask, None if grid is None else self._cut(image, grid), pose)

    def grid(self, height: int, width: int) -> Grid | None:
        """Where tiles lie over what is looked at of a picture `(height, width)`; None where it goes in whole."""
        if not self.tiles:
            return None
        x0, y0, x1, y1 = self.region.box(height, width)
        high, wide = (max(round(side / self.tiles), 1) for side in (y1 - y0, x1 - x0))
        if high <= self.height and wide <= self.width:
            return None
        return Grid.over(high, wide, (self.height, self.width), self.overlap)

    def _cut(self, image: Image, grid: Grid) -> Tiles:
        """The box looked at, scaled for `grid`.

        Over its lower and right edge tiles see it mirrored: unlike repeated rows that is a texture like any other, in
        pictures of every size, which training may not have seen.
        """
        high, wide = image.shape[:2]
        x0, y0, x1, y1 = self.region.box(high, wide)
        size, padded = (grid.height, grid.width), grid.padded
        pixels = self._scaled(image[y0:y1, x0:x1], *size)
        if padded != size:
            below, right = padded[0] - size[0], padded[1] - size[1]
            pixels = cv2.copyMakeBorder(pixels, 0, below, 0, right, cv2.BORDER_REFLECT_101)
        pixels = pixels.reshape(*padded, self.channels)
        mask = _tile_mask(self, high, wide)
        if mask is not None and not self.region.everything:
            pixels = np.where(mask[:, :, np.newaxis], pixels, np.uint8(NEUTRAL))
        return Tiles.of(grid, pixels, mask)

    def _scaled(self, pixels: npt.NDArray[Any], height: int, width: int) -> npt.NDArray[Any]:
        """A cut picture in the input's channels, at this size."""
        if self.channels == 1:
            pixels = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        return pixels if pixels.shape[:2] == (height, width) else _resized(pixels, height, width)

    def mask(self, height: int, width: int) -> Mask | None:
        """Which input pixels show a looked-at part of a picture `(height, width)`: bool `(h, w)`; None when all do."""
        return _mask(self, height, width)

    def onto_picture(
        self, anomaly_map: Map, height: int, width: int, *, tiled: bool = False, pose: Pose | None = None
    ) -> Map:
        """Bring a map `(h, w)`, at the input's or any lower resolution, up to a picture `(height, width)`.

        What the region looks away from is 0.

        Args:
            anomaly_map: as `Measured` has it.
            height: of the picture, or of a smaller copy of it.
            width: likewise.
            tiled: as `Measured` has it: then the map shows the box looked at from edge to edge, and not the input.
            pose: likewise: how the part lies in the picture.
        """
        if pose is not None:
            return moved_back(self.onto_picture(anomaly_map, height, width, tiled=tiled), pose)
        if tiled:
            return replace(self, fit="stretch", tiles=0.0).onto_picture(anomaly_map, height, width)
        high, wide = anomaly_map.shape
        x0, y0, x1, y1 = self.region.box(height, width)
        top, left, inner_height, inner_width = self._inner(y1 - y0, x1 - x0)
        if (high, wide) != (self.height, self.width) and self.fit != "stretch":
            full = (self.width, self.height)
            anomaly_map = np.asarray(cv2.resize(anomaly_map, full, interpolation=cv2.INTER_LINEAR), np.float32)
        inner = anomaly_map
        if self.fit != "stretch":
            inner = np.ascontiguousarray(anomaly_map[top : top + inner_height, left : left + inner_width])
        scaled = cv2.resize(inner, (x1 - x0, y1 - y0), interpolation=cv2.INTER_LINEAR)
        if self.region.everything:
            return np.asarray(scaled, np.float32)
        answer = np.zeros((height, width), np.float32)
        answer[y0:y1, x0:x1] = scaled
        return np.where(self.region.mask(height, width), answer, np.float32(0))

    def onto_image(
        self,
        pixels: npt.NDArray[np.float32],
        height: int,
        width: int,
        *,
        tiled: bool = False,
        pose: Pose | None = None,
    ) -> npt.NDArray[np.float32]:
        """Bring an input-sized array `(h, w, channels)`, such as a reconstruction, up to a picture's size.

        Gives `(height, width, channels)`; outside the region's box it is 0. For the rest see `onto_picture`.
        """
        x0, y0, x1, y1 = self.region.box(height, width)
        whole = replace(self, region=Region())
        answer = np.zeros((height, width, pixels.shape[2]), np.float32)
        for channel in range(pixels.shape[2]):
            answer[y0:y1, x0:x1, channel] = whole.onto_picture(pixels[:, :, channel], y1 - y0, x1 - x0, tiled=tiled)
        return answer if pose is None else moved_back(answer, pose)

    def _inner(self, height: int, width: int) -> tuple[int, int, int, int]:
        """Where a cut picture `(height, width)` lies in the input: `(top, left, height, width)`, in pixels."""
        if self.fit == "stretch":
            return (0, 0, self.height, self.width)
        scale = min(self.height / height, self.width / width)
        inner_height = min(max(round(height * scale), 1), self.height)
        inner_width = min(max(round(width * scale), 1), self.width)
        return ((self.height - inner_height) // 2, (self.width - inner_width) // 2, inner_height, inner_width)


def _resized(pixels: npt.NDArray[Any], height: int, width: int) -> npt.NDArray[Any]:
    """Bring pixels `(H, W)` or `(H, W, channels)` to `(height, width)`, averaging where there are more.

    What is four times too large or more is halved first, as often as its sides are even: OpenCV averages whole factors
    some ten times as fast as others, and a frame of 640x480 comes into 96x96 in a third of the time.
    """
    high, wide = pixels.shape[:2]
    if height * width >= high * wide:
        return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_LINEAR)
    while not (high % height == 0 and wide % width == 0) and high % 2 == wide % 2 == 0:
        if high < _HALVED_FROM * height or wide < _HALVED_FROM * width:
            break
        high, wide = high // 2, wide // 2
        pixels = cv2.resize(pixels, (wide, high), interpolation=cv2.INTER_AREA)
    return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)


@lru_cache(maxsize=64)
def _mask(placement: Placement, height: int, width: int) -> Mask | None:
    """Cached, because a feed asks for the same one with every frame."""
    x0, y0, x1, y1 = placement.region.box(height, width)
    top, left, inner_height, inner_width = placement._inner(y1 - y0, x1 - x0)  # noqa: SLF001
    answer = np.zeros((placement.height, placement.width), np.bool_)
    if placement.region.everything:
        answer[top : top + inner_height, left : left + inner_width] = True
    else:
        cut = placement.region.mask(height, width)[y0:y1, x0:x1].astype(np.uint8)
        inner = cv2.resize(cut, (inner_width, inner_height), interpolation=cv2.INTER_NEAREST)
        answer[top : top + inner_height, left : left + inner_width] = inner > 0
    if answer.all():
        return None
    if not answer.any():
        # A region thinner than a pixel: an empty mask would make every score 0, and 0 is OK.
        answer[top : top + inner_height, left : left + inner_width] = True
    answer.setflags(write=False)
    return answer


@lru_cache(maxsize=8)
def _tile_mask(placement: Placement, height: int, width: int) -> Mask | None:
    """Which pixels under the tiles of a picture `(height, width)` count: bool, read-only; None when all do.

    Cached as above; fewer of them, since they are large.
    """
    grid = placement.grid(height, width)
    assert grid is not None  # noqa: S101 - asked for pictures that are cut
    if placement.region.everything and grid.padded == (grid.height, grid.width):
        return None
    answer = np.zeros(grid.padded, np.bool_)
    x0, y0, x1, y1 = placement.region.box(height, width)
    cut = placement.region.mask(height, width)[y0:y1, x0:x1].astype(np.uint8)
    scaled = cv2.resize(cut, (grid.width, grid.height), interpolation=cv2.INTER_NEAREST)
    answer[: grid.height, : grid.width] = scaled > 0
    if not answer.any():
        answer[: grid.height, : grid.width] = True
    answer.setflags(write=False)
    return answer


def as_batch(placed: Sequence[Placed]) -> Batch:
    """Stack inputs into one batch, `float32 (N, h, w, channels)` in 0..1."""
    pixels = placed[0].pixels[np.newaxis] if len(placed) == 1 else np.stack([one.pixels for one in placed])
    return np.multiply(pixels, np.float32(1 / 255), dtype=np.float32)


def as_image(pixels: npt.NDArray[np.float32]) -> Image:
    """Network values `(h, w, 1 or 3)` in 0..1 as an RGB image `(h, w, 3)`; values outside are cut off."""
    levels = np.clip(np.rint(pixels * 255), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(levels, (*levels.shape[:2], 3)))
