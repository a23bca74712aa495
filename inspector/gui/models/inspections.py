"""Many inspections to be sorted, filtered and counted: 100,000 of them within a few frames of the screen."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from inspector.core.inspection import Verdict
from inspector.core.ranking import Counts, auroc, count

if TYPE_CHECKING:
    from collections.abc import Iterable

    from inspector.core.image import Label
    from inspector.core.inspection import Inspection

Column: TypeAlias = Literal["name", "verdict", "score", "level", "label", "folder", "milliseconds"]

_VERDICTS = (Verdict.OK, Verdict.NG, Verdict.UNREADABLE)
_NO_LABEL = "\uffff"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which inspections to show; None and empty leave a thing open.

    Attributes:
        verdict: only this one.
        folder: only what lies in it; `""` is the folder inspected itself.
        lowest: only scores of so much or more.
        highest: only scores of so much or less.
        text: only names, labels and errors that contain it, in upper or lower case.
        wrong: only those whose verdict is not what their label says.
    """

    verdict: Verdict | None = None
    folder: str | None = None
    lowest: float | None = None
    highest: float | None = None
    text: str = ""
    wrong: bool = False


ALL = Wanted()


@dataclass(frozen=True, slots=True)
class Figures:
    """What is said of all of them together.

    Attributes:
        ok: judged OK.
        ng: judged NG.
        unreadable: neither.
        auroc: where normal and abnormal ones are labelled.
        counts: labels against verdicts at the threshold; None without a label.
    """

    ok: int
    ng: int
    unreadable: int
    auroc: float | None
    counts: Counts | None

    @property
    def total(self) -> int:
        """All of them."""
        return self.ok + self.ng + self.unreadable


