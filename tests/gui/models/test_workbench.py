from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from inspector.core.errors import BundleError
from inspector.detectors import load
from inspector.gui.models.workbench import open_detector, save_threshold
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
