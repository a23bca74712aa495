"""Earlier states of a bundle, kept inside of it, so that what it took in after training can be taken back."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from inspector.core.errors import BundleError
from inspector.core.files import whole_folder
from inspector.detectors.bundle.layout import MANIFEST, STEPS

if TYPE_CHECKING:
    from pathlib import Path

MOST_STEPS = 5
"""Earlier states are kept; the oldest goes when another comes."""

_NETWORK = ".onnx"
_FILES = frozenset({".json", ".npz"})


def steps_of(path: Path) -> list[Path]:
    """The folders of the earlier states of the bundle at `path`, the oldest first."""
    folder = path / STEPS
    if not folder.is_dir():
        return []
    there = [one for one in folder.iterdir() if one.name.isdecimal() and (one / MANIFEST).is_file()]
    return sorted(there, key=lambda one: int(one.name))


def keep(path: Path, folder: Path) -> None:
    """Keep the state of the bundle at `path`, and the newest it kept itself, in the bundle that `folder` becomes.

    Networks do not change by lessons, and are not kept twice.
    """
    before = steps_of(path)
    for one in before[1 - MOST_STEPS :]:
        shutil.copytree(one, folder / STEPS / one.name)
    number = int(before[-1].name) + 1 if before else 1
    step = folder / STEPS / f"{number:04}"
    step.mkdir(parents=True)
    for file in path.iterdir():
        if file.is_file() and file.suffix in _FILES and not file.name.startswith("."):
            shutil.copy2(file, step / file.name)


def undo(path: Path) -> None:
    """Put the bundle at `path` back to what it was before its last lesson, whole or not at all.

    Raises:
        BundleError: there is no earlier state.
        OutputError: it cannot be written; the bundle stays as it is.
    """
    steps = steps_of(path)
    if not steps:
        msg = f"{path} keeps no earlier state: it took nothing in since its training, or was sent on without them."
        raise BundleError(msg)
    with whole_folder(path, MANIFEST) as folder:
        for file in path.iterdir():
            if file.suffix == _NETWORK:
                shutil.copy2(file, folder / file.name)
        for file in steps[-1].iterdir():
            shutil.copy2(file, folder / file.name)
        for one in steps[:-1]:
            shutil.copytree(one, folder / STEPS / one.name)
