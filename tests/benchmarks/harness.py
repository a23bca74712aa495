"""What a benchmark is, and how it is run: unit by unit, each finished one kept, so that it can be stopped."""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

Figures: TypeAlias = Mapping[str, float]
"""What one unit measured: a number by the metric's name."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the JSON output: one metric over all units of a case and method."""

    benchmark: str
    case: str
    method: str
    metric: str
    mean: float
    min: float
    max: float
    n: int


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of work that is done once: one seed of one method on one case, or one round of a timing.

    Attributes:
        case: what is measured on, such as `"MNIST 1 vs 9"`.
        method: what is measured.
        settings: all that decides the outcome, as plain values; a changed one makes another unit.
        run: does it.
    """

    case: str
    method: str
    settings: Mapping[str, Any]
    run: Callable[[], Figures]


@dataclass(frozen=True, slots=True)
class Bar:
    """What a metric's mean, or its least or greatest, must reach. None for `case` or `method` means each of them."""

    metric: str
    sign: Literal["≥", "≤"]
    value: float
    case: str | None = None
    method: str | None = None
    of: Literal["mean", "min", "max"] = "mean"

    def concerns(self, row: Row) -> bool:
        """Whether `row` is held to it."""
        return self.metric == row.metric and self.case in (None, row.case) and self.method in (None, row.method)

    def met(self, row: Row) -> bool:
        """Whether `row` reaches it."""
        return self.held(row) >= self.value if self.sign == "≥" else self.held(row) <= self.value

    def held(self, row: Row) -> float:
        """The figure of `row` that is held to it."""
        return {"mean": row.mean, "min": row.min, "max": row.max}[self.of]


@dataclass(frozen=True, slots=True)
class Request:
    """What the command asks of a benchmark.

    Attributes:
        data: the folder of the data sets; None when there is none.
        runs: how many seeds or rounds.
        first: the first of them.
        work: a folder for files that are made to be measured with; they may be found again later.
    """

    data: Path | None
    runs: int
    first: int
    work: Path

    @property
    def seeds(self) -> range:
        """The seeds, or the numbers of the rounds."""
        return range(self.first, self.first + self.runs)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One benchmark.

    Attributes:
        name: on the command line.
        about: a paragraph for RESULTS.md: what is measured how.
        runs: seeds or rounds by default.
        units: the work there is for a request; makes nothing yet.
        bars: what is to be reached.
        needs_data: whether it measures on the data sets.
    """

    name: str
    about: str
    runs: int
    units: Callable[[Request], Sequence[Unit]]
    bars: tuple[Bar, ...] = ()
    needs_data: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """A finished unit, as the state file keeps it.

    Attributes:
        key: of benchmark, case, method, settings and versions.
        code: a digest of the program and the benchmark that measured; figures of different code are not mixed.
        commit: that was checked out.
        figures: what it measured.
        seconds: how long it took.
    """

    key: str
    code: str
    commit: str
    figures: dict[str, float]
    seconds: float


class State:
    """Finished units in a file of JSON lines: appended to at once, so that a kill loses only the unit in work."""

    def __init__(self, path: Path) -> None:
        """Read what there is; a line that a kill left torn is as good as not written."""
        self.path = path
        self._done: dict[str, Done] = {}
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return
        for line in lines:
            try:
                done = Done(**json.loads(line))
            except (ValueError, TypeError):
                continue
            self._done[done.key] = done

    def get(self, key: str) -> Done | None:
        """The finished unit, if it is one."""
        return self._done.get(key)

    def add(self, done: Done) -> None:
        """Keep a finished unit."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a+b") as file:
            file.seek(0, os.SEEK_END)
            torn = False
            if file.tell():
                file.seek(-1, os.SEEK_END)
                torn = file.read(1) != b"\n"
            text = ("\n" if torn else "") + json.dumps(asdict(done), ensure_ascii=False) + "\n"
            file.write(text.encode())
        self._done[done.key] = done


@dataclass
class Outcome:
    """What a benchmark came to.

    Attributes:
        rows: in the order in which metrics came.
        commits: of the program that measured, in the order in which they came; several when it was resumed.
        resumed: how many units had been finished before.
        finished: each unit with what it measured.
    """

    rows: list[Row]
    commits: list[str] = field(default_factory=list)
    resumed: int = 0
    finished: list[tuple[Unit, Figures]] = field(default_factory=list)


Watcher: TypeAlias = Callable[[Unit, Done, bool], None]
"""Hears of each finished unit, and whether it had been finished before."""


def key_of(benchmark: str, unit: Unit, versions: Mapping[str, str]) -> str:
    """What tells one unit from all others: two with the same key measure the same."""
    parts = {
        "benchmark": benchmark,
        "case": unit.case,
        "method": unit.method,
        "settings": unit.settings,
        "versions": versions,
    }
    return json.dumps(parts, sort_keys=True, ensure_ascii=False)


def run(
    name: str,
    units: Sequence[Unit],
    state: State,
    *,
    versions: Mapping[str, str],
    code: str = "",
    commit: str = "",
    keep: bool = False,
    watcher: Watcher = lambda _unit, _done, _before: None,
) -> Outcome:
    """Do the units that are not finished yet, keep each in `state`, and summarise all.

    Args:
        name: of the benchmark.
        units: all of them.
        state: those finished before.
        versions: of the program and what it stands on.
        code: a digest of the program and the benchmark.
        commit: that is checked out.
        keep: whether units that other code finished count as finished.
        watcher: hears of each unit.
    """
    outcome = Outcome([])
    for unit in units:
        key = key_of(name, unit, versions)
        done = state.get(key)
        before = done is not None and (keep or done.code == code)
        if done is None or not before:
            started = time.monotonic()
            figures = {metric: float(value) for metric, value in unit.run().items()}
            done = Done(key, code, commit, figures, round(time.monotonic() - started, 2))
            state.add(done)
        outcome.resumed += before
        if done.commit and done.commit not in outcome.commits:
            outcome.commits.append(done.commit)
        outcome.finished.append((unit, done.figures))
        watcher(unit, done, before)
    outcome.rows = list(summarise(name, outcome.finished))
    return outcome


def summarise(benchmark: str, finished: Sequence[tuple[Unit, Figures]]) -> Iterator[Row]:
    """Give mean, least and greatest of each metric over the units of a case and method."""
    grouped: dict[tuple[str, str, str], list[float]] = {}
    for unit, figures in finished:
        for metric, value in figures.items():
            grouped.setdefault((unit.case, unit.method, metric), []).append(value)
    for (case, method, metric), values in grouped.items():
        yield Row(benchmark, case, method, metric, statistics.fmean(values), min(values), max(values), len(values))
