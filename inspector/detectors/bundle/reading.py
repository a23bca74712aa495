"""Reading bundles. Whatever is in the folder, it becomes a detector that judges as it did, or a `BundleError`."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from inspector.core.errors import BundleError
from inspector.detectors.bundle import layout
from inspector.detectors.bundle.evidence import from_arrays
from inspector.detectors.bundle.layout import (
    ARRAYS,
    CALIBRATION,
    EVIDENCE,
    FORMAT,
    GOLDEN,
    MANIFEST,
    MOST_FILES,
    NAME,
    THRESHOLD,
    FileEntry,
    Manifest,
    ThresholdEntry,
    identity_of,
    unpacked_limit,
)
from inspector.detectors.fitted import Calibration, Fitted, Golden, Kept, Lesson, Networks, Record, Threshold
from inspector.detectors.npz import NotPlainArrays, unpack
from inspector.detectors.providers import CPU, ProviderError
from inspector.detectors.runtime import Graph
from inspector.imaging.alignment import SIDE, Aligner
from inspector.imaging.appearance import NAMES, Appearance
from inspector.imaging.placement import Placement
from inspector.imaging.region import Region

if TYPE_CHECKING:
    from inspector.detectors.runtime import Arrays

_WAY_OUT = "Copy it again from where it came, or train the detector anew."


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a bundle folder holds.

    Attributes:
        path: the folder.
        method: the detector's method, as the registry names it.
        options: what the detector was told.
        fitted: the rest, ready to judge.
        identity: the first twelve digits of the manifest's SHA-256: two bundles with the same are the same training.
        provider: what its networks run on.
    """

    path: Path
    method: str
    options: dict[str, Any]
    fitted: Fitted
    identity: str
    provider: str = CPU


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


def read(path: Path, *, threads: int = 0, provider: str = CPU) -> Bundle:
    """Read a bundle whole, each file checked against the SHA-256 it was written with.

    Args:
        path: its folder.
        threads: how many each run of its networks may take; 0 lets ONNX Runtime decide.
        provider: what its networks run on.

    Raises:
        BundleError: it is torn, foreign, oversized or newer than this program; the text names the file.
        ProviderError: the provider is not offered here.
    """
    path = Path(path)
    if not path.is_dir():
        what = "is a file" if path.exists() else "does not exist"
        msg = f"{path} {what}; a detector is the folder that 'inspector train --out' wrote."
        raise BundleError(msg)
    text = _bytes(path, MANIFEST, layout.JSON_LIMIT)
    manifest = _manifest(path, text)
    _check_total(path, manifest)
    threshold = _read_threshold(path)
    contents = {name: _checked(path, name, file) for name, file in manifest.files.items()}

    def arrays(name: str) -> Arrays:
        try:
            return unpack(contents[name], unpacked_limit(name))
        except NotPlainArrays as error:
            msg = f"{path / name} does not hold plain arrays ({error}); nothing of it was run. {_WAY_OUT}"
            raise BundleError(msg) from error

    graphs = {
        name.removesuffix(".onnx"): Graph(content, name=str(path / name), threads=threads, provider=provider)
        for name, content in contents.items()
        if name.endswith(".onnx")
    }
    try:
        calibration = arrays(CALIBRATION)
        fitted = Fitted(
            networks=Networks(graphs, arrays(ARRAYS)),
            placement=_placement(manifest, calibration),
            calibration=_calibration(
                calibration,
                manifest,
                # Bundles of the first format have none.
                from_arrays(arrays(EVIDENCE), manifest.evidence_kinds) if EVIDENCE in contents else None,
            ),
            threshold=threshold,
            record=_record(manifest),
            golden=_golden(arrays(GOLDEN)["images"], manifest),
            appearance=_appearance(calibration),
        )
    except ProviderError:
        raise
    except (KeyError, OverflowError, TypeError, ValueError) as error:
        msg = f"The bundle {path} does not hold what its {MANIFEST} says: {error}. {_WAY_OUT}"
        raise BundleError(msg) from error
    return Bundle(path, manifest.method, manifest.options, fitted, identity_of(text), provider)


