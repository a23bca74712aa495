from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from inspector.core.errors import Cancelled, DataError, OutputError
from inspector.core.events import Event, Progress, Warned
from inspector.core.image import Label
from inspector.jobs.collection import Collection
from inspector.jobs.labels import NORMAL, REFERENCE, Group, Where, where_of
from inspector.jobs.workspace import Workspace
from inspector.sources.dataset import read_dataset
from inspector.sources.decode import read_image
from inspector.sources.save import write_image
from tests.detectors.pictures import good

if TYPE_CHECKING:
    from inspector.core.image import Image

SCRATCH = Where(Group.ABNORMAL, "scratch")
MOMENT = 1_792_000_000.123


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return Collection(Workspace.create(tmp_path / "ws"), clock=lambda: MOMENT)


@pytest.fixture
def picture() -> Image:
    return good(1)


def names(collection: Collection) -> list[str]:
    """Every image of the workspace, below `images`."""
    images = collection.workspace.images
    return [entry.path.relative_to(images).as_posix() for entry in collection.entries()]


def write(folder: Path, *relatives: str) -> Path:
    """Images, all different, below `folder`."""
    for number, relative in enumerate(relatives):
        write_image(folder / relative, good(number))
    return folder


def warnings(heard: list[Event]) -> list[str]:
    return [event.message for event in heard if isinstance(event, Warned)]


def test_that_a_captured_image_is_named_by_the_time_and_never_overwrites(
    collection: Collection, picture: Image
) -> None:
    first, second = (collection.add_image(picture, NORMAL) for _ in range(2))
    assert first.parent == second.parent == collection.workspace.normal
    assert first.stem.endswith("-123")
    assert second.stem == f"{first.stem}-2"
    np.testing.assert_array_equal(read_image(first), picture)
    assert collection.add_image(picture, SCRATCH, suffix=".jpg").suffix == ".jpg"
    assert collection.counts().total == 3


