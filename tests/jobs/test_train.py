from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from inspector import detectors
from inspector.core.errors import BundleError, Cancelled, DataError, OptionError, OutputError, SourceError
from inspector.core.events import Epoch, Warned
from inspector.detectors import load
from inspector.jobs import train as training
from inspector.jobs.threshold import set_threshold
from inspector.jobs.train import Training, normal_items, train
from tests.contract.detectors import Heard
from tests.detectors.pictures import bad, good
from tests.detectors.template import Template, save_template
from tests.jobs.folders import ODD_NAME, part_set, spoil, train_folder
from tests.sources.drawing import save

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _no_real_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(detectors.METHODS, "dense-autoencoder", Template)


def _training(tmp_path: Path, **changes: object) -> Training:
    values: dict[str, object] = {
        "method": "dense-autoencoder",
        "normal": tmp_path / "in",
        "out": tmp_path / "bundle",
        "options": {"size": 16},
    }
    return Training(**(values | changes))  # type: ignore[arg-type]


def _left(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def test_that_a_folder_of_good_parts_becomes_a_bundle(tmp_path: Path) -> None:
    train_folder(tmp_path / "in")
    save(tmp_path / "in" / ODD_NAME, good(99))
    detector = train(_training(tmp_path))
    assert load(tmp_path / "bundle").identity == detector.identity
    assert _left(tmp_path) == ["bundle", "in"]


def test_that_files_that_cannot_be_read_are_told_and_left_out(tmp_path: Path) -> None:
    train_folder(tmp_path / "in")
    torn = spoil(tmp_path / "in")
    heard = Heard()
    detector = train(_training(tmp_path), heard)
    messages = [event.message for event in heard.of(Warned)]
    assert len(messages) == len(torn)
    assert all(any(name in message for message in messages) for name in torn)
    assert detector.fitted.record.counts["unreadable"] == len(torn)
    assert detector.fitted.record.counts["calibration"] == 8


def test_that_abnormal_images_keep_the_names_of_their_folders(tmp_path: Path) -> None:
    train_folder(tmp_path / "in")
    for kind in ("dent", "scratch"):
        save(tmp_path / "bad" / kind / "1.png", bad(1))
    save(tmp_path / "bad" / "good" / "1.png", good(1))
    save(tmp_path / "loose" / "1.png", bad(2))
    detector = train(_training(tmp_path, abnormal=tmp_path / "bad"))
    assert detector.fitted.calibration.kinds == ("dent", "scratch")
    detector = train(_training(tmp_path, abnormal=tmp_path / "loose"))
    assert detector.fitted.calibration.kinds == ("loose",)


@pytest.mark.parametrize("after", [0, 1, 5])
def test_that_cancelling_leaves_nothing(tmp_path: Path, after: int) -> None:
    train_folder(tmp_path / "in")
    with pytest.raises(Cancelled):
        train(_training(tmp_path), Heard(cancel_after=after))
    assert _left(tmp_path) == ["in"]


def test_that_cancelling_leaves_an_older_bundle(tmp_path: Path) -> None:
    train_folder(tmp_path / "in")
    identity = train(_training(tmp_path)).identity

    def cancel(event: object) -> None:
        if isinstance(event, Epoch):
            raise Cancelled

    with pytest.raises(Cancelled):
        train(_training(tmp_path), cancel)
    assert load(tmp_path / "bundle").identity == identity
    assert _left(tmp_path) == ["bundle", "in"]


@pytest.mark.parametrize(
    ("changes", "error", "match"),
    [
        ({"method": "oracle"}, OptionError, "Received: oracle"),
        ({"options": {"sise": 16}}, OptionError, "sise"),
        ({"normal": "gone"}, SourceError, "gone"),
        ({"abnormal": "gone"}, SourceError, "gone"),
        ({"reference": "gone"}, SourceError, "gone"),
        ({"out": "in"}, OutputError, "left alone"),
        ({"options": {"threshold": "far:0.01"}}, DataError, "99"),
    ],
)
def test_that_what_cannot_be_is_told_before_anything_is_done(
    tmp_path: Path, changes: dict[str, object], error: type[Exception], match: str
) -> None:
    train_folder(tmp_path / "in")
    paths = {key: tmp_path / str(value) for key, value in changes.items() if key not in {"method", "options"}}
    heard = Heard()
    with pytest.raises(error, match=match):
        train(_training(tmp_path, **(changes | paths)), heard)
    assert heard.events == []
    assert _left(tmp_path) == ["in"]


def test_that_of_a_split_set_only_normal_training_images_are_learned(tmp_path: Path) -> None:
    part_set(tmp_path / "set")
    train_folder(tmp_path / "set" / "train" / "good", 3)
    assert [item.name for item in normal_items(tmp_path / "set")] == [f"train/good/{n:03}.png" for n in range(3)]


def test_that_where_nothing_is_labelled_all_are_normal(tmp_path: Path) -> None:
    train_folder(tmp_path / "in", 3)
    assert len(normal_items(tmp_path / "in")) == 3


def test_that_folders_of_bad_parts_are_not_learned_as_normal(tmp_path: Path) -> None:
    save(tmp_path / "in" / "good" / "1.png", good(1))
    save(tmp_path / "in" / "scratch" / "1.png", bad(1))
    assert [item.name for item in normal_items(tmp_path / "in")] == ["good/1.png"]
    (tmp_path / "in" / "good").rename(tmp_path / "in" / "dent")
    with pytest.raises(DataError, match=r"no normal images.*scratch"):
        normal_items(tmp_path / "in")


def test_that_of_very_many_abnormal_images_a_sample_is_always_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "_MOST_ABNORMAL", 3)
    for number in range(9):
        save(tmp_path / "bad" / f"kind {number}" / "1.png", bad(number))
    once, again = (training.labelled(tmp_path / "bad", 5, most=3) for _ in range(2))
    assert len(once) == 3
    assert once.kinds == again.kinds == sorted(once.kinds)  # type: ignore[attr-defined]


