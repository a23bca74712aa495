"""Writing bundles: whole, beside the place first, or not at all."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from inspector.core.errors import OutputError
from inspector.core.files import whole_file, whole_folder
from inspector.detectors.bundle import layout
from inspector.detectors.bundle.evidence import as_arrays
from inspector.detectors.bundle.layout import (
    ARRAYS,
    CALIBRATION,
    EVIDENCE,
    FORMAT,
    GOLDEN,
    MANIFEST,
    THRESHOLD,
    FileEntry,
    Manifest,
    RecordEntry,
    ThresholdEntry,
    identity_of,
    unpacked_limit,
)
from inspector.detectors.bundle.steps import keep
from inspector.detectors.npz import pack

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.detectors.fitted import Fitted, Threshold
    from inspector.detectors.runtime import Arrays


def write(path: Path, method: str, options: dict[str, Any], fitted: Fitted, *, undoable: bool = False) -> str:
    """Write a bundle: beside `path` first, then in its place. Gives its identity.

    Args:
        path: where to.
        method: the registry's name for it.
        options: what the detector was told.
        fitted: the rest.
        undoable: whether the state of the bundle that stands there is kept inside, for `steps.undo`.

    Raises:
        OutputError: the place cannot be written to, holds something else, or the disk is full; or the detector is
            larger than what is read again.
    """
    arrays: dict[str, Arrays] = {
        ARRAYS: fitted.networks.arrays,
        CALIBRATION: {
            "normal": fitted.calibration.normal,
            "abnormal": fitted.calibration.abnormal,
            "map_maxima": fitted.calibration.map_maxima,
        },
        GOLDEN: {"images": fitted.golden.images},
    }
    kept = fitted.calibration.kept
    if kept is not None:
        arrays[EVIDENCE] = as_arrays(kept)
    if fitted.placement.aligner is not None:
        arrays[CALIBRATION] |= {"aligned_to": fitted.placement.aligner.template}
    if fitted.appearance is not None:
        arrays[CALIBRATION] |= {"looks": fitted.appearance.looks, "template": fitted.appearance.template}
    _check_unpacked(path, arrays)
    contents = {f"{name}.onnx": graph.content for name, graph in fitted.networks.graphs.items()}
    contents |= {name: pack(each) for name, each in arrays.items()}
    _check_packed(path, contents)
    manifest = Manifest(
        program="inspector",
        format=FORMAT,
        method=method,
        options=options,
        channels=3 if fitted.placement.channels == 3 else 1,  # noqa: PLR2004
        kinds=list(fitted.calibration.kinds),
        evidence_kinds=[] if kept is None else list(kept.kinds),
        record=RecordEntry(**asdict(fitted.record)),
        golden_scores=fitted.golden.scores.tolist(),
        files={
            name: FileEntry(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
            for name, content in contents.items()
        },
    )
    text = manifest.model_dump_json(indent=1).encode()
    with whole_folder(path, MANIFEST) as folder:
        for name, content in contents.items():
            (folder / name).write_bytes(content)
        (folder / MANIFEST).write_bytes(text)
        (folder / THRESHOLD).write_text(_threshold_text(fitted.threshold), encoding="utf-8")
        if undoable:
            keep(path, folder)
    return identity_of(text)


def write_threshold(path: Path, threshold: Threshold) -> None:
    """Replace the threshold of the bundle at `path`, and nothing else of it.

    Raises:
        OutputError: it cannot be written; the old threshold stays.
    """
    with whole_file(path / THRESHOLD) as file:
        file.write_text(_threshold_text(threshold), encoding="utf-8")


def _threshold_text(threshold: Threshold) -> str:
    return ThresholdEntry(
        threshold=threshold.value,
        map_threshold=threshold.map_value,
        rule=threshold.rule,
        explanation=threshold.explanation,
    ).model_dump_json(indent=1)


def _check_unpacked(path: Path, arrays: dict[str, Arrays]) -> None:
    """What could not be read again is not written: after hours of training, the next start would say "oversized"."""
    for name, each in arrays.items():
        size, limit = sum(array.nbytes for array in each.values()), unpacked_limit(name)
        if size > limit:
            raise _too_large(path, f"{name} holds {size:,} bytes and may hold {limit:,}")


def _check_packed(path: Path, contents: dict[str, bytes]) -> None:
    for name, content in contents.items():
        if len(content) > layout.FILE_LIMIT:
            raise _too_large(path, f"{name} has {len(content):,} bytes and may have {layout.FILE_LIMIT:,}")
    total = sum(map(len, contents.values()))
    if total > layout.TOTAL_LIMIT:
        raise _too_large(path, f"its files have {total:,} bytes and may have {layout.TOTAL_LIMIT:,}")


def _too_large(path: Path, reason: str) -> OutputError:
    return OutputError(f"The detector is too large to be kept as {path}: {reason}. Train it with a smaller size.")
