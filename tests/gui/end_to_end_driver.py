"""A user's hands: opens the real window on the display it is given and works it by mouse and keyboard.

Run by `test_end_to_end.py` in a process of its own: `python -m tests.gui.end_to_end_driver STORY
FOLDER`. A story that goes wrong ends with a traceback; one that goes well prints what it found as JSON.
"""

from __future__ import annotations

from inspector.core.cv import cv2  # before Qt, as a plugin of the user's might: the window must open all the same
from inspector.history import is_there

# isort: split

import json
import multiprocessing
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEventLoop, QSize, Qt, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QSpinBox, QWidget

from inspector.core.files import PARTIAL, attempt_at
from inspector.core.places import Places
from inspector.gui.app import application, build_window
from inspector.gui.bug import BugDialog
from inspector.history.reader import History
from inspector.imaging.drawing import draw_part
from inspector.jobs import sample
from inspector.jobs.unfinished import unfinished
from inspector.sources.save import write_image

if TYPE_CHECKING:
    from collections.abc import Callable

    from inspector.gui.window import Window
    from inspector.jobs.workspace import Workspace

SAMPLE_S = 60.0
"""The issue's own bound: a sample on screen within a minute."""
CLOSING_S = 5.0
"""When a window that is closing is taken to hang."""
PATIENCE_S = 60.0

NAME = "my first"
FRAMES = 12
INSPECTED = 8
SCREEN = QSize(1280, 720)
LARGE = QSize(1920, 1080)

LEFT = Qt.MouseButton.LeftButton
_SHOTS = os.environ.get("INSPECTOR_SCREENSHOTS")
_trouble: list[str] = []


def until(what: str, condition: Callable[[], Any], seconds: float = PATIENCE_S) -> None:
    """Let the window live until this holds. Not `qWait`, which keeps the interpreter from other threads."""
    end = time.monotonic() + seconds
    faults: list[BaseException] = []
    loop = QEventLoop()
    held = False

    def look() -> None:
        nonlocal held
        try:
            held = bool(condition())
        except Exception as error:  # noqa: BLE001 - out of a slot it would only be printed
            faults.append(error)
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, BugDialog):
            _trouble.append(dialog.details.toPlainText())
        if held or faults or _trouble or time.monotonic() > end:
            loop.quit()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(20)
    loop.exec()
    timer.stop()
    for fault in faults:
        raise fault
    if _trouble:
        raise AssertionError("\n".join(_trouble))
    if not held:
        msg = f"waited {seconds:g} s in vain until {what}"
        raise AssertionError(msg)


class User:
    """Works one window."""

    def __init__(self, folder: Path, workspace: Path | None = None) -> None:
        """Launch the program with places of its own in `folder`."""
        self.app = application()
        self.app.setQuitOnLastWindowClosed(False)  # it would end the loops that wait for what comes after closing
        self.window: Window = build_window(Places.under(folder / "places"), workspace=workspace)
        self.window.show()
        self.window.activateWindow()  # there is no window manager to do it
        until("the window has the keyboard", self.window.isActiveWindow)
        assert self.app.platformName() == "xcb", self.app.platformName()

    def panel(self, name: str) -> Any:
        """The panel of this name, which must be the one shown."""
        panel = self.window.panel(name)
        assert panel.isVisible(), f"{name} is not shown"
        return panel

    def go_to(self, name: str) -> Any:
        """Press the rail's button."""
        self.click(self.window._buttons[name])
        return self.panel(name)

    def click(self, widget: QWidget) -> None:
        """Click it as soon as that can be done."""
        until(
            f"{widget.accessibleName() or widget.objectName()} can be pressed",
            lambda: widget.isVisible() and widget.isEnabled(),
        )
        QTest.mouseClick(widget, LEFT)

    def type_into(self, editor: QLineEdit | QSpinBox, text: str) -> None:
        """Put this in place of what stands there."""
        until(f"{editor.accessibleName()} can be typed into", lambda: editor.isVisible() and editor.isEnabled())
        editor.setFocus()
        editor.selectAll()
        QTest.keyClicks(editor, text)
        QTest.keyClick(editor, Qt.Key.Key_Tab)

    def choose(self, box: Any, data: object) -> None:
        """Choose this entry by the arrow keys."""
        place = box.findData(data)
        assert place >= 0, f"{data} is not offered"
        box.setFocus()
        QTest.keyClick(box, Qt.Key.Key_Home)
        for _ in range(place):
            QTest.keyClick(box, Qt.Key.Key_Down)
        assert box.currentData() == data

    def shoot(self, name: str) -> None:
        """Keep what the screen shows, small and light, large and dark."""
        if not _SHOTS:
            return
        theme, size = self.window.context.theme, self.window.size()
        Path(_SHOTS).mkdir(parents=True, exist_ok=True)
        for screen, choice in ((SCREEN, "light"), (LARGE, "dark")):
            self.window.resize(screen)
            theme.choose(choice)  # type: ignore[arg-type]
            begun = time.monotonic()
            until("it is painted anew", lambda begun=begun: time.monotonic() - begun > 0.5)  # type: ignore[misc]
            self.window.grab().save(str(Path(_SHOTS) / f"{name} {screen.width()} {choice}.png"))
        theme.choose("light")
        self.window.resize(size)

    def close(self) -> float:
        """Close the window; give how many seconds it took until all had ended."""
        begun = time.monotonic()
        self.window.close()
        until("the window has closed", lambda: not self.window.isVisible(), CLOSING_S)
        seconds = time.monotonic() - begun
        children = multiprocessing.active_children()
        assert not children, f"still running: {children}"
        until("no thread is left", lambda: not _threads(), 5)
        self.window.deleteLater()
        return seconds


