"""What came of a training: the detector on the workbench."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from inspector.gui.widgets.workbench import Workbench

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.detectors.fitted import Record
    from inspector.gui.models.workbench import Loaded
    from inspector.gui.theme import Theme


class ResultPage(QWidget):
    """The name of a detector, how it came about, and the workbench."""

    def __init__(self, theme: Theme) -> None:
        """Lay the page out."""
        super().__init__()
        self.title = QLabel()
        self.title.setObjectName("section")
        self.facts = QLabel()
        self.facts.setObjectName("hint")
        self.bench = Workbench(theme)
        self.bench.loaded.connect(self._loaded)
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(self.title)
        top.addWidget(self.facts, 1)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(8)
        page.addLayout(top)
        page.addWidget(self.bench, 1)

    def show_detector(self, path: Path, images: Path | None) -> None:
        """Open this bundle, beside the images of a workspace."""
        self.title.setText(path.name)
        self.facts.clear()
        self.bench.show_detector(path, images)

    def _loaded(self, loaded: Loaded) -> None:
        detector = loaded.detector
        record = detector.fitted.record
        facts = [
            detector.TITLE,
            self.tr("{n} images trained on").format(n=record.counts.get("train", 0)),
            self._threshold_words(record),
            *([self.tr("learned from: {kinds}").format(kinds=", ".join(record.learned))] if record.learned else []),
            self.tr("{ms} ms an image here").format(ms=f"{loaded.milliseconds:.2g}"),
        ]
        self.facts.setText("  ·  ".join(facts))
        self.facts.setWordWrap(True)
        self.facts.setToolTip(
            self.tr("The time is of judging one small picture on this computer, without reading and scaling it.")
        )

    def _threshold_words(self, record: Record) -> str:
        behind = record.counts.get("calibration", 0)
        if record.folds:
            return self.tr("the threshold rests on {n}, each judged by a network that had not seen it").format(n=behind)
        return self.tr("the threshold rests on {n} others").format(n=behind)
