"""What changes when one detector replaces another."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest

from inspector.cli.app import run
from inspector.core.errors import DataError, SourceError
from inspector.core.inspection import Verdict
from inspector.core.places import Places
from inspector.jobs.batch import Batch, batch
from inspector.jobs.flips import PAGE, TABLE, FlipsJob, flips, report_of
from inspector.reports.flips import Flip, FlipTally, Harm
from tests.detectors.pictures import good
from tests.detectors.template import save_template
from tests.jobs.folders import part_set, spoil
from tests.sources.drawing import save

if TYPE_CHECKING:
    from pathlib import Path

OK, NG, TORN = Verdict.OK, Verdict.NG, Verdict.UNREADABLE


def flip(old: Verdict, new: Verdict, abnormal: bool | None, change: float = 2.0) -> Flip:  # noqa: FBT001
    level = {OK: 0.5, NG: 1.5, TORN: None}
    before = level[old]
    return Flip("a", "", abnormal, before, None if before is None or new is TORN else before * change, old, new)


@pytest.mark.parametrize(
    ("old", "new", "abnormal", "harm"),
    [
        (NG, OK, True, Harm.MISSED),
        (OK, NG, False, Harm.FALSE_ALARM),
        (OK, NG, True, Harm.MENDED),
        (NG, OK, False, Harm.MENDED),
        (NG, TORN, True, Harm.UNREAD),
        (OK, TORN, None, Harm.UNREAD),
        (NG, OK, None, Harm.PASSES),
        (OK, NG, None, Harm.REJECTED),
        (TORN, OK, None, Harm.MENDED),
        (TORN, OK, True, Harm.MISSED),
        (TORN, NG, False, Harm.FALSE_ALARM),
    ],
)
def test_that_a_changed_verdict_is_called_what_it_may_cost(
    old: Verdict,
    new: Verdict,
    abnormal: bool | None,  # noqa: FBT001
    harm: Harm,
) -> None:
    assert flip(old, new, abnormal).harm is harm


def test_that_the_worst_come_first_and_only_so_many_are_kept() -> None:
    tally = FlipTally(worst=3)
    some = [
        flip(OK, NG, None, 4.0),
        flip(NG, OK, True, 0.5),
        flip(NG, OK, True, 0.1),
        flip(OK, OK, None),
        flip(OK, NG, False, 3.0),
        flip(OK, NG, True, 9.0),
    ]
    assert [tally.add(one) for one in some] == [True, True, True, False, True, True]
    assert tally.worst == [some[2], some[1], some[4]]
    assert (tally.both, tally.flipped) == (6, 5)
    assert tally.matrix[OK, NG] == 3
    assert tally.harms[Harm.MISSED] == 2


@pytest.fixture
def reports(tmp_path: Path) -> tuple[Path, Path]:
    """By the same detector; with the new one's threshold, all parts pass. Some files are in one only."""
    folder = part_set(tmp_path / "parts – 部品") / "test"
    spoil(folder)
    bundle = save_template(tmp_path / "detector")
    save(folder / "good" / "=gone.png", good(70))
    old = batch(Batch(folder, bundle, tmp_path / "old")).out
    (folder / "good" / "=gone.png").unlink()
    save(folder / "good" / "000 new.png", good(71))
    save(folder / "torn.png", good(72))
    new = batch(Batch(folder, bundle, tmp_path / "new", threshold=1e6, tables="parquet")).out
    return old, new


def test_that_two_reports_are_put_side_by_side(reports: tuple[Path, Path], tmp_path: Path) -> None:
    old, new = reports
    found = flips(FlipsJob(old, new, tmp_path / "out"))
    tally = found.tally
    assert (tally.both, tally.flipped) == (15, 5)
    assert (tally.only_old, tally.only_new) == (1, 1)
    assert tally.harms == {Harm.MISSED: 4, Harm.MENDED: 1}
    assert [one.harm for one in tally.worst] == [Harm.MISSED] * 4 + [Harm.MENDED]
    with (tmp_path / "out" / TABLE).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 5
    assert {row["old_verdict"] for row in rows if row["label"] == "spot"} == {"NG"}
    assert {row["new_verdict"] for row in rows} == {"OK"}
    page = (tmp_path / "out" / PAGE).read_text(encoding="utf-8")
    assert "5 of 15 verdicts change" in page
    assert page.count("data:image") == 5
    assert "spot/000.png" in page


def test_that_reports_alike_change_nothing(reports: tuple[Path, Path], tmp_path: Path) -> None:
    found = flips(FlipsJob(reports[0], reports[0], tmp_path / "out"))
    assert found.tally.flipped == 0
    assert "0 of 16 verdicts change" in (tmp_path / "out" / PAGE).read_text(encoding="utf-8")
    assert flips(FlipsJob(reports[0], reports[0])).page is None


def test_that_what_is_no_report_is_told(reports: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="is no report"):
        flips(FlipsJob(reports[0], tmp_path / "empty"))
    (reports[0] / "results.csv").write_text("path,score\na,b\n", encoding="utf-8")
    with pytest.raises(SourceError, match="Line 2"):
        flips(FlipsJob(*reports))
    (reports[0] / "results.csv").unlink()
    with pytest.raises(SourceError, match="neither"):
        flips(FlipsJob(*reports))


def test_that_reports_of_different_folders_are_told(reports: tuple[Path, Path], tmp_path: Path) -> None:
    other = tmp_path / "others"
    save(other / "x.png", good(1))
    report = batch(Batch(other, tmp_path / "detector", tmp_path / "third")).out
    with pytest.raises(DataError, match="no file in common"):
        flips(FlipsJob(reports[0], report, tmp_path / "out"))
    assert not (tmp_path / "out" / TABLE).exists()


def test_that_a_report_says_of_which_folder_it_is(reports: tuple[Path, Path], tmp_path: Path) -> None:
    found = report_of(reports[0])
    assert found is not None
    assert (found.detector, bool(found.time)) == ("detector", True)
    assert found.folder == tmp_path / "parts – 部品" / "test"
    assert report_of(tmp_path) is None


def test_that_the_command_says_what_changes(
    reports: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = Places.under(tmp_path / "places")
    old, new = map(str, reports)
    assert run(["flips", old, new, "--out", str(tmp_path / "out"), "--fail-on-flip"], places) == 3
    said = capsys.readouterr().out
    assert "5 of 15 verdicts change" in said
    assert "4 bad part, now OK" in said
    assert run(["flips", old, new, "--json"], places) == 0
    assert json.loads(capsys.readouterr().out)["harms"] == {"missed": 4, "mended": 1}


def test_that_a_batch_says_what_changed_against_a_report(
    reports: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = Places.under(tmp_path / "places")
    folder, bundle = str(tmp_path / "parts – 部品" / "test"), str(tmp_path / "detector")
    arguments = ["batch", folder, "--detector", bundle, "--against", str(reports[0]), "--threshold", "1e6"]
    assert run([*arguments, "--out", str(tmp_path / "third")], places) == 0
    assert "verdicts change" in capsys.readouterr().out
    assert (tmp_path / "third" / PAGE).is_file()
    assert run([*arguments, "--out", str(reports[0])], places) != 0
    assert "would be replaced" in capsys.readouterr().err
