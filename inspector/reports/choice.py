"""Which images stand on a contact sheet, chosen while they are judged one by one."""

from __future__ import annotations

import heapq
import math
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from inspector.core.inspection import Verdict

if TYPE_CHECKING:
    from inspector.core.inspection import Inspection


@dataclass(frozen=True, slots=True)
class Chosen:
    """Inspections that stand together on a sheet, highest level first.

    Attributes:
        title: what they have in common.
        inspections: never empty.
    """

    title: str
    inspections: tuple[Inspection, ...]


class Choice:
    """Keeps a few inspections of three sorts, however many come: the worst, some normal ones, and the doubtful.

    An image is abnormal when its label says so; one without a label when it was judged NG. Of the normal ones a random
    sample is kept (reservoir sampling, Vitter 1985, doi:10.1145/3147.3165; always the same for the same images in the
    same order), so that the sheet shows them as they are and not at their best.
    """

    def __init__(self, each: int = 6) -> None:
        """Keep nothing yet.

        Args:
            each: how many of each sort are chosen at most.
        """
        self.each = each
        self._random = random.Random(0)
        self._seen = 0
        self._labelled = False
        self._abnormal_seen = self._normal_seen = 0
        self._abnormal: list[tuple[float, int, Inspection]] = []
        self._near: list[tuple[float, int, Inspection]] = []
        self._normal: list[tuple[int, Inspection]] = []

    def add(self, inspection: Inspection) -> None:
        """Look at one inspection. Unreadable ones are passed over: there is nothing to see."""
        level = inspection.level
        if level is None or not self.each:
            return
        self._seen += 1
        self._labelled |= inspection.label is not None
        # Of what is near, so many are kept that enough are left once the two others have taken theirs.
        nearness = -abs(math.log(level)) if level > 0 else -math.inf
        _keep(self._near, 3 * self.each, (nearness, -self._seen, inspection))
        if _is_abnormal(inspection):
            self._abnormal_seen += 1
            _keep(self._abnormal, self.each, (level, -self._seen, inspection))
        else:
            self._normal_seen += 1
            if len(self._normal) < self.each:
                self._normal.append((self._seen, inspection))
            elif (place := self._random.randrange(self._normal_seen)) < self.each:
                self._normal[place] = (self._seen, inspection)

    @property
    def chosen(self) -> list[Chosen]:
        """What was chosen: no image twice, and nothing without an image."""
        bad, good = ("Abnormal", "Normal") if self._labelled else ("NG", "OK")
        worst, normal = [(-number, one) for _, number, one in self._abnormal], list(self._normal)
        taken = {number for number, _ in (*worst, *normal)}
        near = [(-number, one) for _, number, one in sorted(self._near, key=_rank, reverse=True)]
        near = [pair for pair in near if pair[0] not in taken][: self.each]
        more_bad = f": the worst of {self._abnormal_seen:,}" if self._abnormal_seen > len(worst) else ""
        more_good = f": picked at random of {self._normal_seen:,}" if self._normal_seen > len(normal) else ""
        sorts = (
            (f"{bad}{more_bad}", worst),
            (f"{good}{more_good}", normal),
            ("Nearest to the threshold, of the others", near),
        )
        return [Chosen(title, tuple(one for _, one in sorted(pairs, key=_by_level))) for title, pairs in sorts if pairs]


def _is_abnormal(inspection: Inspection) -> bool:
    return inspection.verdict is Verdict.NG if inspection.label is None else inspection.label.abnormal


def _by_level(pair: tuple[int, Inspection]) -> tuple[float, int]:
    return -(pair[1].level or 0.0), pair[0]


def _rank(entry: tuple[float, int, Inspection]) -> tuple[float, int]:
    return entry[:2]


def _keep(heap: list[tuple[float, int, Inspection]], size: int, entry: tuple[float, int, Inspection]) -> None:
    """Keep the `size` greatest entries. The second field is unlike in any two, so inspections are never compared."""
    if len(heap) < size:
        heapq.heappush(heap, entry)
    else:
        heapq.heappushpop(heap, entry)
