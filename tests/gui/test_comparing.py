"""The page of the Train panel that compares methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from inspector.core.errors import DataError
from inspector.core.events import Listener, PartBegan, Progress, Stage
from inspector.detectors import METHODS
from inspector.gui.models.region import write_region
from inspector.gui.panels.train import TrainPanel
from inspector.imaging.region import Region, rectangle
from inspector.jobs.library import describe
from inspector.jobs.methods import MethodsJob, compare_methods
from inspector.sources.save import write_image
from tests.detectors.pictures import bad, good
from tests.detectors.template import Template

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from inspector.gui.context import Context
    from inspector.gui.panels.train.comparing import ComparePage
    from inspector.gui.worker import Job
    from inspector.jobs.workspace import Workspace

# What the platform "offscreen" says of every window.
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


@pytest.fixture
def workspace(workspace: Workspace) -> Workspace:
    """The one that is open, with pictures to compare on."""
    for number in range(10):
        write_image(workspace.normal / f"{number}.png", good(number))
    for number in range(4):
        write_image(workspace.abnormal / "spot" / f"{number}.png", bad(number))
    return workspace


@pytest.fixture
def panel(qtbot: QtBot, context: Context, workspace: Workspace) -> TrainPanel:
    made = TrainPanel(context)
    qtbot.addWidget(made, before_close_func=end)
    made.resize(1180, 700)
    made.workspace_changed()
    made.show()
    qtbot.waitUntil(lambda: made._stock is not None)
    made.compare()
    return made


def end(panel: TrainPanel) -> None:
    panel.stop()
    assert panel.wait(10)


@pytest.fixture
def page(panel: TrainPanel, monkeypatch: pytest.MonkeyPatch) -> ComparePage:
    """Compares in this process, two methods that take no time."""
    monkeypatch.setitem(METHODS, "dense-autoencoder", Template)
    panel.comparing.choices.choose(["dense-autoencoder", "padim"])
    panel.comparing.choices.size_line.setText("32")
    script(panel.comparing, compare_methods)
    return panel.comparing


def script(page: ComparePage, job: Callable[[MethodsJob, Listener], object]) -> None:
    def make(asked: MethodsJob) -> Job:
        return lambda listener: job(asked, listener)

    page._job = make  # type: ignore[method-assign]


def states(page: ComparePage) -> list[tuple[str, str]]:
    return [(one.name, one.state) for one in page.standings.rows.rows]


def test_that_methods_are_compared_and_the_winner_is_kept(
    qtbot: QtBot, panel: TrainPanel, page: ComparePage, workspace: Workspace, context: Context
) -> None:
    assert panel.pages.currentWidget() is page
    assert not page.keep_button.isEnabled()
    page.start_button.click()
    assert panel.busy()
    assert not page.start_button.isVisible()
    qtbot.waitUntil(lambda: not panel.busy(), timeout=20_000)
    assert states(page) == [("padim", "done"), ("dense-autoencoder", "done")]
    assert page.standings.advice.text().startswith("Take ")
    assert "AUROC" in page.standings.reason.text()
    assert page.report_button.isEnabled()
    assert (workspace.comparison / "methods.html").is_file()
    won = page.standings.at
    assert won is not None
    assert won.name == page._contest.recommended
    with qtbot.waitSignal(context.detectors_changed):
        page.keep_button.click()
    [path] = workspace.detectors.iterdir()
    assert path.name.startswith(won.name)
    assert describe(path).auroc == 1.0
    assert describe(path).auroc_of == "images set aside"
    qtbot.waitUntil(lambda: path.name in panel.messages.text)
    panel.messages._do()
    qtbot.waitUntil(lambda: panel.pages.currentWidget() is panel.result)
    qtbot.waitUntil(lambda: panel.result.bench.bench is not None)


def test_that_what_is_asked_is_what_stands_there(
    qtbot: QtBot, panel: TrainPanel, page: ComparePage, workspace: Workspace
) -> None:
    write_region(workspace, Region((rectangle(0, 0, 0.5, 1),)))
    panel.setup.choose("padim")
    panel.setup.form.editors["top"].setValue(7)  # type: ignore[attr-defined]
    panel.compare()
    asked: list[MethodsJob] = []

    def job(one: MethodsJob, _listener: Listener) -> None:
        asked.append(one)
        msg = "enough"
        raise DataError(msg)

    script(page, job)
    page.start()
    qtbot.waitUntil(lambda: not panel.busy())
    [one] = asked
    assert one.methods == ("padim", "dense-autoencoder")
    assert (one.dataset, one.out) == (workspace.folder, workspace.comparison)
    assert (one.options["size"], one.options["padim.top"]) == ([32, 32], 7)
    assert "region" in one.options
    assert panel.messages.text == "enough"
    assert page.start_button.isVisible()


def test_that_a_method_that_fails_says_why_and_the_rest_goes_on(
    qtbot: QtBot, panel: TrainPanel, page: ComparePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(self: Template, *_: object) -> None:
        msg = "no luck"
        raise DataError(msg)

    monkeypatch.setattr(Template, "_train", fails)
    page.start()
    qtbot.waitUntil(lambda: not panel.busy(), timeout=20_000)
    assert states(page) == [("padim", "done"), ("dense-autoencoder", "failed")]
    assert page.standings._tip(page.standings.rows.rows[1], 1) == "no luck"
    page.standings.select("dense-autoencoder")
    assert not page.keep_button.isEnabled()
    page.standings.select("padim")
    assert page.keep_button.isEnabled()


def test_that_a_comparison_can_be_cancelled_and_says_that_it_goes_on(
    qtbot: QtBot, panel: TrainPanel, page: ComparePage
) -> None:
    def endless(_asked: MethodsJob, listener: Listener) -> None:
        listener(PartBegan("padim"))
        listener(Stage("padim: training", 2))
        while True:
            page._runner.check()
            listener(Progress(1, 2))

    script(page, endless)
    page.start()
    qtbot.waitUntil(lambda: page._contest.done == 1)
    assert states(page)[0] == ("padim", "running")
    assert page.standings.stage.text() == "padim: training"
    panel.get_ready()  # another panel asks for training meanwhile
    assert panel.pages.currentWidget() is page
    page.cancel_button.click()
    qtbot.waitUntil(lambda: not panel.busy())
    assert "goes on from there" in page.standings.reason.text()
    assert states(page)[0] == ("padim", "waiting")
    page.back_button.click()
    assert panel.pages.currentWidget() is panel.setup


def test_that_choices_are_remembered_and_none_starts_nothing(
    qtbot: QtBot, panel: TrainPanel, page: ComparePage, context: Context
) -> None:
    context.remember("compare/methods", "padim,anogan,unknown")
    again = TrainPanel(context)
    qtbot.addWidget(again, before_close_func=end)
    assert again.comparing.choices.chosen == ["padim", "anogan"]
    page.choices.choose([])
    assert not page.start_button.isEnabled()
    page.choices.choose(["padim"])
    page.choices.size_line.setText("no size")
    page.start()
    assert "Expected for size" in panel.messages.text
    assert not panel.busy()
