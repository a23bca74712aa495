"""Damage inside of JPEG files, which the decoder makes grey without a word."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import PIL.Image
import pytest

from inspector.core.cv import cv2
from inspector.core.errors import FrameError
from inspector.sources.decode import decode_image
from inspector.sources.jpeg import jpeg_fault, jpeg_header
from tests.sources.drawing import encoded, smooth

PICTURES = {
    "clouds": smooth(240, 320),
    "noise": np.random.default_rng(0).integers(118, 138, (240, 320, 3), np.uint8),
    "black": np.zeros((480, 640, 3), np.uint8),
    "white": np.full((480, 640, 3), 255, np.uint8),
    "grey": np.full((480, 640, 3), 128, np.uint8),
    "half black": np.concatenate([np.zeros((240, 320, 3), np.uint8), smooth(240, 320)]),
}


def fault(data: bytes) -> str:
    return jpeg_fault(data, jpeg_header(data))


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("quality", [1, 75, 100])
@pytest.mark.parametrize(
    "options", [{}, {"optimize": True}, {"progressive": True}, {"subsampling": 2}, {"restart_marker_rows": 1}], ids=str
)
def test_that_a_whole_file_is_never_taken_for_damaged(name: str, quality: int, options: dict[str, Any]) -> None:
    picture = PIL.Image.fromarray(PICTURES[name])
    assert fault(encoded(picture, "JPEG", quality=quality, **options)) == ""
    assert fault(encoded(picture.convert("L"), "JPEG", quality=quality, **options)) == ""


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize(
    "option", [cv2.IMWRITE_JPEG_OPTIMIZE, cv2.IMWRITE_JPEG_PROGRESSIVE, cv2.IMWRITE_JPEG_RST_INTERVAL]
)
def test_that_a_whole_file_of_the_other_encoder_is_never_taken_for_damaged(name: str, option: int) -> None:
    assert fault(cv2.imencode(".jpg", PICTURES[name], [option, 1])[1].tobytes()) == ""


def damaged(data: bytes, filling: bytes) -> bytes:
    place = jpeg_header(data).scan + (len(data) - jpeg_header(data).scan) // 2
    return data[:place] + filling + data[place + len(filling) :]


@pytest.mark.parametrize("size", [512, 4096])
@pytest.mark.parametrize("grey", [False, True])
@pytest.mark.parametrize("filling", ["zeros", "ones", "a text"])
def test_that_a_lost_sector_is_an_error(size: int, filling: str, *, grey: bool) -> None:
    picture = PIL.Image.fromarray(PICTURES["noise"])
    data = encoded(picture.convert("L") if grey else picture, "JPEG", quality=90)
    sector = {"zeros": bytes(size), "ones": b"\xff" * size, "a text": b"\xff\x37 of another file " * (size // 20)}
    spoiled = damaged(data, sector[filling])
    assert len(spoiled) == len(data)
    assert spoiled.endswith(b"\xff\xd9")
    with pytest.raises(FrameError, match=r"part.*damaged inside.*Copy or save it again"):
        decode_image(spoiled, "part")


def test_that_a_sector_of_another_file_is_nearly_always_seen() -> None:
    data = encoded(PIL.Image.fromarray(PICTURES["noise"]), "JPEG", quality=90)
    random = np.random.default_rng(1)
    seen = sum(fault(damaged(data, random.bytes(4096))) != "" for _ in range(200))
    assert seen >= 195


def test_that_zeros_inside_a_plain_picture_with_tables_of_its_own_may_be() -> None:
    # The one symbol such a picture needs has the code 0, and the scan is nothing but zeros.
    buffer = io.BytesIO()
    PIL.Image.new("L", (4000, 4000), 128).save(buffer, "JPEG", optimize=True)
    data = buffer.getvalue()
    assert bytes(256) in data
    assert decode_image(data, "plain").shape == (4000, 4000, 3)
