from __future__ import annotations

import multiprocessing
import os
import signal
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QSpinBox

from inspector.core.errors import DataError
from inspector.core.events import Epoch, Listener, Progress, Samples, Stage, Warned
from inspector.detectors import METHODS, load
from inspector.gui.models.bench import BY_HAND
from inspector.gui.models.region import region_path, write_region
from inspector.gui.panels import train as train_module
from inspector.gui.panels.train import TrainPanel
from inspector.gui.widgets.optionsform import OptionsForm
from inspector.gui.widgets.workbench import Workbench
from inspector.imaging.region import Region, rectangle
from inspector.sources.save import write_image
from tests.detectors.pictures import bad, good
from tests.detectors.template import Template, save_template
from tests.jobs import child_jobs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from inspector.gui.context import Context
    from inspector.gui.theme import Theme
    from inspector.gui.worker import Job
    from inspector.jobs.train import Training
    from inspector.jobs.workspace import Workspace

# What the platform "offscreen" says of every window.
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


@pytest.fixture
def workspace(workspace: Workspace) -> Workspace:
    """The one that is open, with pictures to train on."""
    fill(workspace)
    return workspace


def fill(workspace: Workspace, *, abnormal: int = 3) -> None:
    for number in range(6):
        write_image(workspace.normal / f"{number}.png", good(number))
    for number in range(abnormal):
        write_image(workspace.abnormal / "spot" / f"{number}.png", bad(number))


@pytest.fixture
def panel(request: pytest.FixtureRequest, qtbot: QtBot, context: Context) -> TrainPanel:
    if "workspace" in request.fixturenames:
        request.getfixturevalue("workspace")  # filled before it is first looked at
    made = TrainPanel(context)
    # Widgets are closed before fixtures end, so what is under way ends here.
    qtbot.addWidget(made, before_close_func=end)
    made.resize(1180, 700)
    made.workspace_changed()
    made.show()
    qtbot.waitUntil(lambda: made._stock is not None)
    return made


def end(panel: TrainPanel | Workbench) -> None:
    panel.stop()
    assert panel.wait(10)


def button(panel: TrainPanel, text: str) -> QPushButton:
    """The one that is seen, where several pages have one; or the only one there is."""
    every = [one for one in panel.findChildren(QPushButton) if one.text() == text]
    [found] = [one for one in every if one.isVisible()] or every
    return found


def script(panel: TrainPanel, job: Callable[[Training, Listener], Any]) -> None:
    """Have the panel do this in place of training in a child."""

    def make(training: Training) -> Job:
        return lambda listener: job(training, listener)

    panel._job = make  # type: ignore[method-assign]


def train_template(training: Training, listener: Listener) -> Path:
    listener(Stage("Training"))
    picture = good(0)
    for number in (1, 2, 3):
        listener(Progress(number, 3))
        listener(Epoch(number, 3, {"loss": 1 / number, "val_loss": 1.2 / number, "normal_right": 1.0}))
        listener(Samples(number, (picture, picture), (picture, picture)))
    listener(Warned("two images could not be read"))
    normal = [good(number) for number in range(60)]
    abnormal = [(bad(number), "spot") for number in range(5)]
    Template(size=16).fit(normal, abnormal=abnormal).save(training.out)
    return training.out


def trained(qtbot: QtBot, panel: TrainPanel) -> Workbench:
    script(panel, train_template)
    button(panel, "Start training").click()
    bench = panel.result.bench
    qtbot.waitUntil(lambda: bench.bench is not None)
    return bench


def test_that_without_images_it_says_to_collect_first_and_has_a_button_for_it(
    qtbot: QtBot, panel: TrainPanel, context: Context
) -> None:
    assert panel.pages.currentWidget() is panel.empty
    assert not button(panel, "Start training").isVisible()
    with qtbot.waitSignal(context.show_panel) as shown:
        panel.empty.button.click()
    assert shown.args == ["collect"]


