from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from inspector.core.errors import BundleError, Cancelled, OutputError, SourceError
from inspector.core.events import Judged, Progress, Stage
from inspector.core.inspection import Verdict
from inspector.detectors import load
from inspector.jobs.sheet import EACH, SheetJob, judge_and_draw
from inspector.sources.decode import read_image
from tests.contract.detectors import Heard
from tests.detectors.pictures import bad, good
from tests.detectors.template import save_template
from tests.jobs.folders import ODD_NAME, part_set, spoil
from tests.sources.drawing import save

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_template(tmp_path_factory.mktemp("bundle") / "detector")


def test_that_images_are_judged_as_elsewhere_and_drawn(bundle: Path, tmp_path: Path) -> None:
    folder = part_set(tmp_path / "parts – 部品") / "test"
    heard = Heard()
    outcome = judge_and_draw(SheetJob(bundle, (folder,), tmp_path / "new" / "sheet.png"), heard)
    assert [one.verdict for one in outcome.inspections] == [Verdict.OK] * 6 + [Verdict.NG] * 4
    assert outcome.shown == 10
    assert [event.inspection for event in heard.of(Judged)] == outcome.inspections
    assert [event.name for event in heard.of(Stage)] == ["Inspecting", "Drawing the sheet"]
    assert heard.events[-1] == Progress(10, 10)
    [measured] = load(bundle).measure([read_image(folder / "good" / ODD_NAME)])
    assert next(one for one in outcome.inspections if ODD_NAME in one.name).score == measured.score
    sheet = read_image(tmp_path / "new" / "sheet.png")
    # Ten cells of three rows: white paper, yet not only that.
    assert sheet.shape[1] > 6 * 144
    assert 0.2 < (sheet == 255).all(axis=2).mean() < 0.9


def test_that_files_are_called_as_they_were_typed(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tmp_path / "a" / "1.png", good(1))
    save(tmp_path / "b" / "1.png", bad(1))
    monkeypatch.chdir(tmp_path)
    from pathlib import Path as Typed

    outcome = judge_and_draw(SheetJob(bundle, (Typed("a/1.png"), Typed("b/1.png")), Typed("sheet.png")))
    assert [one.name for one in outcome.inspections] == ["a/1.png", "b/1.png"]
    assert [one.label for one in outcome.inspections] == [None, None]
    assert outcome.shown == 2


def test_that_of_very_many_a_few_of_each_sort_are_drawn(bundle: Path, tmp_path: Path) -> None:
    folder = part_set(tmp_path / "parts", normal=4 * EACH, abnormal=2 * EACH) / "test"
    outcome = judge_and_draw(SheetJob(bundle, (folder,), tmp_path / "sheet.png"))
    assert len(outcome.inspections) == 6 * EACH
    assert outcome.shown == 3 * EACH


def test_that_files_that_cannot_be_read_are_told_and_the_others_drawn(bundle: Path, tmp_path: Path) -> None:
    save(tmp_path / "in" / "whole.png", bad(1))
    torn = spoil(tmp_path / "in")
    outcome = judge_and_draw(SheetJob(bundle, (tmp_path / "in",), tmp_path / "sheet.png"))
    assert sorted(one.name for one in outcome.inspections if one.verdict is Verdict.UNREADABLE) == torn
    assert outcome.shown == 1
    (tmp_path / "in" / "whole.png").unlink()
    with pytest.raises(OutputError, match="No image could be read"):
        judge_and_draw(SheetJob(bundle, (tmp_path / "in",), tmp_path / "other.png"))
    assert not (tmp_path / "other.png").exists()


def test_that_a_method_without_a_reconstruction_shows_its_overlay(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = save(tmp_path / "1.png", bad(1))
    judge_and_draw(SheetJob(bundle, (picture,), tmp_path / "three.png"))
    monkeypatch.setattr("inspector.jobs.judging.LOOKS", ())
    judge_and_draw(SheetJob(bundle, (picture,), tmp_path / "two.png"))
    three, two = read_image(tmp_path / "three.png"), read_image(tmp_path / "two.png")
    assert three.shape[0] - two.shape[0] == 152
    red = (two[..., 0].astype(int) - two[..., 1] > 60).sum()
    assert red > 100, "the planted spot is painted red"


def test_that_without_a_place_images_are_only_judged(bundle: Path, tmp_path: Path) -> None:
    picture = save(tmp_path / "in" / "1.png", bad(1))
    outcome = judge_and_draw(SheetJob(bundle, (picture,)))
    assert (len(outcome.inspections), outcome.shown) == (1, 0)
    assert [one.name for one in tmp_path.iterdir()] == ["in"]


def test_that_what_cannot_be_is_told_before_anything_is_judged(bundle: Path, tmp_path: Path) -> None:
    picture = save(tmp_path / "1.png", bad(1))
    heard = Heard()
    with pytest.raises(SourceError, match=r"gone\.png is not there"):
        judge_and_draw(SheetJob(bundle, (tmp_path / "gone.png",), tmp_path / "sheet.png"), heard)
    with pytest.raises(OutputError, match=r"sheet\.pdf is no name of a picture"):
        judge_and_draw(SheetJob(bundle, (picture,), tmp_path / "sheet.pdf"), heard)
    with pytest.raises(BundleError, match="does not exist"):
        judge_and_draw(SheetJob(tmp_path / "gone", (picture,), tmp_path / "sheet.png"), heard)
    assert heard.events == []
    assert [one.name for one in tmp_path.iterdir()] == ["1.png"]


@pytest.mark.parametrize("after", [0, 1, 5])
def test_that_cancelling_leaves_the_older_sheet(bundle: Path, tmp_path: Path, after: int) -> None:
    folder = part_set(tmp_path / "parts") / "test"
    (tmp_path / "sheet.png").write_bytes(b"old")
    with pytest.raises(Cancelled):
        judge_and_draw(SheetJob(bundle, (folder,), tmp_path / "sheet.png"), Heard(cancel_after=after))
    assert (tmp_path / "sheet.png").read_bytes() == b"old"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["parts", "sheet.png"]
