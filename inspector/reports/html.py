"""`report.html`: one page that can be sent on, needs nothing beside it and asks nothing of a network."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inspector.core.files import whole_file
from inspector.core.kinds import group_figures, kind_figures
from inspector.core.places import shipped
from inspector.reports import wording
from inspector.reports.charts import loss_chart, right_chart, roc_chart
from inspector.reports.histogram import Group, histogram
from inspector.reports.pictures import Embedded, Pictured, embed, sheet_rows
from inspector.reports.plane import Plane, plane_chart, plane_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from inspector.core.inspection import Inspection
    from inspector.core.kinds import GroupFigures
    from inspector.reports.facts import DetectorFacts
    from inspector.reports.tally import KindTally, Tally

MOST_KINDS = 60
"""Rows of the table of labels, at most; a folder of 20,000 sub-folders must still give a page that opens."""

SHEET_SIDE = 160
"""Pixels of the longer side of a picture on the contact sheet, at most."""

_PICTURES = ("image", "reconstruction", "difference", "overlay")


@dataclass(frozen=True, slots=True)
class _Shown:
    """One of the worst, ready for the page: the arrays are let go as soon as they are encoded."""

    inspection: Inspection
    pictures: dict[str, Embedded]
    point: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class _Band:
    """Columns of the contact sheet that stand together."""

    title: str
    rows: tuple[str, ...]
    columns: list[_Shown]


def write_html(
    path: Path,
    facts: DetectorFacts,
    tally: Tally,
    pictured: Iterable[Pictured],
    *,
    subject: str = "",
    sheet: Iterable[tuple[str, Pictured]] = (),
    plane: Plane | None = None,
) -> None:
    """Write `report.html`, whole or not at all.

    Args:
        path: where to.
        facts: of the detector that judged.
        tally: of all that was judged.
        pictured: the worst, worst first. Taken one at a time, so a generator keeps one set of pictures in memory.
        subject: what was inspected, such as the folder's name.
        sheet: what stands on the contact sheet, each with the heading it stands under; taken one at a time likewise.
        plane: of the detector's embedding, where it has one; the images pictured are drawn into it.

    Raises:
        OutputError: the place cannot be written to.
    """
    shown = [_shown(each) for each in pictured]
    bands = _bands(sheet)
    columns = [one for band in bands for one in band.columns]
    seen = {one.inspection.name: (one.inspection, one.point) for one in (*columns, *shown) if one.point is not None}
    text = page(
        "report.html.jinja",
        **_charts(facts, tally),
        facts=facts,
        tally=tally,
        subject=subject,
        headline=wording.headline(tally),
        threshold=facts.threshold if tally.threshold is None else tally.threshold,
        counts=tally.counts,
        kinds=_worst_kinds(tally),
        figures={(one.abnormal, one.kind): one for one in kind_figures(tally.samples, facts.learned)},
        groups=_groups(tally, facts),
        shown=shown,
        sheet=bands,
        plane="" if plane is None else plane_chart(plane, list(seen.values())),
        plane_words="" if plane is None else plane_words(plane),
        columns=[name for name in _PICTURES if any(name in each.pictures for each in shown)],
        labelled_unreadable={
            abnormal: sum(kind.unreadable for kind in tally.kinds.values() if kind.abnormal is abnormal)
            for abnormal in (False, True)
        },
    )
    with whole_file(path) as partial:
        partial.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")


def page(template: str, **values: Any) -> str:
    """Render one of the templates in `resources/report`, with the style and script that stand in every page.

    Jinja2 is imported here, so that judging does not pay for it.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(shipped("resources") / "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words: tuple[Callable[..., str], ...] = (
        *(wording.number, wording.level, wording.share, wording.area, wording.duration, wording.moment),
        *(wording.printable, wording.plain, wording.images, wording.files),
    )
    environment.filters.update({word.__name__: word for word in words})
    return environment.get_template(template).render({**_assets(), **values})


def _assets() -> dict[str, Any]:
    """Style and script as they stand in the page; the script's hash lets the page forbid every other one."""
    folder = shipped("resources") / "report"
    script = (folder / "report.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    return {
        "style": (folder / "report.css").read_text(encoding="utf-8"),
        "script": script,
        "script_hash": f"sha256-{digest}",
    }


def _charts(facts: DetectorFacts, tally: Tally) -> dict[str, Any]:
    import numpy as np

    threshold = facts.threshold if tally.threshold is None else tally.threshold
    judged = [
        Group("normal", "normal", tally.normal),
        Group("abnormal", "abnormal", tally.abnormal),
        Group("not labelled", "plain", tally.unlabelled),
    ]
    if tally.judged:
        # Behind them, what the detector scored when its threshold was set: a shift is seen at once.
        judged.append(Group("calibration", "calibration", np.asarray(facts.calibration, np.float64)))
    curve, counts = tally.roc, tally.counts
    return {
        "histogram": histogram(judged, threshold, facts.unit),
        "terms": _terms(tally),
        "loss": loss_chart(facts.curves),
        "right": right_chart(facts.curves),
        "roc": "" if curve is None or counts is None else roc_chart(curve, counts),
        "auroc": "" if curve is None else wording.area(curve.auroc),
    }


def _terms(tally: Tally) -> list[str]:
    """A histogram of each term that the scores are made of."""
    import numpy as np

    styles = ((False, "normal", "normal"), (True, "abnormal", "abnormal"), (None, "not labelled", "plain"))
    return [
        histogram(
            [Group(words, style, np.array(values.get(which, ()))) for which, words, style in styles],
            None,
            "",
            key=f"term-{place}",
            what=name,
        )
        for place, (name, values) in enumerate(tally.terms.items())
    ]


def _shown(pictured: Pictured) -> _Shown:
    arrays = {name: getattr(pictured, name) for name in _PICTURES}
    made = {name: embed(array) for name, array in arrays.items() if array is not None}
    return _Shown(pictured.inspection, made, pictured.point)


def _bands(sheet: Iterable[tuple[str, Pictured]]) -> list[_Band]:
    bands: dict[str, list[_Shown]] = {}
    for title, pictured in sheet:
        small = {name: embed(array, SHEET_SIDE) for name, array in sheet_rows(pictured).items()}
        bands.setdefault(title, []).append(_Shown(pictured.inspection, small, pictured.point))
    return [
        _Band(title, tuple(dict.fromkeys(name for one in columns for name in one.pictures)), columns)
        for title, columns in bands.items()
    ]


def _groups(tally: Tally, facts: DetectorFacts) -> list[tuple[str, GroupFigures]]:
    """All known and all unseen kinds, where the detector learned from some."""
    both = (("known", True), ("unseen", False))
    made = ((words, group_figures(tally.samples, facts.learned, known=known)) for words, known in both)
    return [(words, group) for words, group in made if group is not None]


def _worst_kinds(tally: Tally) -> list[KindTally]:
    """The labels judged wrong most often first; those with none that could be read come last."""

    def order(kind: KindTally) -> tuple[float, int, str]:
        return (-1.0 if kind.wrong_rate is None else kind.wrong_rate, kind.total, kind.kind)

    return sorted(tally.kinds.values(), key=order, reverse=True)[:MOST_KINDS]
