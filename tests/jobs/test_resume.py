"""A batch that is cut off and goes on."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from inspector.core.errors import Cancelled, OutputError
from inspector.core.events import Event, Judged, Warned
from inspector.core.files import attempt_at
from inspector.jobs.batch import REPORT, RESULTS, SUMMARY, Batch, BatchOutcome, batch
from inspector.jobs.journal import JOURNAL
from inspector.jobs.unfinished import forget, unfinished
from tests.contract.detectors import Heard
from tests.detectors.pictures import bad, good
from tests.detectors.template import save_template
from tests.jobs.folders import part_set, spoil
from tests.sources.drawing import save

if TYPE_CHECKING:
    from collections.abc import Callable

KILLED = """
import os, signal, sys
from pathlib import Path
from inspector.core.events import Judged
from inspector.jobs.batch import Batch, batch

left = int(sys.argv[4])

def listener(event):
    global left
    if isinstance(event, Judged) and not event.again:
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

folder, bundle, out = map(Path, sys.argv[1:4])
batch(Batch(folder, bundle, out, overlays="ng", resume=True), listener)
"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_template(tmp_path_factory.mktemp("bundle") / "detector")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return part_set(tmp_path / "parts – 部品") / "test"


@pytest.fixture
def job(folder: Path, bundle: Path, tmp_path: Path) -> Batch:
    return Batch(folder, bundle, tmp_path / "out", overlays="ng", resume=True)


def place(job: Batch) -> Path:
    assert isinstance(job.folder, Path)
    return job.folder


def rows(out: Path) -> list[dict[str, str]]:
    with (out / RESULTS).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def files(out: Path) -> list[str]:
    return sorted(str(one.relative_to(out)) for one in out.rglob("*"))


def cut_off(job: Batch, after: int) -> list[str]:
    """Cancel a run after so many files were judged in it; give their names."""
    names: list[str] = []

    def listener(event: Event) -> None:
        if isinstance(event, Judged) and not event.again:
            names.append(event.inspection.name)
            if len(names) == after:
                raise Cancelled

    with pytest.raises(Cancelled):
        batch(job, listener)
    return names


def go_on(job: Batch) -> tuple[BatchOutcome, list[str], Heard]:
    """Run it to its end; give what it came to and what was judged in this run."""
    heard = Heard()
    outcome = batch(job, heard)
    return outcome, [event.inspection.name for event in heard.of(Judged) if not event.again], heard


def undisturbed(job: Batch, tmp_path: Path) -> Path:
    """The report of the same job, run once and through."""
    return batch(replace(job, out=tmp_path / "reference", resume=False)).out


def same_reports(one: Path, other: Path) -> None:
    """Both say the same, but for what the clock says."""
    assert files(one) == files(other)
    assert [row | {"score": "", "level": ""} for row in rows(one)] == [
        row | {"score": "", "level": ""} for row in rows(other)
    ]
    scores = [[float(row["score"]) for row in rows(out) if row["score"]] for out in (one, other)]
    assert scores[0] == pytest.approx(scores[1], rel=1e-5)
    counts = [json.loads((out / SUMMARY).read_text(encoding="utf-8"))["counts"] for out in (one, other)]
    assert counts[0] == counts[1]


@pytest.mark.parametrize("after", [1, 5, 10])
def test_that_a_cancelled_run_goes_on_where_it_was(job: Batch, tmp_path: Path, after: int) -> None:
    first = cut_off(job, after)
    assert not job.out.exists()
    outcome, second, heard = go_on(job)
    assert (outcome.ok, outcome.ng, outcome.auroc) == (6, 4, 1.0)
    assert len(second) == 10 - after
    assert not set(first) & set(second)
    told = [event.inspection.name for event in heard.of(Judged)]
    assert told == [row["path"] for row in rows(job.out)]
    same_reports(job.out, undisturbed(job, tmp_path))
    assert not attempt_at(job.out).exists()


def test_that_a_killed_run_goes_on_where_it_was(job: Batch, tmp_path: Path) -> None:
    spoil(place(job))
    arguments = [str(one) for one in (job.folder, job.detector, job.out)]
    for after in (1, 4, 3):
        ended = subprocess.run([sys.executable, "-c", KILLED, *arguments, str(after)], timeout=60, check=False)
        assert ended.returncode == -signal.SIGKILL
        assert not job.out.exists()
    lines = (attempt_at(job.out) / JOURNAL).read_text("ascii").splitlines()
    _, judged, _ = go_on(job)
    assert len(rows(job.out)) == 15
    torn = sum(row["verdict"] == "Unreadable" for row in rows(job.out))
    assert len(judged) <= 15 - (len(lines) - 1) + torn
    same_reports(job.out, undisturbed(job, tmp_path))


@pytest.mark.parametrize("cut", [1, 30], ids=["its end is missing", "half of it is missing"])
def test_that_a_torn_last_line_is_judged_again(job: Batch, tmp_path: Path, cut: int) -> None:
    cut_off(job, 6)
    journal = attempt_at(job.out) / JOURNAL
    os.truncate(journal, journal.stat().st_size - cut)
    _, second, _ = go_on(job)
    assert len(second) == 5
    same_reports(job.out, undisturbed(job, tmp_path))