def test_that_a_threshold_is_set_anew_and_only_when_it_can_be(tmp_path: Path) -> None:
    path = save_template(tmp_path / "bundle")
    old = load(path).threshold
    before, detector = set_threshold(path, "percentile:50")
    after = detector.threshold
    assert before == old
    assert load(path).threshold == after != old
    for rule, error in (("far:0.01", DataError), ("best-f1", DataError), ("nonsense", OptionError)):
        with pytest.raises(error):
            set_threshold(path, rule)
        assert load(path).threshold == after
    with pytest.raises(BundleError):
        set_threshold(tmp_path / "gone", "best-f1")
    with pytest.raises(OptionError, match="neither"):
        set_threshold(path)


def test_that_options_of_judging_are_set_with_their_threshold_or_not_at_all(tmp_path: Path) -> None:
    path = save_template(tmp_path / "bundle", threshold="percentile:90")
    old = load(path)
    before, detector = set_threshold(path, options={"score": "area", "minimum_area": "0.5%"})
    again = load(path)
    assert before == old.threshold
    assert again.threshold == detector.threshold != before
    assert again.identity == detector.identity != old.identity
    assert (again.options.score, again.options.minimum_area, again.threshold.rule) == ("area", 0.005, "percentile:90")
    files = {one.name: one.read_bytes() for one in path.iterdir()}
    for rule, options, error in (
        ("far:0.01", {"score": "map"}, DataError),
        (None, {"size": "8"}, OptionError),
        (None, {"score": "beauty"}, OptionError),
        ("nonsense", {"score": "map"}, OptionError),
    ):
        with pytest.raises(error):
            set_threshold(path, rule, options)
        assert {one.name: one.read_bytes() for one in path.iterdir()} == files


def test_that_a_bundle_of_before_keeps_judging_and_says_why_it_cannot_change(tmp_path: Path) -> None:
    path = save_template(tmp_path / "bundle")
    manifest = json.loads((path / "bundle.json").read_text(encoding="utf-8"))
    manifest["format"] = 1
    del manifest["files"]["evidence.npz"], manifest["evidence_kinds"]
    manifest["options"] = {
        name: value for name, value in manifest["options"].items() if name not in {"top", "level", "minimum_area"}
    }
    (path / "evidence.npz").unlink()
    (path / "bundle.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert load(path).measure([bad(1)])[0].score > load(path).threshold.value
    set_threshold(path, "percentile:50")
    with pytest.raises(DataError, match="Train it again"):
        set_threshold(path, options={"score": "map"})
