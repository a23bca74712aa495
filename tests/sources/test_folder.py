from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import pytest

from inspector.core.errors import FrameError, SourceError
from inspector.core.image import Label
from inspector.sources.folder import FolderSource
from tests.sources.drawing import RED, plain, save

if TYPE_CHECKING:
    from pathlib import Path


def test_that_a_torn_file_is_a_frame_error_and_the_next_one_comes(tmp_path: Path) -> None:
    save(tmp_path / "1.png", plain(RED))
    (tmp_path / "2.png").touch()
    (tmp_path / "3.bmp").write_bytes(b"noise" * 100)
    save(tmp_path / "4.jpg", plain(RED))
    with FolderSource(tmp_path) as source:
        assert source.total == 4
        seen = []
        while not source.ended:
            try:
                frame = source.read()
            except FrameError as error:
                seen.append(f"torn {error.name}")
            else:
                seen += [frame.name] if frame else []
    assert seen == ["1.png", "torn 2.png", "torn 3.bmp", "4.jpg"]


def test_that_frames_carry_path_and_label(tmp_path: Path) -> None:
    save(tmp_path / "test/Kratzer ä/Bild 1.png", plain(RED))
    with FolderSource(tmp_path) as source:
        frame = source.read()
    assert frame is not None
    assert frame.name == "test/Kratzer ä/Bild 1.png"
    assert frame.path == tmp_path / "test/Kratzer ä/Bild 1.png"
    assert frame.label == Label(abnormal=True, kind="Kratzer ä")


def test_that_a_file_deleted_after_listing_is_a_frame_error(tmp_path: Path) -> None:
    save(tmp_path / "1.png", plain(RED))
    with FolderSource(tmp_path) as source:
        (tmp_path / "1.png").unlink()
        with pytest.raises(FrameError, match="not there any more"):
            source.read()
        assert source.read() is None
        assert source.ended


def test_that_a_folder_without_images_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    source = FolderSource(tmp_path)
    with pytest.raises(SourceError, match=r"found 1 other file \(1 \.txt\)"):
        source.open()
    assert not source.opened


def test_that_memory_does_not_grow_with_the_pictures_read(tmp_path: Path) -> None:
    image = plain(RED, 200, 200)
    for number in range(30):
        save(tmp_path / f"{number}.bmp", image)
    with FolderSource(tmp_path) as source:
        tracemalloc.start()
        try:
            while source.read() is not None:
                pass
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < 10 * image.nbytes
