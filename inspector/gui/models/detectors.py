"""What the Detectors panel shows: saved detectors as rows of text, and comparisons of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from inspector.core.kinds import USUAL_WEIGHT
from inspector.detectors import METHODS
from inspector.jobs.compare import Comparison, compare
from inspector.jobs.distances import has_distances
from inspector.jobs.library import Figures, list_detectors, save_figures

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from inspector.core.events import Listener
    from inspector.jobs.library import Saved

KNOWN = "–"
_KILO = 1000.0


def listed(folder: Path) -> list[Saved]:
    """The detectors of a workspace.

    Raises:
        OutputError: its folder cannot be listed.
    """
    return list_detectors(folder)


def cells(one: Saved) -> tuple[str, ...]:
    """Name, method, date, images, threshold, AUROC, milliseconds and size, as they stand in the list."""
    if one.error is not None:
        return (one.name, one.title, *[""] * 6)
    return (
        one.name,
        one.title,
        KNOWN if one.created is None else f"{one.created:%Y-%m-%d %H:%M}",
        f"{one.images:,}",
        KNOWN if one.threshold is None else f"{one.threshold.value:.4g}",
        KNOWN if one.auroc is None else f"{one.auroc:.3f}",
        KNOWN if one.ms_per_image is None else f"{one.ms_per_image:.3g}",
        size_text(one.bytes),
    )


def judges_by_distance(one: Saved) -> bool:
    """Whether this detector's training can be judged by several distances."""
    method = METHODS.get(one.method)
    return method is not None and has_distances(method)


def size_text(size: float) -> str:
    """A number of bytes for people: `"1.2 MB"`."""
    for unit in ("B", "kB", "MB"):
        if size < _KILO:
            return f"{size:.3g} {unit}"
        size /= _KILO
    return f"{size:.3g} GB"


def measured(detectors: Sequence[Path], images: Path, workspace_images: Path, listener: Listener) -> Comparison:
    """Compare detectors, and keep what was measured of each for the list.

    On the workspace's own images only the speed is kept: a detector may have been trained on them, which makes its
    AUROC too good.

    Raises:
        InspectorError: as `jobs.compare` does, or the figures cannot be kept.
    """
    comparison = compare(detectors, images, listener)
    own = images.absolute() == workspace_images.absolute()
    for one in comparison.detectors:
        area = None if own else one.auroc
        save_figures(
            one.path,
            Figures(
                image_auroc=area,
                ms_per_image=one.ms_per_image if one.ms_per_image > 0 else None,
                images=len(comparison.images),
                data=images.name,
            ),
        )
    return comparison


@dataclass(frozen=True, slots=True)
class ImageRow:
    """One image of a comparison.

    Attributes:
        path: the file.
        name: for people, below the folder of all.
        kind: of its label.
        abnormal: whether it is labelled so.
        levels: one for each detector.
        disagree: whether some judge it OK and others NG.
    """

    path: Path
    name: str
    kind: str
    abnormal: bool
    levels: tuple[float, ...]
    disagree: bool

    @property
    def wrong(self) -> int:
        """How many detectors judge it wrong."""
        return sum((level > 1) != self.abnormal for level in self.levels)


def image_rows(comparison: Comparison, folder: Path) -> list[ImageRow]:
    """The images: those the detectors disagree about first, then those most are wrong about."""
    disagreements = set(comparison.disagreements)
    levels = np.stack([one.levels for one in comparison.detectors], axis=1)
    rows = [
        ImageRow(
            path,
            path.relative_to(folder).as_posix() if folder in path.parents else path.name,
            label.kind,
            label.abnormal,
            tuple(float(level) for level in levels[index]),
            index in disagreements,
        )
        for index, (path, label) in enumerate(zip(comparison.images, comparison.labels, strict=True))
    ]
    return sorted(rows, key=lambda row: (not row.disagree, -row.wrong))


@dataclass(frozen=True, slots=True)
class KindRow:
    """One label as one detector judged it; or all kinds it knows, or all it never saw, together.

    Attributes:
        detector: its name.
        kind: the label; of kinds taken together, all of them.
        known: whether the detector learned from it; None where that makes no difference.
        together: whether this is the sum of several kinds.
        n: images.
        wrong: judged wrong: misses of abnormal kinds, false alarms of normal ones.
        low: with `high`, between which that rate lies.
        high: see `low`.
        auroc: against all normal images; None for normal labels.
        weight: how much the kind counted in training.
    """

    detector: str
    kind: str
    known: bool | None
    together: bool
    n: int
    wrong: int
    low: float
    high: float
    auroc: float | None
    weight: float = USUAL_WEIGHT


def kind_rows(comparison: Comparison) -> list[KindRow]:
    """Each label of each detector, and behind them, where it learned from some, its known and its unseen kinds."""
    rows = []
    for one in comparison.detectors:
        rows += [
            KindRow(
                one.name,
                kind.kind,
                kind.known,
                together=False,
                n=kind.n,
                wrong=kind.wrong,
                low=kind.low,
                high=kind.high,
                auroc=kind.image_auroc,
                weight=kind.weight,
            )
            for kind in one.kinds
        ]
        rows += [
            KindRow(
                one.name,
                ", ".join(group.kinds),
                known,
                together=True,
                n=group.n,
                wrong=group.missed,
                low=group.low,
                high=group.high,
                auroc=group.image_auroc,
            )
            for known, group in ((True, one.known), (False, one.unseen))
            if group is not None
        ]
    return rows
