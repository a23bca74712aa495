"""The commands, through the program's own `main`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from inspector import detectors
from inspector.__main__ import main
from inspector.cli.app import run
from inspector.core.events import Epoch, Judged, Listener
from inspector.detectors import load
from inspector.history.reader import History
from inspector.jobs.unfinished import unfinished
from inspector.jobs.workspace import Workspace
from tests.detectors.pictures import good
from tests.detectors.template import Template, save_template
from tests.detectors.template_metric import save_metric
from tests.jobs.folders import part_set, spoil, train_folder
from tests.sources.drawing import save

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.core.places import Places


class Program:
    """Runs one command and gives its exit code, its lines and what it told the person."""

    def __init__(self, places: Places, capsys: pytest.CaptureFixture[str]) -> None:
        self._places = places
        self._capsys = capsys

    def __call__(self, *arguments: object) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments], self._places)
        out, err = self._capsys.readouterr()
        return code, out, err

    def json(self, *arguments: object) -> Any:
        code, out, err = self(*arguments, "--json")
        assert code == 0, err
        return json.loads(out)


@pytest.fixture
def program(places: Places, capsys: pytest.CaptureFixture[str]) -> Program:
    return Program(places, capsys)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_template(tmp_path_factory.mktemp("bundle") / "détecteur 1")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return part_set(tmp_path / "set")


def test_that_the_main_job_runs_from_command_to_command(
    program: Program, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(detectors.METHODS, "dense-autoencoder", Template)
    train_folder(tmp_path / "in", 12)
    saved, out = tmp_path / "bundle", tmp_path / "report"
    told = program.json(
        *("train", "dense-autoencoder", "--normal", tmp_path / "in", "--abnormal", data / "test", "--out", saved),
        *("--size", "16", "--seed", "3", "--threshold", "percentile:90", "--set", "code=5"),
        *("--region", "0,0,1,0.9", "--ignore", "0.8,0,1,0.2"),
    )
    options = load(saved).config()
    assert (options["size"], options["seed"], options["code"]) == ([16, 16], 3, 5)
    assert options["threshold"] == "percentile:90"
    assert options["region"]["include"] != []
    assert options["region"]["ignore"] != []
    shown = program.json("show", saved)
    assert shown["identity"] == told["identity"]
    assert shown["threshold"] == told["threshold"]
    changed = program.json("threshold", saved, "--rule", "best-f1")
    assert changed["before"] == told["threshold"]
    judged = program.json("batch", data / "test", "--detector", saved, "--out", out)
    assert (judged["ok"], judged["ng"], judged["unreadable"], judged["auroc"]) == (6, 4, 0, 1.0)
    figures = program.json("evaluate", data, "--detector", saved)
    assert set(figures) >= {
        *("image_auroc", "average_precision", "best_f1", "balanced_accuracy", "best_balanced_accuracy"),
        *("normal_accuracy", "abnormal_accuracy", "pixel_auroc", "aupro", "ms_per_image", "kinds"),
    }
    assert figures["threshold"] == changed["threshold"]
    moved = program.json("threshold", saved, "--set", "score=area", "--set", "minimum-area=0.1%")
    assert moved["options"] == {"score": "area", "top": 1, "level": 1.0, "minimum_area": 0.001}
    assert moved["before"] == changed["threshold"]
    assert program.json("threshold", saved, "--set", "score=difference")["threshold"] == changed["threshold"]
    code, lines, err = program("watch", data / "test", "--detector", saved, "--json")
    rows = [json.loads(line) for line in lines.splitlines()]
    assert (code, len(rows)) == (0, 10)
    assert sum(row["verdict"] == "NG" for row in rows) == 4
    assert "6 OK, 4 NG" in err


def test_that_watching_votes_records_and_ends_with_3_for_ng(
    program: Program, data: Path, bundle: Path, tmp_path: Path
) -> None:
    workspace = Workspace.create(tmp_path / "station")
    arguments = ["--vote", "2/3", "--workspace", workspace.folder, "--fail-on-ng", "--json"]
    code, lines, _ = program("watch", data / "test", "--detector", bundle, *arguments)
    rows = [json.loads(line) for line in lines.splitlines()]
    bad = [row["verdict"] == "NG" for row in rows]
    expected = ["NG" if sum(bad[max(0, place - 2) : place + 1]) >= 2 else "OK" for place in range(len(rows))]
    assert [row["voted"] for row in rows] == expected
    assert 0 < expected.count("NG") < 10
    assert code == 3
    with History.open(workspace.history) as history:
        [session] = history.sessions()
        assert (session.ok, session.ng) == (expected.count("OK"), expected.count("NG"))


@pytest.mark.parametrize("command", ["show", "evaluate", "batch", "watch", "threshold", "train"])
def test_that_people_get_words_where_programs_get_json(
    program: Program, bundle: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setitem(detectors.METHODS, "dense-autoencoder", Template)
    own = save_template(tmp_path / "own") if command == "threshold" else bundle
    arguments: dict[str, list[object]] = {
        "show": [own],
        "evaluate": [data, "--detector", own],
        "batch": [data / "test", "--detector", own, "--out", tmp_path / "out"],
        "watch": [data / "test", "--detector", own, "--frames", 3],
        "threshold": [own, "--rule", "percentile:50"],
        "train": ["dense-autoencoder", "--normal", data, "--out", tmp_path / "new", "--size", 16],
    }
    code, out, err = program(command, *arguments[command])
    assert code == 0, err
    expected = {"show": "dense autoencoder", "evaluate": "AUROC", "batch": "6 OK, 4 NG", "watch": "level"}
    assert expected.get(command, "hreshold") in out
    if command == "watch":
        assert len(out.splitlines()) == 3


def test_that_evaluating_says_what_was_learned_from_and_what_was_not(program: Program, tmp_path: Path) -> None:
    parts = part_set(tmp_path / "parts")
    for number in range(3):
        save(parts / "test" / "faint" / f"{number}.png", good(800 + number))
    saved = save_metric(tmp_path / "metric")
    code, out, err = program("evaluate", parts, "--detector", saved)
    assert code == 0, err
    [spot] = [line for line in out.splitlines() if " spot" in line]
    assert " known " in spot
    assert " 0.0% (0%–53%) " in spot
    assert " 1.0000 " in spot
    assert "learned from" in program("show", saved)[1]
    assert program.json("show", saved)["learned"] == ["spot"]
    for words in ("all known kinds", "all unseen kinds", "unseen: never shown to it"):
        assert words in out
    told = program.json("evaluate", parts, "--detector", saved)
    assert (told["known"]["kinds"], told["unseen"]["kinds"]) == (["spot"], ["faint"])
    outcome = program.json("batch", parts / "test", "--detector", saved, "--out", tmp_path / "report")
    assert outcome["ng"] >= 4
    summary = json.loads((tmp_path / "report" / "summary.json").read_text(encoding="utf-8"))
    assert {row["kind"]: row["known"] for row in summary["kinds"]} == {"good": None, "spot": True, "faint": False}
    assert summary["known"]["missed"] == 0
    assert summary["unseen"]["n"] == 3
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert "all known kinds" in page
    assert "all unseen kinds" in page


def test_that_the_best_distance_is_told_and_can_be_taken(program: Program, tmp_path: Path) -> None:
    parts, saved = part_set(tmp_path / "parts"), save_metric(tmp_path / "metric")
    code, out, err = program("distances", saved, parts)
    assert code == 0, err
    assert "euclidean *" in out
    rows = [line.split()[1] for line in out.splitlines() if line.startswith("│")]
    assert sorted(rows) == ["cosine", "euclidean", "knn", "lof", "mahalanobis"]
    told = program.json("distances", saved, parts)
    assert sorted(one["name"] for one in told["distances"]) == sorted(rows)
    knn = next(one for one in told["distances"] if one["name"] == "knn")
    assert program.json("threshold", saved, "--set", "distance=knn")["threshold"] == knn["threshold"]
    code, _, err = program("distances", save_template(tmp_path / "template"), parts)
    assert code == 1
    assert "nothing to compare" in err


def test_that_a_detector_is_shown_on_images(program: Program, bundle: Path, data: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    code, out, err = program("show", bundle, data / "test", "--sheet", sheet)
    assert code == 0, err
    lines = out.splitlines()
    assert len(lines) == 11
    assert sum(line.startswith("NG ") for line in lines) == 4
    assert lines[-1] == f"Contact sheet: {sheet} (10 of 10 images)"
    assert sheet.read_bytes().startswith(b"\x89PNG")
    file = data / "test" / "spot" / "000.png"
    told = program.json("show", bundle, file)
    assert (told["sheet"], told["shown"]) == (None, 0)
    assert [(row["path"], row["verdict"]) for row in told["images"]] == [(str(file), "NG")]


def test_that_a_sheet_of_no_images_says_how_to_ask(program: Program, bundle: Path, tmp_path: Path) -> None:
    code, _, err = program("show", bundle, "--sheet", tmp_path / "sheet.png")
    assert code == 1
    assert "IMAGES... --sheet" in err
    assert not (tmp_path / "sheet.png").exists()


def test_that_methods_are_listed_with_their_options(program: Program) -> None:
    code, out, _ = program("detectors")
    assert code == 0
    listed = program.json("detectors")
    for name, kind in detectors.METHODS.items():
        assert name in out
        [entry] = [one for one in listed if one["method"] == name]
        assert set(entry["options"]["properties"]) == set(kind.Options.model_fields)


def test_that_the_doctor_says_what_there_is(program: Program, places: Places) -> None:
    found = program.json("doctor")
    assert found["versions"]["numpy"]
    assert "CPUExecutionProvider" in found["providers"]
    assert found["places"]["data"] == str(places.data)
    assert program("doctor")[0] == 0


@pytest.mark.parametrize(("arguments", "code"), [(["--version"], 0), (["--help"], 0), (["batch"], 0)])
def test_that_help_is_no_fault(program: Program, arguments: list[str], code: int) -> None:
    assert program(*arguments)[0] in {code, 2 if arguments == ["batch"] else code}


class ScriptedWindows:
    """Stands where the window stands, and remembers what was asked of it."""

    def __init__(self) -> None:
        self.opened: list[Path | None] = []
        self.rendered: list[Path] = []

    def open(self, places: Places, workspace: Path | None = None) -> int:
        self.opened.append(workspace)
        return 7

    def render(self, folder: Path, listener: Listener) -> list[Path]:
        self.rendered.append(folder)
        return [folder / "live.png"]


def test_that_without_a_command_the_window_opens_and_gives_the_exit_code(places: Places) -> None:
    windows = ScriptedWindows()
    assert run([], places, window=windows) == 7
    assert windows.opened == [None]


def test_that_an_installation_without_a_window_says_so(places: Places, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([], places) == 1
    assert "has no window" in capsys.readouterr().err


@pytest.mark.training
@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.allow_logs("tensorflow", "absl")
def test_that_the_demo_ends_with_a_report_and_pictures_of_the_window(
    places: Places, capsys: pytest.CaptureFixture[str]
) -> None:
    windows = ScriptedWindows()
    assert run(["demo", "--quick"], places, window=windows) == 0
    said = capsys.readouterr().out
    report = places.data / "demo" / "parts" / "report" / "report.html"
    assert report.is_file()
    assert str(report) in said
    assert windows.rendered == [places.data / "demo" / "window"]
    assert "live.png" in said


@pytest.mark.parametrize(
    "arguments",
    [
        ["oracle"],
        ["batch", "in", "--detector", "d"],
        ["batch", "in", "--detector", "d", "--out", "o", "--pictures", "many"],
        ["watch", "0", "--detector", "d", "--frames", "0"],
        ["train", "dense-autoencoder", "--normal", "in"],
        ["show", "d", "--unheard-of"],
    ],
)
def test_that_a_command_not_understood_exits_2(program: Program, arguments: list[str]) -> None:
    code, out, err = program(*arguments)
    assert (code, out) == (2, "")
    assert "--help" in err


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["show", "gone"], "gone"),
        (["batch", "gone", "--detector", "{bundle}", "--out", "{tmp}/o"], "gone"),
        (["batch", "{data}", "--detector", "gone", "--out", "{tmp}/o"], "gone"),
        (["batch", "{data}", "--detector", "{bundle}", "--out", "{data}"], "left alone"),
        (["batch", "{data}", "--detector", "{bundle}", "--out", "{tmp}/o", "--overlays", "some"], "some"),
        (["batch", "{data}", "--detector", "{bundle}", "--out", "{tmp}/o", "--threshold", "nan"], "nan"),
        (["batch", "{data}", "--detector", "{bundle}", "--out", "{tmp}/o", "--threshold", "0"], "> 0"),
        (["evaluate", "{data}/test/good", "--detector", "{bundle}"], "No labelled"),
        (["watch", "gone", "--detector", "{bundle}"], "gone"),
        (["watch", "{data}/test", "--detector", "{bundle}", "--vote", "6/5"], "vote"),
        (["watch", "{data}/test", "--detector", "{bundle}", "--trigger", "sometimes"], "every:SECONDS"),
        (["watch", "{data}/test", "--detector", "{bundle}", "--workspace", "{tmp}/none"], "none"),
        (["threshold", "{bundle}", "--rule", "far:0.01"], "99"),
        (["threshold", "{bundle}", "--rule", "high"], "high"),
        (["threshold", "{bundle}"], "neither"),
        (
            ["train", "padim", "--normal", "{data}/test/good", "--out", "{tmp}/o", "--smallest-defect", "0"],
            "more than 0 pixels",
        ),
        (["threshold", "{bundle}", "--set", "size=8"], "score, top, level, minimum_area"),
        (["train", "oracle", "--normal", "{data}", "--out", "{tmp}/o"], "oracle"),
        (["train", "dense-autoencoder", "--normal", "{data}", "--out", "{tmp}/o", "--set", "code"], "KEY=VALUE"),
        (["train", "dense-autoencoder", "--normal", "{data}", "--out", "{tmp}/o", "--set", "kode=1"], "kode"),
        (["train", "dense-autoencoder", "--normal", "{data}", "--out", "{tmp}/o", "--size", "huge"], "huge"),
        (["train", "dense-autoencoder", "--normal", "{data}", "--out", "{tmp}/o", "--region", "all"], "all"),
    ],
)
def test_that_what_is_wrong_outside_is_said_on_standard_error_and_exits_1(
    program: Program, bundle: Path, data: Path, tmp_path: Path, arguments: list[str], word: str
) -> None:
    before = sorted(tmp_path.rglob("*"))
    code, out, err = program(*(one.format(bundle=bundle, data=data, tmp=tmp_path) for one in arguments))
    assert (code, out) == (1, "")
    assert word in err
    assert "Traceback" not in err
    assert sorted(tmp_path.rglob("*")) == before


def test_that_anything_ng_or_unreadable_exits_3_when_asked_to(
    program: Program, bundle: Path, data: Path, tmp_path: Path
) -> None:
    good = data / "test" / "good"
    arguments = ("--detector", bundle, "--out", tmp_path / "out", "--fail-on-ng")
    assert program("batch", data / "test", *arguments)[0] == 3
    assert program("batch", good, *arguments)[0] == 0
    spoil(good)
    code, out, _ = program("batch", good, *arguments, "--json")
    assert code == 3
    assert json.loads(out)["unreadable"] > 0


def test_that_a_bug_shows_its_traceback_and_exits_70(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_path: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(detectors, "load", broken)
    code, _, err = program("show", "d")
    assert code == 70
    assert "Traceback" in err
    assert "bug" in err


IMPORTED = """
import json, sys
from inspector.__main__ import main
from inspector.cli.app import run
code = main(sys.argv[1:])
print(json.dumps([code, sorted({name.partition(".")[0] for name in sys.modules})]))
"""


def test_that_judging_a_folder_wakes_neither_tensorflow_nor_scikit_learn(
    bundle: Path, data: Path, tmp_path: Path
) -> None:
    paths = ("--detector", str(bundle), "--out", str(tmp_path / "out"))
    arguments = ["batch", str(data / "test"), *paths, "--overlays", "all"]
    done = subprocess.run([sys.executable, "-c", IMPORTED, *arguments], capture_output=True, text=True, check=True)
    code, modules = json.loads(done.stdout.splitlines()[-1])
    assert code == 0
    assert not {"tensorflow", "keras", "sklearn", "tf2onnx", "onnx", "PySide6"} & set(modules)


# A job of unknown speed is interrupted by itself, at a known place: nothing here depends on a clock.
INTERRUPTED = """
import os, signal, sys
from inspector.cli.terminal import TerminalListener
hear, kind, seen = TerminalListener.__call__, sys.argv[1], []
def then_interrupt(self, event):
    if type(event).__name__ == kind:
        seen.append(event)
        if len(seen) == 2:
            os.kill(os.getpid(), signal.SIGINT)
    hear(self, event)
