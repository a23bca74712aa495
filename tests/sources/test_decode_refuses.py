from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.core.cv import cv2
from inspector.core.errors import FrameError
from inspector.core.image import check_image
from inspector.sources import decode
from inspector.sources.decode import decode_image, read_image
from tests.sources.drawing import FORMATS, encoded, plain, quarters, save, smooth

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_that_a_truncated_file_is_an_error_that_names_it(
    kind: str, share: float, capfd: pytest.CaptureFixture[str]
) -> None:
    data = encoded(PIL.Image.fromarray(smooth(100, 120)), kind)
    with pytest.raises(FrameError, match=r"a part\.x") as caught:
        decode_image(data[: int(len(data) * share)], "a part.x")
    assert caught.value.name == "a part.x"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_that_a_file_whose_end_became_zeros_is_an_error(kind: str) -> None:
    data = encoded(PIL.Image.fromarray(smooth(100, 120)), kind)
    with pytest.raises(FrameError):
        decode_image(data[: len(data) // 2] + bytes(len(data) - len(data) // 2), "picture")


def test_that_a_png_damaged_anywhere_is_an_error() -> None:
    data = WHOLE["PNG"]
    for place in range(8, len(data)):
        with pytest.raises(FrameError):
            decode_image(data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :], "picture")


def test_that_the_end_of_a_thumbnail_is_not_taken_for_the_end() -> None:
    thumbnail = encoded(PIL.Image.fromarray(smooth()), "JPEG")
    data = encoded(PIL.Image.fromarray(smooth(300, 300)), "JPEG", comment=thumbnail)
    assert decode_image(data + b"more", "picture").shape == (300, 300, 3)
    with pytest.raises(FrameError):
        decode_image(data[: len(data) // 2], "picture")


def test_that_a_truncated_jpeg_is_found_out_without_the_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    # Older releases of OpenCV fill the rest with grey and say nothing.
    monkeypatch.setattr(cv2, "imdecode", lambda *_: plain((128, 128, 128)))
    data = encoded(PIL.Image.fromarray(smooth(100, 120)), "JPEG")
    with pytest.raises(FrameError, match="breaks off"):
        decode_image(data[:-20], "picture")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xd9",
        b"\x89PNG\r\n\x1a\n",
        b"BM",
        b"hello",
        b"GIF89a" + bytes(50),
        bytes(99),
    ],
)
def test_that_what_is_no_image_is_an_error(data: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(FrameError, match="part"):
        decode_image(data, "part")
    assert capfd.readouterr() == ("", "")


def test_that_noise_named_bmp_is_an_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "noise.bmp"
    path.write_bytes(np.random.default_rng(0).bytes(5000))
    with pytest.raises(FrameError, match=r"noise\.bmp"):
        read_image(path)
    assert capfd.readouterr() == ("", "")


WHOLE = {kind: encoded(PIL.Image.fromarray(smooth(24, 32)), kind) for kind in FORMATS}


@given(st.sampled_from(FORMATS), st.data())
def test_that_damaged_bytes_give_an_image_or_a_frame_error(kind: str, data: st.DataObject) -> None:
    damaged = bytearray(WHOLE[kind])
    for place, value in data.draw(
        st.lists(st.tuples(st.integers(0, len(damaged) - 1), st.integers(0, 255)), max_size=8)
    ):
        damaged[place] = value
    cut = data.draw(st.integers(0, len(damaged)))
    with suppress(FrameError):
        image = decode_image(bytes(damaged[:cut]), "picture")
        assert check_image(image) is image


def test_that_a_12000_x_9000_picture_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    PIL.Image.new("1", (12000, 9000), 1).save(path)
    read = read_image(path)
    assert read.shape == (9000, 12000, 3)
    assert read[-1, -1].tolist() == [255, 255, 255]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "TIFF", "WEBP"])
def test_that_a_picture_beyond_the_limit_is_refused_before_it_is_decoded(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decode, "MAX_PIXELS", 1000)
    with pytest.raises(FrameError, match=r"part is too large: 64 x 48 pixels.*scale it down"):
        decode_image(encoded(PIL.Image.fromarray(quarters()), kind), "part")


def test_that_a_jpeg_bomb_is_refused() -> None:
    data = bytearray(WHOLE["JPEG"])
    place = data.index(b"\xff\xc0")
    data[place + 5 : place + 9] = b"\xff\xff\xff\xff"
    with pytest.raises(FrameError, match="65535 x 65535"):
        decode_image(bytes(data), "part")


def test_that_a_file_too_long_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "MAX_BYTES", 10)
    with pytest.raises(FrameError, match="GiB"):
        read_image(save(tmp_path / "part.png", quarters()))


def test_that_what_cannot_be_opened_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "dangling.png").symlink_to(tmp_path / "nothing.png")
    for name in ("gone.png", "folder.png", "dangling.png", "zero\0byte.png", "x" * 300 + ".png", "no/folder.png"):
        with pytest.raises(FrameError) as caught:
            read_image(tmp_path / name, name=name)
        assert caught.value.name == name
        assert name in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are files only on Unix")
def test_that_a_named_pipe_does_not_make_the_reader_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(FrameError, match="no ordinary file"):
        read_image(tmp_path / "pipe.png")


def test_that_a_forbidden_file_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    path = save(tmp_path / "part.png", quarters())
    monkeypatch.setattr(os, "open", forbidden)
    with pytest.raises(FrameError, match="Allow reading it"):
        read_image(path)
