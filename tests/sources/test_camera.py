from __future__ import annotations

import sys
import threading
import types
from typing import TYPE_CHECKING

import numpy as np
import pytest

from inspector.core.cv import cv2
from inspector.core.errors import SourceError
from inspector.core.feedstate import Condition, FeedState
from inspector.sources import cameras as cameras_module
from inspector.sources.camera import CameraSource
from inspector.sources.cameras import CameraInfo, camera_index, cameras
from inspector.sources.capture import to_rgb
from inspector.sources.watchdog import Patience
from tests.contract.sources import read_frames
from tests.sources.drawing import RED, is_red, plain
from tests.sources.scripted import ScriptedCapture

if TYPE_CHECKING:
    from pathlib import Path


def once(silence: float) -> Patience:
    """Lose it after so many seconds, and for good."""
    return Patience(silence=silence, stale=silence / 2, retries=False)


def source_of(capture: ScriptedCapture, *, patience: float = 0.1) -> CameraSource:
    return CameraSource(0, wait=0.02, patience=once(patience), capture_factory=lambda _what, _backend: capture)


def read_until_lost(source: CameraSource) -> None:
    while True:
        source.read()


def test_that_the_size_and_rate_asked_for_reach_the_camera() -> None:
    capture = ScriptedCapture([plain(RED)], again=True)
    with CameraSource(0, width=1280, height=720, fps=15, capture_factory=lambda *_: capture):
        pass
    assert capture.asked == {
        cv2.CAP_PROP_FRAME_WIDTH: 1280,
        cv2.CAP_PROP_FRAME_HEIGHT: 720,
        cv2.CAP_PROP_FPS: 15,
    }
    assert capture.released


def test_that_frames_are_named_after_the_camera_and_counted() -> None:
    with source_of(ScriptedCapture([plain(RED)], again=True)) as source:
        assert [frame.name for frame in read_frames(source, 3)] == ["camera 0 #0", "camera 0 #1", "camera 0 #2"]


def test_that_a_slow_reader_gets_the_newest_picture() -> None:
    played = threading.Event()
    pictures = [plain((shade, 0, 0)) for shade in range(0, 100, 10)]

    class Counting(ScriptedCapture):
        def read(self) -> tuple[bool, object]:
            if self.reads == len(pictures):
                played.set()
            return super().read()

    with source_of(Counting(pictures), patience=20.0) as source:
        assert played.wait(20)
        frame = source.read()
        assert frame is not None
        assert frame.image[0, 0].tolist() == [90, 0, 0]
        assert frame.index == 0
        assert source.missed == 9


def test_that_nothing_for_a_while_is_none() -> None:
    with source_of(ScriptedCapture([]), patience=20.0) as source:
        assert source.read() is None
        assert not source.ended


def test_that_a_camera_pulled_out_is_lost_after_what_it_gave() -> None:
    capture = ScriptedCapture([plain(RED)])
    source = source_of(capture)
    with source:
        (frame,) = read_frames(source, 1)
        assert is_red(frame.image)
        with pytest.raises(SourceError, match=r"camera 0 is lost.*Check its cable"):
            read_until_lost(source)
        assert not source.opened
    assert capture.released


def test_that_a_camera_that_hangs_is_lost() -> None:
    hold = threading.Event()
    source = source_of(ScriptedCapture([plain(RED)], hold=hold), patience=0.05)
    try:
        source.open()
        read_frames(source, 1)
        hold_release = threading.Timer(0.2, hold.set)
        hold_release.start()
        with pytest.raises(SourceError, match="lost"):
            read_until_lost(source)
        hold_release.join()
    finally:
        hold.set()
        source.close()


def test_that_a_camera_pulled_out_is_opened_again_until_it_is_back() -> None:
    absent = [ScriptedCapture([], opens=False) for _ in range(2)]
    captures = [ScriptedCapture([plain(RED)]), *absent, ScriptedCapture([plain(RED)], again=True)]
    gone = list(captures)
    patience = Patience(silence=0.6, stale=0.1, first_rest=0.05, longest_rest=0.1)
    source = CameraSource(0, wait=0.02, patience=patience, capture_factory=lambda *_: captures.pop(0))
    with source:
        (first,) = read_frames(source, 1)
        passed: list[FeedState] = []
        while (back := source.read()) is None:
            assert source.state is not None
            passed.append(source.state)
        frames = [back, *read_frames(source, 2)]
        assert source.state is not None
        assert source.state.condition is Condition.LIVE
    assert all(is_red(frame.image) for frame in frames)
    assert [frame.index for frame in (first, *frames)] == [0, 1, 2, 3]
    conditions = [state.condition for state in passed]
    assert Condition.STALE in conditions
    assert Condition.RETRYING in conditions
    assert {"lost" in state.reason for state in passed if state.lost} == {True, False}
    assert any("cannot be opened" in state.reason for state in passed)
    assert all(capture.released for capture in gone)


def test_that_rests_grow_to_ten_seconds() -> None:
    assert [Patience().rest(failures) for failures in (0, 1, 2, 3, 4, 5, 1000)] == [0.5, 1, 2, 4, 8, 10, 10]


def test_that_a_driver_that_hangs_again_and_again_is_left_alone() -> None:
    hold = threading.Event()
    opened: list[ScriptedCapture] = []

    def factory(_what: int | str, _backend: int) -> ScriptedCapture:
        opened.append(ScriptedCapture([plain(RED)], hold=hold))
        return opened[-1]

    patience = Patience(silence=0.05, stale=0.02, first_rest=0.01, longest_rest=0.01)
    source = CameraSource(0, wait=0.02, patience=patience, capture_factory=factory)
    try:
        with source:
            while "hangs in its driver" not in (source.state.reason if source.state else ""):
                source.read()
            hanging = sum(capture.reads > 1 for capture in opened)
            while source.state is not None and source.state.condition is not Condition.RETRYING:
                source.read()
            hold.set()
    finally:
        hold.set()
    assert hanging == 3


