from __future__ import annotations

import errno
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from inspector.core.errors import Cancelled, OutputError
from inspector.core.files import (
    PARTIAL,
    attempt_at,
    check_replaceable,
    lasting_folder,
    sole_attempt,
    whole_file,
    whole_folder,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

MARKER = "bundle.json"


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def _fill(folder: Path, text: str = "new") -> None:
    (folder / "deep").mkdir()
    (folder / MARKER).write_text(text)
    (folder / "deep" / "file.bin").write_bytes(text.encode())


class FullDisk:
    """Stands for `os.fsync` on a disk that has no room left."""

    def __init__(self, number: int = errno.ENOSPC) -> None:
        self.number = number

    def __call__(self, *_args: Any, **_kwargs: Any) -> None:
        raise OSError(self.number, os.strerror(self.number))


def test_that_a_file_appears_whole(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "größe 1.csv"
    with whole_file(path) as partial:
        partial.write_text("half")
        assert not path.exists()
        assert partial.parent == path.parent
        assert partial.suffix == ".csv"
        partial.write_text("whole")
    assert _contents(tmp_path) == {"new folder/größe 1.csv": b"whole"}


@pytest.mark.parametrize("fault", [ValueError("a bug"), Cancelled(), KeyboardInterrupt()])
def test_that_a_file_whose_writing_fails_leaves_the_old_one(tmp_path: Path, fault: BaseException) -> None:
    path = tmp_path / "file.txt"
    path.write_text("old")

    def write() -> None:
        with whole_file(path) as partial:
            partial.write_text("half")
            raise fault

    with pytest.raises(type(fault)):
        write()
    assert _contents(tmp_path) == {"file.txt": b"old"}


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_that_a_full_disk_is_named_and_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    path = tmp_path / "file.txt"
    path.write_text("old")
    monkeypatch.setattr(os, "fsync", FullDisk(number))
    with pytest.raises(OutputError, match="disk is full") as caught, whole_file(path) as partial:
        partial.write_text("new")
    assert str(path) in str(caught.value)
    assert _contents(tmp_path) == {"file.txt": b"old"}


def test_that_any_other_fault_of_the_disk_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", FullDisk(errno.EIO))
    with pytest.raises(OutputError, match="Input/output error") as caught, whole_file(tmp_path / "file.txt"):
        pass
    assert str(tmp_path / "file.txt") in str(caught.value)
    assert _contents(tmp_path) == {}


def test_that_a_file_where_a_folder_is_needed_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputError, match="Cannot write"), whole_file(tmp_path / "file" / "report.html"):
        pass
    assert (tmp_path / "file").read_text() == "mine"


def test_that_a_folder_at_the_place_of_a_file_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "report.html").mkdir()
    with pytest.raises(OutputError, match="Cannot write"), whole_file(tmp_path / "report.html") as partial:
        partial.write_text("new")
    assert [one.name for one in tmp_path.iterdir()] == ["report.html"]


def test_that_a_folder_appears_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "bundle"
    with whole_folder(path, MARKER) as partial:
        _fill(partial)
        assert not path.exists()
    assert _contents(path) == {MARKER: b"new", "deep/file.bin": b"new"}
    assert [one.name for one in path.parent.iterdir()] == ["bundle"]


def test_that_a_folder_of_the_same_kind_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "bundle"
    path.mkdir()
    (path / MARKER).write_text("old")
    (path / "only in the old one").write_text("old")
    with whole_folder(path, MARKER) as partial:
        _fill(partial)
        assert (path / MARKER).read_text() == "old"
    assert _contents(path) == {MARKER: b"new", "deep/file.bin": b"new"}
    assert [one.name for one in tmp_path.iterdir()] == ["bundle"]


@pytest.mark.parametrize("fault", [ValueError("a bug"), Cancelled(), OSError(errno.ENOSPC, "no room")])
def test_that_a_folder_whose_filling_fails_leaves_the_old_one(tmp_path: Path, fault: BaseException) -> None:
    path = tmp_path / "bundle"
    path.mkdir()
    (path / MARKER).write_text("old")

    def fill() -> None:
        with whole_folder(path, MARKER) as partial:
            _fill(partial)
            raise fault

    with pytest.raises(OutputError if isinstance(fault, OSError) else type(fault)):
        fill()
    assert _contents(tmp_path) == {f"bundle/{MARKER}": b"old"}
    assert [one.name for one in tmp_path.iterdir()] == ["bundle"]