def test_that_captures_from_many_threads_are_all_kept(collection: Collection, picture: Image) -> None:
    threads = [threading.Thread(target=collection.add_image, args=(picture, NORMAL)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert collection.counts().normal == 8


def test_that_entries_and_counts_tell_groups_and_kinds(collection: Collection) -> None:
    images = collection.workspace.images
    write(images, "normal/10.png", "normal/9.png", "normal/monday/1.png", "abnormal/dent/1.png", "reference/nut/1.png")
    write(images, "abnormal/loose.png", "elsewhere/1.png")
    assert [(entry.path.name, entry.where.text) for entry in collection.entries()] == [
        ("9.png", "normal"),
        ("10.png", "normal"),
        ("1.png", "normal"),
        ("1.png", "abnormal/dent"),
        ("loose.png", "abnormal"),
        ("1.png", "reference/nut"),
    ]
    counts = collection.counts()
    assert (counts.normal, counts.abnormal, counts.reference, counts.total) == (3, {"dent": 1, "": 1}, {"nut": 1}, 6)
    for entry in collection.entries():
        assert where_of(images, entry.path) == entry.where
        assert entry.size == entry.path.stat().st_size


def test_that_where_an_image_belongs_means_a_label() -> None:
    assert NORMAL.label == Label(abnormal=False, kind="normal")
    assert SCRATCH.label == Label(abnormal=True, kind="scratch")
    assert REFERENCE.label is None


@pytest.mark.parametrize("kind", ["good", "Train", "ground_truth", "reference", "../up", "con", ".hidden", "", "a/b"])
def test_that_any_kind_becomes_a_folder_that_training_reads_as_this_kind(
    collection: Collection, picture: Image, kind: str
) -> None:
    for group, folder in (
        (Group.ABNORMAL, collection.workspace.abnormal),
        (Group.REFERENCE, collection.workspace.reference),
    ):
        path = collection.add_image(picture, Where(group, kind))
        assert path.parent.parent == folder
        [item] = read_dataset(folder).items
        assert item.label == Label(abnormal=True, kind=path.parent.name)
        assert item.split is None


def test_that_a_kind_is_the_same_in_upper_and_lower_case(collection: Collection, picture: Image) -> None:
    first = collection.add_image(picture, Where(Group.ABNORMAL, "Scratch"))
    assert collection.add_image(picture, SCRATCH).parent == first.parent


def test_that_files_and_folders_are_copied_as_they_are_and_torn_ones_are_told(
    collection: Collection, tmp_path: Path
) -> None:
    outside = write(tmp_path / "outside", "a.png", "deep/a.png", "deep/b.jpg", "single.PNG")
    (outside / "deep" / "torn.png").write_bytes((outside / "a.png").read_bytes()[:50])
    (outside / "letter.txt").write_text("dear", encoding="utf-8")
    heard: list[Event] = []
    paths = [outside / "a.png", outside / "deep", outside / "single.PNG", outside / "letter.txt"]
    imported = collection.import_files(paths, SCRATCH, heard.append)
    assert names(collection) == [f"abnormal/scratch/{name}" for name in ("a-2.png", "a.png", "b.jpg", "single.png")]
    assert (len(imported.added), imported.present, imported.left_out) == (4, 0, 2)
    told = warnings(heard)
    assert len(told) == 2
    assert "letter.txt is no image" in told[0]
    assert "torn.png" in told[1]
    assert heard[-1] == Progress(4 + 1, 5)
    assert (outside / "a.png").read_bytes() == (collection.workspace.abnormal / "scratch/a.png").read_bytes()


def test_that_importing_twice_doubles_nothing(collection: Collection, tmp_path: Path) -> None:
    outside = write(tmp_path / "outside", "1.png", "2.png")
    collection.import_files([outside], NORMAL)
    again = collection.import_files([outside], NORMAL)
    assert (again.added, again.present) == ((), 2)
    assert collection.counts().normal == 2


def test_that_a_cancelled_import_leaves_nothing(collection: Collection, tmp_path: Path) -> None:
    outside = write(tmp_path / "outside", "1.png", "2.png", "3.png")

    def listener(event: Event) -> None:
        if isinstance(event, Progress):
            raise Cancelled

    with pytest.raises(Cancelled):
        collection.import_files([outside], SCRATCH, listener)
    assert names(collection) == []
    assert not (collection.workspace.abnormal / "scratch").exists()
    assert collection.last is None


def test_that_a_data_set_in_the_mvtec_layout_comes_in_with_its_labels(collection: Collection, tmp_path: Path) -> None:
    data = write(
        tmp_path / "data",
        *("train/good/0.png", "test/good/0.png", "test/scratch/0.png", "ground_truth/scratch/0_mask.png"),
        *("loose.png", "reference/nut/0.png"),
    )
    heard: list[Event] = []
    imported = collection.import_dataset(data, heard.append)
    assert names(collection) == [
        *("normal/test-0.png", "normal/train-0.png", "abnormal/scratch/test-0.png", "reference/nut/0.png"),
    ]
    assert imported.left_out == 1
    assert warnings(heard) == ["1 images lie in no sub-folder that says what they are, and were left out."]


def test_that_a_folder_without_labels_is_no_data_set(collection: Collection, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has a label"):
        collection.import_dataset(write(tmp_path / "data", "1.png"))


def test_that_relabelling_moves_all_and_undoing_moves_them_back(collection: Collection) -> None:
    write(collection.workspace.images, "normal/1.png", "normal/2.png", "abnormal/dent/1.png", "abnormal/scratch/1.png")
    before = names(collection)
    wanted = [entry.path for entry in collection.entries()]
    moved = collection.relabel(wanted, SCRATCH)
    assert [path.name for path in moved] == ["1-2.png", "2.png", "1-3.png", "1.png"]
    assert {path.parent.name for path in moved} == {"scratch"}
    assert not (collection.workspace.abnormal / "dent").exists()
    undone = collection.undo()
    assert undone is not None
    assert undone.what == "relabel"
    assert names(collection) == before
    assert collection.undo() is None


def test_that_relabelling_is_all_or_nothing(collection: Collection) -> None:
    write(collection.workspace.images, "normal/1.png")
    with pytest.raises(OutputError, match="not there any more"):
        collection.relabel([collection.workspace.normal / name for name in ("1.png", "2.png")], SCRATCH)
    assert names(collection) == ["normal/1.png"]
    assert collection.last is None


def test_that_deleted_images_come_back_when_undone(collection: Collection) -> None:
    write(collection.workspace.images, "normal/1.png", "abnormal/dent/1.png")
    before = names(collection)
    collection.delete([entry.path for entry in collection.entries()])
    assert names(collection) == []
    assert collection.undo() is not None
    assert names(collection) == before


def test_that_undoing_goes_back_step_by_step(collection: Collection, picture: Image, tmp_path: Path) -> None:
    states = [names(collection)]
    path = collection.add_image(picture, NORMAL)
    states.append(names(collection))
    collection.import_files([write(tmp_path / "outside", "1.png", "2.png")], SCRATCH)
    states.append(names(collection))
    [path] = collection.relabel([path], SCRATCH)
    states.append(names(collection))
    collection.delete([path])
    for what, state in zip(("delete", "relabel", "import", "add"), reversed(states), strict=True):
        assert collection.last is not None
        assert collection.last.what == what
        collection.undo()
        assert names(collection) == state


def test_that_only_the_last_operations_are_remembered(tmp_path: Path, picture: Image) -> None:
    collection = Collection(Workspace.create(tmp_path / "ws"), remembered=2)
    for _ in range(3):
        collection.add_image(picture, NORMAL)
    while collection.undo():
        pass
    assert collection.counts().normal == 1


def test_that_undoing_leaves_alone_what_others_took_away(collection: Collection, picture: Image) -> None:
    collection.add_image(picture, NORMAL).unlink()
    assert collection.undo() is not None
    collection.add_image(picture, NORMAL)
    [moved] = collection.relabel([entry.path for entry in collection.entries()], SCRATCH)
    moved.unlink()
    assert collection.undo() is not None
    assert names(collection) == []


def test_that_files_from_elsewhere_are_neither_moved_nor_deleted(collection: Collection, tmp_path: Path) -> None:
    outside = write(tmp_path, "1.png") / "1.png"
    with pytest.raises(ValueError, match="Expected an image below"):
        collection.delete([outside])
    with pytest.raises(ValueError, match="Expected an image below"):
        collection.relabel([collection.workspace.folder / "workspace.toml"], NORMAL)
    assert outside.exists()
