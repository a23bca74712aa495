"""The evidence of calibration images as plain arrays, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from inspector.detectors.bundle.layout import EVIDENCE
from inspector.detectors.fitted import Kept

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inspector.core.image import Map
    from inspector.detectors.runtime import Arrays

_PART = "part_"
_SIDES = 2


def as_arrays(kept: Kept) -> Arrays:
    """Maps may differ in size: their values stand one after the other, with their shapes and which image each is of."""
    maps = [(number, one) for number, one in enumerate(kept.maps) if one is not None]
    return {
        "own": kept.own,
        "seen": kept.seen,
        "map_values": np.concatenate([one.ravel() for _, one in maps]) if maps else np.zeros(0, np.float32),
        "map_shapes": np.array([one.shape for _, one in maps], np.int64).reshape(-1, _SIDES),
        "map_of": np.array([number for number, _ in maps], np.int64),
        **{f"{_PART}{name}": values for name, values in kept.parts.items()},
    }


def from_arrays(arrays: Arrays, kinds: Sequence[str]) -> Kept:
    """Read what `as_arrays` gave.

    Raises:
        KeyError: something is missing.
        ValueError: it is something else.
    """
    own, seen = (arrays[name].astype(np.float64) for name in ("own", "seen"))
    parts = {name.removeprefix(_PART): values for name, values in arrays.items() if name.startswith(_PART)}
    values, shapes, of = arrays["map_values"], arrays["map_shapes"], arrays["map_of"]
    count = len(own)
    right = (
        own.ndim == seen.ndim == values.ndim == of.ndim == 1
        and shapes.ndim == _SIDES
        and len(kinds) < count == len(seen)
        and all(one.ndim and len(one) == count and one.dtype.kind in "fiu" for one in parts.values())
        and values.dtype == np.float32
        and shapes.dtype == of.dtype == np.int64
        and shapes.shape == (len(of), _SIDES)
        and np.isfinite(own).all()
        and np.isfinite(values).all()
        and ((seen > 0) & (seen <= 1)).all()
        and (not len(of) or (of.min() >= 0 and of.max() < count and shapes.min() > 0))
        # Sides are bounded first: the product of large ones could come round to the right number.
        and (not len(of) or int(shapes.max()) <= len(values))
        and sum(high * wide for high, wide in shapes.tolist()) == len(values)
    )
    if not right:
        msg = f"{EVIDENCE} holds something else than what was found in calibration images"
        raise ValueError(msg)
    maps: list[Map | None] = [None] * count
    start = 0
    for number, (high, wide) in zip(of.tolist(), shapes.tolist(), strict=True):
        maps[number] = np.asarray(values[start : start + high * wide], np.float32).reshape(high, wide)
        start += high * wide
    return Kept(own, seen, tuple(kinds), parts, tuple(maps))
