"""The Batch panel's side of inspecting a folder: the job, what it judged, and the pictures of one row."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from inspector.core.errors import InspectorError, OutputError
from inspector.core.events import Event, Judged, Listener, Progress, Stage, ignore
from inspector.core.files import whole_file
from inspector.gui.models.thumbs import shrink
from inspector.jobs.batch import REPORT, RESULTS, SUMMARY, Batch, BatchOutcome, batch, called, whereabouts
from inspector.jobs.filing import free_path, safe_name
from inspector.jobs.flips import report_of
from inspector.jobs.judging import details_for_pictures, picture
from inspector.jobs.recording import Recorder
from inspector.jobs.unfinished import Unfinished, forget, unfinished
from inspector.sources.item import Folder, Item, read_item

if TYPE_CHECKING:
    from inspector.core.image import Image
    from inspector.core.inspection import Inspection
    from inspector.detectors import Detector
    from inspector.history.writer import Writer
    from inspector.jobs.collection import Collection
    from inspector.jobs.labels import Where
    from inspector.jobs.workspace import Workspace

Run: TypeAlias = Callable[[Batch, Listener], BatchOutcome]

EXPORTS = {"csv": RESULTS, "json": SUMMARY, "html": REPORT}
"""The files of a report, by what people call them."""

REPORTS = "reports"
"""The folder of a workspace's reports."""

_SETTLED_S = 1.0
_SHOWN = 1600  # larger pictures would hold up the screen while they are handed to it


class Store:
    """Where a job puts what it judged and the screen takes it, each in its own time."""

    def __init__(self) -> None:
        """Hold nothing."""
        self._lock = threading.Lock()
        self._waiting: list[Inspection] = []

    def put(self, inspection: Inspection) -> None:
        """Add one; from any thread."""
        with self._lock:
            self._waiting.append(inspection)

    def take(self, most: int) -> list[Inspection]:
        """Give what came since it was last asked for, in order; no more than `most` at once."""
        with self._lock:
            taken, self._waiting = self._waiting[:most], self._waiting[most:]
        return taken


@dataclass(frozen=True, slots=True)
class Inspecting:
    """A batch as the panel runs it: what is judged goes into a store and into the history.

    Attributes:
        job: what to inspect.
        store: takes each inspection.
        writer: of the history; None records nothing.
        run: the job itself; for tests.
        fresh: a workspace in which no older run is to be gone on with from now on.
    """

    job: Batch
    store: Store
    writer: Writer | None = None
    run: Run = batch
    fresh: Workspace | None = None

    def _with_earlier(self) -> Batch:
        """The job, with the newest report of its folder by its detector: what is unchanged is taken from there."""
        if self.fresh is None:
            return self.job
        found = earlier_reports(self.fresh, self.job.folder, self.job.out)
        same = [one.report for one in found if one.detector == self.job.detector.name]
        return replace(self.job, before=same[0]) if same else self.job

    def __call__(self, listener: Listener) -> BatchOutcome:
        """Run it.

        Raises:
            InspectorError: as `jobs.batch` does.
        """

        def hear(event: Event) -> None:
            if isinstance(event, Judged):
                self.store.put(event.inspection)
            listener(event)

        listener(Stage("Loading the detector"))
        identity = identity_of(self.job.detector)
        source = whereabouts(self.job.folder)
        if self.fresh is not None:
            forget_unfinished(self.fresh)
        with Recorder(hear, self.writer, kind="batch", source=source, identity=identity) as recorder:
            outcome = self.run(self._with_earlier(), recorder)
            recorder.report = outcome.out
        return outcome