def test_that_images_collected_meanwhile_make_training_possible(
    qtbot: QtBot, panel: TrainPanel, context: Context
) -> None:
    assert context.workspace is not None
    fill(context.workspace)
    context.images_changed.emit()
    qtbot.waitUntil(lambda: panel.pages.currentWidget() is panel.setup)
    assert button(panel, "Start training").isEnabled()


def test_that_it_says_what_no_abnormal_images_mean(qtbot: QtBot, panel: TrainPanel, context: Context) -> None:
    assert context.workspace is not None
    fill(context.workspace, abnormal=0)
    context.images_changed.emit()
    qtbot.waitUntil(lambda: panel.pages.currentWidget() is panel.setup)
    assert "no misses to count" in panel.setup._notes.text()


@pytest.mark.usefixtures("workspace")
def test_that_a_card_is_chosen_by_mouse_and_by_keyboard(panel: TrainPanel) -> None:
    dense, conv = panel.setup.cards["dense-autoencoder"], panel.setup.cards["conv-autoencoder"]
    QTest.mouseClick(dense, Qt.MouseButton.LeftButton)
    assert (dense.selected, conv.selected, panel.setup.method) == (True, False, "dense-autoencoder")
    assert "code" in panel.setup.form.editors
    QTest.keyClick(conv, Qt.Key.Key_Space)
    assert (dense.selected, conv.selected, panel.setup.method) == (False, True, "conv-autoencoder")
    assert "filters" in panel.setup.form.editors


@pytest.mark.usefixtures("workspace")
def test_that_an_option_not_allowed_is_told_at_its_field_and_stops_the_start(panel: TrainPanel) -> None:
    panel.setup.choose("conv-autoencoder")
    form = panel.setup.form
    form.editors["learning_rate"].setText("7")  # type: ignore[attr-defined]
    assert form.fault("learning_rate") == "Must be less than or equal to 1"
    assert not button(panel, "Start training").isEnabled()
    form.editors["learning_rate"].setText("0.01")  # type: ignore[attr-defined]
    assert form.fault("learning_rate") == ""
    assert button(panel, "Start training").isEnabled()
    assert form.changed_values() == {"learning_rate": 0.01}


@pytest.mark.usefixtures("workspace")
def test_that_a_name_not_allowed_is_told_and_stops_the_start(panel: TrainPanel) -> None:
    panel.setup.name.setText("a/b")
    assert "a b" in panel.setup._name_fault.text()
    assert not button(panel, "Start training").isEnabled()


@pytest.mark.usefixtures("workspace")
def test_that_the_options_chosen_last_stand_there_again(qtbot: QtBot, panel: TrainPanel, context: Context) -> None:
    panel.setup.choose("dense-autoencoder")
    epochs = panel.setup.form.editors["epochs"]
    assert isinstance(epochs, QSpinBox)
    epochs.setValue(17)
    panel.save_state()
    again = TrainPanel(context)
    qtbot.addWidget(again, before_close_func=end)
    assert again.setup.method == "dense-autoencoder"
    assert again.setup.form.changed_values() == {"epochs": 17}


def test_that_every_field_of_the_form_has_a_name_and_help_for_those_who_do_not_see_it(qtbot: QtBot) -> None:
    from inspector.detectors import METHODS

    form = OptionsForm()
    qtbot.addWidget(form)
    for method in METHODS.values():
        form.show_options(method.Options)
        assert set(form.editors) == set(method.Options.model_fields)
        assert all(one.accessibleName() and one.accessibleDescription() for one in form.editors.values())


