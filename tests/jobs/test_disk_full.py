"""A disk that is full, for real: a file system of a few kilobytes, in a process with mounts of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.detectors.template import save_template
from tests.jobs.folders import part_set

ROOT = Path(__file__).parents[2]

UNSHARE = ["unshare", "--user", "--map-root-user", "--mount"]


def _mounts() -> bool:
    """Whether an ordinary user may mount here; containers and systems other than Linux often forbid it."""
    if shutil.which("unshare") is None:
        return False
    tried = subprocess.run([*UNSHARE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False)
    return tried.returncode == 0


pytestmark = pytest.mark.skipif(not _mounts(), reason="needs Linux and the right to mount in a namespace of one's own")

CODE = """
import json, os, sys
from pathlib import Path

from inspector.core.errors import OutputError
from inspector.detectors import load
from inspector.imaging.sheet import CELL
from inspector.jobs.batch import Batch, batch
from inspector.jobs.sheet import SheetJob, judge_and_draw

what, disk, bundle, images, room = sys.argv[1], *map(Path, sys.argv[2:5]), int(sys.argv[5])
detector = load(bundle)
writing = {
    "bundle": lambda: detector.save(disk / "out"),
    "report": lambda: batch(Batch(images, bundle, disk / "out", overlays="all")),
    "sheet": lambda: judge_and_draw(SheetJob(bundle, (images,), disk / "out.png")),
}[what]


def tree():
    return {str(one.relative_to(disk)): one.read_bytes() for one in sorted(disk.rglob("*")) if one.is_file()}


writing()
filler = disk / "filler"
with filler.open("wb", buffering=0) as file:
    try:
        while file.write(bytes(4096)):
            pass
    except OSError:
        pass
    file.truncate(max(0, file.tell() - room))
before, said = tree(), ""
try:
    writing()
except OutputError as error:
    said = str(error)
after = tree()
filler.unlink()
writing()
print(json.dumps({
    "said": said,
    "kept": before == {name: text for name, text in after.items() if name in before},
    "more": sorted(set(after) - set(before)),
    "then": sorted({name.partition("/")[0] for name in tree()}),
}))
"""


def _told(what: str, tmp_path: Path, room: int) -> dict[str, Any]:
    disk = tmp_path / "disk"
    disk.mkdir()
    bundle = save_template(tmp_path / "bundle")
    images = part_set(tmp_path / "parts") / "test"
    command = [sys.executable, "-c", CODE, what, str(disk), str(bundle), str(images), str(room)]
    script = 'mount -t tmpfs -o size=4m tmpfs "$0" && exec "$@"'
    done = subprocess.run(
        [*UNSHARE, "sh", "-c", script, str(disk), *command], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


@pytest.mark.parametrize("room", [0, 8192, 20480])
@pytest.mark.parametrize("what", ["bundle", "report", "sheet"])
def test_that_a_full_disk_is_told_and_leaves_the_older_one_whole(what: str, tmp_path: Path, room: int) -> None:
    told = _told(what, tmp_path, room)
    assert "disk is full" in told["said"], told
    assert str(tmp_path / "disk" / "out") in told["said"]
    assert told["kept"]
    # What a batch has judged may stay for the next run, hidden; nothing else half-written does.
    assert all(name.startswith(".partial-out/") for name in told["more"]) if what == "report" else told["more"] == []
    assert told["then"] == ["out.png" if what == "sheet" else "out"], "with room again, it is written"
