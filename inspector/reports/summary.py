"""`summary.json`: the outcome of a batch for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from inspector.core.files import whole_file
from inspector.core.kinds import group_figures, kind_figures

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.core.kinds import KindFigures, Learned
    from inspector.reports.facts import DetectorFacts
    from inspector.reports.tally import KindTally, Tally

FORMAT = 1
"""Raised when a key changes its meaning or goes; a new key does not raise it."""


def summary(facts: DetectorFacts, tally: Tally, *, subject: str = "") -> dict[str, Any]:
    """Give the outcome as plain values.

    Keys:
        format: 1.
        subject: what was inspected, such as the folder's name.
        counts: `total`, `ok`, `ng`, `unreadable`; the last three add up to the first.
        rates: `ng` (share of the images that could be read), `unreadable` (share of all files); null of nothing.
        complete: whether there was at least one file and every one could be read. `ng == 0` alone is no pass.
        threshold: `value` and `unit`, `rule` and `n_calibration` of the detector's own, `detector` (its own value),
            `overridden` (how many inspections used another), `lowest` and `highest` used.
        labels: null without labelled images that could be read, else `normal_ok`, `normal_ng`, `abnormal_ng`,
            `abnormal_ok`, `false_alarm_rate`, `miss_rate`, `balanced_accuracy`, `f1`, `auroc`; null where there is only
            one of normal and abnormal.
        kinds: a list, for each label `kind`, `abnormal`, `total`, `ok`, `ng`, `unreadable`, `wrong_rate` (the miss rate
            of an abnormal kind, the false-alarm rate of a normal one), `low` and `high` (between which that rate lies,
            90 % sure), `auroc` (of an abnormal kind against all normal images), `known` (whether the detector learned
            from it; null for normal kinds and for methods that learn from none), `weight` (in its training).
        known: null, or of all abnormal kinds that the detector learned from together `kinds`, `n`, `missed`,
            `miss_rate`, `low`, `high`, `image_auroc`.
        unseen: the same of all other abnormal kinds.
        detector: `name`, `method`, `identity`, `path`, `created`, `size` (height, width), `map_threshold`, `versions`.
        timing: `first` and `last` (of the frames, ISO 8601, UTC), `seconds`, `images_per_second`,
            `mean_milliseconds` (of measuring one image).
        unreadable: the first unreadable files, a list of `path` and `error`.
        worst: the rows of `results.csv` of the highest level, highest first.
    """
    low, high = tally.threshold_range or (facts.threshold, facts.threshold)
    return {
        "format": FORMAT,
        "subject": subject,
        "counts": {"total": tally.total, "ok": tally.ok, "ng": tally.ng, "unreadable": tally.unreadable},
        "rates": {
            "ng": tally.ng / tally.judged if tally.judged else None,
            "unreadable": tally.unreadable / tally.total if tally.total else None,
        },
        "complete": tally.total > 0 and tally.unreadable == 0,
        "threshold": {
            "value": facts.threshold if tally.threshold is None else tally.threshold,
            "unit": facts.unit,
            "rule": facts.rule,
            "n_calibration": facts.n_calibration,
            "detector": facts.threshold,
            "overridden": tally.overridden,
            "lowest": low,
            "highest": high,
        },
        "labels": _labels(tally),
        "kinds": _kinds(tally, facts.learned),
        "known": _group(tally, facts.learned, known=True),
        "unseen": _group(tally, facts.learned, known=False),
        "detector": {
            "name": facts.name,
            "method": facts.method,
            "identity": facts.identity,
            "path": facts.path,
            "created": facts.created,
            "size": list(facts.size),
            "map_threshold": facts.map_threshold,
            "versions": dict(facts.versions),
        },
        "timing": {
            "first": _iso(tally.first),
            "last": _iso(tally.last),
            "seconds": tally.seconds,
            "images_per_second": tally.images_per_second,
            "mean_milliseconds": tally.mean_milliseconds,
        },
        "unreadable": [{"path": each.name, "error": each.error or ""} for each in tally.unreadable_listed],
        "worst": [each.as_row() for each in tally.worst],
    }


def write_summary(path: Path, facts: DetectorFacts, tally: Tally, *, subject: str = "") -> None:
    """Write `summary.json`, whole or not at all: UTF-8, never NaN or Infinity, which are not JSON.

    Raises:
        OutputError: the place cannot be written to.
    """
    text = json.dumps(summary(facts, tally, subject=subject), indent=2, ensure_ascii=False, allow_nan=False)
    with whole_file(path) as partial:
        # A name that is not valid Unicode becomes backslash escapes, which JSON reads as the same name again.
        partial.write_text(text + "\n", encoding="utf-8", errors="backslashreplace", newline="\n")


def _labels(tally: Tally) -> dict[str, Any] | None:
    counts, curve = tally.counts, tally.roc
    if counts is None:
        return None
    return {
        "normal_ok": counts.normal_ok,
        "normal_ng": counts.normal_ng,
        "abnormal_ng": counts.abnormal_ng,
        "abnormal_ok": counts.abnormal_ok,
        "false_alarm_rate": counts.false_alarm_rate,
        "miss_rate": counts.miss_rate,
        "balanced_accuracy": counts.balanced_accuracy,
        "f1": counts.f1,
        "auroc": None if curve is None else curve.auroc,
    }


def _kinds(tally: Tally, learned: Learned) -> list[dict[str, Any]]:
    figures = {(one.abnormal, one.kind): one for one in kind_figures(tally.samples, learned)}
    return [_kind(kind, figures.get(key)) for key, kind in sorted(tally.kinds.items())]


def _kind(kind: KindTally, figures: KindFigures | None) -> dict[str, Any]:
    return {
        "kind": kind.kind,
        "abnormal": kind.abnormal,
        "total": kind.total,
        "ok": kind.ok,
        "ng": kind.ng,
        "unreadable": kind.unreadable,
        "wrong_rate": kind.wrong_rate,
        "low": None if figures is None else figures.low,
        "high": None if figures is None else figures.high,
        "auroc": None if figures is None else figures.image_auroc,
        "known": None if figures is None else figures.known,
        "weight": None if figures is None else figures.weight,
    }


def _group(tally: Tally, learned: Learned, *, known: bool) -> dict[str, Any] | None:
    group = group_figures(tally.samples, learned, known=known)
    return None if group is None else asdict(group)


def _iso(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