@pytest.mark.usefixtures("workspace")
def test_that_training_is_asked_for_with_what_stands_in_the_form(
    qtbot: QtBot, panel: TrainPanel, workspace: Workspace
) -> None:
    asked: list[Training] = []

    def job(training: Training, _listener: Listener) -> Path:
        asked.append(training)
        msg = "enough"
        raise DataError(msg)

    script(panel, job)
    panel.context.images_changed.emit()
    qtbot.waitUntil(lambda: panel.setup.ready)
    panel.setup.choose("dense-autoencoder")
    panel.setup.form.editors["size"].setText("16")  # type: ignore[attr-defined]
    panel.setup.name.setText("my flange")
    button(panel, "Start training").click()
    qtbot.waitUntil(lambda: not panel.busy())
    [training] = asked
    assert (training.method, training.options) == ("dense-autoencoder", {"size": [16, 16]})
    assert training.out == workspace.detectors / "my flange"
    assert (training.normal, training.abnormal) == (workspace.normal, workspace.abnormal)
    assert panel.messages.text == "enough"
    assert panel.pages.currentWidget() is panel.setup


@pytest.mark.usefixtures("workspace")
def test_that_a_training_is_watched_and_ends_on_the_workbench(
    qtbot: QtBot, panel: TrainPanel, context: Context
) -> None:
    with qtbot.waitSignal(context.detectors_changed):
        bench = trained(qtbot, panel)
    assert panel.pages.currentWidget() is panel.result
    assert panel.progress.watch.curves["loss"] == [(1, 1.0), (2, 0.5), (3, pytest.approx(1 / 3))]
    assert list(panel.progress.curves.loss._lines["loss"].getData()[1]) == pytest.approx([1.0, 0.5, 1 / 3])
    assert (panel.progress.samples.count, panel.progress.samples.epoch) == (2, 3)
    assert "could not be read" in panel.messages.text
    assert bench.bench is not None
    assert (len(bench.bench.normal), len(bench.bench.abnormal)) == (12, 5)
    assert panel.result.title.text() == panel.result.bench.path.name  # type: ignore[union-attr]


@pytest.mark.usefixtures("workspace")
def test_that_speed_is_on_the_card_only_once_it_was_measured_here(qtbot: QtBot, panel: TrainPanel) -> None:
    card = panel.setup.cards["dense-autoencoder"]
    assert card.speed.text() == ""
    trained(qtbot, panel)
    assert "ms an image at 16 × 16" in card.speed.text()


@pytest.mark.usefixtures("workspace")
def test_that_a_cancelled_training_says_so_and_can_be_started_again(qtbot: QtBot, panel: TrainPanel) -> None:
    def endless(_training: Training, listener: Listener) -> None:
        listener(Stage("Training"))
        while True:
            panel._runner.check()
            listener(Progress(1, 2))

    script(panel, endless)
    button(panel, "Start training").click()
    assert panel.busy()
    qtbot.waitUntil(lambda: panel.progress.watch.done == 1)
    button(panel, "Cancel").click()
    qtbot.waitUntil(lambda: not panel.busy())
    assert "cancelled" in panel.messages.text
    assert panel.pages.currentWidget() is panel.setup
    assert button(panel, "Start training").isEnabled()


@pytest.mark.usefixtures("workspace")
def test_that_a_silent_child_is_ended_by_cancelling(
    qtbot: QtBot, panel: TrainPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train_module, "train_and_save", child_jobs.say_nothing)
    monkeypatch.setattr(train_module, "_GRACE_S", 0.2)
    button(panel, "Start training").click()
    qtbot.waitUntil(lambda: panel.progress.watch.stage == "Silence", timeout=30_000)
    panel.stop()
    assert panel.wait(10)
    qtbot.waitUntil(lambda: not panel.busy())
    assert "cancelled" in panel.messages.text


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal on this system")
@pytest.mark.usefixtures("workspace")
def test_that_a_killed_child_is_told_and_breaks_nothing_else(
    qtbot: QtBot, panel: TrainPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train_module, "train_and_save", child_jobs.say_nothing)
    button(panel, "Start training").click()
    qtbot.waitUntil(lambda: panel.progress.watch.stage == "Silence", timeout=30_000)
    [child] = multiprocessing.active_children()
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: not panel.busy(), timeout=10_000)
    assert "SIGKILL" in panel.messages.text
    assert trained(qtbot, panel).bench is not None