def identity_of(path: Path) -> str:
    """The identity of a bundle's training; empty where it cannot be loaded."""
    from inspector.detectors import bundle

    try:
        return bundle.read(path).identity
    except InspectorError:  # loading it says so again, and better
        return ""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A report that was made before.

    Attributes:
        report: its folder.
        detector: the name of the detector that judged.
        time: ISO 8601, of its last file.
    """

    report: Path
    detector: str
    time: str

    @property
    def title(self) -> str:
        """When, and by which detector."""
        moment = datetime.fromisoformat(self.time).astimezone()
        return f"{moment:%Y-%m-%d %H:%M}   {self.detector}"


def earlier_reports(workspace: Workspace, folder: Folder, out: Path, listener: Listener = ignore) -> list[Earlier]:
    """The reports of this workspace over the same folder, the newest first, without the one at `out`."""
    found: list[Earlier] = []
    for place in sorted((workspace.folder / REPORTS).glob("*/" + SUMMARY), reverse=True):
        listener(Progress(len(found)))
        report = place.parent
        about = None if report == out else report_of(report)
        if about is not None and about.time and whereabouts(about.folder) == whereabouts(folder):
            found.append(Earlier(report, about.detector, about.time))
    return sorted(found, key=lambda one: one.time, reverse=True)


def find_unfinished(workspace: Workspace, listener: Listener = ignore) -> Unfinished | None:
    """The run of this workspace that was cut off last, if its folder and detector are still there."""
    listener(Progress(0))
    found = unfinished(workspace.folder / REPORTS)
    return next((one for one in found if _is_there(one.job.folder) and one.job.detector.is_dir()), None)


def _is_there(folder: Folder) -> bool:
    """Whether a folder is worth going on with; what is on a server is asked when it is read."""
    return folder.is_dir() if isinstance(folder, Path) else True


def forget_unfinished(workspace: Workspace) -> None:
    """Throw away what runs that were cut off have judged: a new run is to begin from the first file."""
    for one in unfinished(workspace.folder / REPORTS):
        forget(one.job.out)


def report_folder(workspace: Workspace, folder: Folder, now: datetime | None = None) -> Path:
    """Where the report of inspecting `folder` goes: a folder of its own, named by the time."""
    moment = datetime.now().astimezone() if now is None else now
    name = f"{moment:%Y-%m-%d %H%M} {safe_name(called(folder), 'images')}"
    return free_path(workspace.folder / REPORTS / name)


def export(outcome: BatchOutcome, kind: str, target: Path, listener: Listener = ignore) -> Path:
    """Copy one file of a report, `"csv"`, `"json"` or `"html"`, to `target`; give that.

    Raises:
        OutputError: the report is gone, or the place cannot be written to.
    """
    listener(Stage("Exporting"))
    source = outcome.out / EXPORTS[kind]
    if not source.is_file():
        msg = f"The report {source} is not there any more. Inspect the folder again."
        raise OutputError(msg)
    with whole_file(target) as partial:
        shutil.copyfile(source, partial)
    return target


def label_image(collection: Collection, path: Path, where: Where, listener: Listener = ignore) -> None:
    """Take an inspected image into the workspace with this label; one that lies in it already gets it there.

    Raises:
        InspectorError: it is gone, or cannot be copied or moved.
    """
    images = collection.workspace.images
    if images in path.absolute().parents:
        collection.relabel([path], where)
    else:
        collection.import_files([path], where, listener)


class Pace:
    """How fast a job goes and what time it has left."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin."""
        self._clock = clock
        self.begin()

    def begin(self) -> None:
        """A stage began."""
        self._start: tuple[float, int] | None = None
        self.rate: float | None = None
        self.left: float | None = None

    def hear(self, event: Progress) -> None:
        """Take note of progress. The first one sets the clock: loading before it is no measure of the rest."""
        now = self._clock()
        if self._start is None:
            self._start = now, event.done
            return
        begun, first = self._start
        if now - begun >= _SETTLED_S and event.done > first:
            self.rate = (event.done - first) / (now - begun)
            self.left = None if event.total is None else (event.total - event.done) / self.rate


@dataclass(frozen=True, slots=True)
class Pictures:
    """All there is to see of an image; None where the method makes no such thing."""

    image: Image | None
    overlay: Image | None = None
    reconstruction: Image | None = None
    difference: Image | None = None


class Looker:
    """Makes the pictures of single inspections; keeps the detector loaded. For one worker thread at a time."""

    def __init__(self) -> None:
        """Load nothing yet."""
        self._loaded: tuple[Path, str, Detector] | None = None

    def look(self, item: Item, bundle: Path, inspection: Inspection, listener: Listener = ignore) -> Pictures:
        """Read an image and have the detector look at it once more.

        Raises:
            FrameError: the image cannot be read.
            BundleError: the detector cannot be loaded.
        """
        image = read_item(item)
        listener(Progress(0))  # a row further down may be selected meanwhile
        detector = self._detector(bundle)
        listener(Progress(0))
        [measured] = detector.measure([image], details_for_pictures(detector))
        made = picture(detector, image, measured, inspection)
        four = (image, made.overlay, made.reconstruction, made.difference)
        return Pictures(*(None if one is None else shrink(one, _SHOWN) for one in four))

    def _detector(self, path: Path) -> Detector:
        from inspector.detectors import load
        from inspector.detectors.bundle import MANIFEST, THRESHOLD

        stamp = "".join(_stamp(path / name) for name in (MANIFEST, THRESHOLD))
        if self._loaded is None or self._loaded[:2] != (path, stamp):
            self._loaded = path, stamp, load(path)
        return self._loaded[2]


def _stamp(path: Path) -> str:
    try:
        status = path.stat()
    except OSError:
        return "-"
    return f"{status.st_mtime_ns}/{status.st_size} "