def peek(path: Path) -> Peeked:
    """Read what a bundle says of itself, for a list of many. Its networks are seen to be there, and not read.

    Raises:
        BundleError: it is foreign or newer, or files are missing or of another size.
    """
    text = _bytes(path, MANIFEST, layout.JSON_LIMIT)
    manifest = _manifest(path, text)
    threshold = _read_threshold(path)
    for name, file in manifest.files.items():
        if not NAME.fullmatch(name) or not _is_there(path / name, file):
            msg = f"The bundle {path} is torn: {name} is missing or not the file it was written with. {_WAY_OUT}"
            raise BundleError(msg)
    scores = None
    if manifest.kinds and CALIBRATION in manifest.files:
        try:
            arrays = unpack(_checked(path, CALIBRATION, manifest.files[CALIBRATION]), unpacked_limit(CALIBRATION))
            calibration = _calibration(arrays, manifest)
        except (NotPlainArrays, KeyError, TypeError, ValueError) as error:
            msg = f"{path / CALIBRATION} does not hold what it should ({error}). {_WAY_OUT}"
            raise BundleError(msg) from error
        scores = calibration.normal, calibration.abnormal
    return Peeked(
        path,
        manifest.method,
        manifest.options,
        _record(manifest),
        threshold,
        scores,
        identity_of(text),
        len(text) + sum(file.bytes for file in manifest.files.values()),
    )


def _is_there(file: Path, expected: FileEntry) -> bool:
    try:
        return file.is_file() and file.stat().st_size == expected.bytes
    except OSError:
        return False


def _manifest(path: Path, text: bytes) -> Manifest:
    try:
        raw = json.loads(text)
        if raw["program"] == "inspector" and isinstance(raw["format"], int) and raw["format"] > FORMAT:
            msg = (
                f"The bundle {path} was made by a newer inspector (format {raw['format']}; this one reads up to "
                f"{FORMAT}). Update inspector to use it."
            )
            raise BundleError(msg)
        return Manifest.model_validate(raw)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        reason = f"{error.error_count()} fields are wrong" if isinstance(error, ValidationError) else str(error)
        msg = f"{path / MANIFEST} is torn or no bundle of inspector ({reason:.200}). {_WAY_OUT}"
        raise BundleError(msg) from error


def _read_threshold(path: Path) -> Threshold:
    text = _bytes(path, THRESHOLD, layout.JSON_LIMIT)
    try:
        read = ThresholdEntry.model_validate_json(text)
    except ValidationError as error:
        msg = f"{path / THRESHOLD} is torn or not a threshold. {_WAY_OUT}"
        raise BundleError(msg) from error
    return Threshold(read.threshold, read.map_threshold, read.rule, read.explanation)


def _record(manifest: Manifest) -> Record:
    entry = manifest.record
    lessons = tuple(Lesson(one.when, tuple(one.images)) for one in entry.lessons)
    return Record(**entry.model_dump(exclude={"lessons"}), lessons=lessons)


def _placement(manifest: Manifest, arrays: Arrays) -> Placement:
    options = manifest.options
    height, width = options["size"]
    region = Region.from_json(options["region"])
    # The first format knew no tiles.
    tiles, overlap = float(options.get("tiles", 0.0)), float(options.get("overlap", 0.25))
    aligner = None
    if (motion := options.get("align", "off")) != "off":
        template = arrays["aligned_to"]
        if template.dtype != np.uint8 or template.shape != (SIDE, SIDE):
            msg = f"{CALIBRATION} holds something else than a picture to align to"
            raise ValueError(msg)
        aligner = Aligner(template.astype(np.uint8), motion)
    return Placement(int(height), int(width), manifest.channels, options["fit"], region, tiles, overlap, aligner)


