from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from inspector.core.errors import FrameError, SourceError
from inspector.sources import watched
from inspector.sources.decode import read_image
from inspector.sources.watched import WatchedFolderSource
from tests.sources.drawing import RED, plain, save

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from inspector.core.frame import Frame


class Clock:
    """Time that passes only while the source pauses."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def watch(folder: Path, **options: bool) -> WatchedFolderSource:
    clock = Clock()
    return WatchedFolderSource(folder, interval=1.0, patience=10.0, clock=clock, pause=clock.pause, **options)


def polls(source: WatchedFolderSource, count: int) -> list[str]:
    """Read so many times; names of what came, a torn file with a question mark."""
    seen = []
    for _ in range(count):
        try:
            frame: Frame | None = source.read()
        except FrameError as error:
            seen.append(f"{error.name}?")
        else:
            seen += [frame.name] if frame else []
    return seen


def test_that_what_was_there_before_is_not_given(folder: Path) -> None:
    save(folder / "old.png", plain(RED))
    with watch(folder) as source:
        save(folder / "new.png", plain(RED))
        assert polls(source, 5) == ["new.png"]


def test_that_what_was_there_before_comes_first_when_asked(folder: Path) -> None:
    for name in ("10.png", "9.png"):
        save(folder / name, plain(RED))
    with watch(folder, existing=True) as source:
        assert polls(source, 5) == ["9.png", "10.png"]


def test_that_nothing_new_is_none_and_no_end(folder: Path) -> None:
    with watch(folder) as source:
        assert source.read() is None
        assert not source.ended
        save(folder / "new.png", plain(RED))
        assert polls(source, 3) == ["new.png"]


def test_that_a_file_being_written_is_not_given_before_it_is_whole(folder: Path, tmp_path: Path) -> None:
    data = save(tmp_path / "whole.png", plain(RED, 300, 300)).read_bytes()
    with watch(folder) as source, (folder / "slow.png").open("wb") as file:
        for place in range(0, len(data), len(data) // 8):
            file.write(data[place : place + len(data) // 8])
            file.flush()
            assert polls(source, 1) == []
        assert polls(source, 4) == ["slow.png"]


def test_that_a_writer_that_pauses_is_waited_for(folder: Path, tmp_path: Path) -> None:
    data = save(tmp_path / "whole.jpg", plain(RED, 300, 300)).read_bytes()
    with watch(folder) as source:
        (folder / "slow.jpg").write_bytes(data[:-50])
        assert polls(source, 8) == []
        (folder / "slow.jpg").write_bytes(data)
        assert polls(source, 4) == ["slow.jpg"]


def test_that_a_file_filled_after_its_size_and_time_were_set_is_waited_for(folder: Path, tmp_path: Path) -> None:
    # Copying on Windows sets the size first.
    data = save(tmp_path / "whole.png", plain(RED)).read_bytes()
    path = folder / "copied.png"
    path.write_bytes(bytes(len(data)))
    os.utime(path, ns=(10**18, 10**18))
    with watch(folder, existing=True) as source:
        assert polls(source, 4) == []
        path.write_bytes(data)
        os.utime(path, ns=(10**18, 10**18))
        assert polls(source, 2) == ["copied.png"]


def test_that_a_file_that_stays_torn_is_one_frame_error(folder: Path) -> None:
    with watch(folder) as source:
        (folder / "torn.png").write_bytes(b"\x89PNG\r\n")
        save(folder / "whole.png", plain(RED))
        assert polls(source, 30) == ["whole.png", "torn.png?"]


def test_that_a_torn_file_written_anew_arrives(folder: Path) -> None:
    with watch(folder) as source:
        (folder / "1.png").write_bytes(b"")
        assert polls(source, 20) == ["1.png?"]
        save(folder / "1.png", plain(RED))
        assert polls(source, 4) == ["1.png"]


def test_that_a_file_moved_in_arrives_once(folder: Path, tmp_path: Path) -> None:
    with watch(folder) as source:
        save(tmp_path / "1.png", plain(RED)).rename(folder / "1.png")
        assert polls(source, 6) == ["1.png"]


def test_that_a_file_written_anew_under_its_name_arrives_anew(folder: Path) -> None:
    with watch(folder) as source:
        save(folder / "latest.png", plain(RED))
        assert polls(source, 4) == ["latest.png"]
        save(folder / "latest.png", plain(RED, 90, 90))
        assert polls(source, 4) == ["latest.png"]


def test_that_a_file_deleted_and_brought_back_arrives_again(folder: Path) -> None:
    with watch(folder) as source:
        save(folder / "1.png", plain(RED))
        assert polls(source, 4) == ["1.png"]
        (folder / "1.png").unlink()
        assert polls(source, 2) == []
        save(folder / "1.png", plain(RED))
        assert polls(source, 4) == ["1.png"]


def _deletes(path: Path) -> None:
    path.unlink()


def _grows(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"more")


@pytest.mark.parametrize("meddle", [_deletes, _grows])
def test_that_a_file_changed_while_it_is_read_is_not_given(
    folder: Path, monkeypatch: pytest.MonkeyPatch, meddle: Callable[[Path], None]
) -> None:
    def read_and_meddle(path: Path, *, name: str) -> object:
        image = read_image(path, name=name)
        meddle(path)
        return image

    monkeypatch.setattr(watched, "read_image", read_and_meddle)
    with watch(folder) as source:
        save(folder / "1.png", plain(RED))
        assert polls(source, 2) == []


def test_that_a_file_deleted_before_it_is_read_is_no_crash(folder: Path) -> None:
    with watch(folder) as source:
        save(folder / "1.png", plain(RED))
        save(folder / "2.png", plain(RED))
        assert polls(source, 2) == ["1.png"]
        (folder / "2.png").unlink()
        assert polls(source, 3) == []


def test_that_other_files_are_nobodys_business(folder: Path) -> None:
    with watch(folder) as source:
        (folder / "notes.txt").touch()
        save(folder / "sub/1.png", plain(RED))
        assert polls(source, 20) == []


def test_that_sub_folders_are_watched_when_asked(folder: Path) -> None:
    with watch(folder, recursive=True) as source:
        save(folder / "2024-01-05/1.png", plain(RED))
        assert polls(source, 4) == ["2024-01-05/1.png"]


def test_that_a_folder_that_comes_back_is_watched_on(folder: Path, tmp_path: Path) -> None:
    with watch(folder) as source:
        save(folder / "1.png", plain(RED))
        assert polls(source, 3) == ["1.png"]
        folder.rename(tmp_path / "away")
        assert polls(source, 5) == []
        (tmp_path / "away").rename(folder)
        save(folder / "2.png", plain(RED))
        assert polls(source, 4) == ["2.png"]


def test_that_a_folder_that_stays_away_is_the_end(folder: Path, tmp_path: Path) -> None:
    with watch(folder) as source:
        folder.rename(tmp_path / "away")
        with pytest.raises(SourceError, match="is not there"):
            polls(source, 20)
        assert not source.opened


def test_that_polls_keep_their_interval(folder: Path) -> None:
    clock = Clock()
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        clock.pause(seconds)

    with WatchedFolderSource(folder, interval=0.25, clock=clock, pause=pause) as source:
        for _ in range(4):
            source.read()
    assert pauses == [0.0, 0.25, 0.25, 0.25]