def test_that_a_camera_that_hiccups_is_not_lost() -> None:
    script = [plain(RED), None, cv2.error("driver"), plain(RED)]
    with source_of(ScriptedCapture(script, again=True), patience=20.0) as source:
        assert all(is_red(frame.image) for frame in read_frames(source, 6))


def test_that_a_bug_in_reading_is_not_hidden() -> None:
    with source_of(ScriptedCapture([ZeroDivisionError()]), patience=20.0) as source, pytest.raises(ZeroDivisionError):
        read_frames(source, 1)


def test_that_a_lost_camera_can_be_opened_again() -> None:
    captures = [ScriptedCapture([plain(RED)]), ScriptedCapture([plain(RED)], again=True)]
    source = CameraSource(0, wait=0.02, patience=once(0.05), capture_factory=lambda *_: captures.pop(0))
    with source, pytest.raises(SourceError):
        read_until_lost(source)
    with source:
        assert all(is_red(frame.image) for frame in read_frames(source, 5))


def test_that_a_camera_that_does_not_open_says_what_to_do() -> None:
    capture = ScriptedCapture([], opens=False)
    with pytest.raises(SourceError, match=r"camera 0 cannot be opened.*close other programs"):
        source_of(capture).open()
    assert capture.released


def test_that_a_camera_that_is_not_there_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SourceError):
        CameraSource(9999).open()
    assert capfd.readouterr() == ("", "")


THREE = [CameraInfo(0, "HD Webcam"), CameraInfo(2, "Microscope Left"), CameraInfo(4, "Microscope Right")]


@pytest.mark.parametrize(("name", "index"), [("hd webcam", 0), ("Left", 2), ("microscope right", 4)])
def test_that_a_camera_is_found_by_its_name(monkeypatch: pytest.MonkeyPatch, name: str, index: int) -> None:
    monkeypatch.setattr(cameras_module, "cameras", lambda: THREE)
    assert camera_index(name) == index


@pytest.mark.parametrize(("name", "words"), [("Microscope", "2 cameras are called"), ("x", "No camera is called 'x'")])
def test_that_a_name_that_fits_none_or_several_lists_what_there_is(
    monkeypatch: pytest.MonkeyPatch, name: str, words: str
) -> None:
    monkeypatch.setattr(cameras_module, "cameras", lambda: THREE)
    with pytest.raises(SourceError, match=f"{words}.*2: Microscope Left"):
        camera_index(name)


def test_that_a_name_is_opened_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cameras_module, "cameras", lambda: THREE)
    asked: list[tuple[int | str, int]] = []

    def factory(what: int | str, backend: int) -> ScriptedCapture:
        asked.append((what, backend))
        return ScriptedCapture([plain(RED)], again=True)

    with CameraSource("Left", capture_factory=factory) as source:
        (frame,) = read_frames(source, 1)
    assert frame.name == "camera Left #0"
    assert asked == [(2, cameras_module.BACKEND)]


def test_that_listing_cameras_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    assert isinstance(cameras(), list)
    assert capfd.readouterr() == ("", "")


def package(found: object) -> types.SimpleNamespace:
    def enumerate_cameras(_backend: int) -> object:
        if isinstance(found, Exception):
            raise found
        return found

    return types.SimpleNamespace(enumerate_cameras=enumerate_cameras)


def test_that_the_package_is_asked_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [types.SimpleNamespace(index=2, name="B"), types.SimpleNamespace(index=0, name="A")]
    monkeypatch.setitem(sys.modules, "cv2_enumerate_cameras", package(found))
    assert cameras() == [CameraInfo(0, "A"), CameraInfo(2, "B")]


@pytest.mark.parametrize("broken", [None, package(OSError("driver"))], ids=["not installed", "fails"])
def test_that_linux_is_asked_where_the_package_cannot_be(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, broken: object
) -> None:
    for node, index, name in (("video0", "0", "Webcam"), ("video1", "1", "Webcam"), ("video10", "0", "Microscope")):
        (tmp_path / node).mkdir()
        (tmp_path / node / "index").write_text(f"{index}\n")
        (tmp_path / node / "name").write_text(f"{name}\n")
    (tmp_path / "video7").mkdir()
    monkeypatch.setitem(sys.modules, "cv2_enumerate_cameras", broken)
    monkeypatch.setattr(cameras_module, "_DEVICES", tmp_path)
    assert cameras() == [CameraInfo(0, "Webcam"), CameraInfo(10, "Microscope")]


def test_that_grey_and_four_channels_become_rgb() -> None:
    bgra = np.zeros((2, 3, 4), np.uint8)
    bgra[..., 2] = 255
    for picture, first in (
        (np.full((2, 3), 7, np.uint8), [7, 7, 7]),
        (np.full((2, 3, 1), 7, np.uint8), [7, 7, 7]),
        (bgra, [255, 0, 0]),
    ):
        image = to_rgb(picture)
        assert image is not None
        assert image[0, 0].tolist() == first


@pytest.mark.parametrize(
    "picture", [None, "text", np.zeros((0, 3, 3), np.uint8), np.zeros((2, 3, 2), np.uint8), np.zeros((2, 3, 3))]
)
def test_that_what_is_no_picture_is_none(picture: object) -> None:
    assert to_rgb(picture) is None
