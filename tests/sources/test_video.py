from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from inspector.core.cv import cv2
from inspector.core.errors import FrameError, SourceError
from inspector.sources.video import VideoSource
from tests.contract.sources import read_frames
from tests.sources.drawing import BLUE, RED, is_red, plain, save, write_video
from tests.sources.scripted import ScriptedCapture

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from inspector.core.image import Image


def scripted(
    folder: Path, script: Sequence[Image | None], claimed: float, *, fps: float = 25.0, loop: bool = False
) -> tuple[VideoSource, list[ScriptedCapture]]:
    path = folder / "clip.avi"
    path.touch()
    opened: list[ScriptedCapture] = []

    def factory(_what: int | str, _backend: int) -> ScriptedCapture:
        opened.append(ScriptedCapture(script, properties={cv2.CAP_PROP_FRAME_COUNT: claimed, cv2.CAP_PROP_FPS: fps}))
        return opened[-1]

    return VideoSource(path, loop=loop, capture_factory=factory, clock=lambda: 1000.0), opened


def everything(source: VideoSource) -> list[str]:
    seen = []
    while not source.ended:
        try:
            frame = source.read()
        except FrameError as error:
            seen.append(f"{error.name}?")
        else:
            seen += [frame.name] if frame else []
    return seen


def test_that_frames_come_in_order_with_their_time(tmp_path: Path) -> None:
    images = [plain((shade, shade, shade)) for shade in (0, 60, 120, 180, 240)]
    with VideoSource(write_video(tmp_path / "clip.avi", images, fps=10), clock=lambda: 1000.0) as source:
        assert source.total == 5
        assert source.fps == pytest.approx(10)
        frames = read_frames(source, 9)
    assert [round(float(frame.image.mean()), -1) for frame in frames] == [0, 60, 120, 180, 240]
    assert [frame.time for frame in frames] == pytest.approx([1000.0, 1000.1, 1000.2, 1000.3, 1000.4])
    assert [frame.name for frame in frames] == [f"clip.avi #{number}" for number in range(5)]


def test_that_colours_and_times_go_on_past_a_loop(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.avi", [plain(RED), plain(RED), plain(BLUE)], fps=10)
    with VideoSource(path, loop=True, clock=lambda: 1000.0) as source:
        frames = read_frames(source, 12)
    assert [is_red(frame.image) for frame in frames] == [True, True, False] * 4
    assert all(np.abs(frame.image[0, 0].astype(int) - BLUE).max() < 16 for frame in frames[2::3])
    assert [frame.time for frame in frames] == pytest.approx([1000 + number / 10 for number in range(12)])


def test_that_an_unknown_frame_rate_means_the_time_of_reading(tmp_path: Path) -> None:
    for fps in (0.0, float("nan"), -1.0):
        source, _ = scripted(tmp_path, [plain(RED)] * 3, 3, fps=fps)
        with source:
            assert source.fps is None
            assert [frame.time for frame in read_frames(source, 3)] == [1000.0] * 3


def test_that_an_absurd_count_is_no_count(tmp_path: Path) -> None:
    for claimed in (0.0, -1.0, float("nan"), float("inf"), -9.2e18, 1e300):
        source, _ = scripted(tmp_path, [plain(RED)] * 3, claimed)
        with source:
            assert source.total is None
            assert len(everything(source)) == 3


def test_that_frames_torn_in_the_middle_are_one_frame_error(tmp_path: Path) -> None:
    source, _ = scripted(tmp_path, [plain(RED), None, None, plain(RED), plain(RED)], 5)
    with source:
        assert everything(source) == ["clip.avi #0", "clip.avi #1?", "clip.avi #3", "clip.avi #4"]


def test_that_a_count_a_little_too_high_is_an_end(tmp_path: Path) -> None:
    source, _ = scripted(tmp_path, [plain(RED)] * 98, 100)
    with source:
        assert len(everything(source)) == 98


@pytest.mark.parametrize("loop", [False, True])
def test_that_a_video_that_breaks_off_is_no_end(tmp_path: Path, *, loop: bool) -> None:
    source, (*_,) = scripted(tmp_path, [plain(RED)] * 60, 100, loop=loop)
    with source:
        read_frames(source, 60)
        with pytest.raises(SourceError, match="60 of 100 frames"):
            source.read()
        assert not source.opened


def test_that_reading_ends_though_nothing_can_be_decoded_any_more(tmp_path: Path) -> None:
    source, opened = scripted(tmp_path, [plain(RED)], 10**6)
    with source:
        read_frames(source, 1)
        with pytest.raises(SourceError):
            source.read()
    assert opened[0].reads < 100


def test_that_every_capture_is_released(tmp_path: Path) -> None:
    source, opened = scripted(tmp_path, [plain(RED)] * 2, 2, loop=True)
    with source:
        read_frames(source, 7)
    assert len(opened) == 4
    assert all(capture.released for capture in opened)


def _noise(path: Path) -> None:
    path.write_bytes(np.random.default_rng(0).bytes(20_000))


def _empty(path: Path) -> None:
    path.touch()


def _text(path: Path) -> None:
    path.write_text("no video\n" * 100)


def _only_a_header(path: Path) -> None:
    write_video(path, [plain(RED)] * 20)
    path.write_bytes(path.read_bytes()[:600])


@pytest.mark.parametrize("make", [_noise, _empty, _text, _only_a_header])
@pytest.mark.parametrize("suffix", [".avi", ".mp4"])
def test_that_what_is_no_video_is_a_source_error(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], make: Callable[[Path], None], suffix: str
) -> None:
    made = tmp_path / "clip.avi"
    make(made)
    path = made.rename(tmp_path / f"broken{suffix}")
    with pytest.raises(SourceError, match=f"broken{suffix} is no video"):
        VideoSource(path).open()
    assert capfd.readouterr() == ("", "")


def test_that_a_half_copied_video_is_no_end(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = write_video(tmp_path / "clip.avi", [plain(RED, 120, 160)] * 100)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(SourceError), VideoSource(path) as source:
        everything(source)
    assert capfd.readouterr() == ("", "")


def test_that_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"gone\.avi is not there"):
        VideoSource(tmp_path / "gone.avi").open()
    with pytest.raises(SourceError, match="is a folder"):
        VideoSource(tmp_path).open()
    with pytest.raises(SourceError, match="cannot be looked at"):
        VideoSource(tmp_path / ("long" * 100)).open()


def test_that_a_pattern_of_names_is_no_video(tmp_path: Path) -> None:
    save(tmp_path / "img_00.png", plain(RED))
    with pytest.raises(SourceError, match="not there"):
        VideoSource(tmp_path / "img_%02d.png").open()


def test_that_a_video_deleted_while_it_loops_is_a_source_error(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.avi", [plain(RED)] * 2)
    with VideoSource(path, loop=True) as source:
        read_frames(source, 2)
        path.unlink()
        with pytest.raises(SourceError, match="not there"):
            source.read()


def test_that_any_name_can_be_read(tmp_path: Path) -> None:
    path = write_video(tmp_path / "x.avi", [plain(RED)] * 2).rename(tmp_path / "Förderband 2 – 部品.avi")
    with VideoSource(path) as source:
        assert len(everything(source)) == 2
