"""A saved detector on disk: a folder of JSON, ONNX and plain arrays. Loading one runs no code of it.

bundle.json      what it is, how it was trained, and the SHA-256 of each file below
threshold.json   threshold, map threshold and the rule; replaced alone when the threshold is set anew
NAME.onnx        the exported networks
arrays.npz       what judging needs beside them
calibration.npz  scores and small maps of images that were not trained on
golden.npz       a few images that are scored again on loading
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from inspector.core.errors import BundleError
from inspector.core.files import whole_file, whole_folder
from inspector.detectors.fitted import Calibration, Fitted, Golden, Networks, Record, Threshold
from inspector.detectors.npz import NotPlainArrays, pack, unpack
from inspector.detectors.runtime import Arrays, Graph
from inspector.imaging.placement import Placement
from inspector.imaging.region import Region

FORMAT = 1
MANIFEST = "bundle.json"
THRESHOLD = "threshold.json"

_JSON_LIMIT = 16 << 20
_FILE_LIMIT = 1 << 30
_PEEKED_LIMIT = 1 << 26
_ARRAYS = "arrays.npz"
_CALIBRATION = "calibration.npz"
_GOLDEN = "golden.npz"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
"""Of a file inside a bundle: nothing that leads out of the folder on any system."""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    bytes: int = Field(ge=0, le=_FILE_LIMIT)


class _Record(BaseModel):
    created: str
    seconds: float = Field(ge=0)
    counts: dict[str, int]
    folds: int
    curves: dict[str, list[float]]
    versions: dict[str, str]


class _Manifest(BaseModel):
    # A training that went wrong has NaN in its curves, which JSON would otherwise hold as null.
    model_config = ConfigDict(ser_json_inf_nan="constants")
    program: Literal["inspector"]
    format: int = Field(ge=1, le=FORMAT, strict=True)
    method: str
    options: dict[str, Any]
    channels: Literal[1, 3]
    kinds: list[str]
    record: _Record
    golden_scores: list[float]
    files: dict[str, _File]


class _Threshold(BaseModel):
    model_config = ConfigDict(extra="forbid")
    threshold: float = Field(gt=0, allow_inf_nan=False, strict=True)
    map_threshold: float | None = Field(gt=0, allow_inf_nan=False, strict=True)
    rule: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a bundle folder holds.

    Attributes:
        path: the folder.
        method: the detector's method, as the registry names it.
        options: what the detector was told.
        fitted: the rest, ready to judge.
        identity: the first twelve digits of the manifest's SHA-256: two bundles with the same are the same training.
    """

    path: Path
    method: str
    options: dict[str, Any]
    fitted: Fitted
    identity: str


@dataclass(frozen=True, slots=True)
class Peeked:
    """What a bundle says of itself, without its networks.

    Attributes:
        path: the folder.
        method: the detector's method, as the registry names it.
        options: what the detector was told.
        record: how it was trained.
        threshold: the threshold in force.
        scores: of the normal and of the abnormal images it was calibrated with; None where there were no abnormal ones.
        identity: as of `Bundle`.
        bytes: how much it takes on disk.
    """

    path: Path
    method: str
    options: dict[str, Any]
    record: Record
    threshold: Threshold
    scores: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]] | None
    identity: str
    bytes: int


