from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from inspector.core import places
from inspector.core.errors import InspectorError
from inspector.core.places import Places, shipped

if TYPE_CHECKING:
    from pathlib import Path

PRINT_ENVIRONMENT = """
import json, os
names = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")
before = [os.environ.get(name) for name in names]
from inspector.core.cv import cv2
print(json.dumps([before, [os.environ.get(name) for name in names], cv2.__version__]))
"""


@pytest.mark.parametrize("value", [None, "/somewhere/plugins"])
def test_that_importing_opencv_leaves_qts_environment_as_it_was(value: str | None) -> None:
    env = {name: text for name, text in os.environ.items() if not name.startswith("QT_QPA_")}
    if value is not None:
        env |= {"QT_QPA_PLATFORM_PLUGIN_PATH": value, "QT_QPA_FONTDIR": value}
    done = subprocess.run(
        [sys.executable, "-c", PRINT_ENVIRONMENT], env=env, capture_output=True, text=True, check=True
    )
    before, after, version = json.loads(done.stdout)
    assert before == after == [value, value]
    assert version


def test_that_all_places_can_lie_below_one_folder(tmp_path: Path) -> None:
    here = Places.under(tmp_path)
    assert {path.parent for path in (here.config, here.data, here.cache, here.log)} == {tmp_path}
    assert len({here.config, here.data, here.cache, here.log}) == 4
    assert list(tmp_path.iterdir()) == []


def test_that_this_users_places_are_named_after_the_program() -> None:
    here = Places.of_this_user()
    for path in (here.config, here.data, here.cache, here.log):
        assert "inspector" in path.parts


@pytest.mark.parametrize("inside", [True, False], ids=["as in a wheel", "as in a checkout"])
def test_that_what_ships_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: bool) -> None:  # noqa: FBT001
    package = tmp_path / "inspector"
    (package / "core").mkdir(parents=True)
    monkeypatch.setattr(places, "__file__", str(package / "core" / "places.py"))
    there = (package if inside else tmp_path) / "resources"
    there.mkdir()
    assert shipped("resources") == there


def test_that_the_wheels_own_folder_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "inspector"
    monkeypatch.setattr(places, "__file__", str(package / "core" / "places.py"))
    (package / "models").mkdir(parents=True)
    (tmp_path / "models").mkdir()
    assert shipped("models") == package / "models"


def test_that_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "__file__", str(tmp_path / "inspector" / "core" / "places.py"))
    with pytest.raises(InspectorError, match=r"'models'.*Install inspector again"):
        shipped("models")