TerminalListener.__call__ = then_interrupt
from inspector.__main__ import main
from inspector.cli.app import run
sys.exit(main(sys.argv[2:]))
"""


def _interrupted_at(kind: type[Any], *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", INTERRUPTED, kind.__name__, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"NO_COLOR": "1"})


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows cannot send itself a Ctrl-C alone")
def test_that_ctrl_c_in_a_batch_exits_130_and_leaves_what_resume_goes_on_from(
    program: Program, bundle: Path, data: Path, tmp_path: Path
) -> None:
    arguments = ("batch", data / "test", "--detector", bundle, "--out", tmp_path / "out")
    done = _interrupted_at(Judged, *arguments)
    assert done.returncode == 130, done.stderr
    assert "Interrupted" in done.stderr
    assert "--resume" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
    assert [one.job.out for one in unfinished(tmp_path)] == [tmp_path / "out"]
    code, out, err = program(*arguments, "--resume")
    assert (code, out.splitlines()[0]) == (0, "6 OK, 4 NG, 0 unreadable; AUROC 1.0000 by the folders' names"), err
    assert unfinished(tmp_path) == []


@pytest.mark.training
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows cannot send itself a Ctrl-C alone")
def test_that_ctrl_c_in_training_exits_130_and_leaves_nothing(tmp_path: Path) -> None:
    train_folder(tmp_path / "in")
    done = _interrupted_at(
        Epoch, "train", "dense-autoencoder", "--normal", tmp_path / "in", "--out", tmp_path / "out", "--size", 16
    )
    assert done.returncode == 130, done.stderr
    assert "Interrupted" in done.stderr
    assert "Traceback" not in done.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["in"]
