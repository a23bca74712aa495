"""What a report needs to know of all inspections, gathered one by one in little memory."""

from __future__ import annotations

import heapq
import time
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from inspector.core.image import Label
from inspector.core.inspection import Inspection, Verdict
from inspector.core.kinds import Sample
from inspector.core.ranking import Counts, Roc, Scores, roc
from inspector.reports.choice import Choice

if TYPE_CHECKING:
    from collections.abc import Callable

_Ranked = tuple[float, int, Inspection]


@dataclass(slots=True)
class KindTally:
    """How the images of one label were judged.

    Attributes:
        kind: the label's name, such as `"scratch"`.
        abnormal: whether such images are bad.
        scores: of those that could be read.
    """

    kind: str
    abnormal: bool
    ok: int = 0
    ng: int = 0
    unreadable: int = 0
    scores: array[float] = field(default_factory=lambda: array("d"))

    @property
    def total(self) -> int:
        """All files of this label, unreadable ones too."""
        return self.ok + self.ng + self.unreadable

    @property
    def judged(self) -> int:
        """The files that could be read."""
        return self.ok + self.ng

    @property
    def wrong(self) -> int:
        """Abnormal images judged OK, or normal images judged NG."""
        return self.ok if self.abnormal else self.ng

    @property
    def wrong_rate(self) -> float | None:
        """`wrong / judged`, in 0..1: a miss rate or a false-alarm rate; None when none could be read."""
        return self.wrong / self.judged if self.judged else None


