from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import PIL.Image
import pytest

from inspector.core.errors import FrameError, SourceError
from inspector.core.image import Label
from inspector.sources.dataset import LazyImages, list_images, load_mask, read_dataset, split_and_label
from inspector.sources.item import Item, read_item
from tests.sources.drawing import RED, plain, save

if TYPE_CHECKING:
    from pathlib import Path


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def names(folder: Path) -> list[str]:
    return [item.name for item in list_images(folder)]


def test_that_names_come_in_natural_order(tmp_path: Path) -> None:
    touch(tmp_path, "part 10.png", "part 9.png", "Part 1.png", "b2/1.png", "b10/1.png", "b2/0.png")
    assert names(tmp_path) == ["b2/0.png", "b2/1.png", "b10/1.png", "Part 1.png", "part 9.png", "part 10.png"]


def test_that_images_are_known_by_their_endings_in_any_case(tmp_path: Path) -> None:
    wanted = ["a.PNG", "b.jpg", "c.JPeG", "d.bmp", "e.tif", "f.TIFF", "g.webp"]
    touch(tmp_path, *wanted, "notes.txt", "h.png.part", ".hidden.png", "._a.png", ".thumbnails/a.png", "jpg")
    assert names(tmp_path) == wanted


def test_that_sub_folders_are_left_out_when_asked(tmp_path: Path) -> None:
    touch(tmp_path, "a.png", "b/c.png")
    assert [item.name for item in list_images(tmp_path, recursive=False)] == ["a.png"]


@pytest.mark.parametrize(
    ("inside", "split", "label"),
    [
        ("", None, None),
        ("good", None, Label(abnormal=False, kind="good")),
        ("OK/2024", None, Label(abnormal=False, kind="OK")),
        ("Normal", None, Label(abnormal=False, kind="Normal")),
        ("scratch", None, Label(abnormal=True, kind="scratch")),
        ("abnormal", None, Label(abnormal=True, kind="abnormal")),
        ("abnormal/dent", None, Label(abnormal=True, kind="dent")),
        ("reference/gears", None, None),
        ("train", "train", None),
        ("train/good", "train", Label(abnormal=False, kind="good")),
        ("test/dent/left", "test", Label(abnormal=True, kind="dent")),
        ("val/good", "val", Label(abnormal=False, kind="good")),
    ],
)
def test_that_folders_are_labels(inside: str, split: str | None, label: Label | None) -> None:
    assert split_and_label(inside) == (split, label)


def test_that_the_mvtec_layout_is_understood(tmp_path: Path) -> None:
    touch(tmp_path, "train/good/0.png", "test/good/0.png", "test/dent/0.png", "test/dent/1.png", "test/dent/2.png")
    touch(tmp_path, "ground_truth/dent/0_mask.png", "ground_truth/dent/1.png")
    items = {item.name: item for item in read_dataset(tmp_path).items}
    assert list(items) == [
        "test/dent/0.png",
        "test/dent/1.png",
        "test/dent/2.png",
        "test/good/0.png",
        "train/good/0.png",
    ]
    assert items["test/dent/0.png"].mask == tmp_path / "ground_truth/dent/0_mask.png"
    assert items["test/dent/1.png"].mask == tmp_path / "ground_truth/dent/1.png"
    assert items["test/dent/2.png"].mask is None
    assert items["test/good/0.png"].mask is None
    assert items["train/good/0.png"].split == "train"


def test_that_masks_are_found_from_the_test_folder_too(tmp_path: Path) -> None:
    touch(tmp_path, "test/dent/0.png", "ground_truth/dent/0_mask.png")
    (item,) = list_images(tmp_path / "test")
    assert item.mask is not None
    assert item.mask.is_file()


def test_that_a_dataset_gives_its_parts(tmp_path: Path) -> None:
    touch(tmp_path, "train/good/0.png", "test/good/1.png", "test/dent/2.png", "test/3.png")
    dataset = read_dataset(tmp_path)
    assert [item.name for item in dataset.only(split="train")] == ["train/good/0.png"]
    assert [item.name for item in dataset.only(abnormal=False)] == ["test/good/1.png", "train/good/0.png"]
    assert [item.name for item in dataset.only(split="test", abnormal=True)] == ["test/dent/2.png"]


