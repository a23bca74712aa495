from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inspector.core.errors import SourceError
from inspector.sources.base import Source
from inspector.sources.camera import CameraSource
from inspector.sources.feed import FeedSource
from inspector.sources.folder import FolderSource
from inspector.sources.spec import open_source
from inspector.sources.stream import StreamSource
from inspector.sources.video import VideoSource
from inspector.sources.watched import WatchedFolderSource
from tests.sources.drawing import RED, plain, save, write_video


@pytest.mark.parametrize(
    ("spec", "name"),
    [("0", "camera 0"), (" 3 ", "camera 3"), ("camera:0", "camera 0"), ("Camera: HD Webcam", "camera HD Webcam")],
)
def test_that_cameras_are_understood(spec: str, name: str) -> None:
    source = open_source(spec)
    assert isinstance(source, CameraSource)
    assert source.name == name
    assert not source.opened


def test_that_folders_and_videos_are_understood(tmp_path: Path) -> None:
    video = tmp_path / "clip with spaces.avi"
    video.touch()
    for spec, kind in (
        (f"folder:{tmp_path}", FolderSource),
        (f"watch:{tmp_path}", WatchedFolderSource),
        (f"WATCH: {tmp_path} ", WatchedFolderSource),
        (str(tmp_path), FolderSource),
        (str(video), VideoSource),
    ):
        source = open_source(spec)
        assert type(source) is kind
        assert source.name == str(video if kind is VideoSource else tmp_path)


def test_that_addresses_are_understood_and_named_without_their_credentials() -> None:
    for address, name in (
        ("rtsp://10.0.0.5/stream", "stream rtsp://10.0.0.5/stream"),
        (" RTSPS://u:p@10.0.0.5:8322/1 ", "stream RTSPS://10.0.0.5:8322/1"),
        ("http://admin:s%40cret@10.0.0.5/video.mjpg?fps=5&pwd=s", "stream http://10.0.0.5/video.mjpg?fps=5&pwd=…"),
        ("https://camera.local/", "stream https://camera.local/"),
    ):
        source = open_source(address)
        assert type(source) is StreamSource
        assert source.name == name


def test_that_what_is_wrong_with_an_address_is_told_without_its_credentials() -> None:
    for address in ("rtsp://admin:s/cret@10.0.0.5/1", "rtsp://admin:secr[t@10.0.0.5/1", "http://u:secret@host/ü"):
        with pytest.raises(SourceError) as caught:
            open_source(address)
        assert "cret" not in str(caught.value)
        assert "admin" not in str(caught.value)


def test_that_a_video_can_be_looped(tmp_path: Path) -> None:
    video = write_video(tmp_path / "red.avi", [plain(RED)] * 3)
    with open_source(f"loop:{video}") as source:
        assert source.total is None
        assert len([source.read() for _ in range(7)]) == 7
        assert not source.ended


def test_that_a_folder_named_by_a_number_can_be_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path / "7/1.png", plain(RED))
    monkeypatch.chdir(tmp_path)
    with open_source("folder:7") as source:
        assert source.total == 1


def test_that_a_home_folder_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME" if os.name == "posix" else "USERPROFILE", str(tmp_path))
    assert open_source("~").name == str(tmp_path)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("", "No source is given"),
        ("ftp://10.0.0.5/video.avi", "ftp:// is not among the sources. Supported are: camera:NUMBER"),
        ("rtsp://", "no address of a stream"),
        ("rtsp://10.0.0.5:port/x", "cannot be an address"),
        ("http://10.0.0.5/a b", "no address of a stream"),
        ("loop:", "takes a path"),
        ("camera:", "takes a number or a name"),
        ("watch: ", "takes a path"),
        ("no such thing", "neither there as a folder or a file"),
        ("-1", "neither there"),
        ("~nobody_of_this_name/x", "neither there"),
        ("x" * 5000, "cannot be a path"),
        ("zero\0byte", "Supported are"),
    ],
)
def test_that_what_is_no_source_says_what_is(spec: str, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        open_source(spec)


def test_that_one_image_points_to_its_folder(tmp_path: Path) -> None:
    path = save(tmp_path / "1.png", plain(RED))
    with pytest.raises(SourceError, match=r"one image.*folder:"):
        open_source(str(path))


@given(
    st.one_of(
        st.text(),
        st.builds("{}:{}".format, st.sampled_from(["camera", "folder", "watch", "rtsp", "http", "C"]), st.text()),
        st.from_regex(r"[a-z]{1,6}://\S*", fullmatch=True),
        st.integers().map(str),
    )
)
@example("camera:99999999999999999999")
@example("٣")
@example("²")
@example("folder:\0")
@example("~\ud800")
def test_that_a_spec_is_a_source_or_a_source_error(spec: str) -> None:
    try:
        source = open_source(spec)
    except SourceError:
        return
    assert isinstance(source, Source)
    # What is really there (`/`, `..`) may be large, and no camera or address is opened.
    if not isinstance(source, FeedSource) and not Path(source.name).exists():
        with pytest.raises(SourceError):
            source.open()
