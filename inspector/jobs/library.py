"""The saved detectors of a workspace: listed, renamed, copied, sent away and taken in.

Deleting one is `Workspace.discard`, and `Workspace.restore` brings it back.
"""

from __future__ import annotations

import shutil
import zipfile
import zlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field, ValidationError

from inspector.core.errors import BundleError, OptionError, OutputError
from inspector.core.files import whole_file, whole_folder
from inspector.core.ranking import auroc
from inspector.detectors import METHODS, load
from inspector.detectors import bundle as bundles
from inspector.detectors.bundle import MANIFEST, THRESHOLD
from inspector.detectors.fitted import Threshold
from inspector.jobs.filing import free_path, refused, safe_name

if TYPE_CHECKING:
    from inspector.detectors.bundle import Peeked

FIGURES = "figures.json"
"""What was measured of a detector, beside its bundle: not a part of it, since it says nothing about how to judge."""

EXPORT_LIMIT = 2 << 30
"""How many bytes an export may have once unpacked; more is refused unread."""

_MOST_FILES = 64
_PARTS_OF_A_BUNDLE = frozenset({".json", ".npz", ".onnx"})


class Figures(BaseModel):
    """What was measured of a saved detector on labelled images.

    Attributes:
        image_auroc: over image scores; None without both normal and abnormal images.
        ms_per_image: median time to judge one image, in milliseconds; None where nobody measured it.
        images: how many were judged.
        data: what these images were, for people.
    """

    image_auroc: float | None = Field(default=None, ge=0, le=1)
    ms_per_image: float | None = Field(default=None, gt=0)
    images: int = Field(ge=0)
    data: str = ""


@dataclass(frozen=True, slots=True)
class Saved:
    """One saved detector in a list. Of a broken one only path, name and error say anything.

    Attributes:
        path: the bundle.
        name: its folder's name.
        error: why it cannot be used; None when it can.
        method: the registry's name for its method.
        title: what people read of the method.
        created: when it was trained; None where that cannot be told.
        images: how many normal images it was trained and calibrated on.
        threshold: the threshold in force; None for a broken one.
        auroc: measured on labelled images, or else on the calibration images; None when neither is known.
        auroc_of: on what the AUROC was measured, for people.
        ms_per_image: as measured; None when nobody did.
        bytes: how much it takes on disk.
        identity: two bundles with the same are the same training.
        learned: how many single pictures it took in since it was trained.
        steps: how many of these lessons can be taken back.
    """

    path: Path
    name: str
    error: str | None = None
    method: str = ""
    title: str = ""
    created: datetime | None = None
    images: int = 0
    threshold: Threshold | None = None
    auroc: float | None = None
    auroc_of: str = ""
    ms_per_image: float | None = None
    bytes: int = 0
    identity: str = ""
    learned: int = 0
    steps: int = 0


def list_detectors(folder: Path) -> list[Saved]:
    """The saved detectors in a folder, the newest first; broken ones come last, with what is wrong. Loads no network.

    Raises:
        OutputError: the folder cannot be listed.
    """
    try:
        places = [one for one in folder.iterdir() if not one.name.startswith(".") and one.is_dir()]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise refused(folder, "listed", error) from error
    saved = [describe(place) for place in places]
    saved.sort(key=lambda one: one.name.casefold())
    saved.sort(key=lambda one: one.created.timestamp() if one.created else 0.0, reverse=True)
    return sorted(saved, key=lambda one: one.error is not None)


def describe(path: Path) -> Saved:
    """What is known of the detector at `path` without loading it; never raises for a broken one."""
    try:
        peeked = bundles.peek(path)
    except BundleError as error:
        return Saved(path, path.name, str(error))
    method = METHODS.get(peeked.method)
    if method is None:
        text = f"It is a {peeked.method!r} detector, which this inspector does not have. Update inspector."
        return Saved(path, path.name, text, method=peeked.method, title=peeked.method)
    area, area_of, speed = _measured(peeked)
    counts = peeked.record.counts
    # Cross-fitted, the images trained on are those calibrated with.
    held_out = 0 if peeked.record.folds else counts.get("validation", 0) + counts.get("calibration", 0)
    images = counts.get("train", 0) + held_out
    return Saved(
        path=path,
        name=path.name,
        method=peeked.method,
        title=method.TITLE,
        created=_time(peeked.record.created),
        images=images,
        threshold=peeked.threshold,
        auroc=area,
        auroc_of=area_of,
        ms_per_image=speed,
        bytes=peeked.bytes,
        identity=peeked.identity,
        learned=counts.get("learned", 0),
        steps=len(bundles.steps_of(path)),
    )


def rename(path: Path, name: str) -> Path:
    """Give a saved detector another name, and its new path.

    Raises:
        OptionError: nothing of the name can be kept.
        OutputError: another has the name, or the folder cannot be renamed.
    """
    new = path.with_name(_folder_name(name))
    # On Windows and macOS `Part` and `part` are one folder, and this is how its name is corrected.
    if new.exists() and not new.samefile(path):
        msg = f"There is a detector called {new.name!r} already. Choose another name."
        raise OutputError(msg)
    try:
        return path.rename(new)
    except OSError as error:
        raise refused(path, "renamed", error) from error


def duplicate(path: Path, name: str = "") -> Path:
    """Copy a saved detector, under another name or its own with a number. Gives the copy's path.

    Raises:
        OptionError: nothing of the name can be kept.
        BundleError: it is broken.
        OutputError: the copy cannot be written.
    """
    bundles.peek(path)
    new = free_path(path.with_name(_folder_name(name) if name else path.name))
    with whole_folder(new, MANIFEST) as partial:
        shutil.copytree(path, partial, dirs_exist_ok=True)
    return new


