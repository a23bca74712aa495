"""The real window, rendered to pictures: for machines without a display, and for looking at what was built."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QDeadlineTimer, QEventLoop, QSize, QTimer

from inspector.core.places import Places
from inspector.gui.app import SETTINGS, application, build_window
from inspector.jobs.sample import sample_workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from inspector.core.events import Listener
    from inspector.gui.window import Window

SIZE = QSize(1280, 720)

_SETTLE_MS = 600
_FEED_MS = 5000
_PATIENCE_MS = 60_000


def render(folder: Path, listener: Listener, *, size: QSize = SIZE, theme: str = "light") -> list[Path]:
    """Open the sample workspace in a window of its own, let every panel do its work, and write a PNG of each.

    Nothing of the user's is touched: the workspace and the settings lie below `folder`.

    Raises:
        InspectorError: `folder` cannot be written to.
    """
    application()
    places = Places.under(folder / "places")
    (places.config / SETTINGS).unlink(missing_ok=True)  # else the workspace rendered last stands in the welcome's place
    sample = sample_workspace(folder / "workspace", listener)
    window = build_window(places)
    window.context.theme.choose("dark" if theme == "dark" else "light")
    window.resize(size)
    window.show()
    written = [_picture(window, folder / "welcome.png")]
    window.context.use(sample.workspace)
    for name in window.names:
        window.show_panel(name)
        if name == "live":
            window.context.live_requested.emit(sample.source, str(sample.detector))
            _wait(_FEED_MS)
        elif name == "batch":
            window.context.batch_requested.emit(sample.source.removeprefix("folder:"), str(sample.detector))
            _until(lambda: window.panel("batch").busy(), _SETTLE_MS)
            _until(partial(_quiet, window, name), _PATIENCE_MS)
        _wait(_SETTLE_MS)
        written.append(_picture(window, folder / f"{name}.png"))
        window.panel(name).stop()
        _until(partial(_quiet, window, name), _PATIENCE_MS)
    window.close()
    _until(lambda: not window.isVisible(), _PATIENCE_MS)
    return written


def _picture(window: Window, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    _wait(_SETTLE_MS)
    window.grab().save(str(path))
    return path


def _quiet(window: Window, name: str) -> bool:
    return not window.panel(name).busy()


def _wait(milliseconds: int) -> None:
    """Let the window live for so long: a feed is to be seen running."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def _until(condition: Callable[[], bool], milliseconds: int) -> None:
    deadline = QDeadlineTimer(milliseconds)
    while not condition() and not deadline.hasExpired():
        _wait(20)
