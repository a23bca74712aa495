from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from inspector.core.errors import BundleError
from inspector.detectors import load
from inspector.detectors.fitted import Threshold
from inspector.gui.models.bench import BY_HAND
from inspector.gui.models.workbench import judged_anew, open_detector, save_detector, save_threshold
from tests.detectors.template import save_template

if TYPE_CHECKING:
    from pathlib import Path


def test_that_an_opened_detector_was_timed(tmp_path: Path) -> None:
    loaded = open_detector(save_template(tmp_path / "template"))
    assert loaded.milliseconds > 0
    assert len(loaded.bench.normal) == 12


def test_that_what_is_no_detector_is_said(tmp_path: Path) -> None:
    with pytest.raises(BundleError):
        open_detector(tmp_path)


def test_that_a_saved_threshold_is_the_one_that_is_loaded(tmp_path: Path) -> None:
    path = save_template(tmp_path / "template")
    one = open_detector(path).bench
    one.move(one.value * 2)
    save_threshold(path, one.threshold)
    assert load(path).threshold == one.threshold


def test_that_other_options_are_tried_and_saved_with_their_threshold(tmp_path: Path) -> None:
    path = save_template(tmp_path / "template")
    detector = load(path)
    tried = judged_anew(detector, {"score": "area", "minimum_area": 0.01})
    assert load(path).threshold == detector.threshold
    tried.use_threshold(Threshold(0.25, tried.threshold.map_value, BY_HAND, "set by hand"))
    save_detector(path, tried)
    again = load(path)
    assert (again.options.score, again.options.minimum_area) == ("area", 0.01)
    assert (again.threshold.value, again.threshold.rule) == (0.25, BY_HAND)
