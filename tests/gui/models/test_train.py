from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from inspector.core.events import Epoch, Progress, Samples, Stage, Warned
from inspector.detectors import METHODS
from inspector.gui.models.train import Watch, cards, count_pictures, default_name, name_fault, request, take_stock
from inspector.jobs.workspace import Workspace
from inspector.sources.save import write_image
from tests.detectors.pictures import bad, good
from tests.detectors.template import save_template

if TYPE_CHECKING:
    from pathlib import Path

DAY = dt.date(2026, 11, 23)


class Clock:
    """A clock that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace.create(tmp_path / "workspace")
    for number in range(3):
        write_image(made.normal / f"{number}.png", good(number))
    write_image(made.normal / "monday" / "0.png", good(9))
    write_image(made.abnormal / "scratch" / "0.png", bad(0))
    write_image(made.abnormal / "loose.png", bad(1))
    (made.normal / "notes.txt").write_text("no picture")
    return made


def test_that_there_is_a_card_for_every_method() -> None:
    shown = cards()
    assert [one.name for one in shown] == list(METHODS)
    assert all(one.summary and one.title for one in shown)


def test_that_pictures_are_counted_by_what_they_are(workspace: Workspace) -> None:
    pictures = count_pictures(workspace.images)
    assert pictures.normal == 4
    assert pictures.abnormal == {"scratch": 1, "abnormal": 1}
    assert pictures.bad == 2
    assert pictures.reference == {}
    assert pictures.enough


def test_that_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    stock = take_stock(tmp_path / "images", tmp_path / "detectors")
    assert not stock.pictures.enough
    assert (stock.detectors, stock.taken, stock.size) == ((), frozenset(), None)


def test_that_stock_lists_detectors_and_every_name_that_is_taken(workspace: Workspace) -> None:
    path = save_template(workspace.detectors / "first")
    (workspace.detectors / "something else").mkdir()
    stock = take_stock(workspace.images, workspace.detectors)
    assert stock.detectors == (path,)
    assert stock.taken == {"first", "something else"}
    assert stock.size == (32, 32)


def test_that_a_request_names_only_folders_with_images(workspace: Workspace, tmp_path: Path) -> None:
    asked = request("dense-autoencoder", {"size": 16}, count_pictures(workspace.images), tmp_path / "out")
    assert (asked.normal, asked.abnormal, asked.reference) == (workspace.normal, workspace.abnormal, None)
    assert (asked.method, asked.options, asked.out) == ("dense-autoencoder", {"size": 16}, tmp_path / "out")


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("flange A", ""),
        ("Größe 3", ""),
        (" flange ", ""),
        ("", "empty"),
        ("  ", "empty"),
        ("a/b", "unsafe"),
        ("..", "unsafe"),
        (".hidden", "unsafe"),
        ("ends.", "unsafe"),
        ("con", "unsafe"),
        ("x" * 81, "unsafe"),
        ("Old", "taken"),
    ],
)
def test_that_a_name_must_do_as_a_folder_on_every_system(name: str, fault: str) -> None:
    assert name_fault(name, {"old"}) == fault


def test_that_the_name_suggested_is_one_that_nobody_has() -> None:
    first = default_name("conv-autoencoder", DAY, ())
    assert first == "conv-autoencoder 2026-11-23"
    second = default_name("conv-autoencoder", DAY, {first.upper()})
    assert second == "conv-autoencoder 2026-11-23 (2)"
    assert name_fault(second, {first}) == ""


def test_that_curves_collect_what_epochs_tell() -> None:
    watch = Watch()
    watch.hear(Stage("Training"))
    watch.hear(Epoch(1, 2, {"loss": 0.5}))
    watch.hear(Epoch(2, 2, {"loss": 0.25, "val_loss": 0.3}))
    assert watch.curves == {"loss": [(1, 0.5), (2, 0.25)], "val_loss": [(2, 0.3)]}
    assert (watch.epoch, watch.epochs) == (2, 2)


def test_that_a_training_in_parts_fills_the_bar_once() -> None:
    watch = Watch()
    watch.hear(Stage("Training, part 1 of 5"))
    watch.hear(Progress(10, 10))
    assert watch.fraction == pytest.approx(0.2)
    watch.hear(Epoch(1, 1, {"loss": 1.0}))
    watch.hear(Stage("Training, part 2 of 5"))
    assert watch.curves == {}
    assert watch.fraction is None
    watch.hear(Progress(5, 10))
    assert watch.fraction == pytest.approx(0.3)


def test_that_time_left_follows_the_pace_and_runs_down_between_news() -> None:
    clock = Clock()
    watch = Watch(clock)
    watch.hear(Stage("Training"))
    for second in range(5):
        clock.now = float(second)
        watch.hear(Progress(second * 10, 100))
    assert watch.seconds_left == pytest.approx(6.0)
    clock.now += 2
    assert watch.seconds_left == pytest.approx(4.0)


def test_that_time_left_is_not_told_from_too_little() -> None:
    clock = Clock()
    watch = Watch(clock)
    assert watch.seconds_left is None
    watch.hear(Stage("Training"))
    watch.hear(Progress(1, 100))
    assert watch.seconds_left is None
    clock.now = 0.5
    watch.hear(Progress(2, 100))
    assert watch.seconds_left is None


def test_that_time_left_forgets_a_slow_start() -> None:
    clock = Clock()
    watch = Watch(clock)
    watch.hear(Stage("Training"))
    watch.hear(Progress(0, 1000))
    for step in range(1, 41):
        clock.now = 30.0 + step
        watch.hear(Progress(step * 10, 1000))
    assert watch.seconds_left == pytest.approx(60.0, rel=0.05)


def test_that_samples_and_warnings_are_kept() -> None:
    watch = Watch()
    samples = Samples(3, (good(),), (good(),))
    watch.hear(samples)
    watch.hear(Warned("one image is torn"))
    assert watch.samples is samples
    assert watch.warnings == ["one image is torn"]
