from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from inspector.cli.app import run
from inspector.jobs.workspace import Workspace
from tests.history.records import inspection, record

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.core.places import Places


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace.create(tmp_path / "ws")
    record(made.history, [inspection(n, 2.0 if n == 3 else 0.5) for n in range(5)])
    return made


def test_that_inspections_are_exported(
    workspace: Workspace, places: Places, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    to = tmp_path / "ng.csv"
    assert run(["history", "export", str(workspace.folder), str(to), "--verdict", "ng"], places) == 0
    assert "1 inspections" in capsys.readouterr().out
    assert len(to.read_text().splitlines()) == 2
    assert run(["history", "export", str(workspace.folder), str(to), "--since", "2023-12-01"], places) == 0
    assert len(to.read_text().splitlines()) == 1


def test_that_old_ones_are_deleted(workspace: Workspace, places: Places, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["history", "prune", str(workspace.folder), "--days", "30"], places) == 0
    assert "5 inspections" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["export", "WS", "table.xlsx"], "neither in .csv nor"),
        (["export", "WS", "table.csv", "--verdict", "fine"], "no verdict"),
        (["prune", "WS"], "Say what to keep"),
        (["prune", "WS", "--days", "0"], "more than 0 days"),
    ],
)
def test_that_what_cannot_be_is_told(
    workspace: Workspace, places: Places, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [str(workspace.folder) if one == "WS" else one for one in arguments]
    assert run(["history", *given], places) == 1
    assert words in " ".join(capsys.readouterr().err.split())


def test_that_a_workspace_without_a_history_is_told(
    places: Places, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = Workspace.create(tmp_path / "new")
    assert run(["history", "prune", str(made.folder), "--days", "1"], places) == 1
    assert "Nothing was recorded" in " ".join(capsys.readouterr().err.split())
