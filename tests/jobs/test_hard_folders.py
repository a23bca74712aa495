"""Folders that cannot be listed or lead back into themselves, from the folder to the report."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from inspector.jobs.batch import RESULTS, Batch, batch
from tests.detectors.template import save_template
from tests.jobs.folders import part_set


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_template(tmp_path_factory.mktemp("bundle") / "detector")


def _verdicts(out: Path) -> dict[str, str]:
    with (out / RESULTS).open(encoding="utf-8", newline="") as file:
        return {row["path"]: row["verdict"] for row in csv.DictReader(file)}


def test_that_a_folder_that_cannot_be_listed_is_a_row_and_never_ok(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # chmod does not keep root out, and tests may run as root.
    folder = part_set(tmp_path / "parts") / "test"
    scandir = os.scandir

    def guarded(path: Path | int) -> os._ScandirIterator[str]:
        if isinstance(path, Path) and path.name == "spot":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    outcome = batch(Batch(folder, bundle, tmp_path / "out"))
    assert (outcome.ok, outcome.ng, outcome.unreadable) == (6, 0, 1)
    assert _verdicts(tmp_path / "out")["spot"] == "Unreadable"


def test_that_links_in_a_circle_neither_hang_nor_double_a_row(bundle: Path, tmp_path: Path) -> None:
    folder = part_set(tmp_path / "parts") / "test"
    (folder / "good" / "up").symlink_to(folder, target_is_directory=True)
    (folder / "self").symlink_to(folder / "self")
    (folder / "again.png").symlink_to(folder / "again.png")
    outcome = batch(Batch(folder, bundle, tmp_path / "out"))
    verdicts = _verdicts(tmp_path / "out")
    assert (outcome.ok, outcome.ng, outcome.unreadable) == (6, 4, 1)
    assert len(verdicts) == 11
    assert verdicts["again.png"] == "Unreadable"
