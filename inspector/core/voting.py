"""The verdict over time: a mean of scores, a vote of several frames, and NG that is held for a while."""

from __future__ import annotations

import math
import re
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from inspector.core.errors import OptionError
from inspector.core.inspection import Verdict, judge

if TYPE_CHECKING:
    from inspector.core.inspection import Inspection

MOST_FRAMES = 1000
MOST_SECONDS = 3600.0

_VOTE = re.compile(r"\s*(\d{1,4})\s*(?:/|of)\s*(\d{1,4})\s*")


@dataclass(frozen=True, slots=True)
class Voting:
    """How several frames make one verdict; as it stands by default, every frame is judged alone.

    Attributes:
        mean: a frame's vote is whether the mean of the last so many scores is above the threshold, in 1..1000.
        needed: so many votes for NG among the last `out_of` make the verdict NG, in 1..`out_of`.
        out_of: how many frames vote, in 1..1000.
        hold: seconds that NG stands at least after the last vote that made it, in 0..3600.

    Raises:
        OptionError: a number is out of its range.
    """

    mean: int = 1
    needed: int = 1
    out_of: int = 1
    hold: float = 0.0

    def __post_init__(self) -> None:
        for name, value in (("mean of frames", self.mean), ("frames that vote", self.out_of)):
            if not 1 <= value <= MOST_FRAMES:
                msg = f"Expected 1 to {MOST_FRAMES} as {name}. Received: {value}"
                raise OptionError(msg)
        if not 1 <= self.needed <= self.out_of:
            msg = f"Expected 1 to {self.out_of} votes for NG out of {self.out_of}. Received: {self.needed}"
            raise OptionError(msg)
        if not (math.isfinite(self.hold) and 0 <= self.hold <= MOST_SECONDS):
            msg = f"Expected 0 to {MOST_SECONDS:g} seconds to hold NG. Received: {self.hold}"
            raise OptionError(msg)

    @property
    def alone(self) -> bool:
        """Whether every frame's verdict is its own."""
        return self == ALONE

    @classmethod
    def parsed(cls, vote: str = "1/1", *, mean: int = 1, hold: float = 0.0) -> Self:
        """From `"3/5"` or `"3 of 5"`.

        Raises:
            OptionError: it is not of that form, or out of range.
        """
        match = _VOTE.fullmatch(vote)
        if match is None:
            msg = f"Expected a vote such as 3/5 (NG when 3 of the last 5 frames are). Received: {vote!r}"
            raise OptionError(msg)
        return cls(mean, int(match[1]), int(match[2]), hold)


ALONE = Voting()


class Voter:
    """Remembers the last frames of one feed and one detector.

    A frame that could not be read has no vote and is never OK. Times are those of the frames, so that a video played
    quickly is held as long as it would have been.
    """

    def __init__(self, voting: Voting = ALONE) -> None:
        """Nothing was seen yet."""
        self.voting = voting
        self.reset()

    def reset(self) -> None:
        """Forget all frames: those before a gap say nothing of the part after it."""
        self._scores: deque[float] = deque(maxlen=self.voting.mean)
        self._votes: deque[bool] = deque(maxlen=self.voting.out_of)
        self._ng_until = -math.inf

    @property
    def agreed(self) -> bool:
        """Whether the frames that voted last make an NG."""
        return sum(self._votes) >= self.voting.needed

    def vote(self, inspection: Inspection) -> Verdict | None:
        """The verdict after this frame; None when every frame is judged alone.

        Until `out_of` frames were seen, those there are vote; fewer than `needed` cannot make an NG.
        """
        if self.voting.alone:
            return None
        held = inspection.time < self._ng_until
        if inspection.score is None:
            return Verdict.NG if held else Verdict.UNREADABLE
        self._scores.append(inspection.score)
        mean = math.fsum(self._scores) / len(self._scores)
        self._votes.append(judge(mean, inspection.threshold) is Verdict.NG)
        if self.agreed:
            self._ng_until = inspection.time + self.voting.hold
            return Verdict.NG
        return Verdict.NG if held else Verdict.OK
