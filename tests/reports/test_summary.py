from __future__ import annotations

import json
from typing import TYPE_CHECKING

from inspector.reports.summary import summary, write_summary
from tests.reports.made import DENT, GOOD, judged, tallied, unreadable

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.reports.facts import DetectorFacts


def test_that_it_says_what_was_counted(tmp_path: Path, facts: DetectorFacts) -> None:
    tally = tallied([judged("a", 1.0, GOOD), judged("b", 2.0, DENT), judged("c", 5.0, DENT), unreadable("部品\udcff")])
    write_summary(tmp_path / "summary.json", facts, tally, subject="tray")
    read = json.loads((tmp_path / "summary.json").read_text("utf-8"))
    assert read == json.loads(json.dumps(summary(facts, tally, subject="tray")))
    assert read["format"] == 1
    assert read["subject"] == "tray"
    assert read["counts"] == {"total": 4, "ok": 2, "ng": 1, "unreadable": 1}
    assert read["rates"] == {"ng": 1 / 3, "unreadable": 0.25}
    assert read["complete"] is False
    assert read["threshold"]["value"] == 2.5
    assert read["labels"]["miss_rate"] == 0.5
    assert read["labels"]["auroc"] == 1.0
    assert [kind["kind"] for kind in read["kinds"]] == ["good", "dent"]
    assert read["detector"]["identity"] == "3fa9c1d2"
    assert read["timing"]["first"] == "2001-09-09T01:46:40.000+00:00"
    assert read["timing"]["seconds"] == 2.0
    assert read["unreadable"] == [{"path": "部品\udcff", "error": "the file is empty"}]
    assert [row["path"] for row in read["worst"]] == ["c", "b", "a"]


def test_that_every_key_is_documented(facts: DetectorFacts) -> None:
    told = summary.__doc__ or ""
    assert all(f"{key}:" in told for key in summary(facts, tallied([])))


def test_that_a_run_over_nothing_has_no_rates_and_is_not_complete(facts: DetectorFacts) -> None:
    told = summary(facts, tallied([]))
    assert told["rates"] == {"ng": None, "unreadable": None}
    assert told["complete"] is False
    assert told["labels"] is None
    assert told["timing"]["first"] is None
    assert told["threshold"]["value"] == facts.threshold


def test_that_a_threshold_set_by_hand_is_told_apart_from_the_detectors_own(facts: DetectorFacts) -> None:
    told = summary(facts, tallied([judged("a", 1.0, threshold=0.5, overridden=True)]))["threshold"]
    assert (told["value"], told["detector"], told["overridden"]) == (0.5, 2.5, 1)