def _threads() -> list[threading.Thread]:
    # Qt's threads that once ran Python stay listed for good.
    main = threading.main_thread()
    return [one for one in threading.enumerate() if one is not main and not isinstance(one, threading._DummyThread)]


def _video(path: Path) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (128, 128))
    for index in range(FRAMES):
        image, _ = draw_part((9, index), defect="scratch" if index % 4 == 3 else None)
        writer.write(cv2.cvtColor(cv2.resize(image, (128, 128)), cv2.COLOR_RGB2BGR))
    writer.release()
    return path


def _pictures(folder: Path) -> Path:
    for index in range(INSPECTED):
        bad = index % 4 == 3
        path = folder / ("scratch" if bad else "good") / f"{index}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_image(path, draw_part((10, index), defect="scratch" if bad else None)[0])
    return folder


def journey(folder: Path) -> dict[str, Any]:
    """What a new user does, from nothing to a history."""
    user = User(folder)
    user.window.resize(SCREEN)
    until("the first page is shown", user.window.welcome.isVisible, 5)
    user.shoot("01 welcome")
    _sample(user)
    threshold = _train(user)
    _watch_video(user, _video(folder / "parts.avi"))
    report = _inspect(user, _pictures(folder / "delivery"))
    _look_back(user)
    workspace = user.window.context.workspace
    assert workspace is not None
    user.close()
    return {"workspace": str(workspace.folder), "threshold": threshold, "report": str(report)}


def _sample(user: User) -> None:
    user.click(user.window.welcome._sample)
    until("the live panel is built", lambda: "live" in user.window.panels, SAMPLE_S)
    live = user.panel("live")

    def judged() -> bool:
        figures = live.feed.tally.figures() if live.feed is not None else None
        return figures is not None and figures.ok > 0 and figures.ng > 0 and bool(live.display.painted)

    until("good and bad frames stand there with their verdicts", judged, SAMPLE_S)
    user.shoot("02 live sample")
    user.click(live.act.stop)
    until("the feed has stopped", lambda: not live.busy())


def _train(user: User) -> float:
    train = user.go_to("train")
    card = train.setup.cards["dense-autoencoder"]
    user.click(card)
    assert train.setup.method == "dense-autoencoder"
    _fill(user, train, size="16", epochs="8")
    user.type_into(train.setup.name, NAME)
    user.shoot("03 train")
    user.click(train._start)
    until("an epoch is over", lambda: train.progress.watch.epoch or train.result.isVisible())
    user.shoot("04 training")
    bench = train.result.bench
    until("the workbench shows the detector", lambda: bench.isVisible() and bench.bench is not None)
    until("the nearest images are judged", lambda: bench._scored is not None and not bench.busy())
    user.shoot("05 workbench")
    before = bench.bench.value
    user.type_into(bench.box.number, f"{before * 1.25:.6f}")
    until("the threshold has moved", lambda: bench.bench.changed, 10)
    user.click(bench.box.save_button)
    until("the threshold is saved", lambda: not bench.bench.changed and "saved" in train.messages.text)
    after = float(bench.bench.value)
    assert after > before
    user.shoot("06 threshold saved")
    return after