def adopt(bundle: Path, path: Path) -> Path:
    """Copy a detector that was trained elsewhere, such as for a comparison, to `path`, and give that.

    Raises:
        BundleError: it is broken or gone.
        OutputError: something stands at `path`, or the copy cannot be written.
    """
    bundles.peek(bundle)
    if path.exists():
        msg = f"There is a detector called {path.name!r} already. Choose another name."
        raise OutputError(msg)
    with whole_folder(path, MANIFEST) as partial:
        shutil.copytree(bundle, partial, dirs_exist_ok=True)
    return path


def save_threshold(path: Path, value: float) -> Threshold:
    """Set a saved detector's threshold by hand, such as where a person dragged the line to; nothing else changes.

    Raises:
        OptionError: it is not a number above 0.
        BundleError: the bundle is broken.
        OutputError: it cannot be written; the old threshold stays.
    """
    if not 0 < value < float("inf"):
        msg = f"Expected a threshold above 0. Received: {value}"
        raise OptionError(msg)
    old = bundles.peek(path).threshold
    new = Threshold(value, old.map_value, "by hand", "set by hand")
    bundles.write_threshold(path, new)
    return new


def save_figures(path: Path, figures: Figures) -> None:
    """Keep what was measured of a saved detector beside its bundle, for the list. Training anew forgets it.

    Raises:
        OutputError: it cannot be written.
    """
    with whole_file(path / FIGURES) as file:
        file.write_text(figures.model_dump_json(indent=1), encoding="utf-8")


def export_detector(path: Path, file: Path) -> Path:
    """Write a saved detector as one zip file, to be sent to another machine.

    Raises:
        BundleError: the detector is broken.
        OutputError: the file cannot be written; what stood there is untouched.
    """
    bundles.peek(path)
    with whole_file(file) as partial, zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in sorted(path.iterdir()):
            if one.suffix in _PARTS_OF_A_BUNDLE and not one.name.startswith("."):
                archive.write(one, f"{path.name}/{one.name}")
    return file


def import_detector(file: Path, folder: Path) -> Path:
    """Take in a detector that was exported, under its own name or one beside it. Gives the bundle's path.

    Nothing in the zip says where a file is written. The detector is loaded before it is taken in: its golden images
    are scored here as well.

    Raises:
        BundleError: it is no export, torn, oversized, newer, or scores differently here; nothing is left behind.
        OutputError: it cannot be written.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            name, members = _members(file, archive)
            path = free_path(folder / safe_name(name or file.stem, "detector"))
            with whole_folder(path, MANIFEST) as partial:
                for member in members:
                    with archive.open(member) as packed, (partial / _base(member)).open("wb") as unpacked:
                        shutil.copyfileobj(packed, unpacked)
                _check(partial, file)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        msg = f"{file} is torn or no zip file ({error}). Copy it again from where it came."
        raise BundleError(msg) from error
    except OSError as error:
        msg = f"{file} cannot be read: {error.strerror or error}."
        raise BundleError(msg) from error
    return path


def _check(partial: Path, file: Path) -> None:
    try:
        load(partial)
    except BundleError as error:
        raise BundleError(str(error).replace(str(partial), str(file))) from error


def _members(file: Path, archive: zipfile.ZipFile) -> tuple[str, list[zipfile.ZipInfo]]:
    """The name of the detector in an export, and its files: those that lie beside the one `bundle.json` there is."""
    infos = [info for info in archive.infolist() if not info.is_dir()]
    manifests = [PurePosixPath(info.filename) for info in infos if _base(info) == MANIFEST]
    if len(manifests) != 1:
        msg = f"{file} is no exported detector: it holds {len(manifests) or 'no'} {MANIFEST}. Choose another file."
        raise BundleError(msg)
    inside = manifests[0].parent
    members = [
        info
        for info in infos
        if PurePosixPath(info.filename).parent == inside and PurePosixPath(_base(info)).suffix in _PARTS_OF_A_BUNDLE
    ]
    size = sum(info.file_size for info in members)
    if size > EXPORT_LIMIT or len(members) > _MOST_FILES:
        msg = f"{file} is oversized: {len(members)} files, {size:,} bytes once unpacked. It was not unpacked."
        raise BundleError(msg)
    if not {THRESHOLD} <= {_base(info) for info in members}:
        msg = f"{file} is torn: it holds no {THRESHOLD}. Export the detector again."
        raise BundleError(msg)
    return inside.name, members


def _base(info: zipfile.ZipInfo) -> str:
    r"""The last part of a packed file's name; of `..\x`, which is one part on Linux, likewise."""
    return info.filename.replace("\\", "/").rpartition("/")[2]


def _folder_name(name: str) -> str:
    safe = safe_name(name, "")
    if not safe:
        msg = f"Expected a name that a folder can have. Received: {name!r}"
        raise OptionError(msg)
    return safe


def _measured(peeked: Peeked) -> tuple[float | None, str, float | None]:
    """AUROC, on what it was measured, and milliseconds an image: from the figures kept, or from the calibration."""
    try:
        figures = Figures.model_validate_json((peeked.path / FIGURES).read_bytes())
    except (OSError, ValidationError):
        figures = Figures(images=0)
    if figures.image_auroc is not None:
        return figures.image_auroc, figures.data, figures.ms_per_image
    if peeked.scores is not None:
        kind = ", of which it learned from the abnormal ones" if peeked.record.learned else ""
        return auroc(*peeked.scores), f"calibration images{kind}", figures.ms_per_image
    return None, "", figures.ms_per_image


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OSError, OverflowError):
        return None
