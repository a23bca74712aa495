"""What `startup` and `responsiveness` measure, in a process of its own: one JSON object on the last line.

`python -m tests.benchmarks.window_child startup BEGUN FOLDER`, `bare BEGUN`, `lag CASE SECONDS FOLDER`,
`feed VIDEO BUNDLE SECONDS FOLDER` or `glass ADDRESS BUNDLE SECONDS FOLDER WEBHOOK`. BEGUN is the
`time.time()` at which the process was started.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.child import peak_mb

if TYPE_CHECKING:
    from collections.abc import Callable

_BEAT_MS = 5


def _tell(**figures: float) -> None:
    sys.stdout.write(json.dumps(figures) + "\n")
    sys.stdout.flush()


def _until(condition: Callable[[], bool], seconds: float) -> bool:
    from PySide6.QtCore import QDeadlineTimer, QEventLoop, QTimer

    deadline = QDeadlineTimer(int(seconds * 1000))
    while not condition() and not deadline.hasExpired():
        loop = QEventLoop()
        QTimer.singleShot(20, loop.quit)
        loop.exec()
    return condition()


def _after_first_paint(window: Any, begun: float, *, heavy: bool) -> None:
    """Tell once the window has painted and its event loop turns."""
    from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer

    class Watch(QObject):
        seen = False

        def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
            if not self.seen and event.type() == QEvent.Type.Paint:
                self.seen = True
                QTimer.singleShot(0, self.tell)
            return False

        def tell(self) -> None:
            seconds = time.time() - begun
            wrong = [name for name in ("sklearn", "tensorflow", "keras") if name in sys.modules]
            _tell(first_painted_s=seconds, peak_mb=peak_mb(), heavy_imports=float(len(wrong) if heavy else 0))
            QCoreApplication.quit()

    application = QCoreApplication.instance()
    assert application is not None
    watch = Watch(window)
    application.installEventFilter(watch)  # a window that its children cover is not painted itself
    window.show()
    application.exec()


def startup(begun: float, folder: Path) -> None:
    """Open the window on a workspace as it was left."""
    from inspector.core.places import Places
    from inspector.gui.app import build_window

    _after_first_paint(build_window(Places.under(folder)), begun, heavy=True)


def bare(begun: float) -> None:
    """Open a window with one empty plot: what Qt and pyqtgraph take by themselves."""
    import pyqtgraph
    from PySide6.QtWidgets import QApplication, QMainWindow

    application = QApplication(sys.argv[:1])
    window = QMainWindow()
    window.setCentralWidget(pyqtgraph.PlotWidget())
    window.resize(1280, 800)
    _after_first_paint(window, begun, heavy=False)
    del application


def prepare(folder: Path) -> None:
    """Make the sample workspace, a 640x480 feed and settings under which the window opens on it."""
    import numpy as np
    from PySide6.QtCore import QSettings

    from inspector.core.cv import cv2
    from inspector.imaging.drawing import draw_part
    from inspector.jobs.sample import sample_workspace
    from inspector.sources.save import write_image

    sample = sample_workspace(folder / "workspace")
    feed = sample.workspace.folder / "feed 640x480"
    for index in range(24):
        drawn, _ = draw_part((9, index), defect="dent" if index % 6 == 5 else None)
        image = np.asarray(cv2.resize(drawn, (640, 480)), np.uint8)
        write_image(feed / f"{index:03}.jpg", image)
    _judge_by_normals(sample.workspace.detectors / "sample parts", feed)
    places = folder / "config"
    places.mkdir(parents=True, exist_ok=True)
    settings = QSettings(str(places / "inspector.ini"), QSettings.Format.IniFormat)
    settings.setValue("workspace", str(sample.workspace.folder))
    settings.setValue("panel", "collect")
    settings.sync()


def _judge_by_normals(bundle: Path, feed: Path) -> None:
    """Put the threshold above the feed's normal frames: the sample's own images are square, the feed's are not."""
    from dataclasses import replace

    from inspector.detectors import bundle as bundles
    from inspector.detectors import load
    from inspector.sources.decode import read_image

    detector = load(bundle)
    images = [read_image(path) for place, path in enumerate(sorted(feed.glob("*.jpg"))) if place % 6 != 5]
    highest = max(one.score for one in detector.measure(images))
    detector.use_threshold(replace(detector.threshold, value=highest * 1.02, rule="by hand"))
    bundles.write_threshold(bundle, detector.threshold)


