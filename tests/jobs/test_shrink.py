"""`inspector shrink`: a detector in numbers of fewer bits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from inspector.__main__ import main
from inspector.core.errors import DataError, OptionError
from inspector.detectors import load, method
from inspector.jobs.shrink import MOST_CHANGE, Shrinking, shrink
from tests.detectors.pictures import good, goods
from tests.jobs.folders import part_set
from tests.sources.drawing import save

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.core.places import Places

pytestmark = pytest.mark.allow_logs("root")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shrink") / "bundle"
    method("padim")(size=32).fit(goods(60)).save(path)
    return path


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    for number in range(10):
        save(tmp_path / "fresh" / f"{number}.png", good(4000 + number))
    return tmp_path / "fresh"


def test_that_the_change_is_measured_and_the_threshold_set_anew(bundle: Path, fresh: Path, tmp_path: Path) -> None:
    found = shrink(Shrinking(bundle, tmp_path / "out", "int8", fresh, part_set(tmp_path / "set"), force=True))
    assert found.images == 10
    assert 0 < found.typical <= found.largest
    assert found.after.bytes < 0.7 * found.before.bytes
    assert found.before.auroc == found.after.auroc == 1.0
    small = load(tmp_path / "out")
    assert len(small.fitted.calibration.normal) == 10
    assert small.threshold.value == found.after.threshold != found.before.threshold
    with pytest.raises(OptionError, match="is in int8 already"):
        shrink(Shrinking(tmp_path / "out", tmp_path / "twice", "fp16"))


def test_that_too_much_change_is_refused_unless_forced(bundle: Path, tmp_path: Path) -> None:
    # So even a surface varies by less than a step of int8.
    with pytest.raises(DataError, match=r"would judge otherwise\. Nothing was written"):
        shrink(Shrinking(bundle, tmp_path / "out", "int8"))
    assert not (tmp_path / "out").exists()
    assert shrink(Shrinking(bundle, tmp_path / "out", "int8", force=True)).largest > MOST_CHANGE
    assert load(tmp_path / "out").threshold == load(bundle).threshold


def test_that_the_command_tells_the_figures(
    bundle: Path, tmp_path: Path, places: Places, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["shrink", str(bundle), "--precision", "fp16", "--out", str(tmp_path / "out")]
    assert main([*arguments, "--json"], places) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["precision"] == "fp16"
    assert told["before"]["threshold"] == told["after"]["threshold"]
    assert main(arguments, places) == 0
    assert "scores change by" in capsys.readouterr().out
    assert main([*arguments[:3], "fp8", *arguments[4:]], places) == 1
    assert "Expected a precision among fp16, int8" in capsys.readouterr().err
    assert main(["show", str(tmp_path / "out")], places) == 0
    assert "fp16" in capsys.readouterr().out


def test_that_doctor_and_provider_say_what_there_is(
    bundle: Path, tmp_path: Path, places: Places, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSPECTOR_PROVIDER", "cpu")
    assert main(["doctor", "--json"], places) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["can judge on"]["cpu"] == "Processor"
    assert "not installed" in told["can judge on"]["openvino"]
    data = part_set(tmp_path / "set")
    for arguments in (
        ["evaluate", str(data), "--detector", str(bundle), "--provider", "openvino"],
        ["--provider", "openvino", "evaluate", str(data), "--detector", str(bundle)],
        ["watch", str(data / "test"), "--detector", str(bundle), "--provider", "openvino"],
        ["batch", str(data), "--detector", str(bundle), "--out", str(tmp_path / "r"), "--provider", "openvino"],
    ):
        assert main(arguments, places) == 1
        assert "offers no openvino" in capsys.readouterr().err
    assert main(["evaluate", str(data), "--detector", str(bundle), "--provider", "cpu"], places) == 0


def test_that_a_network_that_keras_exported_can_be_quantised(tmp_path: Path) -> None:
    """Its constants were once looked for in a file that was not there: those of enlarging."""
    method("conv-autoencoder")(size=32, epochs=1).fit(goods(20)).save(tmp_path / "bundle")
    found = shrink(Shrinking(tmp_path / "bundle", tmp_path / "out", "int8", force=True))
    assert found.after.ms > 0
    assert load(tmp_path / "out").measure([good(1)])[0].score > 0
