"""What changes when one detector replaces another: `flips.html` and `flips.csv`."""

from __future__ import annotations

import heapq
import math
from collections import Counter
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from inspector.core.files import whole_file
from inspector.core.inspection import Verdict
from inspector.reports.html import page
from inspector.reports.pictures import embed
from inspector.reports.table import CsvTable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from inspector.core.image import Image

COLUMNS = ("path", "label", "old_level", "new_level", "old_verdict", "new_verdict")
"""The header of `flips.csv`, in order."""


class Harm(IntEnum):
    """What a changed verdict may cost, the worst first."""

    MISSED = 0
    """A bad part, by its label, that is OK now."""
    FALSE_ALARM = 1
    """A good part, by its label, that is NG now."""
    UNREAD = 2
    """A file that was judged and could not be read now."""
    PASSES = 3
    """Without a label: it was NG and is OK now."""
    REJECTED = 4
    """Without a label: it was OK and is NG now."""
    MENDED = 5
    """By its label it was wrong, or it could not be read, and is right now."""


@dataclass(frozen=True, slots=True)
class Flip:
    """A file whose verdict changed.

    Attributes:
        name: of the file.
        label: its kind; empty without one.
        abnormal: what the label says; None without one.
        old_level: score / threshold by the old detector; None when it could not be read.
        new_level: likewise by the new one.
        old: the old verdict.
        new: the new verdict.
    """

    name: str
    label: str
    abnormal: bool | None
    old_level: float | None
    new_level: float | None
    old: Verdict
    new: Verdict

    @property
    def harm(self) -> Harm:
        """What it may cost."""
        if self.new is Verdict.UNREADABLE:
            return Harm.UNREAD
        if self.abnormal is None:
            if self.old is Verdict.UNREADABLE:
                return Harm.MENDED
            return Harm.PASSES if self.new is Verdict.OK else Harm.REJECTED
        if self.abnormal is (self.new is Verdict.NG):
            return Harm.MENDED
        return Harm.MISSED if self.abnormal else Harm.FALSE_ALARM

    @property
    def change(self) -> float:
        """By what factor the level changed, as the absolute natural logarithm; infinite where one is not known or 0."""
        if not self.old_level or not self.new_level:
            return math.inf
        return abs(math.log(self.new_level / self.old_level))

    @property
    def order(self) -> tuple[int, float]:
        """Sort by this to have the worst first."""
        return int(self.harm), -self.change


class FlipTally:
    """Counts files as they come, and keeps the worst of those whose verdict changed.

    Attributes:
        matrix: files in both reports by (old verdict, new verdict).
        harms: changed verdicts by what they may cost.
        only_old: files that only the old report has.
        only_new: files that only the new one has.
    """

    def __init__(self, worst: int = 500) -> None:
        """Count nothing yet; `worst` changed verdicts are kept."""
        self.matrix: Counter[tuple[Verdict, Verdict]] = Counter()
        self.harms: Counter[Harm] = Counter()
        self.only_old = self.only_new = 0
        self._most = worst
        self._worst: list[tuple[int, float, int, Flip]] = []

    def add(self, flip: Flip) -> bool:
        """Count a file of both reports; say whether its verdict changed."""
        self.matrix[flip.old, flip.new] += 1
        if flip.old is flip.new:
            return False
        self.harms[flip.harm] += 1
        harm, change = flip.order
        # The least harmful at the top; the third is unlike in any two, so flips are never compared.
        entry = (-harm, -change, -self.both, flip)
        if len(self._worst) < self._most:
            heapq.heappush(self._worst, entry)
        else:
            heapq.heappushpop(self._worst, entry)
        return True

    @property
    def both(self) -> int:
        """Files in both reports."""
        return self.matrix.total()

    @property
    def flipped(self) -> int:
        """Files whose verdict changed."""
        return self.harms.total()

    @property
    def worst(self) -> list[Flip]:
        """The kept ones, the worst first."""
        return [flip for *_, flip in sorted(self._worst, key=lambda entry: entry[:3], reverse=True)]


class FlipsCsv(CsvTable):
    """A table of changed verdicts."""

    def __init__(self, path: Path) -> None:
        """Prepare to write `path`; nothing is touched before the block begins."""
        super().__init__(path, COLUMNS)

    def write(self, flip: Flip) -> None:
        """Add one row.

        Raises:
            OutputError: the disk is full or the place is gone.
        """
        self.row((flip.name, flip.label, flip.old_level, flip.new_level, str(flip.old), str(flip.new)))


def write_flips(
    path: Path,
    tally: FlipTally,
    old: dict[str, Any],
    new: dict[str, Any],
    pictures: Iterable[tuple[Flip, Image]] = (),
) -> None:
    """Write `flips.html`, whole or not at all: the counts, and the worst with their pictures.

    Args:
        path: where to.
        tally: of both reports.
        old: the old report's summary.
        new: the new one's.
        pictures: of the worst; taken one at a time.

    Raises:
        OutputError: the place cannot be written to.
    """
    shown = {id(flip): embed(image, 160) for flip, image in pictures}
    text = page(
        "flips.html.jinja",
        tally=tally,
        old=old,
        new=new,
        verdicts=[Verdict.OK, Verdict.NG, Verdict.UNREADABLE],
        harms=[(HARM_WORDS[harm], tally.harms[harm], harm) for harm in Harm if tally.harms[harm]],
        rows=[(flip, shown.get(id(flip)), HARM_WORDS[flip.harm]) for flip in tally.worst],
    )
    with whole_file(path) as partial:
        partial.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")


HARM_WORDS = {
    Harm.MISSED: "bad part, now OK",
    Harm.FALSE_ALARM: "good part, now NG",
    Harm.UNREAD: "can no longer be read",
    Harm.PASSES: "was NG, now OK",
    Harm.REJECTED: "was OK, now NG",
    Harm.MENDED: "now right",
}