def _watched(window: Any, source: str, detector: str, pace: float) -> Any:
    """Have the window watch this source at this pace; gives the panel that does."""
    live = window.panel("live")
    live.controls.pace.setCurrentIndex(live.controls.pace.findData(pace))
    live.controls.repeat.setChecked(True)
    window.context.live_requested.emit(source, detector)
    assert _until(live.busy, 10), "the feed did not start"
    _until(lambda: False, 2)  # the detector is loaded once; what follows is the feed
    return live


def _beating() -> tuple[Any, list[float]]:
    """A precise 5 ms timer that runs, and how late each of its beats came, in milliseconds."""
    from PySide6.QtCore import Qt, QTimer

    late: list[float] = []
    last = [time.perf_counter()]

    def beat() -> None:
        now = time.perf_counter()
        late.append(max(0.0, (now - last[0]) * 1e3 - _BEAT_MS))
        last[0] = now

    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(beat)
    timer.start(_BEAT_MS)
    return timer, late


def lag(case: str, seconds: float, folder: Path, video: tuple[str, str] | None = None) -> None:
    """How late a 5 ms precise timer is while the window trains, watches at full speed, or both.

    With `video`, a file and a detector, that is watched at its own pace.
    """
    import numpy as np
    from PySide6.QtWidgets import QPushButton

    from inspector.core.places import Places
    from inspector.gui.app import build_window

    window = build_window(Places.under(folder))
    window.resize(1280, 800)
    window.show()
    workspace = window.context.workspace
    assert workspace is not None
    if case in {"train", "both"}:
        window.show_panel("train")
        panel: Any = window.panel("train")
        # One that trains longer than is measured, whatever the panel would begin with.
        panel.setup.choose("ssim-autoencoder")
        [start] = [one for one in panel.findChildren(QPushButton) if one.text() == "Start training"]
        assert _until(start.isEnabled, 20), "the images were not counted"
        start.click()
        # From here on everything counts: also the child's import of TensorFlow.
        assert _until(panel.busy, 10), "training did not start"
    live = None
    if case in {"live", "both"}:
        made = (f"folder:{workspace.folder / 'feed 640x480'}", str(workspace.detectors / "sample parts"))
        live = _watched(window, *(video or made), 0.0 if video else float("inf"))
    shown = [0]
    if live is not None:
        live.display.changed.connect(lambda: shown.__setitem__(0, shown[0] + 1))
    judged = 0 if live is None else live.feed.judges[0].trace.count
    timer, late = _beating()
    _until(lambda: False, seconds)
    timer.stop()
    if live is not None:
        assert live.busy(), "the feed ended before the measurement did"
        judged = live.feed.judges[0].trace.count - judged
        assert judged, "no frame was judged: what was measured is a window at rest"
    counted = None if live is None else live.feed.tally.figures()
    trained = "train" not in window.panels or window.panel("train").busy()
    window.close()
    _until(lambda: not window.isVisible(), 15)
    values = np.array(late)
    _tell(
        lag_p50_ms=float(np.quantile(values, 0.5)),
        lag_p99_ms=float(np.quantile(values, 0.99)),
        lag_max_ms=float(values.max()),
        beats=float(values.size),
        judged_fps=judged / seconds,
        shown_fps=shown[0] / seconds,
        skipped=0.0 if counted is None else float(counted.missed),
        ng_share=0.0 if counted is None else counted.ng / max(1, counted.ok + counted.ng),
        trained_throughout=float(trained),
        peak_mb=peak_mb(),
    )