class Tally:
    """Adds up inspections as they come.

    It keeps eight bytes for each score, the few worst and the few missed inspections, the first unreadable ones, and
    counts; never a row for each file. Verdicts are counted as they were given, so what a threshold moved by hand
    decided is what the report says.

    Attributes:
        ok: images judged OK.
        ng: images judged NG.
        unreadable: files that could not be read.
        kinds: by (abnormal, kind), for labelled images only.
        unreadable_listed: the first unreadable inspections, at most as many as were asked for.
        missed: abnormal images judged OK, all of them counted.
        threshold: the threshold of the newest inspection; None before the first.
        threshold_range: lowest and highest threshold seen; None before the first.
        overridden: how many inspections used a threshold that was not the detector's own.
        first: time of the earliest frame, in seconds since the epoch; None before the first inspection.
        last: time of the latest frame.
        seconds: what the work took, from making the tally to the newest inspection.
        choice: what stands on the contact sheet.
        terms: what the scores are made of: by name, then by `label.abnormal` or None without a label.
    """

    def __init__(
        self,
        *,
        worst: int = 50,
        missed: int = 20,
        unreadable: int = 200,
        sheet: int = 6,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Start the clock.

        Args:
            worst: how many inspections of the highest level to keep.
            missed: how many abnormal images judged OK to keep, those of the lowest level.
            unreadable: how many unreadable inspections to keep, the first ones.
            sheet: how many inspections of each sort to choose for the contact sheet.
            clock: seconds from any beginning.
        """
        self.ok = self.ng = self.unreadable = self.missed = self.overridden = 0
        self.kinds: dict[tuple[bool, str], KindTally] = {}
        self.unreadable_listed: list[Inspection] = []
        self.threshold: float | None = None
        self.threshold_range: tuple[float, float] | None = None
        self.first: float | None = None
        self.last: float | None = None
        self.seconds = 0.0
        self.choice = Choice(sheet)
        self._keep_worst, self._keep_missed, self._keep_unreadable = worst, missed, unreadable
        self._worst: list[_Ranked] = []
        self._missed: list[_Ranked] = []
        self._unlabelled = array("d")
        self.terms: dict[str, dict[bool | None, array[float]]] = {}
        self._milliseconds = 0.0
        self._timed = 0
        self._clock = clock
        self._start = clock()

    def add(self, inspection: Inspection) -> None:
        """Count one inspection.

        Raises:
            ValueError: it has a verdict but no score.
        """
        score, level = inspection.score, inspection.level
        if inspection.verdict is Verdict.UNREADABLE:
            self.unreadable += 1
            if len(self.unreadable_listed) < self._keep_unreadable:
                self.unreadable_listed.append(inspection)
        elif score is None or level is None:
            msg = f"Expected a score with the verdict {inspection.verdict}. Received: None for {inspection.name!r}"
            raise ValueError(msg)
        else:
            self._count(inspection, score, level)
        self._count_kind(inspection)
        self.choice.add(inspection)
        low, high = self.threshold_range or (inspection.threshold, inspection.threshold)
        self.threshold_range = min(low, inspection.threshold), max(high, inspection.threshold)
        self.threshold = inspection.threshold
        self.overridden += inspection.overridden
        self.first = inspection.time if self.first is None else min(self.first, inspection.time)
        self.last = inspection.time if self.last is None else max(self.last, inspection.time)
        self.seconds = self._clock() - self._start

    def _count(self, inspection: Inspection, score: float, level: float) -> None:
        abnormal = None if inspection.label is None else inspection.label.abnormal
        if abnormal is None:
            self._unlabelled.append(score)
        for name, value in inspection.terms.items():
            self.terms.setdefault(name, {}).setdefault(abnormal, array("d")).append(value)
        if inspection.verdict is Verdict.NG:
            self.ng += 1
        else:
            self.ok += 1
            if abnormal:
                self.missed += 1
                _keep(self._missed, self._keep_missed, (-level, -self.total, inspection))
        if inspection.milliseconds is not None:
            self._milliseconds += inspection.milliseconds
            self._timed += 1
        _keep(self._worst, self._keep_worst, (level, -self.total, inspection))

    def _count_kind(self, inspection: Inspection) -> None:
        if inspection.label is None:
            return
        key = inspection.label.abnormal, inspection.label.kind
        kind = self.kinds.get(key)
        if kind is None:
            kind = self.kinds[key] = KindTally(inspection.label.kind, inspection.label.abnormal)
        if inspection.score is not None:
            kind.scores.append(inspection.score)
        if inspection.verdict is Verdict.UNREADABLE:
            kind.unreadable += 1
        elif inspection.verdict is Verdict.NG:
            kind.ng += 1
        else:
            kind.ok += 1

    @property
    def total(self) -> int:
        """All files, unreadable ones too."""
        return self.ok + self.ng + self.unreadable

    @property
    def judged(self) -> int:
        """The files that could be read."""
        return self.ok + self.ng

    @property
    def normal(self) -> Scores:
        """The scores of the images labelled normal, label by label."""
        return self._labelled(abnormal=False)

    @property
    def abnormal(self) -> Scores:
        """The scores of the images labelled abnormal, label by label."""
        return self._labelled(abnormal=True)

    @property
    def unlabelled(self) -> Scores:
        """The scores of the images without a label, in the order they came."""
        return np.array(self._unlabelled)

    def _labelled(self, *, abnormal: bool) -> Scores:
        own = [kind.scores for kind in self.kinds.values() if kind.abnormal is abnormal]
        return np.concatenate([np.array(scores) for scores in own]) if own else np.zeros(0)

    @property
    def counts(self) -> Counts | None:
        """Labels against verdicts, of the labelled images that could be read; None without any."""
        normal = [kind for kind in self.kinds.values() if not kind.abnormal]
        abnormal = [kind for kind in self.kinds.values() if kind.abnormal]
        counts = Counts(
            normal_ok=sum(kind.ok for kind in normal),
            normal_ng=sum(kind.ng for kind in normal),
            abnormal_ng=sum(kind.ng for kind in abnormal),
            abnormal_ok=sum(kind.ok for kind in abnormal),
        )
        return counts if any(kind.judged for kind in self.kinds.values()) else None

    @property
    def samples(self) -> list[Sample]:
        """What was judged of each label, by verdict."""
        return [Sample(Label(one.abnormal, one.kind), np.array(one.scores), one.wrong) for one in self.kinds.values()]

    @property
    def roc(self) -> Roc | None:
        """Over the scores; None unless both normal and abnormal images could be read."""
        return roc(self.normal, self.abnormal)

    @property
    def worst(self) -> list[Inspection]:
        """The kept inspections of the highest level, highest first; of equal ones the earlier first."""
        return [inspection for _, _, inspection in sorted(self._worst, key=_rank, reverse=True)]

    @property
    def missed_listed(self) -> list[Inspection]:
        """The kept abnormal images judged OK, lowest level first."""
        return [inspection for _, _, inspection in sorted(self._missed, key=_rank, reverse=True)]

    @property
    def images_per_second(self) -> float | None:
        """Files by second of work; None when no time has passed."""
        return self.total / self.seconds if self.total and self.seconds > 0 else None

    @property
    def mean_milliseconds(self) -> float | None:
        """What measuring one image took on average; None where nobody timed it."""
        return self._milliseconds / self._timed if self._timed else None


def _rank(entry: _Ranked) -> tuple[float, int]:
    return entry[:2]


def _keep(heap: list[_Ranked], size: int, entry: _Ranked) -> None:
    """Keep the `size` greatest entries. The second field is unlike in any two, so inspections are never compared."""
    if len(heap) < size:
        heapq.heappush(heap, entry)
    elif size:
        heapq.heappushpop(heap, entry)