def _fill(user: User, train: Any, **options: str) -> None:
    form = train.setup.form
    if not all(form.editors[name].isVisible() for name in options):
        user.click(form.more)
    for name, text in options.items():
        user.type_into(form.editors[name], text)
    assert form.valid


def _watch_video(user: User, path: Path) -> None:
    live = user.go_to("live")
    chooser = live.chooser
    user.choose(chooser.source.kind, "video")
    user.type_into(chooser.source.path, str(path))
    workspace = user.window.context.workspace
    assert workspace is not None
    user.choose(chooser.first, str(workspace.detectors / NAME))
    if live.controls.repeat.isChecked():
        QTest.keyClick(live.controls.repeat, Qt.Key.Key_Space)
    user.click(live.act.start)

    def all_judged() -> bool:
        figures = live.feed.tally.figures()
        return not live.busy() and figures.ok + figures.ng == FRAMES

    until("every frame of the video is judged", all_judged)
    until("the last of them is shown", lambda: live.display.painted and live.act.start.isEnabled())
    user.shoot("07 live video")


def _inspect(user: User, folder: Path) -> Path:
    batch = user.go_to("batch")
    user.shoot("08 batch empty")
    user.type_into(batch.setup.folder, str(folder))
    workspace = user.window.context.workspace
    assert workspace is not None
    user.choose(batch.setup.detector, str(workspace.detectors / "sample parts"))
    user.click(batch.act.start)
    until("the folder is inspected", lambda: batch.outcome is not None and not batch.runner.running)
    until("its rows are listed", lambda: len(batch.results.table.rows.all) == INSPECTED)
    report: Path = batch.outcome.out / "report.html"
    assert report.is_file()
    user.shoot("09 batch")
    return report


def _look_back(user: User) -> None:
    history = user.go_to("history")
    until("all sessions are listed", lambda: history.sessions.count() == 1 + 3)
    user.shoot("10 history")
    newest = history.sessions.visualItemRect(history.sessions.item(1)).center()
    QTest.mouseClick(history.sessions.viewport(), LEFT, pos=newest)
    until("the inspections of the batch are listed", lambda: len(history.table.rows.rows) == INSPECTED)
    first = history.table.visualRect(history.table.rows.index(0, 0)).center()
    QTest.mouseClick(history.table.viewport(), LEFT, pos=first)
    until("one of them is looked at", lambda: history.table.currentIndex().isValid() and not history.busy())
    user.shoot("11 history of the batch")


def back_again(folder: Path) -> dict[str, Any]:
    """The second launch: what is found without doing anything."""
    user = User(folder)
    history = user.panel("history")
    until("the sessions are listed again", lambda: history.sessions.count() == 1 + 3)
    user.shoot("12 started again")
    detectors = user.go_to("detectors")
    until("the detectors are listed", lambda: detectors.listing.isVisible() and detectors.listing.table.isVisible())
    workspace = user.window.context.workspace
    assert workspace is not None
    from inspector.detectors import load

    threshold = load(workspace.detectors / NAME).threshold.value
    from inspector.gui.models.detectors import listed

    names = [one.name for one in listed(workspace.detectors)]
    user.shoot("13 detectors")
    for name in ("collect", "train", "live", "batch"):
        user.go_to(name)
        user.shoot(f"14 {name} again")
    until("all is read", lambda: not any(panel.busy() for panel in user.window.panels.values()))
    user.close()
    with History.open(workspace.history) as record:
        sessions = [[one.kind, one.total, one.ended is not None] for one in record.sessions()]
    return {"workspace": str(workspace.folder), "threshold": threshold, "detectors": names, "sessions": sessions}


def _launch(folder: Path) -> tuple[User, sample.Sample]:
    made = sample.sample_workspace(folder / "workspace")
    user = User(folder, made.workspace.folder)
    user.window.resize(SCREEN)
    return user, made