HEAD = "path,label,kind,mask,group,split,source\n"


def test_that_an_index_is_believed(tmp_path: Path) -> None:
    touch(tmp_path, "test/dent/9.png")
    text = HEAD + "b/2.jpg,1,dent,gt/2.png,,test,x\nb/1.jpg,0,good,,7,train,x\nc.jpg,,,,,,\nd.jpg,1,,,,,\n"
    (tmp_path / "index.csv").write_text("\ufeff" + text, encoding="utf-8")
    assert list(list_images(tmp_path)) == [
        Item(tmp_path, "b/2.jpg", label=Label(abnormal=True, kind="dent"), mask_relative="gt/2.png", split="test"),
        Item(tmp_path, "b/1.jpg", label=Label(abnormal=False, kind="good"), split="train"),
        Item(tmp_path, "c.jpg"),
        Item(tmp_path, "d.jpg", label=Label(abnormal=True, kind="abnormal")),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEAD, "lists no images"),
        (HEAD + "a.png,2,,,,,\n", "line 2: the label is '2'"),
        (HEAD + "a.png,0,,,,,\n,0,,,,,\n", "line 3: the path is missing"),
        (HEAD + 'a.png,"0', "cannot be read as a table"),
    ],
)
def test_that_an_index_that_makes_no_sense_is_an_error(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "index.csv").write_text(text)
    with pytest.raises(SourceError, match=words):
        list_images(tmp_path)


def test_that_an_index_in_another_encoding_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "index.csv").write_bytes(HEAD.encode() + "Prüfling.png,0,,,,,\n".encode("latin-1"))
    with pytest.raises(SourceError, match="UTF-8"):
        list_images(tmp_path)


def test_that_another_table_of_that_name_is_no_index(tmp_path: Path) -> None:
    touch(tmp_path, "a.png")
    (tmp_path / "index.csv").write_text("time,temperature\n1,2\n")
    assert names(tmp_path) == ["a.png"]


def test_that_a_file_the_index_lists_but_is_gone_is_a_frame_error(tmp_path: Path) -> None:
    (tmp_path / "index.csv").write_text("path,label\ngone.png,0\n")
    (item,) = list_images(tmp_path)
    with pytest.raises(FrameError, match="gone"):
        read_item(item)


def test_that_folders_without_images_say_what_was_looked_for_and_found(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"looked for bmp, jpeg.* found no files") as caught:
        list_images(tmp_path)
    assert str(tmp_path) in str(caught.value)
    touch(tmp_path, "a.txt", "b.txt", "c.doc", "d")
    with pytest.raises(SourceError, match=r"found 4 other files \(2 \.txt, 1 .*without an ending"):
        list_images(tmp_path)
    with pytest.raises(SourceError, match=r"a\.txt is a file"):
        list_images(tmp_path / "a.txt")
    with pytest.raises(SourceError, match="gone is not there"):
        list_images(tmp_path / "gone")
    with pytest.raises(SourceError, match="cannot be looked at"):
        list_images(tmp_path / ("long" * 100))