@pytest.mark.parametrize("whole", [whole_file, lambda path: whole_folder(path, MARKER)])
def test_that_a_fault_of_something_else_is_not_told_as_one_of_writing(
    tmp_path: Path, whole: Callable[[Path], AbstractContextManager[Path]]
) -> None:
    with pytest.raises(ConnectionResetError), whole(tmp_path / "out"):
        raise ConnectionResetError(errno.ECONNRESET, "the camera is gone")
    with pytest.raises(FileNotFoundError, match="another file"), whole(tmp_path / "out"):
        raise FileNotFoundError(errno.ENOENT, "another file", str(tmp_path / "picture.png"))
    with pytest.raises(OutputError, match="Cannot write"), whole(tmp_path / "out") as partial:
        (partial / "missing" / "file").write_text("x")
    assert list(tmp_path.iterdir()) == []


def test_that_an_attempt_leaves_what_is_to_be_kept_to_the_next(tmp_path: Path) -> None:
    path = tmp_path / "out"

    def fill(*, keep: bool) -> None:
        with lasting_folder(path, MARKER) as attempt:
            (attempt.folder / f"{PARTIAL}torn.csv").write_text("half")
            (attempt.folder / "row").write_text("1")
            attempt.keep = keep
            raise Cancelled

    with pytest.raises(Cancelled):
        fill(keep=False)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(Cancelled):
        fill(keep=True)
    with sole_attempt(path) as folder:
        assert folder == attempt_at(path)
        with pytest.raises(OutputError, match="another run"), lasting_folder(path, MARKER):
            pass
    assert not path.exists()
    with lasting_folder(path, MARKER) as attempt:
        assert not (attempt.folder / f"{PARTIAL}torn.csv").exists()
        (attempt.folder / MARKER).write_text("new")
    assert _contents(tmp_path) == {f"out/{MARKER}": b"new", "out/row": b"1"}


def test_that_a_swap_that_fails_half_way_puts_the_old_folder_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bundle"
    path.mkdir()
    (path / MARKER).write_text("old")
    replace = Path.replace

    def failing(self: Path, target: Path) -> Path:
        if self.name.startswith(PARTIAL):
            raise OSError(errno.EACCES, "not now")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(OutputError, match="not now"), whole_folder(path, MARKER) as partial:
        _fill(partial)
    assert _contents(tmp_path) == {f"bundle/{MARKER}": b"old"}
    assert [one.name for one in tmp_path.iterdir()] == ["bundle"]


def test_that_a_foreign_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "holidays"
    path.mkdir()
    (path / "sea.jpg").write_text("mine")
    with pytest.raises(OutputError, match=f"no {MARKER}"):
        check_replaceable(path, MARKER)
    with pytest.raises(OutputError, match="left alone"), whole_folder(path, MARKER):
        pytest.fail("nothing may be written")
    assert _contents(path) == {"sea.jpg": b"mine"}


def test_that_a_file_in_the_place_of_a_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(OutputError, match="is a file"):
        check_replaceable(tmp_path / "out", MARKER)
    assert (tmp_path / "out").read_text() == "mine"


def test_that_an_empty_or_a_missing_folder_may_be_written(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    check_replaceable(tmp_path / "empty", MARKER)
    check_replaceable(tmp_path / "not" / "there" / "yet", MARKER)
    assert not (tmp_path / "not").exists()
    assert list((tmp_path / "empty").iterdir()) == []


def test_that_a_place_that_cannot_be_written_is_told_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # By a stand-in, since root may write everywhere.
    def refused(*_args: Any, **_kwargs: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(tempfile, "mkdtemp", refused)
    with pytest.raises(OutputError, match=r"Permission denied.*writable"):
        check_replaceable(tmp_path / "out", MARKER)
    with pytest.raises(OutputError, match=r"Permission denied.*writable"), whole_folder(tmp_path / "out", MARKER):
        pass


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_that_a_read_only_place_is_told(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(0o555)
    try:
        with pytest.raises(OutputError, match="writable"):
            check_replaceable(locked / "out", MARKER)
        with pytest.raises(OutputError, match="writable"), whole_file(locked / "file"):
            pass
    finally:
        locked.chmod(0o755)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
def test_that_what_was_written_can_be_read_by_whom_the_umask_allows(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        with whole_file(tmp_path / "file"):
            pass
        with whole_folder(tmp_path / "folder", MARKER) as partial:
            _fill(partial)
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o644
    assert (tmp_path / "folder").stat().st_mode & 0o777 == 0o755


def test_that_a_relative_path_survives_a_change_of_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    with whole_folder(Path("out"), MARKER) as partial:
        _fill(partial)
        monkeypatch.chdir(tmp_path / "elsewhere")
    assert (tmp_path / "out" / MARKER).is_file()
    shutil.rmtree(tmp_path / "out")
