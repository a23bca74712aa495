from __future__ import annotations

import pytest

from inspector.core.cv import cv2
from inspector.core.errors import SourceError
from inspector.sources.camera import CameraSource
from inspector.sources.camera_settings import CameraSettings, split_settings
from inspector.sources.spec import open_source


class Device:
    """A driver that takes sizes, and of the rest what it is told to."""

    def __init__(self, *offered: int) -> None:
        self.offered = offered
        self.asked: list[tuple[int, float]] = []
        self.released = False

    def isOpened(self) -> bool:  # noqa: N802
        return True

    def read(self) -> tuple[bool, None]:
        return False, None

    def get(self, _prop: int) -> float:
        return 0.0

    def set(self, prop: int, value: float) -> bool:
        self.asked.append((prop, value))
        return prop in self.offered

    def release(self) -> None:
        self.released = True


def test_that_settings_are_read_from_behind_the_name() -> None:
    assert split_settings("HD cam") == ("HD cam", CameraSettings())
    assert split_settings("Is it on?") == ("Is it on?", CameraSettings())
    name, settings = split_settings("HD cam?width=1280&fps=29.97&exposure=-6")
    assert (name, settings.values) == ("HD cam", (("width", 1280.0), ("fps", 29.97), ("exposure", -6.0)))


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("camera:0?zoom=3", "no setting 'zoom'"),
        ("camera:0?width=wide", "Expected a number"),
        ("camera:0?height=0", "Expected a number"),
        ("camera:0?exposure=", "Expected a number"),
        ("camera:0?exposure=nan", "Expected a number"),
    ],
)
def test_that_what_is_no_setting_is_told(spec: str, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        open_source(spec)


def test_that_they_are_set_with_the_automatic_off_before() -> None:
    device = Device(cv2.CAP_PROP_EXPOSURE, cv2.CAP_PROP_WB_TEMPERATURE)
    _, settings = split_settings("0?width=640&exposure=-6&white_balance=4600")
    settings.apply(device, "camera 0")
    assert [prop for prop, _ in device.asked] == [
        cv2.CAP_PROP_FRAME_WIDTH,
        cv2.CAP_PROP_AUTO_EXPOSURE,
        cv2.CAP_PROP_EXPOSURE,
        cv2.CAP_PROP_AUTO_WB,
        cv2.CAP_PROP_WB_TEMPERATURE,
    ]


def test_that_a_driver_that_does_not_offer_one_is_told_and_let_go() -> None:
    device = Device()
    focus = CameraSettings((("focus", 10.0),))
    source = CameraSource(0, settings=focus, capture_factory=lambda _what, _backend: device)
    with pytest.raises(SourceError, match="does not take focus=10"):
        source.open()
    assert device.released


def test_that_a_source_of_a_spec_has_them() -> None:
    source = open_source("camera:3?width=1280")
    assert isinstance(source, CameraSource)
    assert source.name == "camera 3"
    assert source._settings.values == (("width", 1280.0),)
