"""What the page that compares methods shows and asks for, without Qt."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from inspector.core.events import Event, PartBegan, PartEnded, Progress, Stage
from inspector.detectors import METHODS
from inspector.gui.models.detectors import KNOWN, size_text
from inspector.gui.models.train import default_name
from inspector.jobs.library import Figures, adopt, save_figures
from inspector.jobs.methods import MethodsJob
from inspector.reports.methods import MethodRow
from inspector.reports.wording import area

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from inspector.jobs.workspace import Workspace
    from inspector.reports.methods import Compared

State: TypeAlias = Literal["waiting", "running", "done", "failed"]

FIRST = ("patch-and-pool", "padim", "patchcore", "conv-autoencoder")
"""Chosen where nobody chose yet: they train within minutes and differ in what they see."""


_LONG = 600.0


@dataclass(slots=True)
class Contestant:
    """A method among those compared.

    Attributes:
        name: the registry's.
        state: how far it is.
        row: its figures, or why there are none; None until then.
    """

    name: str
    state: State = "waiting"
    row: MethodRow | None = None

    @property
    def title(self) -> str:
        """What people read."""
        return METHODS[self.name].TITLE


@dataclass(slots=True)
class Contest:
    """A comparison under way, from the events it told."""

    contestants: list[Contestant] = field(default_factory=list)
    stage: str = ""
    done: int = 0
    total: int = 0
    compared: Compared | None = None

    @classmethod
    def of(cls, methods: Iterable[str]) -> Contest:
        """Of these, none begun."""
        return cls([Contestant(name) for name in methods])

    def hear(self, event: Event) -> bool:
        """Take an event in; say whether the table changed."""
        match event:
            case PartBegan(name):
                self._at(name).state = "running"
                return True
            case PartEnded(name, row) if isinstance(row, MethodRow):
                one = self._at(name)
                one.row, one.state = row, "failed" if row.failed else "done"
                return True
            case Stage(stage, total):
                self.stage, self.done, self.total = stage, 0, total or 0
            case Progress(done, total):
                self.done, self.total = done, total or 0
            case _:
                pass
        return False

    def interrupt(self) -> None:
        """It ended before its end: what was under way waits again."""
        for one in self.contestants:
            if one.state == "running":
                one.state = "waiting"

    @property
    def recommended(self) -> str | None:
        """The method recommended, once all were compared."""
        return None if self.compared is None else self.compared.recommendation.method

    def _at(self, name: str) -> Contestant:
        return next(one for one in self.contestants if one.name == name)


def figures(row: MethodRow) -> tuple[str, ...]:
    """Image AUROC, pixel AUROC, AUPRO, false alarms, misses, milliseconds, training time and size, as texts."""
    if row.failed:
        return (KNOWN,) * 8
    found, counts = row.area, row.counts
    return (
        KNOWN if found is None else area(found.value),
        KNOWN if row.pixel_auroc is None else area(row.pixel_auroc),
        KNOWN if row.aupro is None else area(row.aupro),
        f"{counts.normal_ng} / {len(row.normal)}" if row.normal else KNOWN,
        f"{counts.abnormal_ok} / {len(row.abnormal)}" if row.abnormal else KNOWN,
        f"{row.ms_per_image:.3g}",
        _short(row.training_seconds),
        size_text(row.bytes),
    )


def _short(seconds: float) -> str:
    """A time in as little room as a column has."""
    return f"{seconds:.0f} s" if seconds < _LONG else f"{seconds / 60:.0f} min"


def comparison(
    workspace: Workspace, methods: Iterable[str], own: Mapping[str, Mapping[str, Any]], shared: Mapping[str, Any]
) -> MethodsJob:
    """What is asked for.

    Args:
        workspace: whose images are compared on; the comparison is kept in it.
        methods: by name.
        own: options of single methods, by the method's name.
        shared: options of all of them; they go before a method's own.
    """
    chosen = tuple(methods)
    options: dict[str, Any] = {}
    for name in chosen:
        options |= {f"{name}.{key}": value for key, value in own.get(name, {}).items() if key not in shared}
    return MethodsJob(workspace.folder, chosen, workspace.comparison, options | dict(shared))


def keep(row: MethodRow, workspace: Workspace, data: str) -> Path:
    """Take a compared method's detector in among the workspace's, with what was measured of it, and give its path.

    Raises:
        InspectorError: it is gone, or cannot be written.
    """
    if row.bundle is None:
        msg = f"{row.title} was not trained, so there is nothing to keep."
        raise ValueError(msg)
    folder = workspace.detectors
    taken = {one.name for one in folder.iterdir()} if folder.is_dir() else set()
    name = default_name(row.method, dt.datetime.now().astimezone().date(), taken)
    path = adopt(row.bundle, folder / name)
    found = row.area
    save_figures(
        path,
        Figures(
            image_auroc=None if found is None else found.value,
            ms_per_image=row.ms_per_image if row.ms_per_image > 0 else None,
            images=len(row.normal) + len(row.abnormal),
            data=data,
        ),
    )
    return path
