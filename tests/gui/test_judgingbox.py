"""Options that only judging looks at, on the workbench."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from inspector.detectors import load
from inspector.gui.widgets.workbench import Workbench
from tests.detectors.template import save_template, template
from tests.gui.test_train import end

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QComboBox, QDoubleSpinBox
    from pytestqt.qtbot import QtBot

    from inspector.gui.theme import Theme


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return save_template(tmp_path / "template", threshold="percentile:90")


@pytest.fixture
def bench(qtbot: QtBot, theme: Theme, path: Path) -> Workbench:
    widget = Workbench(theme)
    qtbot.addWidget(widget, before_close_func=end)
    with qtbot.waitSignal(widget.loaded):
        widget.show_detector(path)
    return widget


def _choose(bench: Workbench, score: str) -> None:
    choice: QComboBox = bench.judging.editors["score"]  # type: ignore[assignment]
    choice.setCurrentIndex(choice.findData(score))


def test_that_another_score_shows_its_own_histogram_and_threshold(qtbot: QtBot, bench: Workbench, path: Path) -> None:
    assert bench.bench is not None
    before = bench.bench.normal.copy()
    assert not bench.bench.changed
    _choose(bench, "map")
    qtbot.waitUntil(lambda: bench.bench is not None and bench.bench.changed)
    assert (bench.bench.normal != before).all()
    expected = load(path).judged_by(score="map")
    assert bench.bench.normal == pytest.approx(np.sort(expected.fitted.calibration.normal))
    assert bench.bench.value == expected.threshold.value
    assert bench.box.save_button.isEnabled()
    assert load(path).config()["score"] == "difference"


def test_that_what_was_tried_is_given_up_by_revert(qtbot: QtBot, bench: Workbench, path: Path) -> None:
    _choose(bench, "area")
    qtbot.waitUntil(lambda: bench.bench is not None and bench.bench.changed)
    bench.box.revert_button.click()
    assert bench.bench is not None
    assert not bench.bench.changed
    assert bench.judging.values["score"] == "difference"
    assert bench.bench.value == load(path).threshold.value


def test_that_options_are_saved_with_the_threshold_and_undone_together(
    qtbot: QtBot, bench: Workbench, path: Path
) -> None:
    old = load(path)
    area: QDoubleSpinBox = bench.judging.editors["minimum_area"]  # type: ignore[assignment]
    area.setValue(0.4)
    _choose(bench, "area")
    qtbot.waitUntil(lambda: bench.bench is not None and bench.bench.changed)
    bench.box.number.setValue(0.125)
    with qtbot.waitSignal(bench.saved) as saved:
        bench.box.save_button.click()
    new = load(path)
    assert new.options.score == "area"
    assert new.options.minimum_area == pytest.approx(0.004)
    assert new.threshold.value == 0.125
    assert bench.bench is not None
    assert not bench.bench.changed
    with qtbot.waitSignal(bench.saved):
        bench.write(saved.args[1])  # as the panels' Undo does
    assert load(path).identity == old.identity
    assert load(path).threshold == old.threshold
    assert bench.judging.values["score"] == "difference"


def test_that_a_refusal_is_told_below_and_nothing_changes(
    qtbot: QtBot, bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bench._loaded is not None
    fitted = bench._loaded.detector.fitted
    kept = fitted.calibration.kept
    assert kept is not None
    without = replace(fitted.calibration, kept=replace(kept, maps=(None,) * len(kept.maps)))
    monkeypatch.setattr(bench._loaded.detector, "_fitted", replace(fitted, calibration=without))
    _choose(bench, "map")
    qtbot.waitUntil(lambda: "too large to be kept" in bench.judging.told.text())
    assert bench.bench is not None
    assert not bench.bench.changed


def test_that_a_detector_of_before_says_that_it_takes_a_training(qtbot: QtBot, theme: Theme, tmp_path: Path) -> None:
    detector = template()
    detector._fitted = replace(detector.fitted, calibration=replace(detector.fitted.calibration, kept=None))
    detector.save(tmp_path / "old")
    widget = Workbench(theme)
    qtbot.addWidget(widget, before_close_func=end)
    with qtbot.waitSignal(widget.loaded):
        widget.show_detector(tmp_path / "old")
    assert not widget.judging.isEnabled()
    assert "train it again" in widget.judging.told.text()
