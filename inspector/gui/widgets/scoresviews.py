"""What a workbench shows of a detector: its scores, its embedding where it has one, and what a threshold comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QTabWidget

from inspector.gui.widgets.embeddingview import EmbeddingView
from inspector.gui.widgets.scoreplot import Confusion, RocPlot
from inspector.gui.widgets.scoresbox import ScoresBox

if TYPE_CHECKING:
    from inspector.core.ranking import Counts
    from inspector.detectors.projection import Projection
    from inspector.gui.models.bench import Bench
    from inspector.gui.theme import Theme


class ScoresViews(QTabWidget):
    """The scores, and behind them the embedding; of a detector without one no tab is seen."""

    def __init__(self, theme: Theme) -> None:
        """Show nothing yet."""
        super().__init__()
        self.scores = ScoresBox(theme)
        self.embedding = EmbeddingView(theme)
        self.addTab(self.scores, self.tr("Scores"))
        self.addTab(self.embedding, self.tr("Embedding"))

    def show_projection(self, projection: Projection | None) -> None:
        """Show this embedding; None for a detector that has none."""
        self.embedding.show_projection(projection)
        self.tabBar().setVisible(projection is not None)
        self.setDocumentMode(projection is None)  # a page alone has no line above it
        if projection is None:
            self.setCurrentIndex(0)


class CountsViews(QTabWidget):
    """Labels against verdicts, and the ROC curve where there are abnormal images."""

    def __init__(self, theme: Theme) -> None:
        """Show nothing yet."""
        super().__init__()
        self._confusion = Confusion(theme)
        self._roc = RocPlot(theme)
        self.addTab(self._confusion, self.tr("Confusion matrix"))
        self.addTab(self._roc, self.tr("ROC"))

    def show_bench(self, bench: Bench | None) -> None:
        """Show what is tried from now on."""
        self._roc.show_bench(bench)
        area = None if bench is None else bench.roc
        text = self.tr("ROC") if area is None else self.tr("ROC, area {auroc}").format(auroc=f"{area.auroc:.3f}")
        self.setTabText(1, text)
        self.setTabEnabled(1, area is not None)
        if bench is None:
            self._confusion.show_counts(None)

    def show_counts(self, counts: Counts) -> None:
        """Show what the threshold tried comes to."""
        self._roc.place_point(counts)
        self._confusion.show_counts(counts)
