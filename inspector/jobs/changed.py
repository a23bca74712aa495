"""Whether what a feed shows still looks as the training images did: a camera moved, out of focus or in other light."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from inspector.imaging.appearance import Change, changes, look

if TYPE_CHECKING:
    from inspector.imaging.appearance import Appearance, Values
    from inspector.imaging.placement import Placed

WINDOW_S = 1.2
"""The pictures of so many seconds are looked at together, and five of them at least."""
HOLDS_S = 0.3
"""A change, or that it is over, counts once it has been so for so long: a hand that passes is none."""

_FEWEST = 5
_MOST = 64
_APART_S = 1 / 30
_HELD = 3


class Changed:
    """Fed with the frames of one feed, in their order; knows in what they are not as they were in training."""

    def __init__(self, appearance: Appearance) -> None:
        """Nothing was seen yet.

        Args:
            appearance: of the images that the detector was trained on.
        """
        self._appearance = appearance
        self.reset()

    def reset(self) -> None:
        """Forget what was seen: another camera may have come."""
        self.changes: tuple[Change, ...] = ()
        self._looks: deque[tuple[float, Values]] = deque(maxlen=_MOST)
        self._otherwise: float | None = None
        self._times = 0

    def add(self, picture: Placed, time: float) -> tuple[Change, ...]:
        """Look at a frame; gives the changes that hold, the largest first.

        Args:
            picture: as the detector's network sees it.
            time: of the frame, in seconds.
        """
        if self._looks and 0 <= time - self._looks[-1][0] < _APART_S * 0.9:
            return self.changes  # more often would only cost
        self._looks.append((time, look(picture, self._appearance.template)))
        while len(self._looks) > _FEWEST and not 0 <= time - self._looks[0][0] <= WINDOW_S:
            self._looks.popleft()
        found = tuple(changes(self._appearance, np.stack([one for _, one in self._looks])))
        if bool(found) == bool(self.changes):
            self.changes, self._otherwise, self._times = found, None, 0
            return self.changes
        if self._otherwise is None or time < self._otherwise:
            self._otherwise, self._times = time, 0
        self._times += 1
        if self._times >= _HELD and time - self._otherwise >= HOLDS_S:
            self.changes, self._otherwise, self._times = found, None, 0
        return self.changes
