"""How a part lies in a picture, beside how it lies in the picture that others are aligned to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pose:
    """A shift and a turn.

    Attributes:
        right: by how much the part lies further to the right, as a share of the picture's longer side.
        down: by how much it lies lower, likewise.
        turn: by how many degrees it is turned about the picture's middle, clockwise as one sees it.
        match: how well the two pictures agree once it is turned back: their correlation, in 0..1; 0 where they do not,
            and the picture was left as it is.
    """

    right: float = 0.0
    down: float = 0.0
    turn: float = 0.0
    match: float = 0.0

    @property
    def found(self) -> bool:
        """Whether the picture could be aligned."""
        return self.match > 0
