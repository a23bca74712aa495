"""Bundles made to fill the memory, or to be waited for without end."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import struct
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspector.core.errors import BundleError, OutputError
from inspector.detectors import bundle as bundles
from inspector.detectors import load
from inspector.detectors.bundle import MANIFEST, THRESHOLD, layout
from inspector.detectors.npz import NotPlainArrays, unpack
from tests.detectors.template import save_template, template

MOST_TRACED = 40 << 20
"""Bytes that refusing a bundle may take; what is inside would take more than twice as much."""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole bundle; not to be changed."""
    return save_template(tmp_path_factory.mktemp("whole") / "bundle")


@pytest.fixture
def path(written: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    return Path(shutil.copytree(written, tmp_path / "bundle"))


def _change(path: Path, **files: Any) -> None:
    manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    manifest["files"] |= files
    (path / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")


def _put(path: Path, name: str, content: bytes) -> None:
    """Put a file into a bundle as its maker could: with the right hash."""
    (path / name).write_bytes(content)
    _change(path, **{name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}})


def _bomb(size: int) -> bytes:
    """The bytes of an `.npz` with an array of `size` zeros: a thousandth of that."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, normal=np.zeros(size, np.uint8))
    return buffer.getvalue()


def _refused(path: Path, match: str) -> None:
    """Loading is refused, names the bundle, and takes next to no memory."""
    tracemalloc.start()
    try:
        with pytest.raises(BundleError, match=match) as caught:
            load(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert str(path) in str(caught.value)
    assert peak < MOST_TRACED


@pytest.mark.parametrize("name", ["calibration.npz", "golden.npz"])
def test_that_small_files_that_unpack_to_very_much_are_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setitem(layout.UNPACKED_LIMITS, "golden.npz", 1 << 26)  # packing the real 256 MB takes a second
    bomb = _bomb((1 << 26) + 1)
    assert len(bomb) < 1 << 17
    _put(path, name, bomb)
    _refused(path, "oversized once unpacked")


def test_that_arrays_that_unpack_to_very_much_are_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "FILE_LIMIT", 1 << 26)
    _put(path, "arrays.npz", _bomb((1 << 26) + 1))
    _refused(path, "oversized once unpacked")


def test_that_arrays_that_lie_about_their_size_are_not_unpacked_beyond_it() -> None:
    bomb = bytearray(_bomb(1 << 27))
    told = struct.pack("<I", zipfile.ZipFile(io.BytesIO(bomb)).infolist()[0].file_size)
    entry = bomb.rindex(b"PK\x01\x02")
    assert bomb[entry + 24 : entry + 28] == told
    bomb[entry + 24 : entry + 28] = struct.pack("<I", 500)
    tracemalloc.start()
    try:
        with pytest.raises(NotPlainArrays):
            unpack(bytes(bomb), 1000)
        # The array is asked for at the size its header tells, and never filled.
        assert tracemalloc.get_traced_memory()[0] < MOST_TRACED
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", ["autoencoder.onnx", "arrays.npz", MANIFEST, THRESHOLD])
def test_that_a_file_longer_than_any_is_refused_unread(path: Path, name: str) -> None:
    limit = layout.JSON_LIMIT if name.endswith(".json") else layout.FILE_LIMIT
    with (path / name).open("r+b") as file:
        file.truncate(limit + 1)  # sparse: it takes no room on the disk
    _refused(path, "oversized")


def test_that_many_files_each_small_enough_are_refused_unread(path: Path) -> None:
    part = {"sha256": "0" * 64, "bytes": layout.FILE_LIMIT}
    _change(path, **{f"more{number}.onnx": part for number in range(3)})
    _refused(path, "oversized: 8 files of 3,2")


def test_that_a_bundle_of_very_many_files_is_refused(path: Path) -> None:
    _change(path, **{f"more{number}.onnx": {"sha256": "0" * 64, "bytes": 1} for number in range(layout.MOST_FILES)})
    _refused(path, "oversized: 69 files")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="a file without end is there on Unix")
@pytest.mark.parametrize("name", ["autoencoder.onnx", MANIFEST, THRESHOLD])
def test_that_a_link_to_a_file_without_end_is_refused(path: Path, name: str) -> None:
    (path / name).unlink()
    (path / name).symlink_to("/dev/zero")
    _refused(path, "no ordinary file")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are files only on Unix")
@pytest.mark.parametrize("name", ["autoencoder.onnx", MANIFEST, THRESHOLD])
def test_that_a_named_pipe_is_not_waited_for(path: Path, name: str) -> None:
    (path / name).unlink()
    os.mkfifo(path / name)
    _refused(path, "no ordinary file")


def test_that_a_list_of_detectors_reads_no_more_of_one_than_loading_does(path: Path) -> None:
    _put(path, "calibration.npz", _bomb((1 << 26) + 1))
    manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    manifest["kinds"] = ["spot"]
    (path / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(BundleError, match="oversized once unpacked"):
        bundles.peek(path)


@pytest.mark.parametrize(
    ("limits", "match"),
    [
        ({"FILE_LIMIT": 500}, "autoencoder.onnx has"),
        ({"TOTAL_LIMIT": 2000}, "its files have"),
        ({"UNPACKED_LIMITS": {"golden.npz": 100}}, "golden.npz holds"),
    ],
)
def test_that_what_could_not_be_read_again_is_not_written(
    path: Path, monkeypatch: pytest.MonkeyPatch, limits: dict[str, Any], match: str
) -> None:
    before = {file.name: file.read_bytes() for file in path.iterdir()}
    for name, value in limits.items():
        monkeypatch.setattr(layout, name, value)
    with pytest.raises(OutputError, match=match) as caught:
        template().save(path)
    assert str(path) in str(caught.value)
    assert {file.name: file.read_bytes() for file in path.iterdir()} == before
    assert [one.name for one in path.parent.iterdir()] == [path.name]
