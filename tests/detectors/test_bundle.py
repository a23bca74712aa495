from __future__ import annotations

import hashlib
import io
import json
import shutil
import threading
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspector.core.errors import BundleError, OutputError
from inspector.detectors import ConvAutoencoder, DenseAutoencoder, load
from inspector.detectors import bundle as bundles
from inspector.detectors.bundle import FORMAT, MANIFEST, THRESHOLD
from inspector.detectors.fitted import Threshold
from inspector.detectors.runtime import Graph
from inspector.imaging.region import Region, rectangle
from tests.detectors.pictures import bad, good
from tests.detectors.template import Template, constant_graph, save_template, template

if TYPE_CHECKING:
    from collections.abc import Callable

REGION = Region((rectangle(0.1, 0.1, 0.9, 0.9),), (rectangle(0.8, 0.8, 0.85, 0.85),))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole bundle; not to be changed."""
    return save_template(tmp_path_factory.mktemp("whole") / "bundle", region=REGION)


@pytest.fixture
def path(written: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may tear."""
    return Path(shutil.copytree(written, tmp_path / "bündel 1"))


def _manifest(path: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    return value


def _write_manifest(path: Path, value: Any) -> None:
    (path / MANIFEST).write_text(json.dumps(value), encoding="utf-8")


def _put(path: Path, name: str, content: bytes) -> None:
    """Put a file into a bundle as its maker could: with the right hash."""
    (path / name).write_bytes(content)
    manifest = _manifest(path)
    manifest["files"][name] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    _write_manifest(path, manifest)


def _npz(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def _refused(path: Path, match: str | None = None) -> str:
    with pytest.raises(BundleError, match=match) as caught:
        load(path)
    message = str(caught.value)
    assert str(path) in message
    return message


def test_that_a_bundle_gives_back_all_that_was_saved(tmp_path: Path) -> None:
    detector = template(region=REGION, threshold="percentile:99.5", colour="grey", fit="stretch", seed=3)
    detector.save(tmp_path / "bundle")
    again = load(tmp_path / "bundle")
    assert type(again) is DenseAutoencoder
    assert again.config() == detector.config()
    assert again.identity == detector.identity != ""
    assert again.threshold == detector.threshold
    ours, theirs = detector.fitted, again.fitted
    assert theirs.placement == ours.placement
    assert theirs.record == ours.record
    assert (theirs.calibration.normal == ours.calibration.normal).all()
    assert (theirs.calibration.map_maxima == ours.calibration.map_maxima).all()
    assert ours.calibration.kept is not None
    assert theirs.calibration.kept is not None
    for map_of_one, map_of_other in zip(ours.calibration.kept.maps, theirs.calibration.kept.maps, strict=True):
        assert map_of_one is not None
        assert (map_of_one == map_of_other).all()
    assert (theirs.calibration.kept.own == ours.calibration.kept.own).all()
    assert (theirs.calibration.kept.seen == ours.calibration.kept.seen).all()
    assert (theirs.golden.images == ours.golden.images).all()
    for image in (good(900), bad(901)):
        [one], [other] = detector.measure([image]), again.measure([image])
        assert other.score == pytest.approx(one.score, rel=1e-5)
        assert one.map is not None
        assert other.map == pytest.approx(one.map, rel=1e-5, abs=1e-7)


def test_that_a_small_false_alarm_rate_survives(tmp_path: Path) -> None:
    detector = template(threshold="mean+0.00001sigma")
    detector.save(tmp_path / "bundle")
    assert load(tmp_path / "bundle").config() == detector.config()


def test_that_the_identity_is_that_of_the_training(written: Path, path: Path, tmp_path: Path) -> None:
    assert load(path).identity == load(written).identity
    assert load(save_template(tmp_path / "other", seed=9)).identity != load(written).identity


def test_that_a_new_threshold_replaces_the_threshold_alone(path: Path) -> None:
    before = {file.name: file.read_bytes() for file in path.iterdir()}
    identity = load(path).identity
    bundles.write_threshold(path, Threshold(12.5, None, "by hand", "set by hand"))
    after = {file.name: file.read_bytes() for file in path.iterdir()}
    assert {name for name in before | after if before.get(name) != after.get(name)} == {THRESHOLD}
    again = load(path)
    assert (again.threshold.value, again.threshold.map_value, again.identity) == (12.5, None, identity)


def test_that_saving_over_a_bundle_replaces_it_whole(path: Path) -> None:
    (path / "left over.onnx").write_bytes(b"old")
    detector = template()
    detector.save(path)
    assert not (path / "left over.onnx").exists()
    assert load(path).identity == detector.identity


def test_that_saving_over_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "sea.jpg").write_text("mine")
    with pytest.raises(OutputError, match="left alone"):
        template().save(tmp_path / "mine")
    assert [one.name for one in (tmp_path / "mine").iterdir()] == ["sea.jpg"]


def test_that_two_trainings_saved_to_one_place_at_once_never_mix(tmp_path: Path) -> None:
    detectors = [template(seed=1), template(seed=2)]
    starts = threading.Barrier(2)

    def save(detector: Template) -> None:
        for _ in range(15):
            starts.wait(timeout=30)
            with suppress(OutputError):  # the other was quicker
                detector.save(tmp_path / "bundle")

    threads = [threading.Thread(target=save, args=(one,)) for one in detectors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert load(tmp_path / "bundle").options.seed in {1, 2}
    assert [one.name for one in tmp_path.iterdir()] == ["bundle"]


FILES = (MANIFEST, THRESHOLD, "autoencoder.onnx", "arrays.npz", "calibration.npz", "evidence.npz", "golden.npz")


def test_that_all_files_of_a_bundle_are_torn_below(written: Path) -> None:
    assert sorted(FILES) == sorted(file.name for file in written.iterdir())


def _truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    # In JSON a flip inside of a number would make another number, which threshold.json cannot know.
    content[0 if file.suffix == ".json" else len(content) // 2] ^= 0x10
    file.write_bytes(content)


def _replace_by_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize("tear", [_truncate, _empty, _flip, Path.unlink, _replace_by_a_folder])
@pytest.mark.parametrize("name", FILES)
def test_that_a_bundle_torn_anywhere_is_refused(path: Path, name: str, tear: Callable[[Path], None]) -> None:
    tear(path / name)
    assert name in _refused(path)


def test_that_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    _refused(tmp_path / "file", "is a file")
    _refused(tmp_path / "gone", "does not exist")
    (tmp_path / "empty").mkdir()
    _refused(tmp_path / "empty", "no detector")


@pytest.mark.parametrize("newer", [FORMAT + 1, 10**30])
def test_that_a_newer_bundle_says_so(path: Path, newer: int) -> None:
    # Whatever else changed in a newer format.
    _write_manifest(path, {"program": "inspector", "format": newer})
    assert "Update inspector" in _refused(path, "newer inspector")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "1",
        "[]",
        '"bundle"',
        "{}",
        '{"name": "some-package", "version": "1.0"}',
        '{"program": "inspector"}',
        '{"program": "inspector", "format": null}',
        '{"program": "inspector", "format": 0}',
        '{"program": "inspector", "format": -1}',
        "[" * 100_000,
        "\x00\xff",
        '{"program": "\\ud800", "format": 1}',
    ],
)
def test_that_foreign_json_is_refused(path: Path, text: str) -> None:
    (path / MANIFEST).write_text(text, encoding="latin-1")
    _refused(path)


@pytest.mark.parametrize("number", [0, -1, FORMAT + 0.5, "1", None, True])
def test_that_a_format_there_never_was_is_refused(path: Path, number: object) -> None:
    manifest = _manifest(path)
    manifest["format"] = number
    _write_manifest(path, manifest)
    _refused(path)


def test_that_a_bundle_of_another_method_is_told_apart(path: Path) -> None:
    with pytest.raises(BundleError, match="dense-autoencoder detector, not conv-autoencoder"):
        ConvAutoencoder.load(path)


def test_that_an_unknown_method_is_named(path: Path) -> None:
    manifest = _manifest(path)
    manifest["method"] = "oracle"
    _write_manifest(path, manifest)
    assert "Update inspector" in _refused(path, "'oracle'")


class _Trap:
    """Unpickling it would make a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self._path,)


@pytest.mark.parametrize("name", ["arrays.npz", "calibration.npz", "golden.npz"])
def test_that_a_pickle_inside_a_bundle_is_never_run(path: Path, tmp_path: Path, name: str) -> None:
    trap = np.empty(1, object)
    trap[0] = _Trap(tmp_path / "sprung")
    with np.load(path / name) as archive:
        arrays = {key: archive[key] for key in archive.files}
    key = next(iter(arrays), "extra")
    _put(path, name, _npz(**(arrays | {key: trap})))
    assert "nothing of it was run" in _refused(path, "plain arrays")
    assert not (tmp_path / "sprung").exists()
    with np.load(path / name, allow_pickle=True) as archive:
        archive[key]
    assert (tmp_path / "sprung").exists(), "the trap itself would not have worked"


def test_that_a_bare_pickle_in_place_of_arrays_is_never_run(path: Path, tmp_path: Path) -> None:
    from multiprocessing.reduction import ForkingPickler

    _put(path, "arrays.npz", bytes(ForkingPickler.dumps(_Trap(tmp_path / "sprung"))))
    _refused(path, "plain arrays")
    assert not (tmp_path / "sprung").exists()


def _header(shape: tuple[int, ...], dtype: str = "<f8") -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": dtype, "fortran_order": False, "shape": shape})
    return buffer.getvalue()


def _zip(content: bytes, name: str = "normal.npy", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a zip",
        _zip(_header((1 << 50,))),
        _zip(_header((1 << 62, 1 << 62))),
        _zip(_header((-1,))),
        _zip(_header((4,), "|O")),
        _zip(b"\x93NUMPY\x01\x00\xff\xff{"),
        _zip(b"\x93NUMPY\x09\x00"),
        _zip(b"text", "readme.txt"),
        _zip(_header((2,)) + bytes(16))[:-30],
        _npz(normal=np.array(["a"]), abnormal=np.zeros(0), map_maxima=np.zeros(0)),
        _npz(normal=np.zeros(3, "V4"), abnormal=np.zeros(0), map_maxima=np.zeros(0)),
        _npz(normal=np.array([np.nan]), abnormal=np.zeros(0), map_maxima=np.zeros(0)),
        _npz(normal=np.array([-1.0]), abnormal=np.zeros(0), map_maxima=np.zeros(0)),
        _npz(normal=np.zeros(0), abnormal=np.zeros(0), map_maxima=np.zeros(0)),
        _npz(normal=np.zeros((2, 2)), abnormal=np.zeros(0), map_maxima=np.zeros(0)),
    ],
)
def test_that_calibration_that_is_none_is_refused(path: Path, content: bytes) -> None:
    _put(path, "calibration.npz", content)
    _refused(path)


@pytest.mark.parametrize(
    "images",
    [np.zeros((0, 16, 16, 3), np.uint8), np.zeros((1, 16, 16), np.uint8), np.zeros((400, 16, 16, 3), np.uint8)],
    ids=["none", "grey", "too many"],
)
def test_that_golden_images_that_are_none_are_refused(path: Path, images: np.ndarray) -> None:
    _put(path, "golden.npz", _npz(images=images))
    manifest = _manifest(path)
    manifest["golden_scores"] = [] if not len(images) else manifest["golden_scores"]
    _write_manifest(path, manifest)
    _refused(path)


def test_that_another_graph_under_the_same_name_is_torn(path: Path) -> None:
    (path / "autoencoder.onnx").write_bytes(constant_graph(np.zeros((16, 16, 1), np.float32)))
    _refused(path, "autoencoder.onnx is not the file it was written with")


def test_that_another_graph_put_in_with_care_does_not_match_the_golden_scores(path: Path) -> None:
    _put(path, "autoencoder.onnx", constant_graph(np.zeros((16, 16, 1), np.float32)))
    _refused(path, "scores its own test images differently")


@pytest.mark.parametrize("change", [1e-4, float("nan"), float("inf")])
def test_that_golden_scores_that_differ_are_refused(path: Path, change: float) -> None:
    manifest = _manifest(path)
    manifest["golden_scores"][0] *= 1 + change
    _write_manifest(path, manifest)
    _refused(path)


@pytest.mark.parametrize("shape", [(8, 8, 1), (16, 16, 3), (4, 4)])
def test_that_a_graph_of_another_shape_is_refused(path: Path, shape: tuple[int, ...]) -> None:
    _put(path, "autoencoder.onnx", constant_graph(np.zeros(shape, np.float32)))
    _refused(path)


@pytest.mark.parametrize("content", [b"", b"no graph", b"\x00" * 100])
def test_that_a_graph_that_is_none_is_refused(path: Path, content: bytes) -> None:
    _put(path, "autoencoder.onnx", content)
    _refused(path, "cannot be loaded by ONNX Runtime")
    with pytest.raises(BundleError, match="'some name' cannot be loaded"):
        Graph(content, name="some name")


@pytest.mark.parametrize(
    "name",
    ["../outside.npz", "/etc/passwd", "deep/inside.npz", "..", ".", "", ".hidden", "zero\x00byte", "a" * 5000, "C:\\x"],
)
def test_that_a_name_that_leads_out_of_the_bundle_is_refused(path: Path, name: str) -> None:
    (path.parent / "outside.npz").write_bytes(b"")
    manifest = _manifest(path)
    manifest["files"][name] = {"sha256": hashlib.sha256(b"").hexdigest(), "bytes": 0}
    _write_manifest(path, manifest)
    _refused(path)


@pytest.mark.parametrize("missing", ["arrays.npz", "calibration.npz", "golden.npz", "autoencoder.onnx"])
def test_that_a_manifest_that_leaves_a_file_out_is_refused(path: Path, missing: str) -> None:
    manifest = _manifest(path)
    del manifest["files"][missing]
    _write_manifest(path, manifest)
    _refused(path)


@pytest.mark.parametrize("name", ["threshold", "map_threshold"])
@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), "high", [], True])
def test_that_a_threshold_that_is_none_is_refused(path: Path, name: str, value: object) -> None:
    threshold = json.loads((path / THRESHOLD).read_text())
    threshold[name] = value
    (path / THRESHOLD).write_text(json.dumps(threshold))
    _refused(path, "not a threshold")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("size", None),
        ("size", [16]),
        ("size", [1e400, 16]),
        ("size", [1 << 40, 1 << 40]),
        ("size", "16"),
        ("size", [32, 32]),
        ("fit", []),
        ("fit", "squeeze"),
        ("region", None),
        ("region", {"include": [[[0, 0]]]}),
        ("code", -3),
        ("unheard-of", 1),
    ],
)
def test_that_options_that_are_none_are_refused(path: Path, name: str, value: object) -> None:
    manifest = _manifest(path)
    manifest["options"][name] = value
    _write_manifest(path, manifest)
    _refused(path)


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
def test_that_a_manifest_changed_anywhere_is_refused_or_judges_as_before(path: Path, written: Path, data: Any) -> None:
    whole = (written / MANIFEST).read_bytes()
    start = data.draw(st.integers(0, len(whole) - 1), label="start")
    length = data.draw(st.integers(0, 40), label="length")
    new = data.draw(st.binary(max_size=8) | st.sampled_from([b"null", b"[]", b"-1", b"1e999", b'"']), label="new")
    (path / MANIFEST).write_bytes(whole[:start] + new + whole[start + length :])
    try:
        detector = load(path)
    except BundleError:
        return
    # What can be changed unseen is how it came about, not how it judges.
    [expected] = load(written).measure([bad(1)])
    assert detector.measure([bad(1)])[0].score == pytest.approx(expected.score, rel=1e-5)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
def test_that_a_manifest_with_any_other_value_is_refused_or_judges(path: Path, written: Path, data: Any) -> None:
    manifest = _manifest(written)
    place = manifest
    key = data.draw(st.sampled_from(sorted(place)))
    while isinstance(place[key], dict) and place[key] and data.draw(st.booleans()):
        place = place[key]
        key = data.draw(st.sampled_from(sorted(place)))
    place[key] = data.draw(values)
    _write_manifest(path, manifest)
    try:
        detector = load(path)
    except BundleError:
        return
    assert detector.measure([good(1)])[0].score >= 0


@given(content=st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_that_any_bytes_for_a_manifest_are_refused(path: Path, content: bytes) -> None:
    (path / MANIFEST).write_bytes(content)
    _refused(path)