def test_that_links_in_a_circle_end(tmp_path: Path) -> None:
    touch(tmp_path, "a/good/1.png", "a/z/2.png")
    (tmp_path / "a/up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "a/0 first").symlink_to(tmp_path / "a/good", target_is_directory=True)
    (tmp_path / "a/self").symlink_to(tmp_path / "a/self")
    (tmp_path / "b").symlink_to(tmp_path / "c", target_is_directory=True)
    assert names(tmp_path) == ["a/good/1.png", "a/z/2.png"]


def test_that_a_linked_folder_is_followed(tmp_path: Path) -> None:
    touch(tmp_path, "elsewhere/1.png", "set/good/2.png")
    (tmp_path / "set/dent").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert names(tmp_path / "set") == ["dent/1.png", "good/2.png"]


def test_that_a_folder_that_cannot_be_listed_is_an_item_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # chmod does not keep root out, and tests may run as root.
    touch(tmp_path, "good/1.png", "secret/2.png")
    scandir = os.scandir

    def guarded(path: Path) -> os._ScandirIterator[str]:
        if path.name == "secret":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    good, secret = list_images(tmp_path)
    assert (good.name, secret.name) == ("good/1.png", "secret")
    with pytest.raises(FrameError, match=r"secret .*cannot be listed: Permission denied") as caught:
        read_item(secret)
    assert caught.value.name == "secret"
    with pytest.raises(SourceError, match="cannot be listed"):
        list_images(tmp_path / "secret")


@pytest.mark.skipif(os.name != "posix", reason="names are bytes only on Unix")
def test_that_a_name_that_is_no_utf_8_can_be_read_and_printed(tmp_path: Path) -> None:
    save(tmp_path / "x.png", plain(RED)).rename(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.png"))
    (item,) = list_images(tmp_path)
    assert item.name.encode() == rb"caf\xe9.png"
    assert read_item(item).shape == (48, 64, 3)


def test_that_lazy_images_read_one_when_it_is_asked_for(tmp_path: Path) -> None:
    save(tmp_path / "1.png", plain((1, 1, 1)))
    save(tmp_path / "2.png", plain((2, 2, 2)))
    touch(tmp_path, "3.png")
    images = LazyImages(list_images(tmp_path))
    assert len(images) == 3
    assert images[1].max() == 2
    assert images[1] is not images[1]
    assert len(images[:2]) == 2
    assert [image.max() for image in images[:2]] == [1, 2]
    with pytest.raises(FrameError, match=r"3\.png is empty"):
        images[-1]
    with pytest.raises(IndexError):
        images[3]


def item_with_mask(folder: Path, mask: PIL.Image.Image, suffix: str = ".png") -> Item:
    mask.save(folder / f"mask{suffix}")
    return Item(folder, "a.png", label=Label(abnormal=True, kind="dent"), mask_relative=f"mask{suffix}")


MASK = np.zeros((4, 6), np.bool_)
MASK[1:3, 2:5] = True


@pytest.mark.parametrize(
    "picture",
    [
        PIL.Image.fromarray(MASK),
        PIL.Image.fromarray(MASK.astype(np.uint8)),
        PIL.Image.fromarray(MASK.astype(np.uint8) * 255),
        PIL.Image.fromarray(MASK.astype(np.uint16)),
        PIL.Image.fromarray(np.stack([MASK * 255, MASK * 0, MASK * 0], axis=2).astype(np.uint8)),
        PIL.Image.fromarray(np.stack([MASK * 255] * 3 + [MASK * 0 + 255], axis=2).astype(np.uint8)),
        PIL.Image.fromarray(np.stack([MASK * 255, MASK * 0 + 255], axis=2).astype(np.uint8)),
    ],
    ids=["1 bit", "0 and 1", "0 and 255", "16 bit", "RGB", "RGBA", "grey and alpha"],
)
def test_that_a_mask_is_true_where_it_is_not_zero(tmp_path: Path, picture: PIL.Image.Image) -> None:
    mask = load_mask(item_with_mask(tmp_path, picture), (4, 6))
    assert mask.dtype == np.bool_
    assert (mask == MASK).all()


def test_that_a_normal_image_has_an_empty_mask(tmp_path: Path) -> None:
    item = Item(tmp_path, "a.png", label=Label(abnormal=False, kind="good"))
    assert not load_mask(item, (3, 4)).any()


def test_that_masks_that_are_missing_torn_or_of_another_size_are_errors(tmp_path: Path) -> None:
    with pytest.raises(FrameError, match="has no mask"):
        load_mask(Item(tmp_path, "a.png", label=Label(abnormal=True, kind="dent")), (4, 6))
    item = item_with_mask(tmp_path, PIL.Image.fromarray(MASK))
    with pytest.raises(FrameError, match="6 x 4, its image 5 x 4"):
        load_mask(item, (4, 5))
    (tmp_path / "mask.png").write_bytes(b"noise")
    with pytest.raises(FrameError, match=r"mask\.png cannot be decoded"):
        load_mask(item, (4, 6))
    (tmp_path / "mask.png").unlink()
    with pytest.raises(FrameError, match="not there"):
        load_mask(item, (4, 6))