class Inspections:
    """Inspections in the order they came, and which of them are shown in which order.

    Attributes:
        shown: the numbers of the rows to show, in order.
    """

    def __init__(self) -> None:
        """Hold none."""
        self.rows: list[Inspection] = []
        self.folders: dict[str, int] = {}
        self.wanted = ALL
        self.column: Column = "name"
        self.descending = False
        self.shown: npt.NDArray[np.intp] = np.zeros(0, np.intp)
        self._texts: list[str] = []
        self._verdicts = array("b")
        self._scores = array("d")
        self._thresholds = array("d")
        self._folders = array("i")
        self._abnormal = array("b")  # 1, 0, or -1 without a label
        self._milliseconds = array("d")

    def __len__(self) -> int:
        return len(self.rows)

    def add(self, more: Iterable[Inspection]) -> npt.NDArray[np.intp]:
        """Take inspections in; give the numbers of those that are to be shown: see `append`."""
        first = len(self.rows)
        for one in more:
            self.rows.append(one)
            self._texts.append(_text_of(one))
            self._verdicts.append(_VERDICTS.index(one.verdict))
            self._scores.append(np.nan if one.score is None else one.score)
            self._thresholds.append(one.threshold)
            self._folders.append(self.folders.setdefault(one.name.rpartition("/")[0], len(self.folders)))
            self._abnormal.append(-1 if one.label is None else int(one.label.abnormal))
            self._milliseconds.append(np.nan if one.milliseconds is None else one.milliseconds)
        return self._passing(first)

    def append(self, numbers: npt.NDArray[np.intp]) -> None:
        """Show these rows at the end; `arrange` puts them where they belong."""
        self.shown = np.concatenate([self.shown, numbers])

    def clear(self) -> None:
        """Hold none any more; what is wanted and the order stay."""
        wanted, column, descending = self.wanted, self.column, self.descending
        Inspections.__init__(self)
        self.wanted, self.column, self.descending = wanted, column, descending

    def want(self, wanted: Wanted) -> None:
        """Show only these."""
        self.wanted = wanted
        self.arrange()

    def sort(self, column: Column, *, descending: bool) -> None:
        """Show them in this order. Those without a value come last, either way."""
        self.column, self.descending = column, descending
        self.arrange()

    def arrange(self) -> None:
        """Bring what is shown up to date."""
        self.shown = self._ordered(self._passing(0))

    @property
    def in_order_of_coming(self) -> bool:
        """Whether what comes belongs at the end, as the files of a folder come sorted by name."""
        return self.column == "name" and not self.descending

    def label(self, number: int, label: Label | None) -> None:
        """Say what row `number` truly is."""
        self.rows[number] = replace(self.rows[number], label=label)
        self._abnormal[number] = -1 if label is None else int(label.abnormal)
        self._texts[number] = _text_of(self.rows[number])

    def figures(self, *, ranked: bool = True) -> Figures:
        """Count all of them, shown or not.

        Args:
            ranked: whether to work out the AUROC, which sorts all scores: too long to be done with every few rows.
        """
        verdicts, scores, abnormal = np.array(self._verdicts), np.array(self._scores), np.array(self._abnormal)
        by_verdict = np.bincount(verdicts, minlength=len(_VERDICTS)) if len(verdicts) else np.zeros(3, int)
        readable = ~np.isnan(scores) if len(scores) else np.zeros(0, bool)
        normal, bad = scores[readable & (abnormal == 0)], scores[readable & (abnormal == 1)]
        counts = count(normal, bad, self.rows[-1].threshold) if len(normal) + len(bad) else None
        ok, ng, unreadable = (int(number) for number in by_verdict)
        return Figures(ok, ng, unreadable, auroc(normal, bad) if ranked else None, counts)

    def _passing(self, first: int) -> npt.NDArray[np.intp]:
        """The numbers of the rows from `first` on that are wanted, in the order they came."""
        wanted = self.wanted
        keep = np.ones(len(self.rows) - first, bool)
        if wanted.verdict is not None:
            keep &= np.array(self._verdicts[first:]) == _VERDICTS.index(wanted.verdict)
        if wanted.folder is not None:
            keep &= np.array(self._folders[first:]) == self.folders.get(wanted.folder, -1)
        scores = np.array(self._scores[first:])
        if wanted.lowest is not None:
            keep &= scores >= wanted.lowest
        if wanted.highest is not None:
            keep &= scores <= wanted.highest
        if wanted.wrong:
            abnormal, verdicts = np.array(self._abnormal[first:]), np.array(self._verdicts[first:])
            keep &= ((abnormal == 0) & (verdicts == 1)) | ((abnormal == 1) & (verdicts == 0))
        if wanted.text:
            text = wanted.text.casefold()
            keep &= np.fromiter((text in one for one in self._texts[first:]), bool, len(keep))
        return np.flatnonzero(keep) + first

    def _ordered(self, numbers: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        if self.column == "name":
            return numbers[::-1] if self.descending else numbers
        if self.column in {"label", "folder"}:
            values = self._ranks()[numbers]
        elif self.column == "verdict":
            values = np.array(self._verdicts)[numbers].astype(np.float64)
        elif self.column == "milliseconds":
            values = np.array(self._milliseconds)[numbers]
        else:
            values = np.array(self._scores)[numbers]
            if self.column == "level":
                values = values / np.array(self._thresholds)[numbers]
        # NaN sorts last, whatever its sign.
        answer: npt.NDArray[np.intp] = numbers[np.argsort(-values if self.descending else values, kind="stable")]
        return answer

    def _ranks(self) -> npt.NDArray[np.float64]:
        """For each row the place of its folder or label among all of them; NaN without a label."""
        if self.column == "folder":
            place = {name: rank for rank, name in enumerate(sorted(self.folders))}
            by_number = np.array([place[name] for name in self.folders], np.float64)
            return by_number[np.array(self._folders)] if len(self.rows) else np.zeros(0)
        kinds = [_NO_LABEL if one.label is None else one.label.kind for one in self.rows]
        ranks = {kind: float(rank) for rank, kind in enumerate(sorted(set(kinds) - {_NO_LABEL}))}
        return np.fromiter((ranks.get(kind, np.nan) for kind in kinds), np.float64, len(kinds))


def _text_of(one: Inspection) -> str:
    return f"{one.name}\n{'' if one.label is None else one.label.kind}\n{one.error or ''}".casefold()
