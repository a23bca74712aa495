from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import PIL.Image
import pytest

from inspector.core.cv import cv2
from inspector.core.errors import FrameError
from inspector.core.image import check_image
from inspector.sources.decode import decode_image, read_image
from tests.sources.drawing import FORMATS, encoded, plain, quarters, save, smooth

if TYPE_CHECKING:
    from pathlib import Path

NO_CLOSER_THAN = {"JPEG": 4}

# What is seen of a picture by someone who turns it as the EXIF orientation says (CIPA DC-008, 4.6.5).
UPRIGHT = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: lambda a: np.rot90(a, 1),
}


def assert_close(image: np.ndarray[Any, Any], expected: np.ndarray[Any, Any], kind: str) -> None:
    assert image.shape == expected.shape
    assert np.abs(image.astype(int) - expected).max() <= NO_CLOSER_THAN.get(kind, 0)


def png_16(pixels: np.ndarray[Any, Any]) -> bytes:
    """Write a 16-bit PNG by hand (Pillow writes none in colour): grey, grey + alpha, RGB or RGBA by channels."""
    height, width, channels = pixels.shape

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 16, {1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def tiff_16(pixels: np.ndarray[Any, Any], order: str, *, white_is_zero: bool) -> bytes:
    """Write a grey 16-bit TIFF by hand (Pillow writes one kind only); `order` is `<` or `>`."""
    height, width = pixels.shape
    data = pixels.astype(f"{order}u2").tobytes()
    tags = [(256, width), (257, height), (258, 16), (259, 1), (262, 0 if white_is_zero else 1), (273, 8), (277, 1),
            (278, height), (279, len(data))]  # fmt: skip
    start = b"II*\0" if order == "<" else b"MM\0*"
    entries = b"".join(struct.pack(f"{order}HHII", tag, 4, 1, value) for tag, value in tags)
    folder = struct.pack(f"{order}H", len(tags)) + entries + bytes(4)
    return start + struct.pack(f"{order}I", 8 + len(data)) + data + folder


@pytest.mark.parametrize("kind", FORMATS)
def test_that_every_format_gives_the_colours_that_were_saved(kind: str) -> None:
    image = smooth()
    read = decode_image(encoded(PIL.Image.fromarray(image), kind), "picture")
    assert check_image(read) is read
    assert_close(read, image, kind)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_that_pictures_come_upright(kind: str, orientation: int) -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    read = decode_image(encoded(PIL.Image.fromarray(quarters()), kind, exif=exif), "picture")
    assert check_image(read) is read
    assert_close(read, UPRIGHT[orientation](quarters()), kind)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_that_16_bit_pictures_come_upright(orientation: int) -> None:
    grey = np.arange(6 * 8, dtype=np.uint16).reshape(6, 8) * 1000
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    read = decode_image(encoded(PIL.Image.fromarray(grey), "TIFF", exif=exif), "picture")
    expected = np.repeat((grey // 256).astype(np.uint8)[..., None], 3, axis=2)
    assert (read == UPRIGHT[orientation](expected)).all()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "TIFF"])
def test_that_grey_becomes_equal_channels(kind: str) -> None:
    grey = smooth()[..., 0]
    read = decode_image(encoded(PIL.Image.fromarray(grey), kind), "picture")
    assert_close(read, np.repeat(grey[..., None], 3, axis=2), kind)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_that_one_bit_becomes_black_and_white(kind: str) -> None:
    picture = PIL.Image.fromarray(quarters()[..., 0]).convert("1")
    read = decode_image(encoded(picture, kind), "picture")
    assert (read == np.asarray(picture)[..., None] * 255).all()


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_that_a_palette_becomes_its_colours(kind: str) -> None:
    picture = PIL.Image.fromarray(quarters()).quantize(4)
    assert (decode_image(encoded(picture, kind), "picture") == np.asarray(picture.convert("RGB"))).all()


def test_that_a_transparent_palette_entry_is_black() -> None:
    picture = PIL.Image.fromarray(np.array([[0, 1]], np.uint8)).convert("P")
    picture.putpalette([200, 100, 50, 10, 20, 30])
    read = decode_image(encoded(picture, "PNG", transparency=0), "picture")
    assert read.tolist() == [[[0, 0, 0], [10, 20, 30]]]


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_that_alpha_is_composited_over_black(kind: str) -> None:
    image = np.full((2, 3, 4), 200, np.uint8)
    image[..., 3] = [0, 128, 255]
    read = decode_image(encoded(PIL.Image.fromarray(image), kind, **({"exact": True} if kind == "WEBP" else {})), "x")
    assert np.abs(read[0, :, 0].astype(int) - [0, 100, 200]).max() <= 1


def test_that_grey_with_alpha_is_composited_over_black() -> None:
    image = np.array([[[200, 0], [200, 255]]], np.uint8)
    read = decode_image(encoded(PIL.Image.fromarray(image), "PNG"), "picture")
    assert read.tolist() == [[[0, 0, 0], [200, 200, 200]]]


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_that_16_bit_png_keeps_its_upper_8_bits(channels: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 2**16, (5, 7, channels), np.uint16)
    if channels in (2, 4):
        pixels[..., -1] = 2**16 - 1
    read = decode_image(png_16(pixels), "picture")
    colours = pixels[..., : 3 if channels > 2 else 1]
    assert (read == colours // 256).all()


@pytest.mark.parametrize("channels", [1, 3])
def test_that_16_bit_tiff_keeps_its_upper_8_bits(channels: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 2**16, (5, 7, channels), np.uint16)
    data = cv2.imencode(".tif", pixels[..., ::-1])[1].tobytes()
    assert (decode_image(data, "picture") == pixels // 256).all()


@pytest.mark.parametrize(("order", "inverted"), [("<", False), (">", False), ("<", True)])
def test_that_16_bit_tiff_of_any_byte_order_and_meaning_of_zero_is_read(order: str, *, inverted: bool) -> None:
    pixels = np.random.default_rng(0).integers(0, 2**16, (5, 7), np.uint16)
    stored = 2**16 - 1 - pixels if inverted else pixels
    read = decode_image(tiff_16(stored.astype(np.uint16), order, white_is_zero=inverted), "picture")
    assert (read == (pixels // 256)[..., None]).all()


def test_that_a_16_bit_tiff_that_is_not_understood_is_no_negative() -> None:
    with pytest.raises(FrameError, match="no image that can be read"):
        decode_image(tiff_16(np.full((5, 7), 60000, np.uint16), ">", white_is_zero=True), "picture")


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("transparent", [False, True])
def test_that_a_palette_png_of_any_depth_becomes_its_colours(bits: int, *, transparent: bool) -> None:
    colours = np.random.default_rng(1).integers(0, 256, (2**bits, 3))
    indices = np.random.default_rng(2).integers(0, 2**bits, (9, 11)).astype(np.uint8)
    picture = PIL.Image.fromarray(indices).convert("P")
    picture.putdata(indices.ravel().tolist())
    picture.putpalette(colours.ravel().tolist())
    alphas = np.random.default_rng(3).integers(0, 256, 2**bits)
    options = {"transparency": bytes(alphas.tolist())} if transparent else {}
    read = decode_image(encoded(picture, "PNG", bits=bits, **options), "picture")
    expected = colours[indices] * (alphas[indices][..., None] / 255 if transparent else 1)
    assert np.abs(read - expected).max() <= 1


def test_that_a_dark_16_bit_picture_is_not_stretched() -> None:
    assert decode_image(png_16(np.full((2, 2, 1), 1023, np.uint16)), "picture").max() == 3


@pytest.mark.parametrize(("mode", "words"), [("F", "32-bit"), ("I", "32-bit"), ("LAB", "LAB")])
def test_that_values_without_a_known_range_are_refused(mode: str, words: str) -> None:
    with pytest.raises(FrameError, match=words):
        decode_image(encoded(PIL.Image.new(mode, (4, 4)), "TIFF"), "picture")


def test_that_cmyk_jpeg_comes_in_its_colours() -> None:
    image = smooth()
    read = decode_image(encoded(PIL.Image.fromarray(image).convert("CMYK"), "JPEG"), "picture")
    assert np.abs(read.astype(int) - image).max() < 12


def adobe(data: bytes, transform: int | None) -> bytes:
    """The file with another Adobe marker, or none: what says how four components are to be understood."""
    place = data.index(b"\xff\xeeAdobe"[:2] + b"\x00\x0eAdobe")
    marker = data[place : place + 16]
    changed = b"" if transform is None else marker[:15] + bytes([transform])
    return data[:place] + changed + data[place + 16 :]


@pytest.mark.parametrize(
    ("ink", "seen"),
    [((0, 0, 0, 0), (255, 255, 255)), ((0, 0, 0, 255), (0, 0, 0)), ((255, 0, 0, 0), (0, 255, 255)),
     ((0, 255, 255, 0), (255, 0, 0)), ((0, 255, 255, 128), (127, 0, 0))],
)  # fmt: skip
def test_that_inverted_cmyk_as_adobe_writes_it_is_no_negative(
    ink: tuple[int, int, int, int], seen: tuple[int, int, int]
) -> None:
    data = encoded(PIL.Image.new("CMYK", (16, 16), ink), "JPEG")
    assert np.abs(decode_image(adobe(data, 0), "picture").astype(int) - seen).max() <= 3


def test_that_ycck_as_adobe_writes_it_comes_in_its_colours() -> None:
    # Luma and chroma of the colour (255, 0, 0), which stands for the inks in this order (Adobe TN 5116): all cyan.
    luma, blue, red, black = 76, 85, 255, 255
    data = encoded(PIL.Image.new("CMYK", (16, 16), tuple(255 - one for one in (luma, blue, red, black))), "JPEG")
    assert np.abs(decode_image(adobe(data, 2), "picture").astype(int) - (0, 255, 255)).max() <= 4


def test_that_progressive_jpeg_is_read_and_a_torn_one_is_not() -> None:
    data = encoded(PIL.Image.fromarray(smooth(200, 200)), "JPEG", progressive=True)
    assert decode_image(data + bytes(100), "picture").shape == (200, 200, 3)
    with pytest.raises(FrameError):
        decode_image(data[: len(data) // 2], "picture")


def test_that_the_name_does_not_decide_the_format(tmp_path: Path) -> None:
    path = tmp_path / "picture.bmp"
    path.write_bytes(encoded(PIL.Image.fromarray(quarters()), "PNG"))
    assert (read_image(path) == quarters()).all()


@pytest.mark.parametrize("name", ["Prüfling 7 – rückseite.png", "部品 検査.jpg", "part with spaces.tif"])
def test_that_any_name_can_be_read(tmp_path: Path, name: str) -> None:
    assert read_image(save(tmp_path / name, plain((9, 9, 9)))).shape == (48, 64, 3)


@pytest.mark.parametrize("kind", FORMATS)
def test_that_one_pixel_is_an_image(kind: str) -> None:
    assert decode_image(encoded(PIL.Image.new("RGB", (1, 1), (7, 7, 7)), kind), "picture").tolist() == [[[7, 7, 7]]]
