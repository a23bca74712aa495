from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from inspector.core.cv import cv2
from inspector.core.errors import OutputError
from inspector.sources.decode import IMAGE_SUFFIXES, decode_image, read_image
from inspector.sources.save import encode_image, write_image
from tests.sources.drawing import quarters, smooth

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("suffix", sorted(IMAGE_SUFFIXES))
def test_that_what_is_written_is_read_back(tmp_path: Path, suffix: str) -> None:
    image = smooth()
    path = tmp_path / f"Prüfling 7{suffix}"
    write_image(path, image)
    loss = 4 if suffix in (".jpg", ".jpeg") else 0
    assert np.abs(read_image(path).astype(int) - image).mean() <= loss
    assert [found.name for found in tmp_path.iterdir()] == [path.name]


def test_that_the_image_is_not_modified() -> None:
    image = quarters()
    image.setflags(write=False)
    assert (decode_image(encode_image(image, ".PNG"), "picture") == image).all()


@pytest.mark.parametrize("name", ["part", "part.gif", "part.txt"])
def test_that_an_unknown_ending_is_an_error_that_lists_the_known(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match=r"part.*Choose one of \.bmp"):
        write_image(tmp_path / name, quarters())


def test_that_what_is_no_image_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Expected an RGB image"):
        write_image(tmp_path / "part.png", quarters()[..., 0])
    assert not list(tmp_path.iterdir())


def test_that_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "part.png"
    write_image(path, quarters())
    before = path.read_bytes()
    monkeypatch.setattr(cv2, "imencode", lambda *_: (False, np.empty(0, np.uint8)))
    with pytest.raises(OutputError, match="does not take 64 x 48 pixels"):
        write_image(path, smooth())
    assert path.read_bytes() == before


def test_that_an_image_too_large_for_its_format_is_an_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(OutputError, match=r"Choose \.png"):
        write_image(tmp_path / "part.webp", np.zeros((1, 20_000, 3), np.uint8))
    assert capfd.readouterr() == ("", "")
