"""`inspector compare`, through the program's own `main`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from inspector.__main__ import main
from inspector.detectors import load
from tests.jobs.folders import part_set, train_folder

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.core.places import Places


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    folder = part_set(tmp_path / "parts")
    train_folder(folder / "train" / "good")
    return folder


def test_that_methods_are_compared_in_processes_of_their_own_and_kept(
    places: Places, parts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["compare", str(parts), "--methods", "padim, patchcore", "--size", "32", "--set", "patchcore.memory=50"]
    assert main(arguments, places) == 0
    told = capsys.readouterr()
    assert "Take pa" in told.out
    assert "padim: image AUROC" in told.err
    assert "padim: evaluating (10)" in told.err
    assert main([*arguments, "--json"], places) == 0
    again = capsys.readouterr()
    assert "evaluating" not in again.err
    found = json.loads(again.out)
    assert [row["method"] for row in found["methods"]] == ["padim", "patchcore"]
    bundle = found["methods"][1]["bundle"]
    assert load(bundle).config()["memory"] == 50
    assert str(places.cache) in bundle


def test_that_a_method_that_fails_is_named_and_the_others_go_on(
    places: Places, parts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(
        [
            *("compare", str(parts), "--methods", "patchcore,padim", "--size", "32", "--out", str(tmp_path / "out")),
            *("--set", f"patchcore.backbone={tmp_path / 'missing.h5'}"),
        ],
        places,
    )
    told = capsys.readouterr()
    assert code == 0
    assert "patchcore: " in told.err
    assert "missing.h5" in told.out
    assert "Take padim" in told.out
    assert (tmp_path / "out" / "methods.html").is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--methods", "no"], "Expected a method among"),
        (["--methods", "padim", "--set", "memory=3"], "has an option 'memory'"),
        (["--methods", "padim", "--size", "x"], "padim: Expected for size"),
    ],
)
def test_that_what_is_not_understood_is_told_at_once(
    places: Places, parts: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert main(["compare", str(parts), *arguments], places) == 1
    assert words in capsys.readouterr().err
