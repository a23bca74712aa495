"""What Dask's workers run of this program. Imports Dask: only to be imported where it is."""

from __future__ import annotations

import shutil
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from distributed import WorkerPlugin

import inspector
from inspector.core.cv import cv2
from inspector.detectors import load
from inspector.jobs.chunks import Done, How, judge_files
from inspector.jobs.known import Found, Nothing
from inspector.sources.save import encode_image

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inspector.core.image import Image
    from inspector.detectors import Detector
    from inspector.sources.item import Item


def version_here() -> str:
    """The version of this program, on a worker."""
    return inspector.__version__


def sees_here(folder: str) -> bool:
    """Whether a worker can list a folder."""
    return Path(folder).is_dir()


def judge_there(token: str, how: How, items: Sequence[Item], named: dict[str, Found]) -> list[Done]:
    """Judge some files, on a worker.

    Raises:
        SourceError: the server on which they lie does not answer.
        BundleError: the detector that was sent cannot be loaded there.
    """
    return judge_files(how, _HELD[token].detector(), items, _ByName(named), _png)


class _ByName(Nothing):
    """What an earlier report says of files with the names of these."""

    def __init__(self, named: dict[str, Found]) -> None:
        self._named = named

    def same(self, item: Item, digest: bytes) -> Found | None:
        found = self._named.get(item.name)
        return found if found is not None and found.digest == digest else None


class _Held:
    """A detector that was sent to this process; loaded when it is first needed, and once."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="inspector-"))
        for name, content in files.items():
            (self.folder / name).write_bytes(content)
        self._lock = threading.Lock()
        self._detector: Detector | None = None

    def detector(self) -> Detector:
        with self._lock:
            if self._detector is None:
                # One task is one thread's work, and Dask runs as many of them as a worker has threads.
                cv2.setNumThreads(1)
                self._detector = load(self.folder, threads=1)
            return self._detector

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


_HELD: dict[str, _Held] = {}


class Detectors(WorkerPlugin):  # type: ignore[misc]
    """Brings a detector to each worker, those that come later too."""

    def __init__(self, token: str, files: dict[str, bytes]) -> None:
        """Take the files of a bundle, by name."""
        self.name = token
        self._files = files

    def setup(self, worker: Any) -> None:  # noqa: ARG002 - as Dask calls it
        """Take the detector to this worker."""
        _HELD[self.name] = _Held(self._files)

    def teardown(self, worker: Any) -> None:  # noqa: ARG002 - as Dask calls it
        """Take it away."""
        held = _HELD.pop(self.name, None)
        if held is not None:
            held.close()


def _png(_name: str, overlay: Image) -> bytes:
    return encode_image(overlay, ".png")
