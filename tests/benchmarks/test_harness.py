"""The harness of the benchmarks; the benchmarks themselves are no tests."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from typer.testing import CliRunner

from inspector.core.errors import DataError
from inspector.sources.decode import read_image
from tests.benchmarks import __main__ as command
from tests.benchmarks import data, latency, made, published
from tests.benchmarks.harness import Bar, Benchmark, Request, Row, State, Unit, key_of, run
from tests.benchmarks.registry import BENCHMARKS
from tests.benchmarks.results import as_table, replace_section, section, verdicts

ROOT = Path(__file__).parents[2]

if TYPE_CHECKING:
    from collections.abc import Callable

VERSIONS = {"inspector": "1"}


class Work:
    """Units that count how often they were done, and can be made to be interrupted."""

    def __init__(self, values: dict[str, list[float]], *, interrupted_at: int | None = None) -> None:
        self.done: list[str] = []
        self._interrupted_at = interrupted_at
        self.units = [
            Unit(case, "a-method", {"seed": seed}, partial(self._do, f"{case} {seed}", value))
            for case, own in values.items()
            for seed, value in enumerate(own)
        ]

    def _do(self, name: str, value: float) -> dict[str, float]:
        if len(self.done) == self._interrupted_at:
            raise KeyboardInterrupt
        self.done.append(name)
        return {"auroc": value, "seconds": 2 * value}


def test_that_a_row_is_the_mean_least_and_greatest_of_a_metric_over_the_units_of_a_case(tmp_path: Path) -> None:
    outcome = run("bench", Work({"a": [0.5, 0.25, 0.75], "b": [1.0]}).units, State(tmp_path / "s"), versions=VERSIONS)
    assert outcome.rows == [
        Row("bench", "a", "a-method", "auroc", 0.5, 0.25, 0.75, 3),
        Row("bench", "a", "a-method", "seconds", 1.0, 0.5, 1.5, 3),
        Row("bench", "b", "a-method", "auroc", 1.0, 1.0, 1.0, 1),
        Row("bench", "b", "a-method", "seconds", 2.0, 2.0, 2.0, 1),
    ]


def test_that_a_stopped_run_goes_on_where_it_was(tmp_path: Path) -> None:
    values = {"a": [0.5, 0.25], "b": [1.0, 0.0]}
    stopped = Work(values, interrupted_at=3)
    with pytest.raises(KeyboardInterrupt):
        run("bench", stopped.units, State(tmp_path / "s"), versions=VERSIONS, commit="one")
    again = Work(values)
    outcome = run("bench", again.units, State(tmp_path / "s"), versions=VERSIONS, commit="two")
    assert again.done == ["b 1"]
    assert outcome.resumed == 3
    assert outcome.commits == ["one", "two"]
    assert outcome.rows == run("bench", Work(values).units, State(tmp_path / "t"), versions=VERSIONS).rows


def test_that_what_other_code_finished_is_done_again_unless_it_is_to_be_kept(tmp_path: Path) -> None:
    values = {"a": [0.5, 0.25]}
    run("bench", Work(values).units, State(tmp_path / "s"), versions=VERSIONS, code="old")
    kept, again, after = Work(values), Work(values), Work(values)
    run("bench", kept.units, State(tmp_path / "s"), versions=VERSIONS, code="new", keep=True)
    run("bench", again.units, State(tmp_path / "s"), versions=VERSIONS, code="new")
    run("bench", after.units, State(tmp_path / "s"), versions=VERSIONS, code="new")
    assert (kept.done, again.done, after.done) == ([], ["a 0", "a 1"], [])


def test_that_a_line_torn_by_a_kill_is_done_again_and_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "s"
    values = {"a": [0.5, 0.25, 0.75]}
    run("bench", Work(values).units, State(path), versions=VERSIONS)
    path.write_bytes(path.read_bytes()[:-20])
    again = Work(values)
    run("bench", again.units, State(path), versions=VERSIONS)
    assert again.done == ["a 2"]
    after = Work(values)
    run("bench", after.units, State(path), versions=VERSIONS)
    assert after.done == []


@pytest.mark.parametrize(
    "other",
    [
        partial(key_of, "other", Unit("a", "m", {"seed": 0}, dict), VERSIONS),
        partial(key_of, "bench", Unit("b", "m", {"seed": 0}, dict), VERSIONS),
        partial(key_of, "bench", Unit("a", "n", {"seed": 0}, dict), VERSIONS),
        partial(key_of, "bench", Unit("a", "m", {"seed": 1}, dict), VERSIONS),
        partial(key_of, "bench", Unit("a", "m", {"seed": 0}, dict), {"inspector": "2"}),
    ],
)
def test_that_another_benchmark_case_method_setting_or_version_is_another_unit(other: Callable[[], str]) -> None:
    assert other() != key_of("bench", Unit("a", "m", {"seed": 0}, dict), VERSIONS)


def test_that_a_bar_holds_for_the_mean_of_what_it_concerns() -> None:
    rows = [Row("bench", case, "m", "auroc", mean, 0, 1, 2) for case, mean in (("a", 0.9), ("b", 0.7))]
    bars = [Bar("auroc", "≥", 0.8), Bar("auroc", "≤", 0.7, case="b"), Bar("other", "≥", 1)]
    assert [met for met, _ in verdicts(rows, bars)] == [True, False, True]


def test_that_a_section_of_the_results_is_replaced_and_the_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "RESULTS.md"
    rows = [Row("bench", "a", "m", "auroc", 0.9, 0.8, 1.0, 3)]

    def write(name: str, about: str) -> None:
        bars = [Bar("auroc", "≥", 0.95)]
        text = section(name, about, rows, bars, command=f"run {name}", when="today", machine="this one")
        replace_section(path, name, text)

    write("first", "old words")
    write("second", "other words")
    before = path.read_text(encoding="utf-8")
    write("first", "new words")
    assert path.read_text(encoding="utf-8") == before.replace("old words", "new words")
    assert "| auroc | 0.9000 (0.8000 to 1.0000) |" in before
    assert "- **missed**: m, a: auroc 0.9000 ≥ 0.95" in before
    assert re.findall(r"^## .*$", before, re.MULTILINE) == ["## first", "## second"]


def test_that_only_takes_either_of_several_names() -> None:
    units = [Unit(case, name, {}, dict) for case in ("tile", "cookie") for name in ("conv", "dense")]
    assert [one.case for one in units if command._chosen(one, "")] == ["tile", "tile", "cookie", "cookie"]
    assert [one.method for one in units if command._chosen(one, "tile|cookie conv")] == ["conv", "dense", "conv"]
    assert not [one for one in units if command._chosen(one, "hand")]


def test_that_many_methods_are_lines_of_a_table_for_each_case() -> None:
    names = [f"method {number}" for number in range(6)]
    rows = [Row("bench", case, name, "auroc", 0.9, 0.8, 1.0, 1) for case in ("a", "b") for name in names]
    rows.append(Row("bench", "b", names[0], "gain", 0.1, 0.1, 0.1, 1))
    text = section("bench", "words", rows, [], command="run", when="today", machine="this one")
    first, second = text.partition("| b |")[::2]
    assert "| a | auroc |" in first
    assert second.startswith(" auroc | gain |")
    assert "| method 0 | 0.9000 | 0.1000 |" in second
    assert "| method 5 | 0.9000 |  |" in second
    assert as_table("bench", rows).row_count == len(names) * 2


def test_that_the_command_writes_rows_and_a_section(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Benchmark("bench", "What it is.", 2, lambda request: Work({"a": [0.25] * request.runs, "b": [1]}).units)
    monkeypatch.setitem(BENCHMARKS, "bench", bench)
    places = [f"--{name}={tmp_path / name}" for name in ("json", "state", "results")]
    answer = CliRunner().invoke(command.app, ["bench", "--seeds", "3", "--only", "a a-m", *places])
    assert answer.exit_code == 0, answer.output
    rows = json.loads((tmp_path / "json").read_text(encoding="utf-8"))
    assert rows[0] == {
        "benchmark": "bench",
        "case": "a",
        "method": "a-method",
        "metric": "auroc",
        "mean": 0.25,
        "min": 0.25,
        "max": 0.25,
        "n": 3,
    }
    text = (tmp_path / "results").read_text(encoding="utf-8")
    assert "`python -m tests.benchmarks bench --seeds 3 --only 'a a-m'`" in text
    assert str(tmp_path) not in text


def test_that_a_bar_may_hold_the_least_or_the_greatest_run() -> None:
    row = Row("bench", "case", "method", "auroc", mean=0.96, min=0.94, max=0.98, n=3)
    bars = [Bar("auroc", "≥", 0.95), Bar("auroc", "≥", 0.95, of="min"), Bar("auroc", "≤", 0.97, of="max")]
    assert [bar.met(row) for bar in bars] == [True, False, False]
    assert [text for _, text in verdicts([row], bars)] == [
        "method, case: auroc 0.9600 ≥ 0.95",
        "method, case: min auroc 0.9400 ≥ 0.95",
        "method, case: max auroc 0.9800 ≤ 0.97",
    ]


def test_that_draws_are_seeds_and_their_boxes_are_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work = Work({"a & b": [0.9, 0.95, 0.97]})
    bench = Benchmark("bench", "What it is.", 2, lambda request: work.units[: request.runs])
    monkeypatch.setitem(BENCHMARKS, "bench", bench)
    places = [f"--{name}={tmp_path / name}" for name in ("state", "plot")]
    answer = CliRunner().invoke(command.app, ["bench", "--draws", "3", *places])
    assert answer.exit_code == 0, answer.output
    drawing = ET.fromstring((tmp_path / "plot").read_text(encoding="utf-8"))  # noqa: S314 - ours
    assert sum(one.tag.endswith("circle") for one in drawing) == 3
    assert any("a & b" in (one.text or "") for one in drawing)


def test_that_a_wrong_name_lists_the_benchmarks_there_are() -> None:
    answer = CliRunner().invoke(command.app, ["nothing"])
    assert answer.exit_code == 2
    assert all(name in answer.output for name in BENCHMARKS)


@pytest.mark.parametrize("benchmark", BENCHMARKS.values(), ids=BENCHMARKS)
def test_that_the_units_of_a_benchmark_differ_and_are_made_without_data(benchmark: Benchmark, tmp_path: Path) -> None:
    units = benchmark.units(Request(None, 3, 5, tmp_path))
    keys = {key_of(benchmark.name, unit, VERSIONS) for unit in units}
    assert len(keys) == len(units) >= 3
    assert list(tmp_path.iterdir()) == []


def test_that_a_missing_set_is_named_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"mnist\.npz is missing. Give the folder"):
        data.arrays("mnist", tmp_path)
    with pytest.raises(DataError, match="--data or INSPECTOR_DATA"):
        data.folder("hand-rps", None)


@pytest.mark.training
def test_that_a_download_which_fails_says_to_give_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    import keras

    def offline() -> None:
        raise Exception("URL fetch failure")  # noqa: EM101, TRY002, TRY003 - as Keras raises it

    monkeypatch.setattr(keras.datasets.fashion_mnist, "load_data", offline)
    with pytest.raises(DataError, match=r"URL fetch failure.*--data or INSPECTOR_DATA"):
        data.arrays("fashion-mnist", None)


def test_that_arrays_become_rgb_images_one_by_one() -> None:
    grey = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    images = data.Images(grey)
    assert images[1].shape == (3, 4, 3)
    assert (images[1] == grey[1][:, :, np.newaxis]).all()
    assert [one.shape for one in images[0:2]] == [(3, 4, 3)] * 2


def test_that_the_classic_protocol_takes_its_threshold_from_the_test_normals_and_the_honest_one_does_not() -> None:
    good = np.array([1.0, 1.0, 3.0, 3.0])  # mean 2, sigma 1: the classic threshold is 5
    bad = np.array([2.0, 4.0, 6.0, 8.0])
    figures = published.figures_of(good, bad, 2.5)
    assert figures == {
        "auroc": pytest.approx(14 / 16),
        "best_balanced_accuracy": pytest.approx((0.75 + 1) / 2),
        "classic_normal_accuracy": 1.0,
        "classic_abnormal_accuracy": 0.5,
        "honest_normal_accuracy": 0.5,
        "honest_abnormal_accuracy": 0.75,
    }


def test_that_turns_time_each_call_as_often_as_asked() -> None:
    calls = {"a": 0, "b": 0}

    def call(name: str) -> None:
        calls[name] += 1

    spent = latency.take_turns({"a": (partial(call, "a"), 3), "b": (partial(call, "b"), 1)}, 4)
    assert {name: len(values) for name, values in spent.items()} == {"a": 12, "b": 4}
    assert calls == {"a": 5 * 5, "b": 5 * 3}


def test_that_what_is_allowed_beside_the_bare_call_is_a_fifth_and_half_a_millisecond() -> None:
    figures = latency.figures_of({"measure": [1.7], "bare": [1.0], "predict": [17.0]})
    assert figures["measure_share_of_allowed"] == pytest.approx(1.0)
    assert figures["predict_over_measure"] == pytest.approx(10.0)


def test_that_made_photographs_are_readable_and_differ_and_links_repeat_them(tmp_path: Path) -> None:
    folder = made.photographs(tmp_path, 3)
    files = sorted(folder.glob("*.jpg"))
    images = [read_image(file) for file in files]
    assert {image.shape for image in images} == {(480, 640, 3)}
    assert len({image.tobytes() for image in images}) == 3
    links = made.linked(folder, tmp_path / "links", 5)
    assert [file.samefile(files[i % 3]) for i, file in enumerate(sorted(links.iterdir()))] == [True] * 5


def test_that_peak_memory_is_that_of_this_process() -> None:
    # In a process of its own: this one may have held far more before, and a peak does not fall.
    code = (
        "from tests.benchmarks.child import peak_mb; before = peak_mb(); held = b'x' * 100_000_000; "
        "print(before, peak_mb(), len(held))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    before, after, _ = map(float, done.stdout.split())
    assert before < 80
    assert 90 < after - before < 130
