from __future__ import annotations

import json
import shutil
import time
import zipfile
from pathlib import Path

import pytest

from inspector.core.errors import BundleError, OptionError, OutputError
from inspector.detectors import load, runtime
from inspector.jobs import library
from inspector.jobs.library import (
    Figures,
    Saved,
    describe,
    duplicate,
    export_detector,
    import_detector,
    list_detectors,
    rename,
    save_figures,
    save_threshold,
)
from inspector.jobs.workspace import Workspace
from tests.detectors.pictures import bad, goods
from tests.detectors.template import Template, save_template
from tests.detectors.template_metric import save_metric


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved detector; tests change copies of it."""
    return save_template(tmp_path_factory.mktemp("original") / "gears")


@pytest.fixture
def folder(tmp_path: Path, original: Path) -> Path:
    """A folder of detectors with one called `gears`."""
    shutil.copytree(original, tmp_path / "detectors" / "gears")
    return tmp_path / "detectors"


def names(folder: Path) -> list[str]:
    return [one.name for one in list_detectors(folder)]


def test_that_a_saved_detector_is_listed_with_what_is_known_of_it(folder: Path) -> None:
    [saved] = list_detectors(folder)
    detector = load(folder / "gears")
    assert saved.error is None
    assert (saved.name, saved.method, saved.title) == ("gears", detector.METHOD, detector.TITLE)
    assert saved.images == 60
    assert saved.threshold == detector.threshold
    assert saved.identity == detector.identity
    assert saved.auroc is None
    assert saved.created is not None
    assert abs(saved.created.timestamp() - time.time()) < 3600
    on_disk = sum(file.stat().st_size for file in (folder / "gears").iterdir())
    assert 0 < on_disk - saved.bytes < 1000  # but for the threshold


def test_that_listing_loads_no_network(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime.Graph, "__init__", lambda *_: pytest.fail("a network was loaded"))
    assert names(folder) == ["gears"]


def test_that_broken_detectors_are_listed_last_with_what_is_wrong(folder: Path, original: Path) -> None:
    (folder / "empty").mkdir()
    (folder / ".partial-x").mkdir()
    (folder / "letter.txt").touch()
    for name, file in (("a torn", "bundle.json"), ("b short", "arrays.npz"), ("c foreign", "threshold.json")):
        shutil.copytree(original, folder / name)
        (folder / name / file).write_bytes(b"{}")
    manifest = json.loads((original / "bundle.json").read_text(encoding="utf-8"))
    shutil.copytree(original, folder / "d method")
    (folder / "d method" / "bundle.json").write_text(json.dumps(manifest | {"method": "oracle"}), encoding="utf-8")
    listed = list_detectors(folder)
    assert [one.name for one in listed] == ["gears", "a torn", "b short", "c foreign", "d method", "empty"]
    errors = [one.error for one in listed]
    assert errors[0] is None
    for error, part in zip(
        errors[1:], ("torn", "arrays.npz", "threshold.json", "'oracle'", "no bundle.json"), strict=True
    ):
        assert error is not None
        assert part in error


def test_that_there_are_no_detectors_where_there_is_no_folder(tmp_path: Path) -> None:
    assert list_detectors(tmp_path / "missing") == []


def test_that_the_newest_comes_first(folder: Path) -> None:
    for name, year in (("old", 2001), ("new", 2099)):
        shutil.copytree(folder / "gears", folder / name)
        manifest = json.loads((folder / name / "bundle.json").read_text(encoding="utf-8"))
        manifest["record"]["created"] = f"{year}-01-01T00:00:00+00:00"
        (folder / name / "bundle.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert names(folder) == ["new", "gears", "old"]


def test_that_the_auroc_comes_from_the_calibration_until_it_is_measured(tmp_path: Path) -> None:
    path = tmp_path / "spots"
    Template(size=16).fit(goods(60), abnormal=[(bad(number), "spot") for number in range(4)]).save(path)
    assert (describe(path).auroc, describe(path).auroc_of) == (1.0, "calibration images")
    save_figures(path, Figures(image_auroc=0.75, ms_per_image=2.5, images=9, data="line 3"))
    saved = describe(path)
    assert (saved.auroc, saved.auroc_of, saved.ms_per_image) == (0.75, "line 3", 2.5)
    assert load(path).is_fitted
    (path / library.FIGURES).write_bytes(b"torn")
    assert describe(path).auroc == 1.0


def test_that_a_detector_gets_another_name(folder: Path) -> None:
    assert rename(folder / "gears", " Gears / line 3 ") == folder / "Gears line 3"
    assert names(folder) == ["Gears line 3"]


def test_that_renaming_never_replaces_another(folder: Path) -> None:
    duplicate(folder / "gears", "other")
    with pytest.raises(OutputError, match="called 'other' already"):
        rename(folder / "gears", "other")
    with pytest.raises(OptionError, match="Expected a name"):
        rename(folder / "gears", " .. ")
    assert rename(folder / "gears", "gears") == folder / "gears"
    with pytest.raises(OutputError, match="not there any more"):
        rename(folder / "missing", "found")


def test_that_a_copy_judges_like_the_original(folder: Path) -> None:
    copies = [duplicate(folder / "gears"), duplicate(folder / "gears"), duplicate(folder / "gears", "other")]
    assert [copy.name for copy in copies] == ["gears-2", "gears-3", "other"]
    assert load(copies[0]).identity == load(folder / "gears").identity
    with pytest.raises(BundleError):
        duplicate(folder / "missing")


def test_that_a_deleted_detector_comes_back(tmp_path: Path, original: Path) -> None:
    workspace = Workspace.create(tmp_path / "ws")
    shutil.copytree(original, workspace.detectors / "gears")
    discarded = workspace.discard([workspace.detectors / "gears"])
    assert list_detectors(workspace.detectors) == []
    workspace.restore(discarded)
    assert names(workspace.detectors) == ["gears"]


def test_that_a_threshold_set_by_hand_changes_nothing_else(folder: Path) -> None:
    before = load(folder / "gears")
    save_threshold(folder / "gears", 0.125)
    after = load(folder / "gears")
    assert after.threshold.value == 0.125
    assert (after.threshold.rule, after.threshold.map_value) == ("by hand", before.threshold.map_value)
    assert after.identity == before.identity


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_that_no_threshold_is_set_which_is_none(folder: Path, value: float) -> None:
    with pytest.raises(OptionError, match="above 0"):
        save_threshold(folder / "gears", value)


def test_that_an_exported_detector_comes_in_elsewhere_as_it_was(folder: Path, tmp_path: Path) -> None:
    save_threshold(folder / "gears", 0.125)
    save_figures(folder / "gears", Figures(image_auroc=0.9, images=3))
    file = export_detector(folder / "gears", tmp_path / "sent" / "anything.zip")
    elsewhere = tmp_path / "elsewhere"
    assert import_detector(file, elsewhere) == elsewhere / "gears"
    assert import_detector(file, elsewhere) == elsewhere / "gears-2"
    taken, given = describe(elsewhere / "gears"), describe(folder / "gears")
    assert (taken.identity, taken.threshold, taken.auroc) == (given.identity, given.threshold, 0.9)


def test_that_a_broken_detector_is_not_exported(folder: Path, tmp_path: Path) -> None:
    (folder / "gears" / "arrays.npz").unlink()
    with pytest.raises(BundleError, match=r"arrays\.npz is missing"):
        export_detector(folder / "gears", tmp_path / "out.zip")
    assert not (tmp_path / "out.zip").exists()


def packed(tmp_path: Path, contents: dict[str, bytes]) -> Path:
    file = tmp_path / "foreign.zip"
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return file


def contents(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def contents_of(bundle: Path, prefix: str) -> dict[str, bytes]:
    return {f"{prefix}{file.name}": file.read_bytes() for file in bundle.iterdir()}


def refusal(file: Path, folder: Path) -> str:
    """What is said when an import is refused; nothing may be left behind."""
    before = sorted(folder.parent.rglob("*"))
    with pytest.raises(BundleError) as caught:
        import_detector(file, folder)
    assert sorted(folder.parent.rglob("*")) == before
    assert ".partial-" not in str(caught.value)
    assert str(file) in str(caught.value)
    return str(caught.value)


def test_that_files_which_are_no_exports_are_refused(tmp_path: Path, folder: Path, original: Path) -> None:
    text = tmp_path / "letter.zip"
    text.write_text("dear", encoding="utf-8")
    assert "no zip file" in refusal(text, folder)
    assert "cannot be read" in refusal(tmp_path / "missing.zip", folder)
    assert "holds no bundle.json" in refusal(packed(tmp_path, {"a/letter.txt": b"dear"}), folder)
    twice = contents_of(original, "a/") | contents_of(original, "b/")
    assert "holds 2 bundle.json" in refusal(packed(tmp_path, twice), folder)
    assert "torn" in refusal(packed(tmp_path, {"a/bundle.json": b"{}", "a/threshold.json": b"{}"}), folder)
    assert "no threshold.json" in refusal(packed(tmp_path, {"a/bundle.json": b"{}"}), folder)


def test_that_an_export_whose_bytes_were_changed_is_refused(tmp_path: Path, folder: Path, original: Path) -> None:
    changed = contents_of(original, "gears/")
    changed["gears/arrays.npz"] = changed["gears/arrays.npz"][:-1] + b"x"
    assert "arrays.npz is not the file" in refusal(packed(tmp_path, changed), folder)
    file = export_detector(original, tmp_path / "torn.zip")
    file.write_bytes(file.read_bytes()[:-50])
    assert "torn" in refusal(file, folder)


def test_that_an_oversized_export_is_refused_unread(
    tmp_path: Path, folder: Path, original: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = export_detector(original, tmp_path / "big.zip")
    monkeypatch.setattr(library, "EXPORT_LIMIT", 100)
    assert "oversized" in refusal(file, folder)


def test_that_a_zip_that_unpacks_to_gigabytes_is_refused_unread(tmp_path: Path, folder: Path, original: Path) -> None:
    before = contents(folder)
    file = tmp_path / "bomb.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in contents_of(original, "gears/").items():
            archive.writestr(name, content)
        with archive.open("gears/more.npz", "w", force_zip64=True) as packed_file:
            for _ in range(33):
                packed_file.write(bytes(1 << 26))
    assert file.stat().st_size < 16 << 20
    assert "oversized" in refusal(file, folder)
    assert contents(folder) == before


@pytest.mark.parametrize("prefix", ["../../", "/tmp/", "a/../../", "C:\\", "..\\..\\", ""])  # noqa: S108
def test_that_nothing_in_an_export_says_where_it_is_written(
    tmp_path: Path, folder: Path, original: Path, prefix: str
) -> None:
    evil = contents_of(original, prefix) | {f"{prefix}../evil.json": b"{}", "../../../evil.json": b"{}"}
    file = packed(tmp_path, evil)
    before = {path for path in tmp_path.rglob("*") if folder not in path.parents}
    try:
        path = import_detector(file, folder)
    except BundleError:
        path = folder / "gears"
    assert path.parent == folder
    assert {path for path in tmp_path.rglob("*") if folder not in path.parents} == before
    assert not list(tmp_path.rglob("evil.json"))


def test_that_describing_what_is_no_detector_says_so(tmp_path: Path) -> None:
    saved = describe(tmp_path / "missing")
    assert isinstance(saved, Saved)
    assert saved.error is not None


def test_that_an_auroc_over_images_that_were_learned_from_says_so(tmp_path: Path) -> None:
    assert "learned from the abnormal ones" in describe(save_metric(tmp_path / "taught")).auroc_of
    plain = describe(save_metric(tmp_path / "plain", learn_abnormal=False))
    assert plain.auroc_of == "calibration images"
