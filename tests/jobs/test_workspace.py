from __future__ import annotations

import errno
import os
import shutil
import tempfile
import time
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.core.errors import OutputError
from inspector.history import HistoryError, Server
from inspector.jobs.filing import free_path, safe_name
from inspector.jobs.workspace import FORMAT, MANIFEST, Workspace, WorkspaceError, is_workspace

if TYPE_CHECKING:
    from pathlib import Path


def files_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_that_a_new_workspace_has_its_folders_and_opens_as_it_was_made(tmp_path: Path) -> None:
    made = Workspace.create(tmp_path / "line 3", "Flanges, line 3")
    opened = Workspace.open(tmp_path / "line 3")
    assert opened == made
    assert opened.name == "Flanges, line 3"
    for place in (opened.normal, opened.abnormal, opened.reference, opened.detectors):
        assert place.is_dir()
    assert [path.name for path in tmp_path.iterdir()] == ["line 3"]


def test_that_a_workspace_is_called_like_its_folder_when_nobody_says_otherwise(tmp_path: Path) -> None:
    assert Workspace.create(tmp_path / "gears").name == "gears"


@given(name=st.text(max_size=40))
def test_that_any_name_comes_back_from_the_manifest(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("any") / "ws"
    Workspace.create(folder, name)
    expected = name.strip().replace("\x7f", " ") or "ws"
    assert Workspace.open(folder).name == expected


def test_that_a_workspace_can_be_renamed(tmp_path: Path) -> None:
    renamed = Workspace.create(tmp_path / "a").rename('The "best" \\ one')
    assert Workspace.open(tmp_path / "a") == renamed
    assert renamed.name == 'The "best" \\ one'


def test_that_an_empty_folder_becomes_a_workspace_and_a_full_one_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    Workspace.create(tmp_path / "empty")
    assert is_workspace(tmp_path / "empty")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(OutputError, match="was left alone"):
        Workspace.create(tmp_path / "full")
    assert files_below(tmp_path / "full") == {"letter.txt"}


def test_that_a_workspace_is_not_made_over_another(tmp_path: Path) -> None:
    made = Workspace.create(tmp_path / "a", "first")
    (made.normal / "x.png").touch()
    with pytest.raises(WorkspaceError, match="is a workspace already"):
        Workspace.create(tmp_path / "a", "second")
    assert Workspace.open(tmp_path / "a").name == "first"
    assert (made.normal / "x.png").exists()


def test_that_what_is_no_workspace_says_so(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="is not there"):
        Workspace.open(tmp_path / "missing")
    with pytest.raises(WorkspaceError, match="is no workspace"):
        Workspace.open(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(WorkspaceError, match="is a file"):
        Workspace.open(tmp_path / "file")


def test_that_a_newer_workspace_asks_for_an_update_and_is_not_touched(tmp_path: Path) -> None:
    Workspace.create(tmp_path / "a")
    manifest = tmp_path / "a" / MANIFEST
    text = manifest.read_text(encoding="utf-8").replace(f"format = {FORMAT}", f"format = {FORMAT + 1}\nmore = true")
    manifest.write_text(text, encoding="utf-8")
    with pytest.raises(WorkspaceError, match="newer inspector"):
        Workspace.open(tmp_path / "a")
    assert manifest.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"format = 1",
        b'program = "inspector"\nformat = "one"',
        b'program = "other"\nformat = 9',
        b"a =",
    ],
)
def test_that_a_torn_or_foreign_manifest_says_so(tmp_path: Path, content: bytes) -> None:
    Workspace.create(tmp_path / "a")
    (tmp_path / "a" / MANIFEST).write_bytes(content)
    with pytest.raises(WorkspaceError, match="torn or not inspector's"):
        Workspace.open(tmp_path / "a")


def test_that_missing_folders_are_made_again(tmp_path: Path) -> None:
    made = Workspace.create(tmp_path / "a")
    shutil.rmtree(made.images)
    assert Workspace.open(tmp_path / "a").normal.is_dir()


def test_that_a_read_only_disk_is_told_unless_only_reading_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Workspace.create(tmp_path / "a")

    # By a stand-in, since root may write everywhere.
    def refused(*_args: Any, **_options: Any) -> NoReturn:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(tempfile, "mkdtemp", refused)
    with pytest.raises(OutputError, match=r"cannot be written to: Read-only file system\. .*copy it"):
        Workspace.open(tmp_path / "a")
    assert Workspace.open(tmp_path / "a", writable=False) == made
    with pytest.raises(OutputError, match="Read-only file system"):
        Workspace.create(tmp_path / "b")
    assert not (tmp_path / "b").exists()