def write(path: Path, method: str, options: dict[str, Any], fitted: Fitted) -> str:
    """Write a bundle: beside `path` first, then in its place. Gives its identity.

    Raises:
        OutputError: the place cannot be written to, holds something else, or the disk is full.
    """
    with whole_folder(path, MANIFEST) as folder:
        contents = {f"{name}.onnx": graph.content for name, graph in fitted.networks.graphs.items()}
        contents[_ARRAYS] = pack(fitted.networks.arrays)
        contents[_CALIBRATION] = pack(
            {
                "normal": fitted.calibration.normal,
                "abnormal": fitted.calibration.abnormal,
                "map_maxima": fitted.calibration.map_maxima,
                "maps": fitted.calibration.maps,
            }
        )
        contents[_GOLDEN] = pack({"images": fitted.golden.images})
        for name, content in contents.items():
            (folder / name).write_bytes(content)
        manifest = _Manifest(
            program="inspector",
            format=FORMAT,
            method=method,
            options=options,
            channels=3 if fitted.placement.channels == 3 else 1,  # noqa: PLR2004
            kinds=list(fitted.calibration.kinds),
            record=_Record(**asdict(fitted.record)),
            golden_scores=fitted.golden.scores.tolist(),
            files={
                name: _File(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
                for name, content in contents.items()
            },
        )
        text = manifest.model_dump_json(indent=1)
        (folder / MANIFEST).write_text(text, encoding="utf-8")
        (folder / THRESHOLD).write_text(_threshold_text(fitted.threshold), encoding="utf-8")
    return _identity(text.encode())


def write_threshold(path: Path, threshold: Threshold) -> None:
    """Replace the threshold of the bundle at `path`, and nothing else of it.

    Raises:
        OutputError: it cannot be written; the old threshold stays.
    """
    with whole_file(path / THRESHOLD) as file:
        file.write_text(_threshold_text(threshold), encoding="utf-8")


def read(path: Path) -> Bundle:
    """Read a bundle whole, each file checked against the SHA-256 it was written with.

    Raises:
        BundleError: it is torn, foreign, oversized or newer than this program; the text names the file.
    """
    path = Path(path)
    if not path.is_dir():
        what = "is a file" if path.exists() else "does not exist"
        msg = f"{path} {what}; a detector is the folder that 'inspector train --out' wrote."
        raise BundleError(msg)
    text = _bytes(path, MANIFEST, _JSON_LIMIT)
    manifest = _manifest(path, text)
    threshold = _read_threshold(path)
    contents = {name: _checked(path, name, file) for name, file in manifest.files.items()}

    def arrays(name: str) -> Arrays:
        try:
            return unpack(contents[name], _FILE_LIMIT)
        except NotPlainArrays as error:
            msg = f"{path / name} does not hold plain arrays ({error}); nothing of it was run. {_WAY_OUT}"
            raise BundleError(msg) from error

    try:
        graphs = {
            name.removesuffix(".onnx"): Graph(content, name=str(path / name))
            for name, content in contents.items()
            if name.endswith(".onnx")
        }
        fitted = Fitted(
            networks=Networks(graphs, arrays(_ARRAYS)),
            placement=_placement(manifest),
            calibration=_calibration(arrays(_CALIBRATION), manifest),
            threshold=threshold,
            record=Record(**manifest.record.model_dump()),
            golden=_golden(arrays(_GOLDEN)["images"], manifest),
        )
    except (KeyError, OverflowError, TypeError, ValueError) as error:
        msg = f"The bundle {path} does not hold what its {MANIFEST} says: {error}. {_WAY_OUT}"
        raise BundleError(msg) from error
    return Bundle(path, manifest.method, manifest.options, fitted, _identity(text))


def peek(path: Path) -> Peeked:
    """Read what a bundle says of itself, for a list of many. Its networks are seen to be there, and not read.

    Raises:
        BundleError: it is foreign or newer, or files are missing or of another size.
    """
    text = _bytes(path, MANIFEST, _JSON_LIMIT)
    manifest = _manifest(path, text)
    threshold = _read_threshold(path)
    for name, file in manifest.files.items():
        if not _NAME.fullmatch(name) or not _is_there(path / name, file):
            msg = f"The bundle {path} is torn: {name} is missing or not the file it was written with. {_WAY_OUT}"
            raise BundleError(msg)
    scores = None
    if manifest.kinds and _CALIBRATION in manifest.files:
        try:
            arrays = unpack(_checked(path, _CALIBRATION, manifest.files[_CALIBRATION]), _PEEKED_LIMIT)
            calibration = _calibration(arrays, manifest)
        except (NotPlainArrays, KeyError, TypeError, ValueError) as error:
            msg = f"{path / _CALIBRATION} does not hold what it should ({error}). {_WAY_OUT}"
            raise BundleError(msg) from error
        scores = calibration.normal, calibration.abnormal
    return Peeked(
        path,
        manifest.method,
        manifest.options,
        Record(**manifest.record.model_dump()),
        threshold,
        scores,
        _identity(text),
        len(text) + sum(file.bytes for file in manifest.files.values()),
    )


def _is_there(file: Path, expected: _File) -> bool:
    try:
        return file.is_file() and file.stat().st_size == expected.bytes
    except OSError:
        return False


_WAY_OUT = "Copy it again from where it came, or train the detector anew."


def _manifest(path: Path, text: bytes) -> _Manifest:
    try:
        raw = json.loads(text)
        if raw["program"] == "inspector" and isinstance(raw["format"], int) and raw["format"] > FORMAT:
            msg = (
                f"The bundle {path} was made by a newer inspector (format {raw['format']}; this one reads up to "
                f"{FORMAT}). Update inspector to use it."
            )
            raise BundleError(msg)
        return _Manifest.model_validate(raw)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        reason = f"{error.error_count()} fields are wrong" if isinstance(error, ValidationError) else str(error)
        msg = f"{path / MANIFEST} is torn or no bundle of inspector ({reason:.200}). {_WAY_OUT}"
        raise BundleError(msg) from error


def _read_threshold(path: Path) -> Threshold:
    text = _bytes(path, THRESHOLD, _JSON_LIMIT)
    try:
        read = _Threshold.model_validate_json(text)
    except ValidationError as error:
        msg = f"{path / THRESHOLD} is torn or not a threshold. {_WAY_OUT}"
        raise BundleError(msg) from error
    return Threshold(read.threshold, read.map_threshold, read.rule, read.explanation)


def _threshold_text(threshold: Threshold) -> str:
    return _Threshold(
        threshold=threshold.value,
        map_threshold=threshold.map_value,
        rule=threshold.rule,
        explanation=threshold.explanation,
    ).model_dump_json(indent=1)


def _placement(manifest: _Manifest) -> Placement:
    options = manifest.options
    height, width = options["size"]
    region = Region.from_json(options["region"])
    return Placement(int(height), int(width), manifest.channels, options["fit"], region)


def _calibration(arrays: Arrays, manifest: _Manifest) -> Calibration:
    normal, abnormal, maxima = (arrays[name].astype(np.float64) for name in ("normal", "abnormal", "map_maxima"))
    kinds, maps = tuple(manifest.kinds), arrays["maps"].astype(np.float16)
    right = (
        all(one.ndim == 1 and np.isfinite(one).all() and (one >= 0).all() for one in (normal, abnormal, maxima))
        and len(normal) > 0
        and len(abnormal) == len(kinds)
        and len(maxima) in {0, len(normal)}
        and maps.ndim == 3  # noqa: PLR2004
    )
    if not right:
        msg = f"{_CALIBRATION} holds something else than scores and maps"
        raise ValueError(msg)
    return Calibration(normal, abnormal, kinds, maxima, maps)


def _golden(images: npt.NDArray[np.generic], manifest: _Manifest) -> Golden:
    scores = np.array(manifest.golden_scores, np.float64)
    # Without one, nothing would show that this machine scores as the one that set the threshold.
    if images.dtype != np.uint8 or images.ndim != 4 or not 0 < len(images) == len(scores):  # noqa: PLR2004
        msg = f"{_GOLDEN} does not hold an image for each golden score"
        raise ValueError(msg)
    return Golden(images.astype(np.uint8), scores)


def _bytes(path: Path, name: str, limit: int) -> bytes:
    file = path / name
    try:
        # The size is asked first: a file made to fill the memory is refused unread.
        if file.stat().st_size > limit:
            msg = f"{file} is oversized: {file.stat().st_size:,} bytes, at most {limit:,} are read. {_WAY_OUT}"
            raise BundleError(msg)
        return file.read_bytes()
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        if missing and name == MANIFEST:
            msg = f"{path} is no detector: it holds no {MANIFEST}. Choose a folder that 'inspector train --out' wrote."
        elif missing:
            msg = f"The bundle {path} is torn: {name} is missing. {_WAY_OUT}"
        else:
            msg = f"Cannot read {file}: {error.strerror or error}."
        raise BundleError(msg) from error


def _checked(path: Path, name: str, file: _File) -> bytes:
    if not _NAME.fullmatch(name):
        msg = f"The bundle {path} names a file outside of itself: {name!r}. It is not loaded."
        raise BundleError(msg)
    content = _bytes(path, name, _FILE_LIMIT)
    if len(content) != file.bytes or hashlib.sha256(content).hexdigest() != file.sha256:
        msg = f"The bundle {path} is torn: {name} is not the file it was written with. {_WAY_OUT}"
        raise BundleError(msg)
    return content


def _identity(manifest: bytes) -> str:
    return hashlib.sha256(manifest).hexdigest()[:12]