def _begin_training(user: User) -> Any:
    train = user.go_to("train")
    user.click(train.setup.cards["dense-autoencoder"])
    _fill(user, train, size="16", epochs="5000")
    user.click(train._start)
    until("the child process runs", multiprocessing.active_children)
    return train


def close_while_training(folder: Path) -> dict[str, Any]:
    """Close while the child says nothing, as it is importing TensorFlow; then, in another window, between epochs."""
    user, made = _launch(folder)
    _begin_training(user)
    first = _closed(user, made.workspace)
    user, made = _launch(folder)
    train = _begin_training(user)
    until("epochs go by", lambda: train.progress.watch.epoch)
    return {"while starting": first["seconds"], **_closed(user, made.workspace)}


def close_while_inspecting(folder: Path) -> dict[str, Any]:
    """Close while a folder is inspected that would take minutes."""
    user, made = _launch(folder)
    images = folder / "many"
    images.mkdir()
    write_image(images / "0.png", draw_part((10, 0))[0])
    for number in range(1, 8000):
        (images / f"{number}.png").hardlink_to(images / "0.png")
    batch = user.go_to("batch")
    user.type_into(batch.setup.folder, str(images))
    user.click(batch.act.start)
    until("some are judged", lambda: len(batch.results.table.rows.all) > 0)
    assert batch.runner.running
    return _closed(user, made.workspace)


def _closed(user: User, workspace: Workspace) -> dict[str, Any]:
    seconds = user.close()
    sessions = []
    if is_there(workspace.history):
        with History.open(workspace.history) as history:
            sessions = [[one.kind, one.total, one.ended is not None] for one in history.sessions()]
    reports = workspace.folder / "reports"
    return {
        "seconds": seconds,
        "detectors": sorted(path.name for path in workspace.detectors.iterdir()),
        "reports": sorted(path.name for path in reports.glob("[!.]*")),
        "sessions": sessions,
        "unfinished": [[str(one.job.out), one.done] for one in unfinished(reports)],
    }


def kill_the_child(folder: Path) -> dict[str, Any]:
    """Kill the training, go on working, and close while a feed is on."""
    user, made = _launch(folder)
    train = _begin_training(user)
    until("epochs go by", lambda: train.progress.watch.epoch)
    [child] = multiprocessing.active_children()
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    until("the panel speaks of it", lambda: train.messages.text)
    said = train.messages.text
    until("another training can be started", lambda: train._start.isVisible() and train._start.isEnabled())
    user.shoot("15 training killed")
    live = user.go_to("live")
    user.choose(live.chooser.source.kind, "folder")
    user.type_into(live.chooser.source.path, made.source.removeprefix("folder:"))
    user.choose(live.controls.pace, float("inf"))
    user.click(live.act.start)
    until("frames are judged", lambda: live.feed is not None and live.feed.tally.figures().ok > 0)
    assert live.runner.running
    return {"said": said, **_closed(user, made.workspace)}


STORIES = {
    story.__name__: story
    for story in (
        journey,
        back_again,
        close_while_training,
        close_while_inspecting,
        kill_the_child,
    )
}


def main(story: str, folder: Path) -> None:
    """Play a story."""
    # So few that a test need not wait for them to be drawn; with fewer than 50 each training is one of several.
    sample._NORMAL, sample._BAD_OF_A_KIND, sample._FED = 50 if story == journey.__name__ else 12, 2, 16

    def hear(kind: QtMsgType, _context: object, text: str) -> None:
        if kind is not QtMsgType.QtDebugMsg and kind is not QtMsgType.QtInfoMsg:
            _trouble.append(f"Qt says: {text}")

    def bug(kind: type[BaseException], error: BaseException, trace: Any) -> None:
        sys.__excepthook__(kind, error, trace)
        _trouble.append(f"{kind.__name__}: {error}")

    qInstallMessageHandler(hear)
    sys.excepthook = bug
    threading.excepthook = lambda args: _trouble.append(f"in a thread: {args.exc_type.__name__}: {args.exc_value}")
    found = STORIES[story](folder)
    lasting = {attempt_at(Path(out)) for out, _ in found.get("unfinished", ())}
    found["partial"] = [str(path) for path in folder.rglob(f"{PARTIAL}*") if path not in lasting]
    if _trouble:
        raise AssertionError("\n".join(_trouble))
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
