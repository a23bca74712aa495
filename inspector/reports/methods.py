"""Methods side by side on the same images: `methods.html`, `methods.csv` and `methods.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspector.core.certainty import Area, area
from inspector.core.files import whole_file
from inspector.core.ranking import Counts, count, roc
from inspector.reports.charts import MOST_TRACES, roc_traces
from inspector.reports.html import page
from inspector.reports.table import CsvTable

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE, TABLE, SUMMARY = "methods.html", "methods.csv", "methods.json"

COLUMNS = (
    *("method", "image_auroc", "image_auroc_low", "image_auroc_high", "pixel_auroc", "aupro"),
    *("false_alarms", "normal", "misses", "abnormal", "threshold", "ms_per_image", "training_seconds", "bytes"),
    *("has_map", "bundle", "failed"),
)
"""The header of `methods.csv`, in order."""


@dataclass(frozen=True, slots=True)
class MethodRow:
    """What became of one method.

    Attributes:
        method: the registry's name.
        title: what people read.
        has_map: whether it says where.
        failed: why there are no figures; empty when there are.
        bundle: the saved detector; None when it failed.
        threshold: its own.
        normal: scores of the normal test images, in their order.
        abnormal: scores of the abnormal ones.
        pixel_auroc: over pixels; None without masks or maps.
        aupro: likewise.
        ms_per_image: median time to judge one picture, in milliseconds, without decoding.
        training_seconds: reading the pictures included.
        bytes: on the disk.
    """

    method: str
    title: str
    has_map: bool
    failed: str = ""
    bundle: Path | None = None
    threshold: float = 0.0
    normal: tuple[float, ...] = ()
    abnormal: tuple[float, ...] = ()
    pixel_auroc: float | None = None
    aupro: float | None = None
    ms_per_image: float = 0.0
    training_seconds: float = 0.0
    bytes: int = 0

    @property
    def area(self) -> Area | None:
        """Image AUROC with its interval; None unless there were both normal and abnormal images."""
        return area(self.normal, self.abnormal) if self.normal and self.abnormal else None

    @property
    def counts(self) -> Counts:
        """Of the test images, at its own threshold."""
        return count(self.normal, self.abnormal, self.threshold)


@dataclass(frozen=True, slots=True)
class Recommendation:
    """Which method to take.

    Attributes:
        method: its name; None where nothing says which.
        reason: why, in a sentence or two.
        certainty: how sure that is, and what would make it surer.
        alike: methods that may be as good as the best, in the order they were compared.
    """

    method: str | None
    reason: str
    certainty: str
    alike: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Compared:
    """All that a comparison of methods came to.

    Attributes:
        dataset: what it was made on, for people.
        train: how many normal images each method learned from.
        held_out: whether the normal test images were drawn from those there were, since the folder has no split.
        rows: one for each method, as they were asked for.
        recommendation: see there.
    """

    dataset: str
    train: int
    held_out: bool
    rows: tuple[MethodRow, ...]
    recommendation: Recommendation

    def as_json(self) -> dict[str, Any]:
        """Plain values, without the scores."""
        chosen = self.recommendation
        return {
            "dataset": self.dataset,
            "train": self.train,
            "held_out": self.held_out,
            "methods": [dict(zip(COLUMNS, _values(row), strict=True)) for row in self.rows],
            "recommended": chosen.method,
            "reason": chosen.reason,
            "certainty": chosen.certainty,
            "alike": list(chosen.alike),
        }


def _values(row: MethodRow) -> tuple[Any, ...]:
    found, counts = row.area, row.counts
    worked = not row.failed
    return (
        row.method,
        None if found is None else found.value,
        None if found is None else found.low,
        None if found is None else found.high,
        row.pixel_auroc,
        row.aupro,
        counts.normal_ng if worked else None,
        len(row.normal) if worked else None,
        counts.abnormal_ok if worked else None,
        len(row.abnormal) if worked else None,
        row.threshold if worked else None,
        row.ms_per_image if worked else None,
        row.training_seconds if worked else None,
        row.bytes if worked else None,
        row.has_map,
        None if row.bundle is None else str(row.bundle),
        row.failed or None,
    )


def write_methods(folder: Path, compared: Compared) -> None:
    """Write the page, the table and the summary, each whole or not at all.

    Raises:
        OutputError: the place cannot be written to.
    """
    with whole_file(folder / SUMMARY) as partial:
        text = json.dumps(compared.as_json(), indent=1, ensure_ascii=False, allow_nan=False)
        partial.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")
    with CsvTable(folder / TABLE, COLUMNS) as table:
        for row in compared.rows:
            table.row(_values(row))
    text = page("methods.html.jinja", compared=compared, chosen=compared.recommendation, roc=_curves(compared.rows))
    with whole_file(folder / PAGE) as partial:
        partial.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")


def _curves(rows: Sequence[MethodRow]) -> str:
    """The ROC of the best ones; of many, nobody could tell them apart."""
    rated = sorted((row for row in rows if row.area is not None), key=_area, reverse=True)[:MOST_TRACES]
    traced = [(row.title, curve) for row in rated if (curve := roc(row.normal, row.abnormal)) is not None]
    return roc_traces(traced) if traced else ""


def _area(row: MethodRow) -> float:
    return 0.0 if row.area is None else row.area.value
