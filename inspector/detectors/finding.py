"""From placed images to what a method finds in them: in batches, and in tiles that come together again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Protocol

import numpy as np

from inspector.core.cv import cv2
from inspector.detectors.fitted import Evidence
from inspector.detectors.images import stack_masks
from inspector.detectors.runtime import GRAPH_BATCH
from inspector.imaging.placement import Placed, as_batch
from inspector.imaging.tiles import Stitch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy.typing as npt

    from inspector.core.image import Map
    from inspector.core.pose import Pose
    from inspector.detectors.fitted import Judgement, Networks
    from inspector.detectors.images import Masks
    from inspector.detectors.options import Options
    from inspector.imaging.placement import Batch
    from inspector.imaging.tiles import Tiles

    Values = npt.NDArray[np.generic]

_PIXELS_AT_ONCE = GRAPH_BATCH * 256 * 256
_LONGEST_PICTURE = 1024
"""A reconstruction put together from tiles has no longer side than this: it is only looked at."""


class Judge(Protocol):
    """What finding and scoring ask of a detector."""

    METHOD: ClassVar[str]
    KEPT: ClassVar[tuple[str, ...]]
    OWN_OF_MAP: ClassVar[bool]
    pulse: Callable[[], None]

    @property
    def options(self) -> Options:
        """What it was told."""

    def _judge(self, networks: Networks, batch: Batch, masks: Masks | None, details: Sequence[str]) -> Judgement: ...

    def _own(self, found: Evidence, anomaly_map: Map | None) -> float: ...


def gather(judge: Judge, networks: Networks, placed: Sequence[Placed], details: Sequence[str] = ()) -> list[Evidence]:
    """What `judge` finds in each placed image: the one way from pixels to maps, in training and after."""
    whole = iter(_each(judge, networks, [one for one in placed if one.tiles is None], details))
    return [
        _posed(next(whole) if one.tiles is None else _together(judge, networks, one.tiles, details), one.pose)
        for one in placed
    ]


def _posed(found: Evidence, pose: Pose | None) -> Evidence:
    """Evidence with how the part lay; how well it could be aligned stands among the terms, for everybody to see."""
    return found if pose is None else replace(found, pose=pose, terms={**found.terms, "alignment": pose.match})


def _each(judge: Judge, networks: Networks, placed: Sequence[Placed], details: Sequence[str]) -> Iterator[Evidence]:
    """What is found in each input by itself, a batch at a time."""
    if not placed:
        return
    high, wide = placed[0].pixels.shape[:2]
    step = max(1, min(GRAPH_BATCH, _PIXELS_AT_ONCE // (high * wide)))
    for start in range(0, len(placed), step):
        part = placed[start : start + step]
        judgement = judge._judge(networks, as_batch(part), stack_masks(part), details)  # noqa: SLF001
        for index, own in enumerate(judgement.scores.tolist()):
            yield Evidence(
                own,
                None if judgement.maps is None else judgement.maps[index],
                1.0 if (mask := part[index].mask) is None else float(mask.mean()),
                {name: values[index] for name, values in judgement.parts.items()},
                {name: judgement.details[name][index] for name in details},
                {name: float(values[index]) for name, values in judgement.terms.items()},
            )


def _together(judge: Judge, networks: Networks, tiles: Tiles, details: Sequence[str]) -> Evidence:
    """What is found in a picture's tiles, as of one image.

    Maps, and details that are pictures, are put together without seams; all else is that of the tile with the highest
    score, and so is the score: one bad tile is a bad picture. Tiles are judged a few at a time, so that memory is that
    of the picture and its map, however many there are.
    """
    stitches: dict[str, Stitch] = {}
    maps = Stitch(tiles.grid)
    worst: Evidence | None = None
    with_map = True
    for start in range(0, len(tiles.seen), GRAPH_BATCH):
        numbers = tiles.seen[start : start + GRAPH_BATCH]
        found = _each(judge, networks, [Placed(*tiles.tile(number)) for number in numbers], details)
        for number, one in zip(numbers, found, strict=True):
            with_map = with_map and one.map is not None
            if one.map is not None:
                maps.add(number, one.map)
            for name, values in one.details.items():
                if _is_picture(values, tiles):
                    stitches.setdefault(name, Stitch(tiles.grid)).add(number, _coarse(values, tiles))
            # Written so that NaN wins: `measured` refuses it.
            if worst is None or not one.own <= worst.own:
                worst = one
        judge.pulse()
    assert worst is not None  # noqa: S101 - at least one tile is seen
    pictures = {name: stitch.whole() for name, stitch in stitches.items()}
    return Evidence(
        worst.own,
        maps.whole() if with_map else None,
        tiles.share,
        worst.parts,
        {name: pictures.get(name, values) for name, values in worst.details.items()},
        worst.terms,
        tiled=True,
    )


def strangest(judge: Judge, networks: Networks, placed: Placed) -> Placed:
    """Of a picture that is judged in tiles the tile with the highest score; any other as it is."""
    tiles = placed.tiles
    if tiles is None:
        return placed
    best, highest = Placed(*tiles.tile(tiles.seen[0])), -np.inf
    for start in range(0, len(tiles.seen), GRAPH_BATCH):
        some = [Placed(*tiles.tile(number)) for number in tiles.seen[start : start + GRAPH_BATCH]]
        for one, found in zip(some, _each(judge, networks, some, ()), strict=True):
            if found.own > highest:
                best, highest = one, found.own
        judge.pulse()
    return best


def _is_picture(values: Values, tiles: Tiles) -> bool:
    return values.ndim == 3 and values.shape[:2] == tiles.grid.side  # noqa: PLR2004


def _coarse(values: Values, tiles: Tiles) -> npt.NDArray[np.float32]:
    """A tile's picture `(h, w, channels)`, smaller where the whole would be long."""
    high, wide = values.shape[:2]
    scale = min(1.0, _LONGEST_PICTURE / max(tiles.grid.padded))
    size = (max(round(wide * scale), 1), max(round(high * scale), 1))
    scaled = cv2.resize(np.asarray(values, np.float32), size, interpolation=cv2.INTER_AREA)
    return np.asarray(scaled.reshape(size[1], size[0], -1), np.float32)
