"""Learn from one click: what would change, what is kept, and how it is taken back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from inspector.__main__ import main
from inspector.core.errors import Cancelled, DataError, OptionError, OutputError
from inspector.core.events import Event, Progress
from inspector.core.inspection import Verdict
from inspector.detectors import load, method
from inspector.detectors.bundle import write_threshold
from inspector.jobs.batch import Batch, batch
from inspector.jobs.learning import Learning, Past, keep, nearest_to_threshold, past_of_report, study, undo
from tests.detectors.pictures import bad, good, goods
from tests.detectors.template import save_template
from tests.sources.drawing import save

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.core.places import Places


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    method("padim")(size=32).fit(goods(60)).save(tmp_path / "bundle")
    return tmp_path / "bundle"


@pytest.fixture
def report(tmp_path: Path, bundle: Path) -> Path:
    """Of a folder with good parts and three that look alike strange, of which one is called good."""
    folder = tmp_path / "parts"
    for number in range(4):
        save(folder / "good" / f"{number}.png", good(900 + number))
    save(folder / "good" / "strange.png", bad(1))
    for number in (2, 3):
        save(folder / "spot" / f"{number}.png", bad(number))
    batch(Batch(folder, bundle, tmp_path / "report"))
    return tmp_path / "report"


def test_that_past_verdicts_that_flip_are_shown_before_anything_is_kept(bundle: Path, report: Path) -> None:
    before = load(bundle).identity
    heard: list[Event] = []
    lessons = [(f"{number}.png", bad(number)) for number in (1, 2, 3, 4, 5, 6)]
    taught = study(Learning(bundle, lessons, past_of_report(report)), heard.append)
    assert taught.tally.both == 7
    assert taught.levels[0][1] > 1 > taught.levels[0][2]
    flips = {flip.name: (flip.old, flip.new) for flip in taught.tally.worst}
    assert flips == dict.fromkeys(("good/strange.png", "spot/2.png", "spot/3.png"), (Verdict.NG, Verdict.OK))
    # The worst first: bad parts that would pass.
    assert taught.tally.worst[-1].name == "good/strange.png"
    assert heard[-1] == Progress(7, 7)
    assert load(bundle).identity == before
    keep(taught)
    assert load(bundle).identity != before
    assert load(bundle).measure([bad(1)])[0].score <= load(bundle).threshold.value
    undo(bundle)
    assert load(bundle).identity == before


def test_that_what_changed_meanwhile_is_not_written_over(bundle: Path) -> None:
    first = study(Learning(bundle, [("1.png", bad(1))]))
    second = study(Learning(bundle, [("2.png", bad(2))]))
    keep(first)
    with pytest.raises(OutputError, match="changed meanwhile"):
        keep(second)


def test_that_a_threshold_set_by_hand_stays_and_comes_back(bundle: Path) -> None:
    from dataclasses import replace

    by_hand = replace(load(bundle).threshold, value=123.0, rule="by hand", explanation="set by hand")
    write_threshold(bundle, by_hand)
    keep(study(Learning(bundle, [("1.png", bad(1))])))
    assert load(bundle).threshold == by_hand
    undo(bundle)
    assert load(bundle).threshold == by_hand


def test_that_the_threshold_is_set_anew_by_pictures_nobody_picked(bundle: Path, tmp_path: Path) -> None:
    for number in range(20):
        save(tmp_path / "fresh" / f"{number}.png", good(2000 + number))
    save(tmp_path / "fresh" / "1.png", bad(1))  # the one that is learned may lie among them, and does not count
    taught = study(Learning(bundle, [("1.png", bad(1))], calibrate=tmp_path / "fresh"))
    assert len(taught.detector.fitted.calibration.normal) == 19
    assert taught.thresholds[0] != taught.thresholds[1]


def test_that_the_verdicts_nearest_to_the_threshold_are_looked_at(tmp_path: Path) -> None:
    past = [Past(tmp_path, str(level), level) for level in (0.0, 0.1, 0.9, 1.2, 5.0)]
    assert [one.level for one in nearest_to_threshold(past, 3)] == [0.9, 1.2, 5.0]


def test_that_pictures_that_are_gone_are_counted_and_it_can_be_cancelled(bundle: Path, report: Path) -> None:
    past = [*past_of_report(report), Past(report.parent / "parts", "gone.png", 1.0)]
    assert study(Learning(bundle, [("1.png", bad(1))], past)).tally.only_old == 1

    def stop(event: Event) -> None:
        if isinstance(event, Progress):
            raise Cancelled

    with pytest.raises(Cancelled):
        study(Learning(bundle, [("1.png", bad(1))], past), stop)


def test_that_what_cannot_be_learned_says_so(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="at least one picture"):
        study(Learning(bundle, []))
    with pytest.raises(OptionError, match="cannot take in single images"):
        study(Learning(save_template(tmp_path / "other"), [("1.png", bad(1))]))


def test_that_the_command_shows_keeps_and_takes_back(
    bundle: Path, report: Path, places: Places, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = str(save(tmp_path / "fine.png", bad(1)))
    before = load(bundle).identity
    assert main(["learn", str(bundle), picture, "--report", str(report), "--dry-run"], places) == 0
    told = capsys.readouterr().out
    assert "fine.png: level" in told
    assert "past verdicts" in told
    assert "Nothing was kept" in told
    assert load(bundle).identity == before
    assert main(["learn", str(bundle), picture, "--json"], places) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["kept"]
    assert found["levels"][0]["after"] < found["levels"][0]["before"]
    assert load(bundle).fitted.record.lessons[0].images[0][0] == "fine.png"
    assert main(["show", str(bundle)], places) == 0
    assert "1 learned" in capsys.readouterr().out
    assert main(["learn", str(bundle), "--undo"], places) == 0
    assert "taken back" in capsys.readouterr().out
    assert load(bundle).identity == before
    assert main(["learn", str(bundle), "--undo"], places) == 1
    assert main(["learn", str(bundle), picture, "--undo"], places) == 1
