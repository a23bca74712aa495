"""Methods compared: the split, the order of things, what is kept, and what fails."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from inspector.core.errors import Cancelled, DataError, OptionError
from inspector.core.events import Event, PartBegan, PartEnded, Stage
from inspector.detectors import METHODS, load
from inspector.jobs.evaluate import evaluate
from inspector.jobs.methods import BUNDLES, MethodsJob, compare_methods
from inspector.jobs.split import split_of
from inspector.jobs.trial import Trial, try_method
from inspector.jobs.workspace import Workspace
from inspector.reports.methods import COLUMNS, PAGE, SUMMARY, TABLE, MethodRow
from tests.detectors.pictures import bad, good
from tests.detectors.template import Template
from tests.jobs.folders import part_set, train_folder
from tests.sources.drawing import save

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.core.events import Listener

TWO = ("dense-autoencoder", "padim")
SMALL = {"size": "32"}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(METHODS, "dense-autoencoder", Template)


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    folder = part_set(tmp_path / "parts")
    train_folder(folder / "train" / "good")
    return folder


def job(parts: Path, tmp_path: Path, **values: object) -> MethodsJob:
    made = MethodsJob(parts, TWO, tmp_path / "out", dict(SMALL))
    return replace(made, **values)  # type: ignore[arg-type]


def test_that_methods_are_trained_and_measured_on_the_same_images(parts: Path, tmp_path: Path) -> None:
    heard: list[Event] = []
    found = compare_methods(job(parts, tmp_path), heard.append)
    assert [row.method for row in found.rows] == list(TWO)
    assert (found.train, found.held_out) == (8, False)
    for row in found.rows:
        assert not row.failed
        assert (len(row.normal), len(row.abnormal)) == (6, 4)
        assert row.bundle is not None
        alone = evaluate(parts, row.bundle)
        assert row.area is not None
        assert (row.area.value, row.pixel_auroc, row.aupro) == (alone.image_auroc, alone.pixel_auroc, alone.aupro)
        assert row.counts.miss_rate == 1 - (alone.abnormal_accuracy or 0)
        assert row.threshold == load(row.bundle).threshold.value
        assert row.bytes > 1000
        assert load(row.bundle).options.size == (32, 32)
    assert found.recommendation.method in TWO
    parts_told = [event for event in heard if isinstance(event, PartBegan | PartEnded)]
    assert [one.name for one in parts_told] == [name for name in TWO for _ in range(2)]
    assert parts_told[1] == PartEnded(TWO[0], found.rows[0])
    assert any(isinstance(event, Stage) and event.name == "padim: learning the patches" for event in heard)


def test_that_the_report_says_what_was_found(parts: Path, tmp_path: Path) -> None:
    found = compare_methods(job(parts, tmp_path))
    out = tmp_path / "out"
    text = (out / PAGE).read_text(encoding="utf-8")
    assert f"Take {found.recommendation.method}" in text
    assert "PaDiM" in text
    with (out / TABLE).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert [row["method"] for row in rows] == list(TWO)
    summary = json.loads((out / SUMMARY).read_text(encoding="utf-8"))
    assert summary == found.as_json()
    assert summary["methods"][1]["normal"] == 6


def test_that_a_finished_method_is_not_trained_again_unless_something_changed(parts: Path, tmp_path: Path) -> None:
    tried: list[str] = []

    def attempt(trial: Trial, listener: Listener) -> MethodRow:
        tried.append(trial.method)
        return try_method(trial, listener)

    asked = job(parts, tmp_path)
    first = compare_methods(asked, attempt=attempt)
    assert tried == list(TWO)
    again = compare_methods(asked, attempt=attempt)
    assert tried == list(TWO)
    assert again == first
    compare_methods(replace(asked, options=SMALL | {"padim.smoothing": "2"}), attempt=attempt)
    assert tried == [*TWO, "padim"]
    compare_methods(replace(asked, methods=("padim",), options=SMALL | {"smoothing": 2, "seed": 0}), attempt=attempt)
    assert tried == [*TWO, "padim"]
    save(parts / "test" / "good" / "new.png", good(77))
    compare_methods(asked, attempt=attempt)
    assert tried == [*TWO, "padim", *TWO]
    compare_methods(replace(asked, afresh=True), attempt=attempt)
    assert tried == [*TWO, "padim", *TWO, *TWO]


def test_that_a_cancelled_comparison_goes_on_where_it_was(parts: Path, tmp_path: Path) -> None:
    def stop(event: Event) -> None:
        if event == PartBegan("padim"):
            raise Cancelled

    with pytest.raises(Cancelled):
        compare_methods(job(parts, tmp_path), stop)
    assert (tmp_path / "out" / BUNDLES / "dense-autoencoder").is_dir()
    assert not (tmp_path / "out" / PAGE).exists()
    tried: list[str] = []

    def attempt(trial: Trial, listener: Listener) -> MethodRow:
        tried.append(trial.method)
        return try_method(trial, listener)

    compare_methods(job(parts, tmp_path), attempt=attempt)
    assert tried == ["padim"]


@pytest.mark.parametrize(
    ("error", "words"),
    [(DataError("too few of them"), "too few of them"), (ZeroDivisionError("oh"), "a bug in inspector: ZeroDivision")],
)
def test_that_a_method_that_fails_is_a_row_and_the_rest_goes_on(
    parts: Path, tmp_path: Path, error: Exception, words: str
) -> None:
    def attempt(trial: Trial, listener: Listener) -> MethodRow:
        if trial.method == "dense-autoencoder":
            raise error
        return try_method(trial, listener)

    found = compare_methods(job(parts, tmp_path), attempt=attempt)
    assert words in found.rows[0].failed
    assert found.rows[1].area is not None
    assert found.recommendation.method == "padim"
    assert words in (tmp_path / "out" / PAGE).read_text(encoding="utf-8")
    mended = compare_methods(job(parts, tmp_path))
    assert not mended.rows[0].failed


def test_that_a_workspace_is_split_alike_for_every_method_and_each_time(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "place")
    for number in range(10):
        save(workspace.normal / f"{number}.png", good(number))
    for number in range(3):
        save(workspace.abnormal / "spot" / f"{number}.png", bad(number))
        save(workspace.reference / "other" / f"{number}.png", bad(number))
    split = split_of(workspace.folder)
    assert split == split_of(workspace.folder)
    assert (len(split.train), len(split.test), split.abnormal, split.held_out) == (7, 6, 3, True)
    assert not {item.relative for item in split.train} & {item.relative for item in split.test}
    assert not any("reference" in item.relative for item in (*split.train, *split.test))
    assert split.reference == workspace.reference
    assert split_of(workspace.folder, 1).train != split.train
    found = compare_methods(MethodsJob(workspace.folder, ("padim",), tmp_path / "out", dict(SMALL)))
    assert (found.dataset, found.train, found.held_out) == ("place", 7, True)
    assert (len(found.rows[0].normal), len(found.rows[0].abnormal)) == (3, 3)


def test_that_good_test_images_are_drawn_where_the_folder_has_none(tmp_path: Path) -> None:
    folder = part_set(tmp_path / "parts", normal=0)
    train_folder(folder / "train" / "good", 10)
    split = split_of(folder)
    assert (len(split.train), split.abnormal, len(split.test)) == (7, 4, 7)


def test_that_without_bad_parts_speed_is_compared_and_nothing_recommended(tmp_path: Path) -> None:
    folder = train_folder(tmp_path / "parts", 8)
    found = compare_methods(MethodsJob(folder, TWO, tmp_path / "out", dict(SMALL)))
    assert found.recommendation.method is None
    assert "no pictures of bad parts" in found.recommendation.reason
    assert all(row.ms_per_image > 0 and row.normal and row.area is None for row in found.rows)
    assert "No recommendation" in (tmp_path / "out" / PAGE).read_text(encoding="utf-8")


def test_that_too_few_images_are_refused_before_anything_is_trained(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"at least 3 normal images.*Received: 2"):
        compare_methods(MethodsJob(train_folder(tmp_path / "parts", 2), TWO, tmp_path / "out"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"memory": 5}, "has an option 'memory'"),
        ({"patchcore.memory": 5}, "speaks to a method that is not compared"),
        ({"padim.epochs": 5}, "None of the methods padim has an option 'epochs'"),
        ({"size": "1"}, "dense-autoencoder: Expected for size"),
    ],
)
def test_that_options_nobody_has_are_refused_before_anything_is_trained(
    parts: Path, tmp_path: Path, options: dict[str, object], words: str
) -> None:
    with pytest.raises(OptionError, match=words):
        compare_methods(job(parts, tmp_path, options=options))
    with pytest.raises(OptionError, match="Expected a method among"):
        compare_methods(job(parts, tmp_path, methods=("no",)))
    with pytest.raises(OptionError, match="at least one method"):
        compare_methods(job(parts, tmp_path, methods=(), options={}))
    assert not (tmp_path / "out").exists()