def glass(address: str, bundle: Path, seconds: float, folder: Path, hook: str) -> None:
    """What `feed` measures: the age of every frame when its verdict is there, and how the window answers meanwhile."""
    import numpy as np

    from inspector.core.latest import Latest
    from inspector.core.places import Places
    from inspector.gui.app import build_window
    from inspector.gui.models.live_feed import Feed, Moment
    from inspector.outputs import WebhookOutput, write_outputs
    from inspector.outputs.settings import FILE
    from tests.benchmarks.glass_server import now_ms, read_time

    places = Places.under(folder)
    outputs = [WebhookOutput(name="hanging", url=hook, seconds_apart=0, timeout=5)] if hook else []
    write_outputs(places.config / FILE, list(outputs))
    seen: list[tuple[float, float, float]] = []

    class Screen(Latest[Moment]):
        def put(self, value: Moment) -> None:
            shown = value.shown[0]
            if shown.frame is not None:
                age = (now_ms() - read_time(shown.frame.image)) & 0xFFFFFFFF
                seen.append((time.monotonic(), float(age), float(shown.inspection.milliseconds or 0.0)))
            super().put(value)

    def made(*given: Any, **options: Any) -> Feed:
        feed = Feed(*given, **options)
        feed.screen = Screen()
        return feed

    window = build_window(places)
    window.resize(1280, 800)
    window.show()
    window.show_panel("live")
    live: Any = window.panel("live")
    live._make_feed = made
    live.controls.record.setCurrentIndex(live.controls.record.findData("none"))
    window.context.live_requested.emit(address, str(bundle))
    assert _until(lambda: bool(seen), 60), "no frame was judged"
    if hook:
        live._move(0, 1e-9)
    _until(lambda: False, 3)
    begun = time.monotonic()
    timer, late = _beating()
    _until(lambda: False, seconds / 10)
    early = _resident_mb()
    _until(lambda: False, seconds - seconds / 10)
    timer.stop()
    ended, grown = time.monotonic(), _resident_mb() - early
    states, figures = live.feed.outputs, live.feed.tally.figures()
    window.close()
    _until(lambda: not window.isVisible(), 15)
    when, age, judging = (np.array(column) for column in zip(*seen, strict=True))
    now = (when >= begun) & (when <= ended)
    first, final = (now & mask for mask in (when <= begun + seconds / 10, when >= ended - seconds / 10))
    values = np.array(late)
    _tell(
        latency_p50_ms=float(np.quantile(age[now], 0.5)),
        latency_p95_ms=float(np.quantile(age[now], 0.95)),
        latency_max_ms=float(age[now].max()),
        detector_p95_ms=float(np.quantile(judging[now], 0.95)),
        over_detector_p95_ms=float(np.quantile((age - judging)[now], 0.95)),
        growth=float(np.quantile(age[final], 0.95) / np.quantile(age[first], 0.95)),
        judged_fps=float(now.sum() / (ended - begun)),
        skipped=float(figures.missed),
        lag_p99_ms=float(np.quantile(values, 0.99)),
        lag_max_ms=float(values.max()),
        memory_growth_mb=grown,
        peak_mb=peak_mb(),
        told_waiting=float(sum(one.waiting for one in states)),
        told_lost=float(sum(one.lost for one in states)),
    )


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


def main(arguments: list[str]) -> None:
    """Do what the command line asks for."""
    what, *rest = arguments
    if what == "startup":
        startup(float(rest[0]), Path(rest[1]))
    elif what == "bare":
        bare(float(rest[0]))
    elif what == "prepare":
        prepare(Path(rest[0]))
    elif what == "feed":
        lag("live", float(rest[2]), Path(rest[3]), (rest[0], rest[1]))
    elif what == "glass":
        glass(rest[0], Path(rest[1]), float(rest[2]), Path(rest[3]), rest[4])
    else:
        lag(rest[0], float(rest[1]), Path(rest[2]))


if __name__ == "__main__":
    main(sys.argv[1:])