@pytest.mark.usefixtures("workspace")
def test_that_a_name_taken_meanwhile_is_not_written_over(qtbot: QtBot, panel: TrainPanel, workspace: Workspace) -> None:
    panel.setup.name.setText("mine")
    (workspace.detectors / "mine").mkdir()
    script(panel, train_template)
    button(panel, "Start training").click()
    assert not panel.busy()
    assert "mine" in panel.messages.text


@pytest.mark.usefixtures("workspace")
def test_that_the_trained_detector_is_offered_to_live_and_batch(
    qtbot: QtBot, panel: TrainPanel, context: Context
) -> None:
    bench = trained(qtbot, panel)
    with qtbot.waitSignal(context.live_requested) as live:
        button(panel, "Watch live").click()
    with qtbot.waitSignal(context.batch_requested) as batch:
        button(panel, "Inspect a folder").click()
    assert live.args == batch.args == ["", str(bench.path)]


@pytest.mark.usefixtures("workspace")
def test_that_dragging_the_line_changes_the_counts_and_is_saved_by_hand(qtbot: QtBot, panel: TrainPanel) -> None:
    bench = trained(qtbot, panel)
    assert bench.bench is not None
    assert bench.path is not None
    before = bench.figures.false_alarms.number.text()
    lowest = float(bench.bench.normal[0])
    # What pyqtgraph does on a drag, with the logarithmic axis as it is.
    [place] = bench.bench.on_axis([lowest * 1.0001], logarithmic=bench.plot._logarithmic)
    bench.plot._line.setValue(float(place))
    bench.plot._line.sigDragged.emit(bench.plot._line)
    assert before != bench.figures.false_alarms.number.text() == "11 of 12"
    assert bench.box.picker.rule is None
    with qtbot.waitSignal(bench.saved):
        bench.box.save_button.click()
    threshold = load(bench.path).threshold
    assert threshold.rule == BY_HAND
    assert threshold.value == pytest.approx(lowest * 1.0001)
    assert not bench.bench.changed


@pytest.mark.usefixtures("workspace")
def test_that_a_saved_threshold_can_be_undone(qtbot: QtBot, panel: TrainPanel) -> None:
    bench = trained(qtbot, panel)
    assert bench.bench is not None
    assert bench.path is not None
    before = bench.bench.saved
    bench.box.number.setValue(bench.bench.value * 2)
    with qtbot.waitSignal(bench.saved):
        bench.save()
    assert load(bench.path).threshold != before
    with qtbot.waitSignal(bench.saved):
        button(panel, "Undo").click()
    assert load(bench.path).threshold == before


@pytest.mark.usefixtures("workspace")
def test_that_a_refused_rule_says_why_and_leaves_the_line(qtbot: QtBot, panel: TrainPanel) -> None:
    bench = trained(qtbot, panel)
    assert bench.bench is not None
    value = bench.bench.value
    picker = bench.box.picker
    picker.kind.setCurrentIndex(picker.kind.findData("far"))
    picker.kind.activated.emit(picker.kind.currentIndex())
    assert "at least 99" in bench.box.refused.text()
    assert bench.box.refused.isVisible()
    assert bench.bench.value == value
    picker.number.setValue(10)
    assert not bench.box.refused.isVisible()
    assert str(bench.bench.rule) == "far:0.1"


@pytest.mark.usefixtures("workspace")
def test_that_the_workspaces_images_nearest_to_the_line_are_shown(qtbot: QtBot, panel: TrainPanel) -> None:
    bench = trained(qtbot, panel)
    qtbot.waitUntil(lambda: len(bench.nearest.names) == 9 and not bench.busy())
    assert all(name.startswith("abnormal/") for name in bench.nearest.names[-3:])
    assert len(bench._pictures) == 9


