"""Open the window."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QSettings, QTimer
from PySide6.QtWidgets import QApplication

from inspector.core.errors import InspectorError
from inspector.gui.context import Context
from inspector.gui.garbage import GarbageCollector
from inspector.gui.provider import recall_provider
from inspector.gui.theme import Theme
from inspector.gui.window import Window
from inspector.jobs.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from inspector.core.places import Places
    from inspector.gui.panel import Panel


_TURN_S = 0.001
"""How long a thread may keep Python to itself while others wait for it. With Python's own 5 ms a key or a frame waited
for that long whenever the judging thread was computing: p99 of the event loop's lag was 11 ms and more."""

SETTINGS = "inspector.ini"
"""The file of what the window remembers, in `Places.config`."""


def application() -> QApplication:
    """The Qt application of this process, made if there is none."""
    running = QApplication.instance()
    if isinstance(running, QApplication):
        return running
    sys.setswitchinterval(_TURN_S)
    QCoreApplication.setApplicationName("inspector")
    QCoreApplication.setOrganizationName("inspector")
    made = QApplication(sys.argv[:1])
    GarbageCollector(made)
    made.setStyle("Fusion")  # the one style that looks alike everywhere and takes a whole style sheet
    return made


def build_window(places: Places, *, workspace: Path | None = None) -> Window:
    """Make the window, with the workspace given or the one that was open last."""
    app = application()
    places.config.mkdir(parents=True, exist_ok=True)
    settings = QSettings(str(places.config / SETTINGS), QSettings.Format.IniFormat)
    choice = str(settings.value("theme", "system"))
    theme = Theme(app, choice if choice in {"light", "dark"} else "system")  # type: ignore[arg-type]
    context = Context(places, theme, settings)
    window = Window(context, _panels())
    context.setParent(window)
    fault = recall_provider(context)
    if fault:
        window.welcome.messages.warn(fault)
    kept = context.recall("workspace")
    wanted = workspace or (Path(kept) if kept else None)
    if wanted is not None:
        try:
            context.use(Workspace.open(wanted))
        except InspectorError as error:
            window.show_welcome()
            window.welcome.messages.error(str(error))
    return window


def _panels() -> list[tuple[str, str, str, Callable[[Context], Panel]]]:
    """Name, title, icon and maker of every panel. A panel's module is imported when it is first shown."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("Window", text)

    def maker(name: str, title: str) -> Callable[[Context], Panel]:
        def make(context: Context) -> Panel:
            panel: Panel = getattr(import_module(f"inspector.gui.panels.{name}"), f"{name.capitalize()}Panel")(context)
            return panel

        make.__doc__ = title
        return make

    titles = {
        "collect": tr("Collect"),
        "train": tr("Train"),
        "live": tr("Live"),
        "batch": tr("Batch"),
        "history": tr("History"),
        "detectors": tr("Detectors"),
    }
    return [(name, title, name, maker(name, title)) for name, title in titles.items()]


def open_window(places: Places, workspace: Path | None = None) -> int:
    """Show the window until it is closed; give the exit code."""
    app = application()
    window = build_window(places, workspace=workspace)
    window.show()
    # Python's signal handlers run between bytecodes; without a beat Ctrl-C would wait for the next event.
    beat = QTimer()
    beat.timeout.connect(lambda: None)
    beat.start(200)
    return app.exec()