@pytest.mark.parametrize("rubbish", [b"\0" * 200, b"{}\n[1]\n", b'{"path": "x"'], ids=["zeros", "other JSON", "half"])
def test_that_what_a_power_cut_left_behind_whole_lines_is_passed_over(job: Batch, rubbish: bytes) -> None:
    cut_off(job, 6)
    with (attempt_at(job.out) / JOURNAL).open("ab") as file:
        file.write(rubbish)
    cut_off(job, 2)
    outcome, third, _ = go_on(job)
    assert (outcome.ok, outcome.ng, len(third)) == (6, 4, 2)


def test_that_a_file_that_changed_is_judged_again(job: Batch, tmp_path: Path) -> None:
    first = cut_off(job, 10)
    changed = next(name for name in first if name.startswith("spot/"))
    save(place(job) / changed, good(1))
    outcome, second, _ = go_on(job)
    assert second == [changed]
    assert (outcome.ok, outcome.ng) == (7, 3)
    same_reports(job.out, undisturbed(job, tmp_path))


def test_that_files_that_came_and_went_are_seen(job: Batch) -> None:
    first = cut_off(job, 4)
    (place(job) / first[0]).unlink()
    save(place(job) / "spot" / "new.png", bad(9))
    outcome, second, _ = go_on(job)
    assert "spot/new.png" in second
    assert first[0] not in [row["path"] for row in rows(job.out)]
    assert outcome.ok + outcome.ng == 10


def test_that_a_file_that_could_not_be_read_is_tried_again(job: Batch) -> None:
    [name, *_] = spoil(place(job))
    cut_off(job, 15)
    save(place(job) / name, good(3))
    _, second, _ = go_on(job)
    assert name in second
    assert {row["path"]: row["verdict"] for row in rows(job.out)}[name] == "OK"


@pytest.mark.parametrize("change", [{"threshold": 1e9}, {"overlays": "all"}])
def test_that_a_run_on_other_terms_begins_anew(job: Batch, change: dict[str, object]) -> None:
    cut_off(job, 6)
    _, second, heard = go_on(replace(job, **change))  # type: ignore[arg-type]
    assert len(second) == 10
    assert any("anew" in event.message for event in heard.of(Warned))


def test_that_another_training_begins_anew(job: Batch, tmp_path: Path) -> None:
    other = tmp_path / "detectors" / job.detector.name
    shutil.copytree(job.detector, other)
    manifest = other / "bundle.json"
    manifest.write_text(manifest.read_text(encoding="utf-8") + "\n", encoding="utf-8")  # another identity
    cut_off(job, 6)
    _, second, _ = go_on(replace(job, detector=other))
    assert len(second) == 10


def test_that_without_resume_everything_is_judged_anew(job: Batch) -> None:
    cut_off(job, 6)
    _, second, heard = go_on(replace(job, resume=False))
    assert len(second) == 10
    assert heard.of(Warned) == []


def test_that_two_runs_do_not_write_one_report(job: Batch) -> None:
    def meanwhile(event: Event) -> None:
        if isinstance(event, Judged):
            with pytest.raises(OutputError, match="another run"):
                batch(job)
            assert unfinished(job.out.parent) == []

    assert batch(job, meanwhile).ng == 4


def test_that_a_run_that_judged_nothing_leaves_nothing(job: Batch, tmp_path: Path) -> None:
    before = files(tmp_path)

    def at_once(event: Event) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        batch(job, at_once)
    assert files(tmp_path) == before


def test_that_what_is_unfinished_is_found_and_can_be_resumed_or_forgotten(job: Batch) -> None:
    assert unfinished(job.out.parent) == []
    cut_off(job, 6)
    [found] = unfinished(job.out.parent)
    assert (found.job, found.done, found.total) == (job, 6, 10)
    forget(job.out)
    assert unfinished(job.out.parent) == []
    assert not attempt_at(job.out).exists()
    cut_off(replace(job, resume=False), 6)
    [found] = unfinished(job.out.parent)
    assert batch(found.job).ng == 4
    assert unfinished(job.out.parent) == []


def spoil_head(journal: Path) -> None:
    journal.write_bytes(b"{}\n" + journal.read_bytes())


@pytest.mark.parametrize("spoiled", [spoil_head, Path.unlink, lambda journal: journal.write_bytes(b"")])
def test_that_a_journal_that_says_nothing_is_no_hindrance(job: Batch, spoiled: Callable[[Path], None]) -> None:
    cut_off(job, 6)
    spoiled(attempt_at(job.out) / JOURNAL)
    assert unfinished(job.out.parent) == []
    assert len(go_on(job)[1]) == 10


def test_that_the_time_of_all_attempts_is_told(job: Batch) -> None:
    cut_off(job, 6)
    [head, *lines] = (attempt_at(job.out) / JOURNAL).read_bytes().splitlines()
    rows = [json.loads(line) | {"spent": 100.0} for line in lines]
    (attempt_at(job.out) / JOURNAL).write_bytes(b"\n".join([head, *(json.dumps(row).encode() for row in rows)]) + b"\n")
    outcome, _, _ = go_on(job)
    assert 100 < outcome.seconds < 160
    assert (job.out / REPORT).is_file()