@pytest.mark.usefixtures("workspace")
def test_that_a_saved_detector_is_opened_from_the_menu(
    qtbot: QtBot, panel: TrainPanel, context: Context, workspace: Workspace
) -> None:
    path = save_template(workspace.detectors / "older")
    context.detectors_changed.emit()
    qtbot.waitUntil(lambda: panel._saved.menu() is not None and len(panel._saved.menu().actions()) == 1)
    panel._saved.menu().actions()[0].trigger()
    qtbot.waitUntil(lambda: panel.result.bench.bench is not None)
    assert panel.result.bench.path == path
    assert "not known" in panel.result.bench.figures.misses.words.text()
    button(panel, "Train another").click()
    assert panel.pages.currentWidget() is panel.setup


@pytest.mark.usefixtures("workspace")
def test_that_a_broken_detector_is_told_and_leaves_the_panel_usable(
    qtbot: QtBot, panel: TrainPanel, workspace: Workspace
) -> None:
    path = save_template(workspace.detectors / "torn")
    (path / "threshold.json").write_text("{")
    panel.open_detector(path)
    qtbot.waitUntil(lambda: "torn" in panel.messages.text)
    assert panel.pages.currentWidget() is panel.setup


def test_that_the_workbench_follows_the_theme(qtbot: QtBot, theme: Theme, tmp_path: Path) -> None:
    bench = Workbench(theme)
    qtbot.addWidget(bench, before_close_func=end)
    with qtbot.waitSignal(bench.loaded):
        bench.show_detector(save_template(tmp_path / "template"))
    theme.choose("dark")
    assert bench.plot.backgroundBrush().color().name() == theme.colours.raised


@pytest.mark.parametrize("times", [1.5, 1000.0])
def test_that_a_threshold_beyond_all_scores_is_seen_or_pointed_at(
    qtbot: QtBot, theme: Theme, tmp_path: Path, times: float
) -> None:
    widget = Workbench(theme)
    qtbot.addWidget(widget, before_close_func=end)
    with qtbot.waitSignal(widget.loaded):
        widget.show_detector(save_template(tmp_path / "template"))
    widget._logarithmic.setChecked(False)
    bench, plot = widget.bench, widget.plot
    assert bench is not None
    highest = max(*bench.normal, *bench.abnormal, bench.saved.value)
    widget._move(highest * times)
    low, high = plot.getPlotItem().viewRange()[0]
    place = float(plot._line.value())
    assert low < place <= high
    if times < 2:
        assert place == pytest.approx(highest * times)
    else:
        assert high < 4 * highest
        assert plot._line.label.textItem.toPlainText().startswith("→")
    widget.revert()
    assert plot.getPlotItem().viewRange()[0][1] < 1.5 * highest


def test_that_the_workbench_shows_what_was_asked_for_last(qtbot: QtBot, theme: Theme, tmp_path: Path) -> None:
    bench = Workbench(theme)
    qtbot.addWidget(bench, before_close_func=end)
    first, second = save_template(tmp_path / "first"), save_template(tmp_path / "second")
    bench.show_detector(first)
    bench.show_detector(second)
    qtbot.waitUntil(lambda: bench.bench is not None and not bench.busy())
    assert bench.path == second


def test_that_main_actions_have_shortcuts_with_a_text(panel: TrainPanel) -> None:
    keys = {one.shortcut().toString(): one.text() for one in panel.findChildren(QAction) if one.shortcut().toString()}
    assert {"Ctrl+Return", "Ctrl+.", "Ctrl+S"} <= set(keys)
    assert all(keys.values())