def _calibration(arrays: Arrays, manifest: Manifest, kept: Kept | None = None) -> Calibration:
    normal, abnormal, maxima = (arrays[name].astype(np.float64) for name in ("normal", "abnormal", "map_maxima"))
    kinds = tuple(manifest.kinds)
    right = (
        all(one.ndim == 1 and np.isfinite(one).all() and (one >= 0).all() for one in (normal, abnormal, maxima))
        and len(normal) > 0
        and len(abnormal) == len(kinds)
        # Scores may be of fewer images than maxima: of those alone whose maps could be kept.
        and (not len(maxima) or len(maxima) >= len(normal))
    )
    if not right:
        msg = f"{CALIBRATION} holds something else than scores"
        raise ValueError(msg)
    return Calibration(normal, abnormal, kinds, maxima, kept)


def _appearance(arrays: Arrays) -> Appearance | None:
    """How the training pictures looked; older bundles do not have it."""
    if "looks" not in arrays:
        return None
    looks, template = arrays["looks"].astype(np.float32), arrays["template"].astype(np.float32)
    right = (
        looks.ndim == 2  # noqa: PLR2004
        and looks.shape[0] > 0
        and looks.shape[1] == len(NAMES)
        and template.ndim == 2  # noqa: PLR2004
        and min(template.shape) > 0
        and np.isfinite(looks).all()
        and np.isfinite(template).all()
    )
    if not right:
        msg = f"{CALIBRATION} holds something else than how pictures looked"
        raise ValueError(msg)
    return Appearance(looks, template)


def _golden(images: npt.NDArray[np.generic], manifest: Manifest) -> Golden:
    scores = np.array(manifest.golden_scores, np.float64)
    # Without one, nothing would show that this machine scores as the one that set the threshold.
    if images.dtype != np.uint8 or images.ndim != 4 or not 0 < len(images) == len(scores):  # noqa: PLR2004
        msg = f"{GOLDEN} does not hold an image for each golden score"
        raise ValueError(msg)
    return Golden(images.astype(np.uint8), scores)


def _check_total(path: Path, manifest: Manifest) -> None:
    """Each file may be small enough and all of them too much for the memory they are read into."""
    count, total = len(manifest.files), sum(file.bytes for file in manifest.files.values())
    if count > MOST_FILES or total > layout.TOTAL_LIMIT:
        msg = (
            f"The bundle {path} is oversized: {count} files of {total:,} bytes; at most {MOST_FILES} of "
            f"{layout.TOTAL_LIMIT:,} are read. {_WAY_OUT}"
        )
        raise BundleError(msg)


def _bytes(path: Path, name: str, limit: int) -> bytes:
    file = path / name
    try:
        with open(file, "rb", opener=_without_waiting) as opened:
            status = os.fstat(opened.fileno())
            if not stat.S_ISREG(status.st_mode):
                msg = f"{file} is no ordinary file. {_WAY_OUT}"
                raise BundleError(msg)
            # The size is asked first: a file made to fill the memory is refused unread.
            if status.st_size > limit:
                msg = f"{file} is oversized: {status.st_size:,} bytes, at most {limit:,} are read. {_WAY_OUT}"
                raise BundleError(msg)
            return opened.read(status.st_size)
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        if missing and name == MANIFEST:
            msg = f"{path} is no detector: it holds no {MANIFEST}. Choose a folder that 'inspector train --out' wrote."
        elif missing:
            msg = f"The bundle {path} is torn: {name} is missing. {_WAY_OUT}"
        else:
            msg = f"Cannot read {file}: {error.strerror or error}."
        raise BundleError(msg) from error


def _without_waiting(path: str, flags: int) -> int:
    """Open a file; a named pipe in its place would otherwise be waited for, and a link to a device read, for ever."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _checked(path: Path, name: str, file: FileEntry) -> bytes:
    if not NAME.fullmatch(name):
        msg = f"The bundle {path} names a file outside of itself: {name!r}. It is not loaded."
        raise BundleError(msg)
    content = _bytes(path, name, layout.FILE_LIMIT)
    if len(content) != file.bytes or hashlib.sha256(content).hexdigest() != file.sha256:
        msg = f"The bundle {path} is torn: {name} is not the file it was written with. {_WAY_OUT}"
        raise BundleError(msg)
    return content
