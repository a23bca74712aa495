"""The files of a bundle: their names, what stands in the JSON ones, and how large each may be."""

from __future__ import annotations

import hashlib
import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

FORMAT = 2
"""Of the bundles written here, and the newest that is read. The first had no evidence, and fewer options."""

MANIFEST = "bundle.json"
THRESHOLD = "threshold.json"
ARRAYS = "arrays.npz"
CALIBRATION = "calibration.npz"
EVIDENCE = "evidence.npz"
GOLDEN = "golden.npz"

STEPS = "steps"
"""The folder of earlier states, one for each lesson that can be taken back: their files but for the networks."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
"""Of a file inside a bundle: nothing that leads out of the folder on any system."""

MOST_FILES = 64

JSON_LIMIT = 16 << 20
FILE_LIMIT = 1 << 30
"""Bytes of one file, and of the arrays in one once they are unpacked."""
TOTAL_LIMIT = 2 << 30
"""Bytes of all files of a bundle together."""
UNPACKED_LIMITS = {CALIBRATION: 1 << 26, EVIDENCE: 1 << 26, GOLDEN: 1 << 28}
"""Of what is small in every bundle: nine million scores, 4,000 maps of 64 x 64, 80 pictures of 1,024 x 1,024."""


class FileEntry(BaseModel):
    """What the manifest says of a file."""

    model_config = ConfigDict(extra="forbid")
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    bytes: int = Field(ge=0, le=FILE_LIMIT)


class LessonEntry(BaseModel):
    """What was taken in at once after training; the fields are those of `fitted.Lesson`."""

    when: str
    images: list[tuple[str, str]]


class RecordEntry(BaseModel):
    """How the detector was trained; the fields are those of `fitted.Record`."""

    created: str
    seconds: float = Field(ge=0)
    counts: dict[str, int]
    folds: int
    curves: dict[str, list[float]]
    versions: dict[str, str]
    lessons: list[LessonEntry] = Field(default_factory=list)
    learned: list[str] = Field(default_factory=list)
    precision: Literal["fp32", "fp16", "int8"] = "fp32"


class Manifest(BaseModel):
    """`bundle.json`."""

    # A training that went wrong has NaN in its curves, which JSON would otherwise hold as null.
    model_config = ConfigDict(ser_json_inf_nan="constants")
    program: Literal["inspector"]
    format: int = Field(ge=1, le=FORMAT, strict=True)
    method: str
    options: dict[str, Any]
    channels: Literal[1, 3]
    kinds: list[str]
    evidence_kinds: list[str] = Field(default_factory=list)
    record: RecordEntry
    golden_scores: list[float]
    files: dict[str, FileEntry]


class ThresholdEntry(BaseModel):
    """`threshold.json`."""

    model_config = ConfigDict(extra="forbid")
    threshold: float = Field(gt=0, allow_inf_nan=False, strict=True)
    map_threshold: float | None = Field(gt=0, allow_inf_nan=False, strict=True)
    rule: str
    explanation: str


def identity_of(manifest: bytes) -> str:
    """The first twelve digits of the manifest's SHA-256: two bundles with the same are the same training."""
    return hashlib.sha256(manifest).hexdigest()[:12]


def unpacked_limit(name: str) -> int:
    """How many bytes the arrays in the file `name` may have once they are unpacked."""
    return UNPACKED_LIMITS.get(name, FILE_LIMIT)
