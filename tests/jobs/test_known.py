"""Files that are unchanged since the last report are not judged again."""

from __future__ import annotations

import csv
import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from inspector.core.events import Event, Judged
from inspector.jobs.batch import PARQUET, RESULTS, SUMMARY, Batch, batch
from inspector.jobs.journal import LEDGER
from tests.detectors.pictures import bad, good
from tests.detectors.template import save_template
from tests.jobs.folders import part_set
from tests.sources.drawing import save

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_template(tmp_path_factory.mktemp("bundle") / "detector")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return part_set(tmp_path / "parts") / "test"


def rows(out: Path) -> list[dict[str, str]]:
    with (out / RESULTS).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def spoil_scores(out: Path) -> None:
    """Make what the report says told from what is judged anew."""
    lines = (out / LEDGER).read_text(encoding="ascii").splitlines()
    changed = [lines[0]] + [json.dumps(json.loads(line) | {"score": 123.0}) for line in lines[1:]]
    (out / LEDGER).write_text("\n".join(changed) + "\n", encoding="ascii")


@pytest.fixture
def job(folder: Path, bundle: Path, tmp_path: Path) -> Batch:
    job = Batch(folder, bundle, tmp_path / "out")
    assert batch(job).known == 0
    return job


def from_before(out: Path) -> set[str]:
    return {row["path"] for row in rows(out) if row["score"] == "123.0"}


def test_that_unchanged_files_are_taken_from_the_report_before(job: Batch) -> None:
    spoil_scores(job.out)
    heard: list[Event] = []
    outcome = batch(job, heard.append)
    assert outcome.known == outcome.ng == 10
    assert len(from_before(job.out)) == 10
    assert sum(isinstance(event, Judged) for event in heard) == 10
    assert json.loads((job.out / SUMMARY).read_text(encoding="utf-8"))["counts"]["total"] == 10


def test_that_files_that_changed_or_came_are_judged(job: Batch, folder: Path) -> None:
    spoil_scores(job.out)
    names = [row["path"] for row in rows(job.out)]
    save(folder / names[0], good(77))
    save(folder / "good" / "new.png", good(78))
    outcome = batch(job)
    assert outcome.known == 9
    assert from_before(job.out) == set(names[1:])


def test_that_a_file_that_was_moved_or_touched_is_known_by_its_content(job: Batch, folder: Path) -> None:
    spoil_scores(job.out)
    names = [row["path"] for row in rows(job.out)]
    (folder / names[0]).rename(folder / "spot" / "moved.png")
    os.utime(folder / names[1], (5, 5))
    assert batch(job).known == 10
    assert from_before(job.out) == {*names[1:], "spot/moved.png"}


def test_that_another_threshold_decides_anew_what_is_known(job: Batch) -> None:
    outcome = batch(replace(job, threshold=1e9))
    assert (outcome.known, outcome.ng, outcome.ok) == (10, 0, 10)


def test_that_another_detector_or_one_who_asks_judges_all(job: Batch, tmp_path: Path) -> None:
    spoil_scores(job.out)
    other = save_template(tmp_path / "other", seed=5)
    assert batch(replace(job, detector=other)).known == 0
    assert batch(replace(job, afresh=True)).known == 0
    assert not from_before(job.out)


def test_that_what_needs_an_overlay_is_judged_again(job: Batch) -> None:
    outcome = batch(replace(job, overlays="ng"))
    assert (outcome.known, outcome.ng) == (6, 4)
    assert len(list((job.out / "overlays").rglob("*.png"))) == 4


def test_that_unreadable_files_are_tried_again(job: Batch, folder: Path) -> None:
    (folder / "good" / "torn.png").write_bytes(b"torn")
    assert batch(job).unreadable == 1
    save(folder / "good" / "torn.png", bad(1))
    outcome = batch(job)
    assert (outcome.known, outcome.unreadable, outcome.ng) == (10, 0, 5)


@pytest.mark.parametrize("text", ["", "{}\n", "torn", '{"terms": 5}\n{"path": 1}\n'])
def test_that_a_ledger_that_makes_no_sense_is_no_hindrance(job: Batch, text: str) -> None:
    (job.out / LEDGER).write_text(text, encoding="ascii")
    assert batch(job).known == 0


def test_that_rows_are_written_as_parquet_where_asked(job: Batch) -> None:
    import pyarrow.parquet as pq

    batch(replace(job, tables="both"))
    found = pq.read_table(job.out / PARQUET).to_pylist()
    assert [row["path"] for row in found] == [row["path"] for row in rows(job.out)]
    assert [row["score"] for row in found] == [float(row["score"]) for row in rows(job.out)]
    batch(replace(job, tables="parquet"))
    assert not (job.out / RESULTS).exists()
