from __future__ import annotations

import json
from typing import TYPE_CHECKING

from inspector.cli.app import run
from inspector.outputs import FolderOutput, MqttOutput, write_outputs
from inspector.outputs.settings import FILE
from tests.detectors.template import save_template
from tests.gui.models.test_live import feed_folder

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from inspector.core.places import Places


def test_that_outputs_are_listed_without_passwords(places: Places, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["outputs"], places) == 0
    assert "no outputs" in capsys.readouterr().err
    write_outputs(places.config / FILE, [MqttOutput(name="plant", host="broker", username="u", password="hush")])  # noqa: S106
    assert run(["outputs"], places) == 0
    said = capsys.readouterr()
    assert "plant" in said.out
    assert run(["outputs", "--json"], places) == 0
    [one] = json.loads(capsys.readouterr().out)["outputs"]
    assert one == {"name": "plant", "kind": "mqtt", "where": "broker:1883 inspector", "on": ["ng"], "enabled": True}
    assert "hush" not in said.out + said.err + str(one)


def test_that_a_test_is_sent(places: Places, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = FolderOutput(name="good", path=tmp_path / "found")
    (tmp_path / "file").write_text("")
    bad = FolderOutput(name="bad", path=tmp_path / "file" / "below")
    write_outputs(places.config / FILE, [good, bad])
    assert run(["outputs", "--test", "good"], places) == 0
    assert "delivered" in capsys.readouterr().out
    assert run(["outputs", "--test", "all"], places) == 1
    said = capsys.readouterr()
    assert "good: delivered" in said.out
    assert "bad: Cannot write" in " ".join(said.err.split())
    assert run(["outputs", "--test", "none"], places) == 1
    assert "There are: good, bad" in " ".join(capsys.readouterr().err.split())


def test_that_watching_tells_them(places: Places, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = save_template(tmp_path / "template")
    feed = feed_folder(tmp_path / "feed", "gbgb")
    output = FolderOutput(name="archive", path=tmp_path / "found", seconds_apart=0)
    write_outputs(tmp_path / "own.toml", [output])
    line = ["watch", f"folder:{feed}", "--detector", str(bundle)]
    assert run([*line, "--outputs", str(tmp_path / "own.toml")], places) == 0
    assert "Output archive: 2 sent" in " ".join(capsys.readouterr().err.split())
    assert len(list((tmp_path / "found").rglob("*.json"))) == 2
    write_outputs(places.config / FILE, [output.model_copy(update={"path": tmp_path / "own"})])
    assert run([*line, "--no-outputs"], places) == 0
    assert not (tmp_path / "own").exists()
    assert run(line, places) == 0
    assert len(list((tmp_path / "own").rglob("*.json"))) == 2
