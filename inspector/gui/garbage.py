"""Cyclic garbage is collected in the GUI's thread only."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 200


class GarbageCollector(QObject):
    """Takes Python's cyclic collection over from whichever thread happens to allocate, for as long as it exists.

    Python collects in the thread whose allocation crosses the threshold. Where that is a worker's, the widgets and
    models among the garbage are destroyed there, while the GUI's thread delivers events to them: a crash that a dialog
    closed long ago causes, and that no traceback explains. Qt: "deleting a QObject while pending events are waiting to
    be delivered can cause a crash. You must not delete the QObject directly if it exists in a different thread than
    the one currently executing" (QObject, "Thread Affinity").
    """

    def __init__(self, parent: QObject) -> None:
        """Begin. It belongs in the thread that makes `parent`: the GUI's."""
        super().__init__(parent)
        gc.disable()  # only stops collections from starting by themselves; the counts go on
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.collect)
        self._timer.start(_EVERY_MS)

    def collect(self) -> None:
        """Collect the oldest generation that is due by Python's own thresholds; younger ones go with it."""
        due = [
            age
            for age, (count, limit) in enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True))
            if count > limit
        ]
        if due:
            gc.collect(due[-1])

    def end(self) -> None:
        """Give the collection back to Python."""
        self._timer.stop()
        gc.enable()