@pytest.mark.slow
@pytest.mark.training
@pytest.mark.usefixtures("workspace")
def test_that_a_real_training_in_a_child_ends_on_the_workbench(
    qtbot: QtBot, panel: TrainPanel, workspace: Workspace
) -> None:
    panel.setup.choose("dense-autoencoder")
    panel.setup.form.editors["size"].setText("8")  # type: ignore[attr-defined]
    panel.setup.form.editors["epochs"].setValue(3)  # type: ignore[attr-defined]
    panel.setup.name.setText("real")
    button(panel, "Start training").click()
    qtbot.waitUntil(lambda: panel.result.bench.bench is not None, timeout=100_000)
    bench = panel.result.bench.bench
    assert bench is not None
    assert (len(bench.normal), len(bench.abnormal)) == (6, 3)
    assert np.isfinite(bench.value)
    assert load(workspace.detectors / "real").threshold == bench.threshold


@pytest.mark.usefixtures("workspace")
def test_that_areas_drawn_in_collect_are_what_the_training_looks_at(
    qtbot: QtBot, panel: TrainPanel, workspace: Workspace
) -> None:
    asked: list[Training] = []

    def job(training: Training, _listener: Listener) -> Path:
        asked.append(training)
        msg = "enough"
        raise DataError(msg)

    region = Region((rectangle(0.1, 0.1, 0.9, 0.9),))
    write_region(workspace, region)
    script(panel, job)
    panel.context.images_changed.emit()
    qtbot.waitUntil(lambda: panel.setup.ready)
    qtbot.waitUntil(lambda: any(label.text().startswith("1 areas") for label in panel.findChildren(QLabel)))
    button(panel, "Start training").click()
    qtbot.waitUntil(lambda: not panel.busy())
    assert Region.from_json(asked[0].options["region"]) == region


@pytest.mark.usefixtures("workspace")
def test_that_areas_which_cannot_be_read_stop_the_start_and_are_told(
    qtbot: QtBot, panel: TrainPanel, workspace: Workspace
) -> None:
    region_path(workspace).write_text("{", encoding="utf-8")
    panel.context.images_changed.emit()
    qtbot.waitUntil(lambda: panel.setup.ready)
    button(panel, "Start training").click()
    assert not panel.busy()
    assert "region.json" in panel.messages.text


def test_that_the_panel_says_what_will_be_learned_from_and_lets_it_be_chosen(
    panel: TrainPanel, workspace: Workspace, qtbot: QtBot
) -> None:
    for number in range(4):
        write_image(workspace.abnormal / "hair" / f"{number}.png", bad(20 + number))
        write_image(workspace.images / "reference" / "coins" / f"{number}.png", bad(40 + number))
    panel.context.images_changed.emit()
    panel.setup.choose("metric")
    box = panel.setup.lessons
    qtbot.waitUntil(lambda: "hair" in box.uses, timeout=10_000)
    assert box.isVisible()
    assert "6 normal images" in box.normal.text()
    assert "threshold rests on these 6" in box.normal.text()
    assert "4 reference images of 1" in box.reference.text()
    assert [use.currentData() for use in box.uses.values()] == [True, True]
    box.uses["hair"].setCurrentIndex(1)
    box.weights["spot"].setValue(5)
    assert panel.setup.form.changed_values() == {"kind_weights": "hair=0,spot=5"}
    assert not box.weights["hair"].isVisible()
    # Typed into the option, it is shown in the rows.
    panel.setup.form.editors["kind_weights"].setText("spot=2")  # type: ignore[attr-defined]
    assert (box.uses["hair"].currentData(), box.weights["spot"].value()) == (True, 2.0)
    panel.setup.choose("conv-autoencoder")
    assert not box.isVisible()


def test_that_kinds_are_not_offered_where_the_rule_judges_by_them(panel: TrainPanel, workspace: Workspace) -> None:
    panel.setup.choose("metric")
    panel.setup.form.show_options(METHODS["metric"].Options, {"threshold": "best-f1"})
    assert workspace.abnormal.is_dir()
    assert panel.setup.lessons.uses == {}
    assert "best F1" in panel.setup.lessons.words.text()