def test_that_opening_clears_away_what_a_killed_process_left_long_ago(tmp_path: Path) -> None:
    made = Workspace.create(tmp_path / "a")
    old, young = made.detectors / ".partial-old", made.detectors / ".partial-young"
    for one in (old, young):
        one.mkdir()
        (one / "bundle.json").touch()
    os.utime(old, (time.time() - 2 * 86_400,) * 2)
    Workspace.open(tmp_path / "a")
    assert not old.exists()
    assert young.exists()


def test_that_what_was_discarded_comes_back_to_where_it_was(tmp_path: Path) -> None:
    made = Workspace.create(tmp_path / "a")
    first, folder = made.normal / "1.png", made.detectors / "gears"
    first.write_bytes(b"one")
    folder.mkdir()
    (folder / "bundle.json").write_bytes(b"{}")
    discarded = made.discard([first, folder])
    assert not first.exists()
    assert not folder.exists()
    assert sorted(made.restore(discarded)) == sorted([first, folder])
    assert first.read_bytes() == b"one"
    assert (folder / "bundle.json").read_bytes() == b"{}"
    assert files_below(made.trash) == set()


def test_that_restoring_never_overwrites(tmp_path: Path) -> None:
    made = Workspace.create(tmp_path / "a")
    path = made.normal / "1.png"
    path.write_bytes(b"old")
    discarded = made.discard([path])
    path.write_bytes(b"new")
    assert made.restore(discarded) == [made.normal / "1-2.png"]
    assert path.read_bytes() == b"new"
    assert (made.normal / "1-2.png").read_bytes() == b"old"


def test_that_discarding_is_all_or_nothing(tmp_path: Path) -> None:
    made = Workspace.create(tmp_path / "a")
    path = made.normal / "1.png"
    path.write_bytes(b"one")
    with pytest.raises(OutputError, match=r"2\.png is not there any more"):
        made.discard([path, made.normal / "2.png"])
    assert path.read_bytes() == b"one"
    assert files_below(made.trash) == set()
    with pytest.raises(ValueError, match="subpath"):
        made.discard([tmp_path / "elsewhere.png"])


def test_that_what_is_gone_from_the_trash_is_left_out(tmp_path: Path) -> None:
    made = Workspace.create(tmp_path / "a")
    path = made.normal / "1.png"
    path.touch()
    discarded = made.discard([path])
    made.empty_trash()
    made.empty_trash()
    assert made.restore(discarded) == []


@given(text=st.text(max_size=120))
def test_that_a_safe_name_is_one_plain_part_of_a_path_and_stays_what_it_is(text: str) -> None:
    name = safe_name(text, "part")
    assert name
    assert name == safe_name(name, "part")
    assert not set(name) & set('<>:"/\\|?*\0\n')
    assert name[0] not in ". "
    assert name[-1] not in ". "
    assert len(name.encode()) <= 161


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("scratch", "scratch"),
        ("  Kratzer / tief ", "Kratzer tief"),
        ("../../etc", "etc"),
        ("", "part"),
        ("...", "part"),
        ("con", "con_"),
        ("LPT1.x", "LPT1.x_"),
        ("e\u0301", "\u00e9"),
        ("傷", "傷"),
    ],
)
def test_that_a_safe_name_stays_near_to_what_was_typed(text: str, name: str) -> None:
    assert safe_name(text, "part") == name


def test_that_a_free_path_is_beside_the_one_wanted(tmp_path: Path) -> None:
    path = tmp_path / "a.b.png"
    assert free_path(path) == path
    path.touch()
    (tmp_path / "a.b-2.png").symlink_to(tmp_path / "nowhere")
    assert free_path(path, {tmp_path / "a.b-3.png"}) == tmp_path / "a.b-4.png"


def test_that_a_history_on_a_server_is_written_down_and_found_again(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "parts")
    file = workspace.folder / "history.db"
    assert workspace.history == file
    address = "postgresql+psycopg://ann@host/parts"
    shared = workspace.use_history(f" {address} ")
    again = Workspace.open(workspace.folder)
    assert shared == again
    assert again.history == Server(address, file)
    assert again.rename("other").history == Server(address, file)
    assert again.use_history("").history == Workspace.open(workspace.folder).history == file
    with pytest.raises(HistoryError, match="no address"):
        again.use_history("mysql://host/parts")
    with (workspace.folder / MANIFEST).open("a", encoding="utf-8") as manifest:
        manifest.write('history = "nonsense"\n')
    with pytest.raises(WorkspaceError, match="no address of a history"):
        Workspace.open(workspace.folder)
